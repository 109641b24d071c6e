import csv
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from lightning_fabric import Fabric
from torch import nn

from mmbook import training
from mmbook.errors import UserError
from mmbook.training import FitSettings, batches, best_epoch, fit, learning_rate_at, make_optimizer, stalled

SETTINGS = FitSettings(epochs=4, batch_size=8, learning_rate=0.05)
X = torch.randn(30, 3, generator=torch.Generator().manual_seed(0))
Y = X @ torch.tensor([1.0, -2.0, 0.5]) + 0.3


def make_model():
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1))


def load(rows, epoch):
    return {"x": X[rows], "y": Y[rows]}


def loss(model, batch):
    return (model(batch["x"])[:, 0] - batch["y"]) ** 2


def validate(model):
    with torch.no_grad():
        return {"loss": loss(model, load(np.arange(30), 0)).mean().item()}


def fitted(settings=SETTINGS, **options):
    model = make_model()
    history = fit(model, loss, load, len(X), settings, progress=False, **options)
    return history, model.state_dict()


def assert_same_bits(left, right):
    assert all(torch.equal(left[name], right[name]) for name in left | right)


def test_every_row_is_in_exactly_one_batch_of_each_epoch():
    for count, size in [(1, 8), (7, 8), (30, 8), (100, 7)]:
        plan = batches(count, size, seed=0, epoch=3)
        assert sorted(np.concatenate(plan)) == list(range(count))
        assert max(map(len, plan)) - min(map(len, plan)) <= 1


def test_the_order_is_another_in_each_epoch_and_the_same_for_the_same_seed():
    first, again, later = (np.concatenate(batches(30, 8, 0, epoch)).tolist() for epoch in (0, 0, 1))
    assert first == again != later


def test_the_rate_rises_to_its_peak_and_falls_to_almost_nothing():
    rates = [learning_rate_at(step, 100, SETTINGS) for step in range(100)]
    assert max(rates) == rates[10] == pytest.approx(SETTINGS.learning_rate)
    assert rates[:10] == sorted(rates[:10]) and rates[10:] == sorted(rates[10:], reverse=True)
    assert 0 < rates[-1] < 0.02 * SETTINGS.learning_rate


def test_matrices_are_decayed_and_vectors_are_not():
    groups = make_optimizer(make_model(), SETTINGS).param_groups
    assert {p.ndim: group["weight_decay"] for group in groups for p in group["params"]} == {2: 0.05, 1: 0.0}


def test_a_small_regression_is_learned():
    history, _ = fitted(replace(SETTINGS, epochs=150), validate=validate)
    assert history[-1]["valid_loss"] < 0.01 * Y.var()


def test_the_weights_of_the_best_epoch_are_kept():
    model = make_model()
    losses = iter([3.0, 1.0, 2.0, 4.0])
    seen = []

    def pretend(average):
        seen.append({name: tensor.clone() for name, tensor in average.state_dict().items()})
        return {"loss": next(losses)}

    history = fit(model, loss, load, len(X), SETTINGS, validate=pretend, progress=False)
    assert best_epoch(history) == 1
    assert_same_bits(model.state_dict(), seen[1])


def test_it_stops_when_patience_is_over():
    losses = iter([3.0, 1.0, 2.0, 4.0])
    history, _ = fitted(replace(SETTINGS, patience=2, epochs=10), validate=lambda model: {"loss": next(losses)})
    assert len(history) == 4
    assert stalled(history, 2) and not stalled(history, 3) and not stalled(history, None) and not stalled([], 1)


def test_two_fits_give_the_same_bits_and_draw_nothing_from_the_global_random_state():
    model, before = make_model(), torch.random.get_rng_state()
    fit(model, loss, load, len(X), SETTINGS, progress=False)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert_same_bits(model.state_dict(), fitted()[1])


class KilledError(Exception):
    """Stands for a signal that no program can catch."""


