import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from mmbook.errors import UserError
from mmbook.sentiment.batches import batch_from_features
from mmbook.sentiment.features import load_features
from mmbook.sentiment.model import ModelConfig, answer
from mmbook.sentiment.train import default_epochs, load_run, make_trainee, sample_losses, train
from tests.sentiment._runs import make_features

QUICK = {"device": "cpu", "progress": False}
COMMAND = "import sys; from mmbook.sentiment.train import train; train({!r}, {!r}, epochs={}, **{!r})"
TEN = tuple(f"class{n}" for n in range(10))


@pytest.fixture(scope="module")
def features(tmp_path_factory):
    return make_features(tmp_path_factory.mktemp("clips"), count=40)


def accuracy(run_dir, features_dir, split, modalities=None):
    (model, _), features = load_run(run_dir), load_features(features_dir)
    rows = features.rows(split)
    answers = answer(model, batch_from_features(features, rows, modalities)).numpy().argmax(1)
    return float((answers == features.labels[rows]).mean())


def start(features, run_dir, epochs, processes=1):
    """A process of its own (or several that torchrun connects) that trains."""
    script = run_dir.parent / f"{run_dir.name}.py"
    script.write_text(COMMAND.format(str(features), str(run_dir), epochs, QUICK))
    several = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.Popen([sys.executable, *(several if processes > 1 else []), str(script)], env=environment)


def test_sixteen_clips_are_learned_by_heart(tmp_path):
    features = make_features(tmp_path, count=16, missing=0.0)
    meta = json.loads((features / "features.json").read_text())
    (features / "features.json").write_text(json.dumps(meta | {"splits": ["train"] * 16}))
    train(features, tmp_path / "run", epochs=60, **QUICK)
    assert accuracy(tmp_path / "run", features, "train") == 1.0


def test_the_run_folder_holds_all_that_prediction_needs_and_no_pickle(features, tmp_path):
    result = train(features, tmp_path / "run", epochs=2, **QUICK)
    run = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    names = {path.relative_to(tmp_path / "run").as_posix() for path in (tmp_path / "run").rglob("*") if path.is_file()}
    assert names == {"weights.safetensors", "run.json", "history.csv", "checkpoints/last.pt"}
    assert run["label_names"] == ["negative", "positive"] and run["task"] == "classes"
    assert run["vocabulary"][2:] and run["feature_settings"]["image_size"] == 16 and run["versions"]["torch"]
    assert run["history"] == result.history and len(result.history) == 2
    assert set(result.history[0]) == {"train_loss", "valid_loss", "valid_accuracy"}
    torch.load(tmp_path / "run" / "checkpoints" / "last.pt", weights_only=True)


def test_a_finished_run_returns_at_once_and_other_settings_are_refused(features, tmp_path):
    first = train(features, tmp_path / "run", epochs=1, **QUICK)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "run").rglob("*")}
    assert train(features, tmp_path / "run", epochs=1, **QUICK) == first
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "run").rglob("*")} == before
    for changed in ({"epochs": 2}, {"epochs": 1, "seed": 1}, {"epochs": 1, "modalities": ("text",)}):
        with pytest.raises(UserError, match=r"holds a run with .*, not .*: choose another folder"):
            train(features, tmp_path / "run", **changed, **QUICK)


def test_an_unfinished_run_with_other_settings_is_refused(features, tmp_path):
    train(features, tmp_path / "run", epochs=1, **QUICK)
    (tmp_path / "run" / "run.json").unlink()
    with pytest.raises(UserError, match="choose another folder"):
        train(features, tmp_path / "run", epochs=1, seed=1, **QUICK)


def test_the_seed_decides_the_weights(features, tmp_path):
    for name, seed in [("a", 0), ("b", 0), ("c", 1)]:
        train(features, tmp_path / name, epochs=1, seed=seed, **QUICK)
    a, b, c = ((tmp_path / name / "weights.safetensors").read_bytes() for name in "abc")
    assert a == b != c


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
def test_killed_at_any_point_a_rerun_ends_with_the_same_bits(features, tmp_path):
    assert start(features, tmp_path / "whole", 12).wait() == 0
    killed = start(features, tmp_path / "killed", 12)
    checkpoint = tmp_path / "killed" / "checkpoints" / "last.pt"
    while not checkpoint.exists() and killed.poll() is None:
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL and not (tmp_path / "killed" / "run.json").exists()
    assert 1 <= len(torch.load(checkpoint, weights_only=True)["history"]) < 12
    assert start(features, tmp_path / "killed", 12).wait() == 0
    for name in ("weights.safetensors", "history.csv"):
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_twenty_steps_on_two_processes_have_the_losses_of_one(features, tmp_path):
    for processes in (1, 2):
        assert start(features, tmp_path / str(processes), 20, processes).wait() == 0
    one, two = (json.loads((tmp_path / n / "run.json").read_text())["history"] for n in ("1", "2"))
    assert len(one) == 20  # 24 training rows: one step an epoch
    for left, right in zip(one, two, strict=True):
        assert left["train_loss"] == pytest.approx(right["train_loss"], abs=1e-4)
        assert left["valid_loss"] == pytest.approx(right["valid_loss"], abs=1e-4)


