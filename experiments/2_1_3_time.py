"""The figures of section 2.1.3 on time: how well streams are put on one clock as noise, drift and bands grow.

    python experiments/2_1_3_time.py [--only offset drift words band] [--out FILE]

Needs the default data (`make data`). Writes `experiments/2_1_3_time.csv`, one row for each point: `part` says which
measurement, `median_ms` and `p90_ms` are absolute errors over `count` items. About two minutes on one core.
"""

import argparse
import json
import platform
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import mmbook
from mmbook import seeding
from mmbook.alignment import (
    Clock,
    change_speed,
    delay,
    dtw,
    find_clock,
    find_clock_by_windows,
    find_offset,
    frame_middles,
    loudness_track,
    mouth_opening,
    resample_track,
    voice_features,
    warp_times,
)
from mmbook.alignment.words import HOP_SECONDS, QUIET_SECONDS
from mmbook.datasets import data_dir
from mmbook.datasets.speech import Speaker, speak, speakers
from mmbook.datasets.trimood import TriMood
from mmbook.files import write_rows
from mmbook.media.audio import mix_at_snr
from mmbook.media.video import read_video

RATE, STEP, MOST = 16_000, 0.01, 1.0  # samples a second; seconds a step of the common clock; largest offset searched
SNRS = (20, 10, 5, 0, -5, -10)
MANDARIN = (
    "这部电影真的很好看。",
    "服务员不友好，但是汤很好喝。",
    "我们明天早上七点去火车站。",
    "今天天气不错，我想出去走走。",
    "这个键盘很好用，屏幕也不错。",
    "他从来没有去过那家饭店。",
    "音乐很好听，可是故事太长了。",
    "请把窗户关上，外面很冷。",
    "我觉得这次旅行非常愉快。",
    "老师说下个星期有一次考试。",
    "房间很干净，就是有一点小。",
    "他们昨天晚上看了一场足球比赛。",
)


def noise_for(kind: str, key: str, length: int, voices: list[np.ndarray]) -> np.ndarray:
    """White noise, pink noise, or another clip's voice, chosen by the key."""
    rng = seeding.rng(0, "noise", kind, key)
    if kind == "other voice":
        return np.resize(voices[int(rng.integers(len(voices)))], length)
    white = rng.normal(size=length)
    if kind == "pink":
        white = np.fft.irfft(np.fft.rfft(white) / np.sqrt(np.maximum(np.fft.rfftfreq(length, 1 / RATE), 60)), length)
    return white.astype(np.float32)


def row(part: str, setting: str, level: object, errors: list[float], **more: object) -> dict[str, object]:
    """One line of the table: absolute errors in seconds summed up in milliseconds."""
    absolute = 1000 * np.abs(errors)
    found = {"part": part, "setting": setting, "level": level, "count": len(absolute)}
    found |= {"median_ms": round(float(np.median(absolute)), 1)}
    found |= {"p90_ms": round(float(np.percentile(absolute, 90)), 1)}
    return found | {"within_frame": round(float(np.mean(absolute <= 1000 / 12)), 3)} | more


def offset_error(clip, video, sound: np.ndarray, shift: float) -> float:
    """Found minus true offset of one clip whose sound was delayed by `shift` seconds."""
    clock = np.arange(0, len(sound) / RATE, STEP)
    mouth = resample_track(mouth_opening(video.frames), frame_middles(video.times), clock)
    return find_offset(mouth, loudness_track(sound, clock), STEP, MOST).offset - shift


