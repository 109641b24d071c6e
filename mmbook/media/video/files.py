"""Videos (§2.1.2): frames, times and sound on one clock; write H.264 and AAC."""

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from jaxtyping import Float, Float32, UInt8

from mmbook.errors import MediaError
from mmbook.files import atomic_path
from mmbook.media._file import check_file, decoding
from mmbook.media._libav import MAX_FRAME_PIXELS, first_stream, open_container
from mmbook.media.audio import decode_mono, resample, to_range
from mmbook.media.video._frames import FrameIndex, decode_frames, index_frames

MAX_PIXELS = 1_000_000_000
# With x264's macroblock tree on, writing the same frames twice gave different bytes for some sizes (96 x 96 among
# them), without assembly it did not; off, it never does.
X264 = {"preset": "veryfast", "crf": "23", "threads": "1", "bf": "0", "x264-params": "mbtree=0"}
AAC_RATES = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 64_000, 88_200, 96_000)


@dataclass(frozen=True)
class Video:
    """Frames with the time of each in seconds, and mono sound in [-1, 1] (None without a sound track).

    Time 0 is the first frame of the file, for the frames and for the sound. `fps` is the file's mean frame rate, also
    where only some of its frames were read.
    """

    frames: UInt8[np.ndarray, "frames height width 3"]
    times: Float[np.ndarray, "frames"]
    samples: Float32[np.ndarray, "samples"] | None
    sample_rate: int
    fps: float


def read_video(
    path: str | Path,
    max_frames: int | None = None,
    sample_rate: int = 16_000,
    max_seconds: float | int = 600,
    with_audio: bool = True,
) -> Video:
    """The video: all frames of the first `max_seconds`, or `max_frames` of them evenly spaced, and the sound.

    MP4, AVI, MOV, MKV, WebM and the like; frames are RGB and upright. Without a sound track `samples` is None.

    Raises `MediaError` for a file that is missing, damaged or has no frames, and when the frames asked for hold more
    than `MAX_PIXELS` pixels together.
    """
    path = check_file(path, "a video")
    with decoding(path, "a video"):
        frames, times, fps, start = _read_frames(path, max_frames, max_seconds)
        samples = _read_sound(path, sample_rate, max_seconds, start) if with_audio else None
    return Video(frames, times, samples, sample_rate, fps)


def read_frames_at(
    path: str | Path, times: Float[np.ndarray, "times"] | Sequence[float | int]
) -> tuple[UInt8[np.ndarray, "times height width 3"], Float[np.ndarray, "times"]]:
    """The frame on show at each of `times`, and the time at which each of these frames began.

    Times are seconds after the file's first frame, in any order, repeats allowed. A frame is on show from its own time
    until that of the next. Only what is needed is decoded: from the key frame before each wanted frame up to it.

    Raises `MediaError` for a time before the first frame or after the last one's end, and where `read_video` would.
    """
    path = check_file(path, "a video")
    wanted = [float(time) for time in times]
    if not wanted:
        raise ValueError("read_frames_at: times is empty")
    with decoding(path, "a video"):
        index = index_frames(path, max(wanted))
        for time in wanted:
            if not 0 <= time < index.end:
                raise MediaError(
                    f"{path}: there is no frame at {time:g} s, the frames last from 0 to {index.end:.3f} s; "
                    "ask for times in between"
                )
        on_show = [bisect.bisect_right(index.clock, time + 1e-9) - 1 for time in wanted]
        chosen = sorted(set(on_show))
        _check_size(path, index, len(wanted))
        pictures, began = decode_frames(path, index, chosen)
    # Where a damaged frame could not be decoded, the next one that could be stands in for it.
    places = [min(bisect.bisect_left(began, index.clock[i] - 1e-9), len(began) - 1) for i in on_show]
    return np.stack([pictures[place] for place in places]), np.array([began[place] for place in places])