def test_one_modality_can_be_trained_alone(features, tmp_path):
    train(features, tmp_path / "run", epochs=2, modalities=("text",), **QUICK)
    model, run = load_run(tmp_path / "run")
    assert run["modalities"] == ["text"] and set(model.encoders) == {"text"}
    with pytest.raises(UserError, match="'smell' is not in the data: choose of image, audio, text"):
        train(features, tmp_path / "other", modalities=("smell",), **QUICK)


def test_ten_classes_are_learned_from_any_one_modality(tmp_path):
    features = make_features(tmp_path, count=200, classes=TEN, missing=0.1)
    train(features, tmp_path / "run", epochs=60, **QUICK)
    assert accuracy(tmp_path / "run", features, "test") > 0.8
    assert min(accuracy(tmp_path / "run", features, "test", (name,)) for name in ("image", "audio", "text")) > 0.4


def test_numbers_are_learned(tmp_path):
    features = make_features(tmp_path, count=100, numbers=True, missing=0.1)
    train(features, tmp_path / "run", epochs=40, **QUICK)
    (model, run), data = load_run(tmp_path / "run"), load_features(features)
    rows = data.rows("test")
    error = np.abs(answer(model, batch_from_features(data, rows)).numpy() - data.labels[rows]).mean()
    assert run["task"] == "numbers" and error < 0.6 * np.abs(data.labels[rows] - data.labels[rows].mean()).mean()
    assert set(run["history"][0]) == {"train_loss", "valid_loss", "valid_mae"}


def test_without_validation_rows_the_last_epoch_is_kept(features, tmp_path):
    meta = json.loads((features / "features.json").read_text())
    copied = tmp_path / "features"
    copied.mkdir()
    for path in features.glob("*.npy"):
        (copied / path.name).write_bytes(path.read_bytes())
    splits = ["train" if split == "valid" else split for split in meta["splits"]]
    (copied / "features.json").write_text(json.dumps(meta | {"splits": splits}))
    assert train(copied, tmp_path / "run", epochs=2, **QUICK).best_epoch == 1
    (copied / "features.json").write_text(json.dumps(meta | {"splits": ["test"] * len(splits)}))
    with pytest.raises(UserError, match="no training row has image or audio or text"):
        train(copied, tmp_path / "none", **QUICK)


def test_a_loaded_run_answers_as_it_was_saved_and_damage_is_one_line(features, tmp_path):
    train(features, tmp_path / "run", epochs=1, **QUICK)
    state = torch.load(tmp_path / "run" / "checkpoints" / "last.pt", weights_only=True)
    model, _ = load_run(tmp_path / "run")
    assert all(torch.equal(tensor, state["best"][f"model.{name}"]) for name, tensor in model.state_dict().items())
    (tmp_path / "run" / "weights.safetensors").write_bytes(b"not weights")
    with pytest.raises(UserError, match=r"weights\.safetensors: cannot be read"):
        load_run(tmp_path / "run")
    with pytest.raises(UserError, match="no finished run: train first"):
        load_run(tmp_path / "nothing")


def test_few_rows_are_seen_more_often():
    assert default_epochs(16, 32) == 200 and default_epochs(720, 32) * 22 >= 512 and default_epochs(100_000, 32) == 12


def test_first_weights_do_not_depend_on_the_global_random_state():
    torch.manual_seed(5)
    first = make_trainee(ModelConfig(("text",)), 0).state_dict()
    torch.manual_seed(6)
    state = torch.random.get_rng_state()
    second = make_trainee(ModelConfig(("text",)), 0).state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert torch.equal(torch.random.get_rng_state(), state)


@pytest.mark.parametrize("classes", [2, 4])
def test_the_loss_is_lowest_for_the_right_answer_and_has_one_value_for_each_subset_and_row(classes):
    config = ModelConfig(("text",), classes=classes)
    label = torch.arange(classes)
    right = 3.0 * (2 * label[:, None] - 1) if classes == 2 else 3.0 * torch.eye(classes)
    losses = sample_losses(torch.stack([right, 0 * right, -right]), label, config)
    assert losses.shape == (3, classes) and (losses[0] < losses[1]).all() and (losses[1] < losses[2]).all()
    torch.testing.assert_close(losses[1], torch.full((classes,), float(np.log(classes))))