@pytest.mark.parametrize("killed_at", [0, 5, 9])
def test_killed_in_any_epoch_it_resumes_to_the_same_bits(tmp_path, killed_at):
    history, expected = fitted(validate=validate)
    count = 0

    def load_until_killed(rows, epoch):
        nonlocal count
        count += 1
        if count > killed_at:
            raise KilledError
        return load(rows, epoch)

    checkpoint = tmp_path / "last.pt"
    with pytest.raises(KilledError):
        fit(
            make_model(),
            loss,
            load_until_killed,
            30,
            SETTINGS,
            validate=validate,
            checkpoint=checkpoint,
            progress=False,
        )
    resumed_history, resumed = fitted(validate=validate, checkpoint=checkpoint)
    assert_same_bits(resumed, expected)
    assert resumed_history == history
    assert [path.name for path in tmp_path.iterdir()] == ["last.pt"]


def test_a_checkpoint_of_other_settings_is_refused(tmp_path):
    fitted(checkpoint=tmp_path / "last.pt")
    for settings, label in [(replace(SETTINGS, seed=1), ""), (SETTINGS, "other data")]:
        with pytest.raises(UserError, match=r"last\.pt: made with other settings or data: choose another folder"):
            fitted(settings, label=label, checkpoint=tmp_path / "last.pt")


def test_the_checkpoint_is_read_without_pickled_code(tmp_path):
    fitted(checkpoint=tmp_path / "last.pt", validate=validate)
    state = torch.load(tmp_path / "last.pt", weights_only=True)
    assert len(state["history"]) == SETTINGS.epochs


def test_an_unknown_or_missing_device_is_one_line(monkeypatch):
    with pytest.raises(UserError, match="'tpu' is unknown: choose auto, cpu, cuda or mps"):
        training.make_fabric("tpu")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(UserError, match="'cuda' is not available on this machine"):
        training.make_fabric("cuda")


def test_auto_and_cpu_give_a_single_process():
    assert training.make_fabric("cpu").world_size == 1
    assert isinstance(training.make_fabric("auto"), Fabric)


def test_the_history_is_a_table_with_one_line_for_each_epoch(tmp_path):
    history, _ = fitted(validate=validate)
    training.write_history(tmp_path / "history.csv", history)
    with (tmp_path / "history.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["epoch"]) for row in rows] == [1, 2, 3, 4]
    assert [float(row["valid_loss"]) for row in rows] == [row["valid_loss"] for row in history]


PROCESSES = """
from tests.test_training import *
fabric = training.make_fabric("cpu")
history, weights = fitted(replace(SETTINGS, epochs=5), fabric=fabric, validate=validate)
if fabric.global_rank == 0:
    Path(sys.argv[1]).write_text(json.dumps([fabric.world_size, history, {k: v.tolist() for k, v in weights.items()}]))
"""


def run_processes(count: int, script: Path, *arguments: str) -> None:
    """Run a script in `count` processes that torchrun connects on this machine."""
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(count)] if count > 1 else []
    command = [sys.executable, *launcher, str(script), *arguments]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(Path(__file__).parents[1]), "OMP_NUM_THREADS": "1"}


def test_two_processes_give_the_losses_and_weights_of_one(tmp_path):
    (tmp_path / "script.py").write_text(PROCESSES)
    results = []
    for count in (1, 2):
        run_processes(count, tmp_path / "script.py", str(tmp_path / f"{count}.json"))
        world, history, weights = json.loads((tmp_path / f"{count}.json").read_text())
        assert world == count
        results.append((history, weights))
    (one, one_weights), (two, two_weights) = results
    assert len(one) == 5  # of four steps each
    for left, right in zip(one, two, strict=True):
        assert left == pytest.approx(right, rel=1e-4)
    for name, values in one_weights.items():
        np.testing.assert_allclose(values, two_weights[name], rtol=1e-3, atol=1e-5)