def write_video(
    path: str | Path,
    frames: UInt8[np.ndarray, "frames height width 3"] | Sequence[UInt8[np.ndarray, "height width 3"]],
    fps: float | int,
    samples: Float[np.ndarray, "samples"] | None = None,
    sample_rate: int = 16_000,
) -> None:
    """Write an MP4 (H.264, yuv420p, and AAC), atomically and with the same bytes each time on one machine.

    H.264 needs even sizes: an odd width or height is extended by repeating the last column or row.
    """
    if not len(frames):
        raise ValueError("write_video: no frames")
    rate = Fraction(float(fps)).limit_denominator(1001)
    if samples is not None and sample_rate not in AAC_RATES:
        samples, sample_rate = resample(samples, sample_rate, 48_000), 48_000
    with (
        atomic_path(path) as temporary,
        av.open(str(temporary.absolute()), "w", format="mp4", options={"fflags": "+bitexact"}) as out,
    ):
        height, width = frames[0].shape[:2]
        picture = out.add_stream("libx264", rate=rate, options=X264)
        picture.width, picture.height, picture.pix_fmt = width + width % 2, height + height % 2, "yuv420p"
        picture.codec_context.flags |= av.codec.context.Flags.bitexact
        sound = None
        if samples is not None:
            samples = np.clip(samples, -1, 1).astype(np.float32)
            sound = out.add_stream("aac", rate=sample_rate, layout="mono", options={"b": "64000", "aac_coder": "fast"})
            sound.codec_context.flags |= av.codec.context.Flags.bitexact
        written = 0
        for index, array in enumerate(frames):
            padded = np.pad(array, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(padded), format="rgb24")
            frame.pts, frame.time_base = index, 1 / rate
            out.mux(picture.encode(frame))
            if sound is not None:
                until = samples.size if index == len(frames) - 1 else round((index + 1) / rate * sample_rate)
                written = _write_sound(out, sound, samples, sample_rate, written, until)
        out.mux(picture.encode(None))
        if sound is not None:
            out.mux(sound.encode(None))


def _write_sound(out, stream, samples: np.ndarray, sample_rate: int, start: int, until: int) -> int:
    for begin in range(start, min(until, samples.size), sample_rate):
        block = samples[begin : min(begin + sample_rate, until)]
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block[None]), format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = sample_rate, begin, Fraction(1, sample_rate)
        out.mux(stream.encode(frame))
    return max(start, min(until, samples.size))


def _read_frames(
    path: Path, max_frames: int | None, max_seconds: float | int
) -> tuple[np.ndarray, np.ndarray, float, float]:
    """Frames, their times, the frame rate, and where on the file's own clock the first frame lies (seconds)."""
    index = index_frames(path, max_seconds)
    count = max(1, bisect.bisect_left(index.clock, max_seconds))
    chosen = _evenly(index.clock[:count], max_frames)
    _check_size(path, index, len(chosen))
    pictures, times = decode_frames(path, index, chosen)
    return np.stack(pictures), np.array(times), index.fps, index.start


def _check_size(path: Path, index: FrameIndex, count: int) -> None:
    pixels = index.width * index.height
    if pixels > MAX_FRAME_PIXELS or pixels * count > MAX_PIXELS:
        raise MediaError(
            f"{path}: {count} frames of {index.width} x {index.height} pixels are more than the limit "
            f"({MAX_FRAME_PIXELS:,} a frame, {MAX_PIXELS:,} together); "
            "read fewer (max_frames, max_seconds) or make the video smaller"
        )


def _evenly(clock: list[float], max_frames: int | None) -> list[int]:
    """Indices of at most `max_frames` frames: those on show in the middle of as many equal stretches of time."""
    if max_frames is None or max_frames >= len(clock):
        return list(range(len(clock)))
    end = clock[-1] * len(clock) / max(1, len(clock) - 1)
    middles = [(i + 0.5) * end / max_frames for i in range(max_frames)]
    return sorted({max(0, bisect.bisect_right(clock, time + 1e-9) - 1) for time in middles})


def _read_sound(path: Path, sample_rate: int, max_seconds: float | int, start: float | int) -> np.ndarray | None:
    """The sound track from the time of the first frame on, or None without one."""
    with open_container(path) as container:
        stream = first_stream(container, "audio")
        if stream is None:
            return None
        blocks, rate, sound_start = decode_mono(container, stream, path, max_seconds)
    if not blocks:
        return None
    samples = np.concatenate(blocks)
    late = round(min(max(sound_start - start, -max_seconds), max_seconds) * rate)
    samples = np.pad(samples, (late, 0)) if late >= 0 else samples[-late:]
    return to_range(path, samples[: math.ceil(max_seconds * rate)], rate, sample_rate)
