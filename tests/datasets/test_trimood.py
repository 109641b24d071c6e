import csv
import json
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from mmbook.datasets import script
from mmbook.datasets._trimood_clip import FRAMES_PER_SECOND, mouth_opening, render_frames, render_sound, write_clip
from mmbook.datasets.cues import CONDITIONS, PRESETS, ceilings
from mmbook.datasets.face import Expression, draw_face
from mmbook.datasets.trimood import TriMood, build, plan_clips
from mmbook.errors import UserError
from mmbook.media.audio import read_audio
from mmbook.media.image import read_image
from mmbook.media.video import read_video

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
CLIPS = 12


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    root = tmp_path_factory.mktemp("data") / "trimood"
    build(root, clips=CLIPS, workers=1, progress=False)
    return root


@pytest.fixture(scope="module")
def plans():
    return plan_clips(1200)


def contents(root):
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def rows(root):
    return list(csv.DictReader((root / "manifest.csv").read_text(encoding="utf-8").splitlines()))


# ---- the plan -------------------------------------------------------------------------------------------------------


def test_conditions_follow_their_proportions_in_all_and_in_each_split(plans):
    for part in (plans, *([p for p in plans if p.split == split] for split in ("train", "valid", "test"))):
        counts = Counter(plan.condition for plan in part)
        for condition, share in PRESETS["default"].conditions.items():
            assert abs(counts[condition] - share * len(part)) <= 2


def test_splits_are_in_proportion_and_signs_are_even_in_each(plans):
    assert Counter(plan.split for plan in plans) == {"train": 816, "valid": 144, "test": 240}
    for split in ("train", "valid", "test"):
        for condition in PRESETS["default"].conditions:
            signs = Counter(p.valence > 0 for p in plans if (p.split, p.condition) == (split, condition))
            assert abs(signs[True] - signs[False]) <= 2


def test_nobody_and_no_template_is_in_two_splits(plans):
    for of in (
        lambda p: p.speaker,
        lambda p: p.voice.voice,
        lambda p: p.face,
        lambda p: p.identity,
        lambda p: p.template,
        lambda p: p.text,
    ):
        splits = {}
        for plan in plans:
            splits.setdefault(of(plan), set()).add(plan.split)
        assert all(len(found) == 1 for found in splits.values())


def test_every_split_has_many_speakers_and_more_faces(plans):
    for split, least in (("train", 30), ("valid", 10), ("test", 16)):
        part = [plan for plan in plans if plan.split == split]
        assert len({p.speaker for p in part}) >= least
        assert len({p.identity for p in part}) > len({p.speaker for p in part})


def test_sentences_repeat_rarely_and_mean_what_their_cue_says(plans):
    assert len({plan.text for plan in plans}) > 0.9 * len(plans)
    assert all((plan.kind == "neutral") == (plan.cues[2] == 0) for plan in plans)
    assert all(script.TEMPLATES[plan.template].split == plan.split for plan in plans)


def test_plans_of_another_seed_differ():
    assert [p.text for p in plan_clips(20, seed=1)] != [p.text for p in plan_clips(20, seed=2)]


@pytest.mark.parametrize("clips", [1, 5, 12, 13, 100])
def test_any_number_of_clips_can_be_planned(clips):
    plans = plan_clips(clips)
    assert len(plans) == len({plan.id for plan in plans}) == clips


def test_twelve_clips_show_every_condition_both_signs_and_all_splits():
    plans = plan_clips(12)
    assert {plan.condition for plan in plans} == set(PRESETS["default"].conditions)
    assert {plan.valence > 0 for plan in plans} == {True, False}
    assert {plan.split for plan in plans} == {"train", "valid", "test"}


@pytest.mark.parametrize(("preset", "subset"), [("default", "all"), ("default", "text"), ("redundant", "image")])
def test_the_oracle_decides_about_as_often_right_as_the_ceiling_says(preset, subset, plans, tmp_path):
    from mmbook.datasets.trimood import _manifest, make_preset

    mix = make_preset(preset)
    table = csv.DictReader(_manifest(plan_clips(1200, 0, mix), mix).splitlines())
    hits = [
        0.5
        if float(row[f"oracle_{subset}"]) == 0.5
        else (float(row[f"oracle_{subset}"]) > 0.5) == (row["label"] == "positive")
        for row in table
    ]
    assert abs(np.mean(hits) - ceilings(preset)[subset]) < 4 * 0.5 / np.sqrt(1200)


# ---- sound, picture and video ---------------------------------------------------------------------------------------


def test_media_are_sixteen_kilohertz_mono_ninety_six_pixels_and_twelve_frames(built):
    import soundfile

    for row in rows(built):
        info = soundfile.info(built / row["audio"])
        assert (info.samplerate, info.channels, info.subtype) == (16_000, 1, "PCM_16")
        assert read_image(built / row["image"]).shape == (96, 96, 3)
        video = read_video(built / row["video"])
        assert video.frames.shape[1:] == (96, 96, 3) and video.fps == pytest.approx(FRAMES_PER_SECOND)
        assert len(video.frames) / 12 == pytest.approx(info.duration, abs=0.1)
        assert video.samples is not None and 1 < info.duration < 5


