"""What compression keeps (§2.1.1): JPEG, MP3 and H.264 at a chosen quality, and the delay that a codec adds."""

import io
from collections.abc import Sequence
from fractions import Fraction

import av
import numpy as np
import scipy.signal
from jaxtyping import Float, UInt8
from PIL import Image


def encode_jpeg(image: UInt8[np.ndarray, "height width 3"], quality: int) -> bytes:
    """The picture as a JPEG file; `quality` is 1 (small) to 100 (large), colour is kept at half the resolution."""
    if not 1 <= quality <= 100:
        raise ValueError(f"encode_jpeg: quality is 1 to 100, not {quality}")
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(image)).save(out, "JPEG", quality=quality, subsampling="4:2:0")
    return out.getvalue()


def encode_mp3(
    samples: Float[np.ndarray, "samples"], sample_rate: int, kilobits: int, with_header: bool = True
) -> bytes:
    """The mono sound as an MP3 file of so many kilobits (1,000 bits) a second, by the LAME encoder.

    The header (Xing, LAME) says how many samples of silence the encoder put before and after the sound, so that a
    player can cut them off again; many programs leave it out.
    """
    out = io.BytesIO()
    with av.open(out, "w", format="mp3", options={"write_xing": str(int(with_header))}) as container:
        stream = container.add_stream("libmp3lame", rate=sample_rate, layout="mono")
        stream.bit_rate = 1000 * kilobits
        values = np.ascontiguousarray(np.clip(samples, -1, 1).astype(np.float32)[None])
        frame = av.AudioFrame.from_ndarray(values, format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = sample_rate, 0, Fraction(1, sample_rate)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out.getvalue()


def encode_h264(
    frames: UInt8[np.ndarray, "frames height width 3"] | Sequence[UInt8[np.ndarray, "height width 3"]],
    fps: float | int,
    crf: int,
) -> bytes:
    """The frames, of even height and width, as an MP4 file with H.264; `crf` is 0 (largest) to 51 (smallest)."""
    height, width = frames[0].shape[:2]
    if height % 2 or width % 2 or not 0 <= crf <= 51:
        raise ValueError(f"encode_h264: height and width are even and crf is 0 to 51, not {height} x {width}, {crf}")
    out = io.BytesIO()
    rate = Fraction(float(fps)).limit_denominator(1001)
    with av.open(out, "w", format="mp4") as container:
        options = {"crf": str(crf), "preset": "veryfast", "threads": "1"}
        stream = container.add_stream("libx264", rate=rate, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for index, array in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(array), format="rgb24")
            frame.pts, frame.time_base = index, 1 / rate
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out.getvalue()


def delay_of(received: Float[np.ndarray, "received"], signal: Float[np.ndarray, "samples"]) -> int:
    """By how many samples `received` is late: where its cross-correlation with the signal is highest."""
    correlation = scipy.signal.correlate(received.astype(np.float64), signal.astype(np.float64), method="fft")
    return int(np.argmax(correlation)) - (len(signal) - 1)
