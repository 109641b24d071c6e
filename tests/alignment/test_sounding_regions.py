from pathlib import Path

import numpy as np
import pytest

import mmbook
from mmbook.alignment.sounding_regions import (
    block_brightness,
    correlation_map,
    locate_sound,
    loudness_per_frame,
    steady,
)
from mmbook.media.video import read_video
from mmbook.seeding import rng

SAMPLE = Path(mmbook.__file__).parents[1] / "data/sample"
FPS, RATE = 12, 16_000
MOUTHS = {"0000": (40, 58, 59, 75), "0001": (36, 57, 59, 74), "0002": (39, 59, 66, 81)}  # datasets.mouths.mouth_box


def scene(frames=48, box=(40, 56, 60, 68), seed=0, gain=None):
    """A noisy grey room in which only `box` darkens with the loudness of a noise."""
    draw = rng(seed, "sounding scene")
    loudness = draw.uniform(0, 1, frames)
    samples = np.repeat(loudness, RATE // FPS + 1)[: frames * RATE // FPS] * draw.normal(size=frames * RATE // FPS)
    room = draw.uniform(60, 200, (96, 96, 1)) * np.ones(3) + draw.normal(0, 2, (frames, 96, 96, 1))
    left, top, right, bottom = box
    room[:, top:bottom, left:right] -= 40 * loudness[:, None, None, None]
    if gain is not None:
        room = room * gain(loudness)[:, None, None, None]
    return np.clip(room, 0, 255).astype(np.uint8), 0.1 * samples, loudness


def inside(point, box):
    return box[0] <= point[0] <= box[2] and box[1] <= point[1] <= box[3]


def overlap(a, b):
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    shared = max(0, width) * max(0, height)
    area = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    return shared / (sum(area) - shared)


@pytest.mark.parametrize("box", [(40, 56, 60, 68), (0, 0, 12, 12), (84, 81, 96, 96)])
def test_the_peak_falls_on_the_only_thing_that_sounds(box):
    frames, samples, _ = scene(box=box)
    found = locate_sound(frames, samples, FPS)
    assert inside(found.peak, box) and found.score > 0.8
    assert overlap(found.box, box) > 0.6


def test_louder_sound_and_mirrored_picture_change_nothing_but_the_side():
    frames, samples, _ = scene()
    plain, loud = locate_sound(frames, samples, FPS), locate_sound(frames, 7.0 * samples, FPS)
    assert np.allclose(plain.correlation, loud.correlation, atol=1e-5) and plain.box == loud.box
    mirrored = locate_sound(frames[:, :, ::-1], samples, FPS)
    assert np.allclose(mirrored.correlation, plain.correlation[:, ::-1], atol=1e-5)


def test_the_map_stays_between_0_and_1_and_has_one_number_a_block():
    frames, samples, _ = scene()
    found = locate_sound(frames[:, :90, :94], samples, FPS, block=8)
    assert found.correlation.shape == (11, 11) and found.block == 8
    assert found.correlation.min() >= 0 and found.correlation.max() == np.float32(found.score) <= 1


def test_a_light_that_dims_with_the_sound_is_divided_out():
    frames, samples, _ = scene(gain=lambda loudness: 1 - 0.4 * loudness)
    box = (40, 56, 60, 68)
    assert inside(locate_sound(frames, samples, FPS).peak, box)
    assert overlap(locate_sound(frames, samples, FPS, steady_light=False).box, box) < 0.2


def test_steady_light_undoes_any_gain_exactly_where_nothing_moves():
    room = np.repeat(rng(0, "room").uniform(20, 200, (1, 8, 8)), 10, 0).astype(np.float32)
    gain = rng(0, "gain").uniform(0.6, 1.4, (10, 1, 1)).astype(np.float32)
    assert steady((room + 1) * gain - 1).std(0).max() < 0.5


def test_a_thing_that_shakes_when_it_is_hit_is_found_by_motion():
    frames, _, _ = scene(box=(0, 0, 0, 0))
    hits = np.arange(48) % 6 == 0
    side = np.cumsum(hits) % 2  # a stick that jumps at each hit and stays there: its level follows no loudness
    frames[:, 20:30, 20:30] = (60 + 100 * side)[:, None, None, None]
    samples = np.repeat(hits * 0.3, RATE // FPS + 1)[: 4 * RATE] * rng(0, "hits").normal(size=4 * RATE)
    assert inside(locate_sound(frames, samples, FPS, change="motion").peak, (20, 20, 30, 30))


def test_correlation_equals_numpys_and_is_0_where_nothing_changes():
    light, sound = rng(1, "light").normal(size=(30, 2, 3)), rng(1, "sound").normal(size=30)
    light[:, 0, 0] = 5.0
    found = correlation_map(light, sound)
    assert found[0, 0] == 0
    assert found[1, 2] == pytest.approx(abs(np.corrcoef(light[:, 1, 2], sound)[0, 1]), abs=1e-6)


def test_loudness_keeps_the_energy_of_the_sound():
    samples = rng(2, "samples").normal(size=16_000)
    loud = loudness_per_frame(samples, 15, 12)
    assert loud[:12] @ loud[:12] * 16_000 / 12 == pytest.approx(samples @ samples, rel=0.01)
    assert (loud[12:] == 0).all()


def test_block_brightness_keeps_the_mean():
    frames = rng(3, "frames").integers(0, 256, (2, 12, 8, 3), dtype=np.uint8)
    assert np.allclose(block_brightness(frames, 4).mean((1, 2)), frames.mean((1, 2, 3)), atol=1e-3)


def test_silence_scores_0_and_few_frames_are_refused():
    frames, samples, _ = scene()
    silent = locate_sound(frames, 0 * samples, FPS)
    assert silent.score == 0 and silent.box == (0, 0, 96, 96)
    with pytest.raises(ValueError, match="at least 3"):
        locate_sound(frames[:2], samples, FPS)
    with pytest.raises(ValueError, match="'level' or 'motion'"):
        locate_sound(frames, samples, FPS, change="colour")
    with pytest.raises(ValueError, match="larger than the picture"):
        locate_sound(frames, samples, FPS, block=100)


@pytest.mark.parametrize("clip", MOUTHS)
def test_the_voice_of_a_sample_clip_comes_from_the_mouth(clip):
    video = read_video(SAMPLE / "video" / f"{clip}.mp4")
    found = locate_sound(video.frames, video.samples, video.fps)
    assert inside(found.peak, MOUTHS[clip])