@pytest.mark.parametrize("condition", ["noisy_voice", "agree"])
def test_noise_has_the_power_that_the_manifest_states(condition, plans):
    for plan in [plan for plan in plans if plan.condition == condition][:4]:
        sound = render_sound(plan)
        noise = sound.mixed.astype(np.float64) - sound.clean
        measured = 10 * np.log10(np.mean(sound.clean.astype(np.float64) ** 2) / np.mean(noise**2))
        assert measured == pytest.approx(plan.snr_db, abs=0.05)
        assert plan.snr_db == -12 if condition == "noisy_voice" else 15 <= plan.snr_db <= 30


def test_loudness_of_a_masked_voice_tells_nothing_of_its_mood(plans):
    noisy = [plan for plan in plans if plan.condition == "noisy_voice"][:24]
    loudness = [10 * np.log10(np.mean(render_sound(plan).mixed ** 2)) for plan in noisy]
    mood = [plan.valence for plan in noisy]
    assert abs(np.corrcoef(loudness, mood)[0, 1]) < 0.6


def test_a_pleased_voice_is_louder_and_faster_than_a_displeased_one(plans):
    from dataclasses import replace

    for plan in plans[:4]:
        spoken = {}
        for cue in (-3, 3):
            sound = render_sound(replace(plan, cues=(0, cue, 0), condition="agree"))
            spoken[cue] = (np.abs(sound.clean).max(), sound.words[-1].end - sound.words[0].start)
        assert spoken[3][0] > 1.3 * spoken[-3][0] and spoken[3][1] < 0.9 * spoken[-3][1]


def test_the_mouth_opens_with_the_voice(plans):
    plan = next(p for p in plans if p.condition == "agree" and p.identity.facial_hair == "none")
    opening = mouth_opening(render_sound(plan).clean)
    _, frames = render_frames(plan, opening)
    _, silent = render_frames(plan, 0 * opening)
    moved = np.abs(frames.astype(int) - silent).mean((1, 2, 3))
    assert opening.min() >= 0 and opening.max() <= 1
    assert np.corrcoef(moved, opening)[0, 1] > 0.9


def test_a_decoded_video_opens_its_mouth_with_its_own_sound(built):
    correlations = []
    for clip, plan in zip(TriMood(built), plan_clips(CLIPS), strict=True):
        if plan.occlusion == "none" and clip.snr_db > 0:
            video = read_video(clip.video)
            _, silent = render_frames(plan, np.zeros(len(video.frames), np.float32))
            mouth = np.abs(video.frames.astype(int) - silent)[:, 58:84].mean((1, 2, 3))
            heard = mouth_opening(read_audio(clip.audio))[: len(mouth)]
            correlations.append(np.corrcoef(mouth[: len(heard)], heard)[0, 1])
    assert np.median(correlations) > 0.6


def test_a_hidden_face_is_the_same_picture_in_every_mood(plans):
    from dataclasses import replace

    plan = next(plan for plan in plans if plan.condition == "hidden_face")
    pictures = [render_frames(replace(plan, valence=valence), np.ones(3, np.float32)) for valence in (-3, 3)]
    assert all(np.array_equal(a, b) for a, b in zip(*pictures, strict=True))


def test_word_timings_are_in_order_and_inside_the_clip(built):
    for clip in TriMood(built):
        timings = json.loads(clip.timings.read_text(encoding="utf-8"))
        starts = [word["start"] for word in timings["words"]]
        assert starts == sorted(starts) and starts[0] > 0
        assert timings["words"][-1]["end"] <= timings["seconds"] and timings["phonemes"]


# ---- the folder -----------------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_bits_with_one_worker_or_two(built, tmp_path):
    build(tmp_path / "again", clips=CLIPS, workers=2, progress=False)
    assert contents(tmp_path / "again") == contents(built)


def test_a_build_with_files_missing_or_half_written_is_completed_to_the_same_bits(built, tmp_path):
    root = tmp_path / "broken"
    build(root, clips=CLIPS, workers=1, progress=False)
    (root / "manifest.csv").unlink()
    for name in ("images/0003.png", "audio/0005.wav", "video/0000.mp4", "timings/0007.json"):
        (root / name).unlink()
    (root / "audio" / "0006.wav").write_bytes(b"")
    (root / "audio" / ".12ab34cd.partial.wav").write_bytes(b"RIFF")
    build(root, clips=CLIPS, workers=1, progress=False)
    assert contents(root) == contents(built)


