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
from mmbook.media._libav import MAX_FRAME_PIXELS, decode, first_stream, open_container
from mmbook.media.audio import decode_mono, resample, to_range

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
    with open_container(path) as container:
        stream = first_stream(container, "video")
        if stream is None:
            raise MediaError(f"{path}: has no video track; give a video, or name the file under audio if it is sound")
        packets = _list_packets(container, stream, max_seconds)
        if not packets:
            raise MediaError(f"{path}: has a video track but no frames; record or export it again")
        stamps = sorted({pts for pts, _ in packets if pts is not None})
        # AVI stores no times of display, only a rate: where frames are out of order, FFmpeg's stamps are guesses.
        timed = len(stamps) == len(packets) and container.format.name != "avi"
        base = float(stream.time_base)
        clock = [(s - stamps[0]) * base for s in stamps] if timed else _even_clock(len(packets), stream)
        stated = float(stream.average_rate or 0) or 1.0
        fps = (len(clock) - 1) / max(clock[-1], 1e-3) if len(clock) > 1 else stated
        count = max(1, bisect.bisect_left(clock, max_seconds))
        chosen = _evenly(clock[:count], max_frames)
        width, height = stream.codec_context.width, stream.codec_context.height
        if width * height > MAX_FRAME_PIXELS or width * height * len(chosen) > MAX_PIXELS:
            raise MediaError(
                f"{path}: {len(chosen)} frames of {width} x {height} pixels are more than the limit "
                f"({MAX_FRAME_PIXELS:,} a frame, {MAX_PIXELS:,} together); "
                "read fewer (max_frames, max_seconds) or make the video smaller"
            )
    with open_container(path) as container:
        stream = first_stream(container, "video")
        if timed:
            keys = sorted({pts for pts, key in packets if key})
            pictures, at = _decode_at(container, stream, path, [stamps[i] for i in chosen], keys)
            times = [(pts - stamps[0]) * base for pts in at]
        else:
            pictures, at = _decode_indices(container, stream, path, chosen)
            times = [clock[i] for i in at]
    if not pictures:
        raise MediaError(f"{path}: none of its frames can be decoded; record or export it again")
    return np.stack(pictures), np.array(times), fps, stamps[0] * base if timed else 0.0


def _list_packets(container, stream, max_seconds: float | int) -> list[tuple[int | None, bool]]:
    """Stamp and key mark of each packet up to a little after `max_seconds`, in the order of the file, undecoded."""
    packets: list[tuple[int | None, bool]] = []
    first = None
    for packet in container.demux(stream):
        if not packet.size:
            continue
        packets.append((packet.pts, packet.is_keyframe))
        if packet.pts is not None:
            first = packet.pts if first is None else first
            if (packet.pts - first) * stream.time_base > max_seconds + 10:
                break
    return packets


def _even_clock(count: int, stream) -> list[float]:
    rate = float(stream.average_rate or 0) or 25.0
    return [i / rate for i in range(count)]


def _evenly(clock: list[float], max_frames: int | None) -> list[int]:
    """Indices of at most `max_frames` frames: those on show in the middle of as many equal stretches of time."""
    if max_frames is None or max_frames >= len(clock):
        return list(range(len(clock)))
    end = clock[-1] * len(clock) / max(1, len(clock) - 1)
    middles = [(i + 0.5) * end / max_frames for i in range(max_frames)]
    return sorted({max(0, bisect.bisect_right(clock, time + 1e-9) - 1) for time in middles})


def _decode_at(
    container, stream, path: Path, targets: list[int], keys: list[int]
) -> tuple[list[np.ndarray], list[int]]:
    """The frames at the wanted stamps (ascending); jumps to the key frame before each where that saves decoding."""
    pictures: list[np.ndarray] = []
    at: list[int] = []
    jumped = bisect.bisect_right(keys, targets[0])
    if jumped > 1:
        container.seek(keys[jumped - 1], stream=stream)
    while True:
        for frame in decode(container, stream, path):
            if frame.pts is None or frame.pts < targets[len(at)]:
                continue
            _append(pictures, frame)
            at.append(frame.pts)
            targets = targets[: len(at)] + [t for t in targets[len(at) :] if t > frame.pts]
            if len(at) == len(targets):
                return pictures, at
            key = bisect.bisect_right(keys, targets[len(at)])
            # Each key frame is jumped to once, so this ends also where a damaged file's jumps land elsewhere.
            if key > jumped and keys[key - 1] > frame.pts:
                jumped = key
                container.seek(keys[key - 1], stream=stream)
                break
        else:
            return pictures, at


def _decode_indices(container, stream, path: Path, chosen: list[int]) -> tuple[list[np.ndarray], list[int]]:
    pictures: list[np.ndarray] = []
    wanted = set(chosen)
    at: list[int] = []
    for index, frame in enumerate(decode(container, stream, path)):
        if index in wanted:
            _append(pictures, frame)
            at.append(index)
        if index >= chosen[-1]:
            break
    return pictures, at


def _append(pictures: list[np.ndarray], frame) -> None:
    """Add the frame as RGB, turned upright by the file's rotation mark, in the size of the first one."""
    turns = round(frame.rotation / 90) % 4
    size = {}
    if pictures:
        height, width = pictures[0].shape[:2]
        size = {"width": width, "height": height} if turns % 2 == 0 else {"width": height, "height": width}
    pictures.append(np.ascontiguousarray(np.rot90(frame.to_ndarray(format="rgb24", **size), turns)))


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