def offsets(clips: list) -> Iterator[dict[str, object]]:
    """Offset by cross-correlation: visible faces as noise of three kinds grows, then hidden faces, masked voices."""
    videos = {clip.id: read_video(clip.video) for clip in clips}
    shifts = {clip.id: float(seeding.rng(0, "shift", clip.id).uniform(-0.6, 0.6)) for clip in clips}
    groups = {"visible": [clip for clip in clips if clip.condition not in ("hidden_face", "noisy_voice")]}
    groups |= {name: [clip for clip in clips if clip.condition == name] for name in ("hidden_face", "noisy_voice")}
    voices = [videos[clip.id].samples for clip in groups["hidden_face"]]
    for name, group in groups.items():
        sounds = {clip.id: delay(videos[clip.id].samples, shifts[clip.id]) for clip in group}
        errors = [offset_error(clip, videos[clip.id], sounds[clip.id], shifts[clip.id]) for clip in group]
        yield row("offset", name, "as recorded", errors)
        for kind in ("white", "pink", "other voice") if name == "visible" else ():
            for snr in SNRS:
                errors = []
                for clip in group:
                    sound = sounds[clip.id]
                    mixed = mix_at_snr(sound, noise_for(kind, clip.id, len(sound), voices), snr)
                    errors.append(offset_error(clip, videos[clip.id], mixed, shifts[clip.id]))
                yield row("offset", kind, snr, errors)


def recording(clips: list) -> tuple[np.ndarray, np.ndarray]:
    """The clips' frames and sounds one after the other, each sound as long as its picture."""
    frames, sounds = [], []
    for video in (read_video(clip.video) for clip in clips):
        length = len(video.frames) * RATE // 12
        frames.append(video.frames)
        sounds.append(np.pad(video.samples, (0, max(0, length - len(video.samples))))[:length])
    return np.concatenate(frames), np.concatenate(sounds)


def drifts(clips: list) -> Iterator[dict[str, object]]:
    """A minute of clips with the sound 1 to 5 % fast and late: what each remedy leaves, along the recording."""
    visible = [clip for clip in clips if clip.condition not in ("hidden_face", "noisy_voice")]
    for speed in (1.011, 1.021, 1.031, 1.041, 1.051):  # none of them a candidate of the search
        left: dict[str, list] = {}
        for place in range(4):
            frames, sound = recording(visible[20 * place : 20 * place + 20])
            late = float(seeding.rng(0, "late", place).uniform(0.2, 0.6))
            fast = change_speed(np.pad(sound, (round(late * speed * RATE), 0)), speed)
            clock = np.arange(0, len(sound) / RATE, STEP)
            mouth = resample_track(mouth_opening(frames), frame_middles(np.arange(len(frames)) / 12), clock)
            heard = loudness_track(fast, np.arange(0, len(fast) / RATE, STEP))
            true = Clock(late, speed)
            by_search = find_clock(mouth, heard, STEP, np.arange(0.94, 1.0601, 0.0025))
            by_windows = find_clock_by_windows(mouth, heard, STEP, max_seconds=4.0)
            by_both = find_clock_by_windows(mouth, heard, STEP, by_search)
            ways = {"nothing": Clock(0.0), "a shift": find_offset(mouth, heard, STEP, 4.0)}
            ways |= {"a speed": Clock(0.0, true.speed), "both, by search": by_search, "both, by windows": by_windows}
            ways["search, then windows"] = by_both
            for name, found in ways.items():
                left.setdefault(name, []).extend(found.of(clock[::100]) - true.of(clock[::100]))
        for name, errors in left.items():
            yield row("drift", name, speed, errors)