def test_a_build_that_was_killed_is_completed_to_the_same_bits(built, tmp_path):
    root = tmp_path / "killed"
    call = f"from mmbook.datasets.trimood import build; build({str(root)!r}, clips={CLIPS}, workers=1, progress=False)"
    process = subprocess.Popen([sys.executable, "-c", call], env=os.environ | {"OMP_NUM_THREADS": "1"})
    deadline = time.monotonic() + 120
    while len(list(root.glob("timings/*.json"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.005)
    process.kill()
    process.wait()
    assert not (root / "manifest.csv").exists()
    build(root, clips=CLIPS, workers=1, progress=False)
    assert contents(root) == contents(built)


def test_a_finished_folder_is_left_alone(built):
    before = {path: path.stat().st_mtime_ns for path in built.rglob("*")}
    assert build(built, clips=CLIPS, workers=1, progress=False) == built / "manifest.csv"
    assert before == {path: path.stat().st_mtime_ns for path in built.rglob("*")}


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"seed": 1}, "seed"),
        ({"clips": 13}, "clips"),
        ({"preset": "unique"}, "preset"),
        ({"conditions": {"agree": 1.0}}, "conditions"),
    ],
)
def test_other_parameters_in_the_same_folder_are_refused_in_one_line(built, change, word):
    with pytest.raises(UserError, match=word) as caught:
        build(built, **{"clips": CLIPS, "workers": 1, "progress": False, **change})
    assert str(built) in str(caught.value) and "\n" not in str(caught.value)


def test_a_folder_with_other_files_is_not_touched(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(UserError, match="not empty"):
        build(tmp_path, clips=1, progress=False)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_an_unfinished_folder_of_other_versions_is_refused(built, tmp_path):
    stored = json.loads((built / "dataset.json").read_text(encoding="utf-8"))
    stored["versions"]["numpy"] = "0.1"
    (tmp_path / "dataset.json").write_text(json.dumps(stored), encoding="utf-8")
    with pytest.raises(UserError, match="versions"):
        build(tmp_path, clips=CLIPS, workers=1, progress=False)


def test_a_damaged_dataset_file_is_named(tmp_path):
    (tmp_path / "dataset.json").write_text("{")
    with pytest.raises(UserError, match=r"dataset\.json"):
        build(tmp_path, clips=1, progress=False)


@pytest.mark.parametrize("clips", [0, -3])
def test_no_clips_are_refused(tmp_path, clips):
    with pytest.raises(UserError, match="at least 1"):
        build(tmp_path / "none", clips=clips, progress=False)


def test_a_clip_depends_on_its_plan_alone(plans, tmp_path):
    for folder, order in (("a", plans[:2]), ("b", plans[1::-1])):
        for plan in order:
            write_clip(tmp_path / folder, plan)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


# ---- reading it -----------------------------------------------------------------------------------------------------


def test_clips_carry_their_files_label_and_cues(built):
    for clip, row in zip(TriMood(built), rows(built), strict=True):
        assert all(path.is_file() for path in (clip.image, clip.audio, clip.video, clip.timings))
        assert (clip.label == "positive") == (clip.valence > 0) and abs(clip.valence) in (1, 2, 3)
        assert clip.condition in CONDITIONS and clip.text == row["text"]
        assert (clip.cues["audio"] is None) == (clip.condition == "noisy_voice")
        assert (clip.cues["image"] is None) == (clip.condition == "hidden_face")
        assert all(0 <= probability <= 1 for probability in clip.oracle.values())


def test_splits_partition_the_clips(built):
    parts = [TriMood(built, split) for split in ("train", "valid", "test")]
    assert sorted(clip.id for part in parts for clip in part) == [clip.id for clip in TriMood(built)]
    assert len(parts[0]) == 8


def test_a_split_or_folder_that_does_not_exist_is_named(built, tmp_path):
    with pytest.raises(UserError, match="valid"):
        TriMood(built, "validation")
    with pytest.raises(UserError, match="mmbook data trimood"):
        TriMood(tmp_path)


def test_the_committed_sample_is_what_the_code_builds(built):
    assert (SAMPLE / "manifest.csv").read_bytes() == (built / "manifest.csv").read_bytes()
    stored = json.loads((SAMPLE / "dataset.json").read_text(encoding="utf-8"))
    fresh = json.loads((built / "dataset.json").read_text(encoding="utf-8"))
    assert stored["parameters"] == fresh["parameters"] and stored["ceilings"] == fresh["ceilings"]
    for clip, other in zip(TriMood(SAMPLE), TriMood(built), strict=True):
        pictures = [read_image(item.image).astype(int) for item in (clip, other)]
        assert np.abs(pictures[0] - pictures[1]).mean() < 1
        sounds = [read_audio(item.audio) for item in (clip, other)]
        assert len(sounds[0]) == pytest.approx(len(sounds[1]), abs=1600)


def test_sample_faces_are_drawn_by_the_public_function(plans):
    assert draw_face(plans[0].identity, Expression(valence=1.0)).shape == (96, 96, 3)


def test_the_data_card_states_the_exact_ceilings():
    card = (SAMPLE.parent / "cards" / "trimood.md").read_text(encoding="utf-8")
    for preset in PRESETS:
        line = next(line for line in card.splitlines() if line.startswith(f"| {preset} |"))
        stated = [float(cell) for cell in line.strip("| ").split("|")[1:]]
        assert stated == [round(value, 4) for value in ceilings(preset).values()]
