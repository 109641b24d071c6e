"""Small valid files of every kind, made in a folder."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import soundfile
from PIL import Image

from mmbook.media.audio import write_audio
from mmbook.media.video import write_video


def picture(height: int = 24, width: int = 20) -> np.ndarray:
    ramp = np.add.outer(np.arange(height), np.arange(width))[..., None]
    return (ramp * np.array([3, 4, 5]) % 256).astype(np.uint8)


def tone(seconds: float = 1.0, frequency: float = 440.0, rate: int = 16_000, amplitude: float = 0.5) -> np.ndarray:
    time = np.arange(round(seconds * rate)) / rate
    return (amplitude * np.sin(2 * np.pi * frequency * time)).astype(np.float32)


def moving_frames(count: int, height: int = 32, width: int = 32) -> np.ndarray:
    """A bright square that drifts over a smooth ramp: every frame differs from the others."""
    ramp = np.add.outer(np.arange(height), np.arange(width)) * 255 // (height + width)
    frames = np.repeat(ramp[None, :, :, None], count, axis=0).repeat(3, axis=-1).astype(np.uint8)
    for index in range(count):
        left = index * (width - 8) // max(1, count - 1)
        frames[index, 8:16, left : left + 8] = (250, 40 + 4 * (index % 40), 30)
    return frames


def container(
    path: Path,
    *,
    frames: int = 5,
    seconds: float = 0.1,
    video: str | None = "mpeg4",
    audio: str | None = "pcm_s16le",
    layout: str = "mono",
    size: int = 16,
    options: dict[str, str] | None = None,
) -> Path:
    """A video file in the format that the suffix names, with or without pictures and sound."""
    with av.open(str(path), "w") as out:
        picture_stream = out.add_stream(video, rate=12, options=options or {}) if video else None
        sound_stream = out.add_stream(audio, rate=16_000, layout=layout) if audio else None
        if picture_stream:
            picture_stream.width = picture_stream.height = size
            picture_stream.pix_fmt = "yuvj420p" if video == "mjpeg" else "yuv420p"
            for array in moving_frames(frames, size, size):
                out.mux(picture_stream.encode(av.VideoFrame.from_ndarray(array, format="rgb24")))
            if frames:
                out.mux(picture_stream.encode(None))
        if sound_stream:
            values = np.repeat(tone(seconds)[:, None], sound_stream.layout.nb_channels, axis=1).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(values, format="flt", layout=layout)
            frame.sample_rate, frame.pts, frame.time_base = 16_000, 0, Fraction(1, 16_000)
            out.mux(sound_stream.encode(frame))
            out.mux(sound_stream.encode(None))
    return path


def one_of_each(folder: Path) -> dict[str, bytes]:
    """Suffix to content, each a valid file of a few hundred to a few thousand bytes."""
    image = Image.fromarray(picture())
    sound = tone(0.1)
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(folder / "a.png")
    image.save(folder / "a.jpg", exif=exif)
    image.quantize(16).save(folder / "palette.png", transparency=0)
    image.save(folder / "a.webp")
    image.save(folder / "a.gif")
    image.save(folder / "a.tif", compression="tiff_lzw")
    for suffix in ("wav", "flac", "mp3", "ogg"):
        write_audio(folder / f"a.{suffix}", sound)
    soundfile.write(folder / "float.wav", np.stack([sound[:400]] * 2, 1), 8_000, subtype="FLOAT")
    write_video(folder / "a.mp4", moving_frames(5, 16, 16), 12, sound)
    container(folder / "a.avi", video="mjpeg", frames=3, seconds=0.02)
    container(folder / "a.mkv", video="libx264", audio="aac")
    (folder / "a.txt").write_bytes("I don't like it 这部电影 👍🏽 שלום café\n".encode())
    (folder / "utf16.txt").write_bytes("I don't like it 这部电影 👍🏽".encode("utf-16"))
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
