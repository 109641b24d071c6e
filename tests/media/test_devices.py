import numpy as np
import pytest

from mmbook.errors import MediaError
from mmbook.media import devices as module
from mmbook.media.devices import camera_frame, devices, record


def test_a_picture_of_the_test_generator_has_its_size_and_colours():
    picture = camera_frame("testsrc=size=64x48:rate=30", driver="lavfi")
    assert picture.shape == (48, 64, 3) and picture.dtype == np.uint8
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 8


@pytest.mark.parametrize("seconds", [0.25, 1])
def test_a_recording_has_the_length_asked_for_and_the_tone_played(seconds):
    tone = record(seconds, "sine=frequency=1000:sample_rate=48000", driver="lavfi")
    assert len(tone) == seconds * 16_000 and tone.dtype == np.float32 and np.abs(tone).max() <= 1
    spectrum = np.abs(np.fft.rfft(tone))
    assert np.argmax(spectrum) * 16_000 / len(tone) == pytest.approx(1000, abs=5)


@pytest.mark.parametrize("call", [lambda: camera_frame("/dev/video987"), lambda: record(1, "no such microphone")])
def test_a_device_that_is_not_there_is_told_in_one_line(call, capfd):
    with pytest.raises(MediaError, match=r"^(camera|microphone)") as caught:
        call()
    assert "\n" not in str(caught.value) and capfd.readouterr().err == ""


@pytest.mark.parametrize("call", [camera_frame, lambda: record(1)])
def test_a_machine_without_devices_says_so(call, monkeypatch):
    monkeypatch.setattr(module, "devices", lambda kind: [])
    with pytest.raises(MediaError, match=r"none found on this machine|no driver"):
        call()


def test_a_driver_of_another_system_is_told_in_one_line():
    with pytest.raises(MediaError, match="no driver nothing; use a file"):
        camera_frame(driver="nothing")


def test_a_source_of_the_other_kind_is_told():
    with pytest.raises(MediaError, match="gives no sound"):
        record(1, "testsrc=size=64x48", driver="lavfi")
    with pytest.raises(MediaError, match="gives no pictures"):
        camera_frame("sine", driver="lavfi")


def test_listing_opens_nothing(monkeypatch):
    monkeypatch.setattr(module.av, "open", lambda *_, **__: pytest.fail("a device was opened"))
    for kind in ("camera", "microphone"):
        assert all(isinstance(name, str) for name in devices(kind))


def test_each_system_names_devices_in_its_own_way():
    assert module._address("camera", "0", "avfoundation") == "0"
    assert module._address("microphone", "0", "avfoundation") == ":0"
    assert module._address("camera", "Webcam", "dshow") == "video=Webcam"
    assert module._address("microphone", "audio=Mic", "dshow") == "audio=Mic"


@pytest.mark.parametrize("seconds", [0, -1, 601])
def test_a_recording_has_a_sensible_length(seconds):
    with pytest.raises(ValueError, match="record: seconds"):
        record(seconds, "sine", driver="lavfi")
