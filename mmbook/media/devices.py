"""A picture from a camera and seconds from a microphone (§2.1.1), through the operating system's own device drivers.

Nothing is opened, and no light goes on, unless `camera_frame` or `record` is called. Linux names cameras `/dev/video0`
and microphones `default` or `plughw:0`; macOS numbers them from "0"; Windows knows them by name: `devices` lists what
there is. The driver `lavfi` is FFmpeg's generator of test pictures and tones, a device that every machine has.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np
from jaxtyping import Float32, UInt8

from mmbook.errors import MediaError
from mmbook.media._file import quiet_stderr
from mmbook.media._libav import first_stream
from mmbook.media.audio import decode_mono, to_range

DRIVERS = {
    "linux": {"camera": "v4l2", "microphone": "alsa"},
    "darwin": {"camera": "avfoundation", "microphone": "avfoundation"},
    "win32": {"camera": "dshow", "microphone": "dshow"},
}
MEDIA = {"camera": "video", "microphone": "audio"}
SETTLING = 10  # pictures that a camera needs to find its exposure
ALSA_SETTINGS = Path("/usr/share/alsa/alsa.conf")  # the library in PyAV's wheel looks for them elsewhere


def devices(kind: str = "camera") -> list[str]:
    """The names of this machine's devices of a kind ("camera" or "microphone"); none of them is opened."""
    if kind not in MEDIA:
        raise ValueError(f"devices: kind is camera or microphone, not {kind!r}")
    driver = DRIVERS.get(sys.platform, {}).get(kind)
    if driver == "v4l2":
        return sorted(str(path) for path in Path("/dev").glob("video*"))
    if driver == "alsa":
        return ["default"] if any(Path("/dev/snd").glob("pcmC*c")) else []
    if driver is None or not hasattr(av, "enumerate_input_devices"):
        return []
    try:
        with quiet_stderr():
            found = av.enumerate_input_devices(driver)
    except (ValueError, OSError):
        return []
    return [device.name for device in found if MEDIA[kind] in device.media_types]


def camera_frame(device: str | None = None, driver: str | None = None) -> UInt8[np.ndarray, "height width 3"]:
    """One picture of a camera (by default the first one), taken after it had a few pictures' time to adjust.

    Raises `MediaError` where there is no such camera, it is in use, or the user may not open it.
    """
    with _opened("camera", device, driver) as (container, told):
        stream = first_stream(container, "video")
        if stream is None:
            raise MediaError(f"{told}: gives no pictures; choose another device")
        picture = None
        for number, frame in enumerate(container.decode(stream), start=1):
            picture = frame
            if number > SETTLING:
                break
        if picture is None:
            raise MediaError(f"{told}: gave no picture; is it covered or in use?")
        return picture.to_ndarray(format="rgb24")


def record(
    seconds: float | int, device: str | None = None, driver: str | None = None, sample_rate: int = 16_000
) -> Float32[np.ndarray, "samples"]:
    """So many seconds of a microphone (by default the first one), mono in [-1, 1] at `sample_rate` Hz.

    Raises `MediaError` where there is no such microphone, it is in use, or the user may not open it.
    """
    if not 0 < seconds <= 600:
        raise ValueError(f"record: seconds is above 0 and at most 600, not {seconds}")
    with _opened("microphone", device, driver) as (container, told):
        stream = first_stream(container, "audio")
        if stream is None:
            raise MediaError(f"{told}: gives no sound; choose another device")
        blocks, rate, _ = decode_mono(container, stream, Path(told), seconds)
        if not blocks:
            raise MediaError(f"{told}: gave no sound; is it in use?")
        return to_range(Path(told), np.concatenate(blocks), rate, sample_rate)[: round(seconds * sample_rate)]


@contextmanager
def _opened(kind: str, device: str | None, driver: str | None) -> Iterator[tuple[av.container.InputContainer, str]]:
    """The open device and how to call it in a message; every failure is a `MediaError` of one line."""
    driver = driver or DRIVERS.get(sys.platform, {}).get(kind)
    known = {name for names in av.formats_available for name in names.split(",")}
    if driver not in known:
        raise MediaError(f"{kind}: this build of PyAV has no driver {driver or 'for ' + sys.platform}; use a file")
    if device is None:
        found = devices(kind)
        if not found:
            raise MediaError(f"{kind}: none found on this machine; plug one in, or read a file instead")
        device = found[0]
    told = f"{kind} {device}"
    options = {"framerate": "30"} if (kind, driver) == ("camera", "avfoundation") else {}  # its default suits few
    try:
        with quiet_stderr(), av.open(_address(kind, device, driver), format=driver, options=options) as container:
            yield container, told
    except (OSError, ValueError) as error:  # FFmpeg's errors are of both kinds
        reason = getattr(error, "strerror", None) or error
        raise MediaError(f"{told}: cannot be used ({reason}); check its name, its cable and your permission") from error


def _address(kind: str, device: str, driver: str) -> str:
    """How a driver wants a device named: both systems below tell pictures from sound in the name."""
    if driver == "avfoundation":
        return device if kind == "camera" or device.startswith(":") else f":{device}"
    if driver == "dshow":
        wanted = f"{MEDIA[kind]}="
        return device if device.startswith(wanted) else wanted + device
    if driver == "alsa" and ALSA_SETTINGS.is_file():
        os.environ.setdefault("ALSA_CONFIG_PATH", str(ALSA_SETTINGS))
    return device
