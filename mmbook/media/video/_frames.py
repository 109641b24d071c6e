"""Which frames a file holds, from its packets alone, and decoding some of them by way of its key frames."""

import bisect
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmbook.errors import MediaError
from mmbook.media._libav import decode, first_stream, open_container


@dataclass(frozen=True)
class FrameIndex:
    """The frames of a file on its clock: `clock` is in seconds after the first frame, in the order of display.

    `stamps` are the same times in the file's own ticks of `base` seconds (empty where the file states none), `keys`
    those of the key frames; `end` is when the last frame goes, `start` where on the file's clock the first one lies.
    """

    clock: list[float]
    stamps: list[int]
    keys: list[int]
    base: float
    fps: float
    end: float
    start: float
    width: int
    height: int


def index_frames(path: Path, max_seconds: float | int) -> FrameIndex:
    """The frames up to a little after `max_seconds`; nothing is decoded. MediaError if there are none."""
    with open_container(path) as container:
        stream = first_stream(container, "video")
        if stream is None:
            raise MediaError(f"{path}: has no video track; give a video, or name the file under audio if it is sound")
        packets = _list_packets(container, stream, max_seconds)
        if not packets:
            raise MediaError(f"{path}: has a video track but no frames; record or export it again")
        stamps = sorted({pts for pts, _, _ in packets if pts is not None})
        # AVI stores no times of display, only a rate: where frames are out of order, FFmpeg's stamps are guesses.
        timed = len(stamps) == len(packets) and container.format.name != "avi"
        base = float(stream.time_base)
        clock = [(s - stamps[0]) * base for s in stamps] if timed else _even_clock(len(packets), stream)
        stated = float(stream.average_rate or 0) or 1.0
        fps = (len(clock) - 1) / max(clock[-1], 1e-3) if len(clock) > 1 else stated
        last = max(packets, key=lambda packet: packet[0] or 0)[2] if timed else 0
        return FrameIndex(
            clock=clock,
            stamps=stamps if timed else [],
            keys=sorted({pts for pts, key, _ in packets if key}) if timed else [],
            base=base,
            fps=fps,
            end=clock[-1] + (last * base or 1 / fps),
            start=stamps[0] * base if timed else 0.0,
            width=stream.codec_context.width,
            height=stream.codec_context.height,
        )


def decode_frames(path: Path, index: FrameIndex, chosen: list[int]) -> tuple[list[np.ndarray], list[float]]:
    """The frames at the places `chosen` (ascending) as upright RGB, and their times; MediaError if none decodes."""
    with open_container(path) as container:
        stream = first_stream(container, "video")
        if index.stamps:
            targets = [index.stamps[place] for place in chosen]
            pictures, at = _decode_at(container, stream, path, targets, index.keys)
            times = [(pts - index.stamps[0]) * index.base for pts in at]
        else:
            pictures, at = _decode_indices(container, stream, path, chosen)
            times = [index.clock[place] for place in at]
    if not pictures:
        raise MediaError(f"{path}: none of its frames can be decoded; record or export it again")
    return pictures, times


def _list_packets(container, stream, max_seconds: float | int) -> list[tuple[int | None, bool, int]]:
    """Stamp, key mark and duration of each packet to a little after `max_seconds`, in order of the file, undecoded."""
    packets: list[tuple[int | None, bool, int]] = []
    first = None
    for packet in container.demux(stream):
        if not packet.size:
            continue
        packets.append((packet.pts, packet.is_keyframe, packet.duration or 0))
        if packet.pts is not None:
            first = packet.pts if first is None else first
            if (packet.pts - first) * stream.time_base > max_seconds + 10:
                break
    return packets


def _even_clock(count: int, stream) -> list[float]:
    rate = float(stream.average_rate or 0) or 25.0
    return [i / rate for i in range(count)]


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
