"""AVI files (§2.1.1): pictures each compressed by itself (Motion JPEG) or as MPEG-4, with uncompressed sound."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from jaxtyping import Float, UInt8

from mmbook.files import atomic_path

CODECS = {
    "mjpeg": {"options": {"qmin": "2", "qmax": "2", "huffman": "default"}, "format": "yuvj420p"},
    "mpeg4": {"options": {"qmin": "2", "qmax": "5", "bf": "0"}, "format": "yuv420p"},
}


def write_avi(
    path: str | Path,
    frames: UInt8[np.ndarray, "frames height width 3"] | Sequence[UInt8[np.ndarray, "height width 3"]],
    fps: float | int,
    samples: Float[np.ndarray, "samples"] | None = None,
    sample_rate: int = 16_000,
    codec: str = "mjpeg",
) -> None:
    """Write an AVI, atomically: Motion JPEG ("mjpeg") or MPEG-4 ("mpeg4") pictures, and 16-bit samples as they are.

    AVI keeps one frame rate and no time for each frame. An odd width or height is extended by its last column or row.
    """
    if codec not in CODECS:
        raise ValueError(f"write_avi: codec is {' or '.join(CODECS)}, not {codec!r}")
    if not len(frames):
        raise ValueError("write_avi: no frames")
    rate = Fraction(float(fps)).limit_denominator(1001)
    height, width = frames[0].shape[:2]
    chosen = CODECS[codec]
    with (
        atomic_path(path) as temporary,
        av.open(str(temporary.absolute()), "w", format="avi", options={"fflags": "+bitexact"}) as out,
    ):
        picture = out.add_stream(codec, rate=rate, options={"threads": "1", **chosen["options"]})
        picture.width, picture.height, picture.pix_fmt = width + width % 2, height + height % 2, chosen["format"]
        picture.codec_context.flags |= av.codec.context.Flags.bitexact
        sound = None if samples is None else out.add_stream("pcm_s16le", rate=sample_rate, layout="mono")
        whole = np.zeros(0, np.int16) if samples is None else _sixteen_bits(samples)
        for index, array in enumerate(frames):
            padded = np.pad(array, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(padded), format="rgb24")
            frame.pts, frame.time_base = index, 1 / rate
            out.mux(picture.encode(frame))
            if sound is not None:
                start, end = (round(n / rate * sample_rate) for n in (index, index + 1))
                _mux_samples(out, sound, whole[start : None if index == len(frames) - 1 else end], start, sample_rate)
        out.mux(picture.encode(None))
        if sound is not None:
            out.mux(sound.encode(None))


def _sixteen_bits(samples: np.ndarray) -> np.ndarray:
    """Steps of 1/32768, which is what a reader divides by: samples that were read come back as they were."""
    return np.clip(np.round(samples.astype(np.float64) * 32768), -32768, 32767).astype(np.int16)


def _mux_samples(out, stream, values: np.ndarray, start: int, sample_rate: int) -> None:
    if values.size:
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(values[None]), format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = sample_rate, start, Fraction(1, sample_rate)
        out.mux(stream.encode(frame))
