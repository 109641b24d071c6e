import itertools
import json
import math
import shutil

import numpy as np
import pytest
import torch

from mmbook.errors import MediaError, UserError
from mmbook.media.audio import write_audio
from mmbook.media.image import write_image
from mmbook.media.video import write_video
from mmbook.seeding import rng
from mmbook.sentiment.predict import Predictor, format_prediction, one_thread, read_sentence
from tests.helpers import picture, sound
from tests.sentiment._runs import make_run

MODALITIES = ("image", "audio", "text")
SUBSETS = [subset for size in (1, 2, 3) for subset in itertools.combinations(MODALITIES, size)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A run of two classes, and one person's files beside it."""
    folder, draw = tmp_path_factory.mktemp("classes"), rng(1, "mine")
    make_run(folder)
    tone = sound(1.0, draw, 1.0)
    write_image(folder / "me.png", picture(1.0, draw, 48))
    write_audio(folder / "me.wav", tone)
    frames = np.stack([picture(1.0, draw, 48) for _ in range(12)])
    write_video(folder / "me.mp4", frames, 12, tone, 16_000)
    write_video(folder / "silent.mp4", frames, 12)
    return folder


@pytest.fixture(scope="module")
def predictor(folder):
    return Predictor.load(folder / "run")


@pytest.fixture(scope="module")
def mine(folder):
    return {"image": folder / "me.png", "audio": folder / "me.wav", "text": "the window was here"}


@pytest.fixture(scope="module")
def text_run(tmp_path_factory):
    return make_run(tmp_path_factory.mktemp("text"), modalities=["text"], epochs=1)


@pytest.mark.parametrize("subset", SUBSETS, ids="+".join)
def test_any_subset_is_answered_and_its_contributions_sum_to_the_log_odds(predictor, mine, subset):
    found = predictor.predict(**{name: mine[name] for name in subset})
    assert sum(found.probabilities.values()) == pytest.approx(1)
    assert found.probability == found.probabilities[found.label] == max(found.probabilities.values())
    assert tuple(found.weights) == tuple(found.contributions) == subset
    assert sum(found.weights.values()) == pytest.approx(1)
    log_odds = math.log(found.probability / (1 - found.probability))
    assert found.baseline + sum(found.contributions.values()) == pytest.approx(log_odds, abs=1e-4)


def test_the_contributions_of_more_than_two_classes_sum_to_the_log_odds(tmp_path):
    run = make_run(tmp_path, classes=("a", "b", "c", "d"), epochs=4)
    found = Predictor.load(run).predict(text="apple river stone", image=tmp_path / "data" / "image" / "clip0001.png")
    assert set(found.probabilities) == {"a", "b", "c", "d"}
    log_odds = math.log(found.probability / (1 - found.probability))
    assert found.baseline + sum(found.contributions.values()) == pytest.approx(log_odds, abs=1e-4)


def test_the_contributions_to_a_number_sum_to_it(tmp_path):
    run = make_run(tmp_path, numbers=True, epochs=4)
    found = Predictor.load(run).predict(text="window", image=tmp_path / "data" / "image" / "clip0001.png")
    assert found.baseline + sum(found.contributions.values()) == pytest.approx(found.value, abs=1e-4)
    assert set(found.to_dict()) == {"value", "weights", "contributions", "baseline", "notes"}
    assert format_prediction(found).startswith(f"{found.value:.3f}\n")


def test_a_modality_alone_has_all_the_weight_and_moves_the_answer_from_the_baseline(predictor, mine):
    found = predictor.predict(image=mine["image"])
    assert found.weights == {"image": 1.0}
    assert found.contributions["image"] != 0


def test_the_same_files_give_the_same_answer_whatever_came_between(predictor, mine):
    first = predictor.predict(**mine)
    predictor.predict(text="apple")
    assert predictor.predict(**mine) == first
    assert predictor.predict(**{k: str(v) for k, v in mine.items()}) == first


def test_a_video_gives_frames_and_sound(predictor, folder):
    found = predictor.predict(video=folder / "me.mp4")
    assert tuple(found.weights) == ("image", "audio")
    assert found.notes == ()


def test_a_video_without_sound_gives_frames_alone_and_says_so(predictor, folder):
    found = predictor.predict(video=folder / "silent.mp4")
    assert tuple(found.weights) == ("image",)
    assert found.notes == ("the video has no sound",)


def test_a_recording_takes_the_place_of_the_videos_sound(predictor, folder):
    with_recording = predictor.predict(video=folder / "silent.mp4", audio=folder / "me.wav")
    assert tuple(with_recording.weights) == ("image", "audio")
    assert with_recording.notes == ()


def test_what_the_run_was_not_trained_with_is_left_out_unopened_with_a_note(text_run, tmp_path):
    found = Predictor.load(text_run).predict(text="apple", image=tmp_path / "nothing.png")
    assert found.notes == ("image is left out: the run was trained with text alone",)
    assert found.weights == {"text": 1.0}


@pytest.mark.parametrize("name", ["image", "audio", "video"])
def test_only_what_the_run_was_not_trained_with_is_an_error(text_run, folder, name):
    with pytest.raises(UserError, match=f"{name} is left out: the run was trained with text alone"):
        Predictor.load(text_run).predict(**{name: folder / "me.png"})


def test_nothing_given_is_an_error(predictor):
    with pytest.raises(UserError, match="nothing to predict from"):
        predictor.predict()


@pytest.mark.parametrize("text", ["", " \n\t", "?!...", "\u200e"])
def test_a_text_without_words_is_an_error_alone_and_a_note_in_company(predictor, mine, text):
    with pytest.raises(UserError, match="the text has no words"):
        predictor.predict(text=text)
    found = predictor.predict(text=text, image=mine["image"])
    assert found.notes == ("the text has no words",)
    assert found.weights == {"image": 1.0}


@pytest.mark.parametrize("text", ["好极了，我很喜欢", "🙂🙂", "שלום עולם"])
def test_words_that_training_never_saw_are_answered_with_a_note(predictor, text):
    assert predictor.predict(text=text).notes == ("no word of the text occurs in the training data",)


def test_a_text_file_is_read(predictor, tmp_path):
    (tmp_path / "review.txt").write_text("\ufeffthe window was here", encoding="utf-8")
    assert predictor.predict(text=str(tmp_path / "review.txt")) == predictor.predict(text="the window was here")


def test_a_sentence_about_a_text_file_is_a_sentence_and_a_path_to_none_is_an_error(tmp_path):
    assert read_sentence("I lost my review.txt") == "I lost my review.txt"
    for path in ("review.txt", str(tmp_path / "review.txt")):
        with pytest.raises(MediaError, match=r"review\.txt: no such file"):
            read_sentence(path)


def test_long_text_and_long_sound_are_answered(predictor, tmp_path):
    write_audio(tmp_path / "long.wav", sound(0.5, rng(2), 60.0))
    assert predictor.predict(text="window " * 150_000, audio=tmp_path / "long.wav").label in ("negative", "positive")


@pytest.mark.parametrize("name", ["image", "audio", "video"])
@pytest.mark.parametrize("content", [None, b"", b"not media at all", b"\x89PNG\r\n\x1a\n\x00\x00"])
def test_a_file_that_cannot_be_read_is_named(predictor, mine, tmp_path, name, content):
    path = tmp_path / "broken.bin"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(MediaError, match=r"broken\.bin"):
        predictor.predict(**{"text": mine["text"], name: path})


def test_the_readers_text_names_the_answer_and_every_weight(predictor, mine):
    found = predictor.predict(**mine)
    text = format_prediction(found)
    assert text.startswith(f"{found.label} (probability {found.probability:.3f})")
    assert all(name in text for name in (*MODALITIES, "negative", "positive"))
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["weights"] == found.weights


def test_the_number_of_threads_is_given_back():
    before = torch.get_num_threads()
    with pytest.raises(ZeroDivisionError), one_thread():
        assert torch.get_num_threads() == 1
        raise ZeroDivisionError
    assert torch.get_num_threads() == before


def damaged_copy(folder, tmp_path):
    shutil.copytree(folder / "run", tmp_path / "run", ignore=shutil.ignore_patterns("checkpoints"))
    return tmp_path / "run"


@pytest.mark.parametrize("name", ["run.json", "weights.safetensors"])
@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "noise", "folder"])
def test_a_run_with_a_damaged_file_is_one_line(folder, tmp_path, name, damage):
    path = damaged_copy(folder, tmp_path) / name
    whole = path.read_bytes()
    path.unlink()
    if damage == "folder":
        path.mkdir()
    elif damage != "missing":
        path.write_bytes({"empty": b"", "cut": whole[: len(whole) // 2], "noise": rng(3).bytes(500)}[damage])
    with pytest.raises(UserError) as caught:
        Predictor.load(tmp_path / "run")
    assert str(tmp_path / "run") in str(caught.value)


def test_no_run_and_a_file_in_its_place_are_one_line(tmp_path, folder):
    with pytest.raises(UserError, match="no finished run"):
        Predictor.load(tmp_path / "nowhere")
    with pytest.raises(UserError, match=r"me\.png"):
        Predictor.load(folder / "me.png")


KEYS = ("task", "label_names", "config", "feature_settings", "vocabulary")
CONFIG = ("modalities", "task", "classes", "fusion", "vocabulary_size", "image_size", "n_mels", "image_mean", "hidden")


@pytest.mark.parametrize("key", [*KEYS, *(f"config.{name}" for name in CONFIG)])
@pytest.mark.parametrize("value", ["(gone)", None, [], 7, "x", {"a": 1}], ids=str)
def test_a_run_whose_json_was_edited_is_one_line(folder, tmp_path, key, value):
    run = damaged_copy(folder, tmp_path)
    about = json.loads((run / "run.json").read_text(encoding="utf-8"))
    where = about["config"] if key.startswith("config.") else about
    name = key.removeprefix("config.")
    if value == "(gone)":
        del where[name]
    else:
        where[name] = value
    (run / "run.json").write_text(json.dumps(about), encoding="utf-8")
    with pytest.raises(UserError) as caught:
        Predictor.load(run)
    assert str(run) in str(caught.value) or "fusion" in str(caught.value)
