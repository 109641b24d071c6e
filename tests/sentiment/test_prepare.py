import csv
import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from mmbook.datasets.manifest import Row
from mmbook.errors import ManifestError, MediaError, UserError
from mmbook.media.text import PAD, UNK
from mmbook.media.video import write_video
from mmbook.sentiment.extract import cache_path
from mmbook.sentiment.features import pack
from mmbook.sentiment.packing import mean_and_std
from mmbook.sentiment.prepare import FeatureSettings, extract, load_features, prepare
from tests.helpers import make_folder, picture, sound, write_manifest

PACKAGE = Path(__file__).parents[2]


def contents(folder):
    """The bytes of every result, without the rows' own caches."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def quiet(manifest, out, **options):
    return prepare(manifest, out, progress=False, **{"workers": 1, **options})


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    return make_folder(tmp_path_factory.mktemp("clips"), 40, speakers=10)


@pytest.fixture(scope="module")
def features(manifest, tmp_path_factory):
    return quiet(manifest, tmp_path_factory.mktemp("features") / "out")


def test_shapes_and_masks_agree_with_the_manifest(manifest, features):
    with manifest.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert features.ids == [line["id"] for line in lines]
    assert features.modalities == ("image", "audio", "text")
    assert features.image.shape == (40, 4, 3, 64, 64)
    for name in features.modalities:
        assert features.present(name).tolist() == [bool(line[name]) for line in lines]
    assert [features.label_names[n] for n in features.labels] == [line["label"] for line in lines]
    assert features.extra["mood"] == [line["mood"] for line in lines]
    assert features.extra["speaker"] == [line["speaker"] for line in lines]
    for name in features.modalities:
        assert [source.get(name, "") for source in features.sources] == [line[name] for line in lines]
    assert set(features.splits) == {"train", "valid", "test"}


def test_what_is_absent_or_padding_is_zero(features):
    for n in range(len(features)):
        assert not features.image[n][~features.image_mask[n]].any()
        assert not features.audio[n, features.audio_length[n] :].any()
        assert (features.text[n, features.text_length[n] :] == PAD).all()
        assert (features.text[n, : features.text_length[n]] != PAD).all()


def test_prediction_packs_a_clip_as_prepare_does(manifest, features):
    for n in (0, 7, 21):
        source = features.sources[n]
        paths = {name: features.root / source[name] for name in ("image", "audio") if name in source}
        clip = extract(Row("mine", text=source.get("text"), **paths), features.settings)
        packed = pack(clip, features.settings, features.vocabulary)
        for name, array in packed.items():
            np.testing.assert_array_equal(array, getattr(features, name)[n])


def test_words_statistics_and_lengths_come_from_training_rows_alone(tmp_path):
    path = make_folder(tmp_path, 40, missing=0.0, split=True)
    rows = list(csv.DictReader(path.open(encoding="utf-8")))
    first = quiet(path, tmp_path / "first")
    for row in rows:
        if row["split"] != "train":
            row["text"] += " unseen" + " word" * 40
            Image.new("RGB", (50, 40), "white").save(tmp_path / row["image"])
            soundfile.write(tmp_path / row["audio"], np.ones(48_000) * 0.5, 16_000)
    write_manifest(path, rows)
    second = quiet(path, tmp_path / "second")
    assert second.settings == first.settings
    assert second.vocabulary == first.vocabulary
    assert second.statistics == first.statistics
    assert UNK in second.text[second.rows("test")[0]]


def test_statistics_are_those_of_what_is_there():
    parts = [np.random.default_rng(n).normal(3, 2, (5 + n, 2)).astype(np.float16) for n in range(4)]
    both = np.concatenate(parts).astype(np.float64)
    found = mean_and_std(parts)
    np.testing.assert_allclose(found["mean"], both.mean(axis=0))
    np.testing.assert_allclose(found["std"], both.std(axis=0))
    assert mean_and_std([np.full((9, 1), 7.0)]) == {"mean": [7.0], "std": [1.0]}


def test_one_or_two_processes_write_the_same_bits(manifest, features, tmp_path):
    quiet(manifest, tmp_path / "one")
    quiet(manifest, tmp_path / "two", workers=2)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert {"features.json", "report.csv", "report.txt", "image.npy"} <= set(contents(tmp_path / "one"))


def test_killed_run_resumes_to_the_same_bits(tmp_path):
    path = make_folder(tmp_path, 120)
    out = tmp_path / "out"
    script = tmp_path / "run.py"
    script.write_text(
        textwrap.dedent(f"""
            from mmbook.sentiment.prepare import prepare
            if __name__ == "__main__":
                prepare({str(path)!r}, {str(out)!r}, workers=2)
        """)
    )
    process = subprocess.Popen(
        [sys.executable, str(script)], cwd=PACKAGE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    rows = out / "rows"
    until = time.monotonic() + 60
    while process.poll() is None and not (rows.is_dir() and len(list(rows.glob("*.npz"))) > 5):
        assert time.monotonic() < until, "no row was written within a minute"
        time.sleep(0.005)
    process.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
    process.wait()
    while True:  # the workers notice that their parent is gone
        before = sorted(path.stat().st_mtime_ns for path in rows.iterdir())
        time.sleep(0.5)
        if before == sorted(path.stat().st_mtime_ns for path in rows.iterdir()):
            break
    kept = {path: path.stat().st_mtime_ns for path in rows.glob("*.npz") if not path.name.startswith(".")}
    quiet(path, out)
    assert kept
    assert all(path.stat().st_mtime_ns == written for path, written in kept.items())
    quiet(path, tmp_path / "whole")
    assert contents(out) == contents(tmp_path / "whole")
    assert len(list(rows.iterdir())) == 120  # nothing of the killed run is left over


def test_run_that_is_stopped_while_packing_leaves_no_features(manifest, tmp_path, monkeypatch):
    quiet(manifest, tmp_path)

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("mmbook.sentiment.packing.write_json", stop)
    with pytest.raises(KeyboardInterrupt):
        quiet(manifest, tmp_path)
    with pytest.raises(UserError, match="run `mmbook sentiment prepare` again"):
        load_features(tmp_path)


def test_only_changed_rows_are_made_again(tmp_path):
    path = make_folder(tmp_path, 20, missing=0.0)
    quiet(path, tmp_path / "out")
    written = {file: file.stat().st_mtime_ns for file in (tmp_path / "out" / "rows").iterdir()}
    changed = tmp_path / "image" / "clip0003.png"
    Image.new("RGB", (30, 30), "red").save(changed)
    features = quiet(path, tmp_path / "out")
    now = {file: file.stat().st_mtime_ns for file in (tmp_path / "out" / "rows").iterdir()}
    assert len(now) == 20
    assert len(set(now.items()) - set(written.items())) == 1
    assert (features.image[3, 0, 0] == 255).all()
    assert (features.image[3, 0, 1] == 0).all()


def test_cut_short_cache_file_is_made_again(manifest, features, tmp_path):
    quiet(manifest, tmp_path)
    before = contents(tmp_path)
    for n, file in enumerate(sorted((tmp_path / "rows").iterdir())[:6]):
        file.write_bytes(file.read_bytes()[: 100 * (n % 2)])
    quiet(manifest, tmp_path)
    assert contents(tmp_path) == before


def test_files_that_are_not_ours_stay_in_the_rows_folder(manifest, tmp_path):
    (tmp_path / "rows").mkdir()
    (tmp_path / "rows" / "mine.npz").write_text("keep me")
    quiet(manifest, tmp_path)
    assert (tmp_path / "rows" / "mine.npz").read_text() == "keep me"


def test_the_cache_name_depends_on_what_decides_the_features(tmp_path):
    settings = FeatureSettings()
    base = cache_path(tmp_path, Row("a", text="x"), settings)
    assert base == cache_path(tmp_path, Row("a", text="x", split="test"), replace(settings, audio_frames=8))
    assert base != cache_path(tmp_path, Row("a", text="y"), settings)
    assert base != cache_path(tmp_path, Row("a", text="x"), replace(settings, n_mels=32))


DAMAGE = {
    "truncated picture": ("image", lambda path: path.write_bytes(path.read_bytes()[:200])),
    "empty picture": ("image", lambda path: path.write_bytes(b"")),
    "text called picture": ("image", lambda path: path.write_text("hello")),
    "truncated sound": ("audio", lambda path: path.write_bytes(path.read_bytes()[:30])),
    "picture called sound": ("audio", lambda path: Image.new("RGB", (9, 9)).save(path, "PNG")),
    "NaN in the sound": ("audio", lambda path: soundfile.write(path, np.full(999, np.nan), 16_000, subtype="FLOAT")),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damaged_file_is_named_with_its_row_and_costs_no_other(tmp_path, name):
    modality, damage = DAMAGE[name]
    path = make_folder(tmp_path, 20, missing=0.0)
    damage(tmp_path / modality / f"clip0005.{'png' if modality == 'image' else 'wav'}")
    with pytest.raises(ManifestError) as caught:
        quiet(path, tmp_path / "out")
    line = str(caught.value)
    assert "\n" not in line
    assert f"row 7 (id 'clip0005'): {modality}/clip0005" in line
    features = quiet(path, tmp_path / "out", on_error="skip")
    assert len(features) == 19
    with (tmp_path / "out" / "report.csv").open(encoding="utf-8", newline="") as file:
        report = list(csv.DictReader(file))
    assert [(line["row"], line["id"]) for line in report] == [("7", "clip0005")]
    assert report[0]["file"].startswith(f"{modality}/")
    assert "clip0005" in (tmp_path / "out" / "report.txt").read_text(encoding="utf-8")


def test_the_first_bad_row_is_named_whatever_the_number_of_processes(tmp_path):
    path = make_folder(tmp_path, 60, missing=0.0)
    for n in (50, 9, 33):
        (tmp_path / "image" / f"clip{n:04d}.png").write_bytes(b"broken")
    for workers in (1, 2):
        with pytest.raises(ManifestError, match="row 11 "):
            quiet(path, tmp_path / f"out{workers}", workers=workers)
    assert len(quiet(path, tmp_path / "out2", workers=2, on_error="skip")) == 57


def test_class_whose_training_files_are_all_damaged_is_unknown_elsewhere(tmp_path):
    path = make_folder(tmp_path, 45, ("a", "b", "c"), missing=0.0, modalities=("image",), split=True)
    rows = list(csv.DictReader(path.open(encoding="utf-8")))
    for row in rows:
        if row["label"] == "c" and row["split"] == "train":
            (tmp_path / row["image"]).write_bytes(b"broken")
    features = quiet(path, tmp_path / "out", on_error="skip")
    assert features.label_names == ("a", "b")
    assert len(features) == 30


def test_data_without_a_modality_leaves_it_out(tmp_path):
    features = quiet(make_folder(tmp_path, 20, modalities=("text",), missing=0.0), tmp_path / "out")
    assert features.modalities == ("text",)
    assert features.image is None
    assert features.audio is None
    assert not features.image_mask.any()
    assert not features.audio_length.any()


def test_modality_of_test_rows_alone_cannot_be_learnt_and_is_left_out(tmp_path):
    path = make_folder(tmp_path, 20, modalities=("image", "text"), missing=0.0, split=True)
    rows = list(csv.DictReader(path.open(encoding="utf-8")))
    write_manifest(path, [row | {"image": row["image"] if row["split"] == "test" else ""} for row in rows])
    assert quiet(path, tmp_path / "out").modalities == ("text",)


def test_ten_classes_and_numbers(tmp_path):
    names = tuple(f"kind {n}" for n in range(10))
    ten = quiet(make_folder(tmp_path / "ten", 60, names), tmp_path / "ten" / "out")
    assert ten.label_names == tuple(sorted(names))
    assert ten.labels.dtype == np.int64
    assert set(ten.labels[ten.rows("train")]) == set(range(10))
    numbers = quiet(make_folder(tmp_path / "numbers", 40, numbers=True), tmp_path / "numbers" / "out")
    assert (numbers.task, numbers.label_names, numbers.labels.dtype) == ("numbers", (), np.float32)
    assert -3 <= numbers.labels.min() < 0 < numbers.labels.max() <= 3


def test_chinese_text_with_a_byte_order_mark(tmp_path):
    lines = [
        f"片{n},{'这部电影很好看' if n % 2 else '这部电影不好看'},{'正面' if n % 2 else '负面'}" for n in range(12)
    ]
    (tmp_path / "m.csv").write_text("id,text,label\n" + "\n".join(lines), encoding="utf-8-sig")
    features = quiet(tmp_path / "m.csv", tmp_path / "out")
    assert features.label_names == tuple(sorted(["正面", "负面"]))
    assert "电影" in features.vocabulary.tokens
    assert load_features(tmp_path / "out").sources[1]["text"] == "这部电影很好看"


def clip_video(path, seconds=2, with_sound=True):
    frames = np.stack([np.full((48, 64, 3), 40 + 8 * n, np.uint8) for n in range(12 * seconds)])
    samples = sound(0.5, np.random.default_rng(0), seconds) if with_sound else None
    write_video(path, frames, 12.0, samples)


def test_video_gives_frames_and_sound(tmp_path):
    clip_video(tmp_path / "v.mp4")
    clip = extract(Row("v", video=tmp_path / "v.mp4"), FeatureSettings())
    brightness = clip.image.mean(axis=(1, 2, 3))
    assert clip.image.shape == (4, 3, 64, 64)
    assert (np.diff(brightness) > 20).all()
    assert clip.audio.shape[0] > 80


def test_photo_comes_before_frames_and_the_audio_file_before_the_sound_track(tmp_path):
    clip_video(tmp_path / "v.mp4")
    Image.new("RGB", (20, 20), "blue").save(tmp_path / "p.png")
    soundfile.write(tmp_path / "a.wav", sound(0.2, np.random.default_rng(0), 0.5), 16_000)
    row = Row("v", image=tmp_path / "p.png", audio=tmp_path / "a.wav", video=tmp_path / "v.mp4")
    clip = extract(row, FeatureSettings(image_frames=3))
    assert len(clip.image) == 3
    assert (clip.image[0, 2] == 255).all()
    assert len(clip.audio) == 26
    assert len(extract(row, FeatureSettings(image_frames=1)).image) == 1


def test_video_without_sound_lacks_audio(tmp_path):
    clip_video(tmp_path / "v.mp4", with_sound=False)
    clip = extract(Row("v", video=tmp_path / "v.mp4"), FeatureSettings())
    assert clip.audio is None
    assert clip.tokens is None


@pytest.mark.parametrize("seconds", [0.01, 0.5, 30])
def test_short_and_long_sounds_are_read_and_the_middle_is_kept(tmp_path, seconds):
    soundfile.write(tmp_path / "a.wav", sound(0.5, np.random.default_rng(0), seconds), 16_000)
    clip = extract(Row("a", audio=tmp_path / "a.wav"), FeatureSettings())
    assert 1 <= len(clip.audio) <= 501
    assert np.isfinite(clip.audio).all()


def test_silence_is_valid(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.zeros(16_000), 16_000)
    assert len(extract(Row("a", audio=tmp_path / "a.wav"), FeatureSettings()).audio) == 51


@pytest.mark.parametrize("text", ["", "  \n", "...!?"])
def test_clip_that_leaves_nothing_is_rejected(text):
    with pytest.raises(MediaError, match="at least one"):
        extract(Row("a", text=text), FeatureSettings())


def test_megabyte_of_text_is_cut(tmp_path):
    clip = extract(Row("a", text="so good 很好 " * 100_000), FeatureSettings())
    assert len(clip.tokens) == 1024


def test_settings_that_make_no_sense_get_one_line():
    for wrong in ({"image_encoder": "resnet"}, {"image_weights": "mine"}, {"image_size": 0}, {"text_length": 5000}):
        with pytest.raises(UserError):
            FeatureSettings(**wrong)
    assert FeatureSettings.from_dict(FeatureSettings(n_mels=32).to_dict()) == FeatureSettings(n_mels=32)


def test_features_that_are_missing_or_damaged_get_one_line(manifest, tmp_path):
    with pytest.raises(UserError, match="prepare"):
        load_features(tmp_path)
    quiet(manifest, tmp_path)
    (tmp_path / "audio.npy").write_bytes(b"broken")
    with pytest.raises(UserError, match="damaged"):
        load_features(tmp_path)
    (tmp_path / "features.json").write_text("[]")
    with pytest.raises(UserError, match="damaged"):
        load_features(tmp_path)


def test_out_that_cannot_be_a_folder_gets_one_line(manifest, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(UserError, match="choose another folder"):
        quiet(manifest, tmp_path / "file")


def test_summary_names_classes_lengths_and_duplicates(tmp_path, capsys):
    path = make_folder(tmp_path, 30, missing=0.0, split=True)
    (tmp_path / "image" / "clip0008.png").write_bytes((tmp_path / "image" / "clip0000.png").read_bytes())
    prepare(path, tmp_path / "out", workers=1)
    printed = capsys.readouterr()
    assert printed.out == (tmp_path / "out" / "report.txt").read_text(encoding="utf-8")
    assert "30 of 30 rows kept" in printed.out
    assert "negative" in printed.out
    assert "clip0008 (test) repeats clip0000 (train): exact image" in printed.out
    assert "prepare" in printed.err


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="everything is readable to root")
def test_unreadable_file_is_named(tmp_path):
    path = make_folder(tmp_path, 20, missing=0.0)
    (tmp_path / "image" / "clip0001.png").chmod(0)
    with pytest.raises(ManifestError, match="row 3"):
        quiet(path, tmp_path / "out")


def test_vgg16_with_random_weights_gives_512_numbers_and_says_so(tmp_path):
    rows = []
    for n in range(2):
        Image.fromarray(picture(n, np.random.default_rng(n))).save(tmp_path / f"{n}.png")
        rows.append({"id": f"r{n}", "image": f"{n}.png", "label": "ab"[n], "split": "train"})
    path = write_manifest(tmp_path / "m.csv", rows)
    settings = FeatureSettings(image_encoder="vgg16", image_frames=1, image_weights="random")
    features = quiet(path, tmp_path / "out", settings=settings)
    assert features.image.shape == (2, 1, 512)
    assert features.image.dtype == np.float16
    assert not np.array_equal(features.image[0], features.image[1])
    assert features.settings.image_weights == "random"
    assert "RANDOM weights" in (tmp_path / "out" / "report.txt").read_text(encoding="utf-8")
    again = extract(Row("again", image=tmp_path / "0.png"), features.settings)
    np.testing.assert_allclose(again.image, features.image[0].astype(np.float32), rtol=2e-3, atol=1e-5)


def test_vgg16_weights_that_are_asked_for_and_absent_get_one_line(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    settings = FeatureSettings(image_encoder="vgg16", image_weights="imagenet")
    with pytest.raises(UserError, match="no ImageNet weights"):
        quiet(make_folder(tmp_path, 10), tmp_path / "out", settings=settings)
