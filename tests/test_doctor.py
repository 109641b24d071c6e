"""`mmbook doctor` tells what is there, and for each missing thing what to do about it."""

import subprocess
import sys
from types import SimpleNamespace

import pytest

from mmbook import doctor
from mmbook.doctor import Check
from mmbook.errors import UserError


def only(checks, name: str) -> Check:
    (found,) = [check for check in checks if check.name == name]
    return found


def test_every_group_is_looked_at():
    groups = {check.group for check in doctor.report()}
    assert groups == {"versions", "devices", "codecs", "voices", "fonts", "data"}


def test_each_missing_thing_has_an_advice(monkeypatch):
    monkeypatch.setattr(doctor, "_has_codec", lambda av, name, mode: False)
    monkeypatch.setattr(doctor, "_version", lambda name: None)
    checks = doctor.report()
    assert [check for check in checks if check.state == "missing"]
    assert all(check.advice for check in checks if check.state != "ok")
    assert not any("\n" in check.value + check.advice for check in checks)


def test_a_package_that_is_not_installed_is_named_with_its_command(monkeypatch):
    monkeypatch.setattr(doctor, "required_packages", lambda: (["numpy", "no-such-package"], ["no-such-extra"]))
    checks = list(doctor.versions())
    assert only(checks, "numpy").state == "ok"
    assert only(checks, "no-such-package").advice == "pip install no-such-package"
    assert only(checks, "book and tests").state == "optional"
    assert "no-such-extra" in only(checks, "book and tests").value


def test_what_the_package_needs_is_read_from_its_own_metadata():
    needed, extras = doctor.required_packages()
    assert {"torch", "numpy", "av", "opencv-python-headless"} <= set(needed)
    assert {"jupyter-book", "pytest"} <= set(extras)
    assert not set(needed) & set(extras)


def test_a_package_that_was_never_installed_has_no_metadata(monkeypatch):
    def missing(name):
        raise doctor.importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(doctor.importlib.metadata, "requires", missing)
    assert doctor.required_packages() == ([], [])


@pytest.mark.parametrize(("version", "state"), [((3, 10, 1), "missing"), ((3, 12, 1), "ok"), ((3, 14, 0), "missing")])
def test_a_wrong_python_is_missing_the_right_one(monkeypatch, version, state):
    monkeypatch.setattr(doctor, "sys", SimpleNamespace(version_info=version))
    check = only(doctor.versions(), "python")
    assert check.state == state
    assert bool(check.advice) == (state == "missing")


@pytest.mark.parametrize("error", [UserError("not installed"), OSError("wrong ELF class"), RuntimeError("silence")])
def test_a_voice_that_fails_is_one_line_with_advice(monkeypatch, error):
    def broken(word, language):
        raise error

    monkeypatch.setattr(doctor, "_speak", broken)
    checks = list(doctor.voices())
    assert [check.state for check in checks] == ["missing", "missing"]
    assert all(str(error) in check.value and "espeakng-loader" in check.advice for check in checks)


def test_mixed_builds_of_torch_are_told_how_to_be_mended(monkeypatch):
    def mixed():
        raise RuntimeError("operator torchvision::nms does not exist\nand a long story")

    monkeypatch.setattr(doctor, "_load_torch", mixed)
    (check,) = doctor.agreement()
    assert check.state == "missing"
    assert "nms does not exist" in check.value and "story" not in check.value
    assert "all three" in check.advice


def test_an_encoder_that_is_not_there_is_missing():
    av = doctor._import("av")
    assert doctor._has_codec(av, "libx264", "w")
    assert not doctor._has_codec(av, "no-such-codec", "w")


def test_without_pyav_every_codec_is_missing(monkeypatch):
    monkeypatch.setattr(doctor, "_import", lambda name: None)
    assert {check.state for check in doctor.codecs()} == {"missing"}


def test_without_a_gpu_nothing_is_missing():
    assert "missing" not in {check.state for check in doctor.devices()}


def test_data_that_is_not_built_is_optional_and_names_its_command(monkeypatch, tmp_path):
    folder = tmp_path / "my data"
    monkeypatch.setenv("MMBOOK_DATA", str(folder))
    checks = list(doctor.data())
    trimood = only(checks, "trimood")
    assert trimood.state == "optional"
    assert trimood.advice == f'mmbook data trimood --out "{folder / "trimood"}"'
    assert not folder.exists()


def test_built_data_is_counted(monkeypatch, tmp_path):
    monkeypatch.setenv("MMBOOK_DATA", str(tmp_path))
    (tmp_path / "trimood").mkdir()
    (tmp_path / "trimood" / "manifest.csv").write_text('id,text\n1,"two\nlines"\n2,one\n', encoding="utf-8")
    check = only(doctor.data(), "trimood")
    assert check.state == "ok"
    assert check.value.startswith("2 clips")


def test_a_full_disk_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("MMBOOK_DATA", str(tmp_path))
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: SimpleNamespace(free=1e8))
    check = only(doctor.data(), "free space")
    assert (check.state, check.value) == ("missing", "0.1 GB")
    assert check.advice


def test_the_verdict_is_false_only_when_something_needed_is_missing(monkeypatch, capsys):
    fine, spare = Check("versions", "numpy", "ok", "2.3"), Check("devices", "CUDA", "optional", "none", "not needed")
    broken = Check("voices", "English", "missing", "silent", "install it")
    monkeypatch.setattr(doctor, "report", lambda: [fine, spare])
    assert doctor.print_report() is True
    monkeypatch.setattr(doctor, "report", lambda: [fine, spare, broken])
    assert doctor.print_report() is False
    printed = capsys.readouterr().out
    assert "Missing: English." in printed
    assert "-> install it" in printed


@pytest.mark.parametrize(("there", "code"), [(True, 0), (False, 1)])
def test_the_command_exits_1_when_something_needed_is_missing(there, code):
    source = f"from mmbook import cli, doctor; doctor.print_report = lambda: {there}; cli.main(['doctor'])"
    assert subprocess.run([sys.executable, "-c", source], check=False).returncode == code