def spoken_pairs(clips: list) -> dict[str, list]:
    """For each language sentences as two voices say them: (first utterance, second)."""
    texts = {"English": list(dict.fromkeys(clip.text for clip in clips))[:24], "Mandarin": MANDARIN * 2}
    pairs = {}
    for language, code in (("English", "en"), ("Mandarin", "zh")):
        people = speakers(48, 3, code)[: 2 * len(texts[language])]
        people = people * (2 * len(texts[language]) // len(people))
        both = []
        for place, text in enumerate(texts[language]):
            first, second = (speak(text, people[2 * place + voice], language=code) for voice in (0, 1))
            both.append((first, second))
        pairs[language] = both
    return pairs


def boundary_errors(
    reference, samples: np.ndarray, true: np.ndarray, radius: int | None = None
) -> tuple[list[float], float]:
    """Found minus true times of all word starts and ends, and the share of the distances that was looked at."""
    edges = np.array([[word.start, word.end] for word in reference.words]).ravel()
    quiet = round(QUIET_SECONDS * RATE)
    theirs, ours = (voice_features(np.pad(sound, quiet)) for sound in (reference.samples, samples))
    warping = dtw(theirs, ours, radius)
    found = warp_times(edges + QUIET_SECONDS, warping.path, HOP_SECONDS) - QUIET_SECONDS
    return list(found - true), warping.cells / (len(theirs) * len(ours))


def times_of(words) -> np.ndarray:
    """Starts and ends of words, in order."""
    return np.array([[word.start, word.end] for word in words]).ravel()


def word_errors(clips: list) -> Iterator[dict[str, object]]:
    """Word boundaries by DTW: two voices in both languages as noise grows, then the clips of the default data."""
    for language, pairs in spoken_pairs(clips).items():
        usable = [(a, b) for a, b in pairs if [w.text for w in a.words] == [w.text for w in b.words]]
        stretched = []
        for first, second in usable:
            scale = len(second.samples) / len(first.samples)
            stretched += list(times_of(first.words) * scale - times_of(second.words))
        yield row("words", f"{language}, stretched evenly", "clean", stretched, sentences=len(usable))
        for snr in ("clean", *SNRS):
            errors = []
            for place, (first, second) in enumerate(usable):
                sound = second.samples
                if snr != "clean":
                    sound = mix_at_snr(sound, noise_for("pink", f"{language} {place}", len(sound), []), snr)
                errors += boundary_errors(first, sound, times_of(second.words))[0]
            yield row("words", language, snr, errors, sentences=len(usable))
    for name in ("visible", "noisy_voice"):
        group = [clip for clip in clips if (clip.condition == "noisy_voice") == (name == "noisy_voice")][:48]
        errors = []
        for clip in group:
            true = json.loads(clip.timings.read_text(encoding="utf-8"))["words"]
            times = np.array([[word["start"], word["end"]] for word in true]).ravel()
            reference = speak(clip.text, Speaker("en-us"))
            if len(reference.words) == len(true):
                errors += boundary_errors(reference, read_video(clip.video).samples, times)[0]
        setting = "clips, voice masked" if name == "noisy_voice" else "clips, voice clear"
        yield row("words", setting, "as recorded", errors, sentences=len(group))


def bands(clips: list) -> Iterator[dict[str, object]]:
    """The band's radius against error and work: one voice slow with pauses between words, one fast without."""
    pairs = []
    for clip in clips[:24]:
        slow = speak(clip.text.replace(" ", ", "), Speaker("en-us", rate=130))
        fast = speak(clip.text, Speaker("en-gb-scotland+Andy", rate=200))
        if [w.text for w in slow.words] == [w.text for w in fast.words]:
            pairs.append((slow, fast))
    for radius in (2, 5, 10, 20, 40, 80, None):
        errors, shares = [], []
        for slow, fast in pairs:
            try:
                found, share = boundary_errors(slow, fast.samples, times_of(fast.words), radius)
            except ValueError:  # too narrow to hold a path
                continue
            errors += found
            shares.append(share)
        share = round(float(np.mean(shares)), 4) if shares else ""
        yield row("band", "slow to fast", radius or "none", errors, sentences=len(shares), cells_share=share)


PARTS = {"offset": offsets, "drift": drifts, "words": word_errors, "band": bands}


def main() -> None:
    """Measure everything asked for; the CSV is written when all of it is done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS))
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".csv"))
    asked = parser.parse_args()
    clips = TriMood(data_dir() / "trimood", "test").clips
    versions = {"data_seed": 0, "mmbook": mmbook.__version__, "numpy": np.__version__}
    versions |= {"python": platform.python_version()}
    rows = []
    for part in asked.only:
        for found in PARTS[part](clips):
            rows.append(found | versions)
            print(*found.values(), flush=True)
    write_rows(asked.out, rows)


if __name__ == "__main__":
    main()
