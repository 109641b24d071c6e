"""The files that say what to install agree, and a wrong Python is told in one line."""

import importlib.metadata
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from tools import check_python

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
SYSTEMS = {
    "linux": {"sys_platform": "linux", "os_name": "posix", "platform_system": "Linux", "platform_machine": "x86_64"},
    "macos": {"sys_platform": "darwin", "os_name": "posix", "platform_system": "Darwin", "platform_machine": "arm64"},
    "windows": {"sys_platform": "win32", "os_name": "nt", "platform_system": "Windows", "platform_machine": "AMD64"},
}
VERSIONS = [(2, 7, 18), (3, 10, 13), (3, 11, 0), (3, 12, 7), (3, 13, 1), (3, 14, 0), (4, 0, 0)]
DEBIAN_VENV = "cannot make environments"


def declared() -> list[str]:
    extras = PROJECT["optional-dependencies"]
    return [*PROJECT["dependencies"], *extras["book"], *extras["test"]]


def lock() -> list[str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


def pins() -> dict[str, str]:
    return {canonicalize_name(name): version for name, version in (line.split("==") for line in lock())}


def asked_for(requirement: Requirement, environment: dict[str, str]) -> bool:
    return requirement.marker is None or requirement.marker.evaluate(environment)


def closure(system: dict[str, str], python: str) -> set[str]:
    """Every package that installing mmbook with its extras asks for on a system, as far as those installed here say."""
    environment = default_environment() | system | {"python_version": python, "python_full_version": f"{python}.5"}
    todo = [(requirement.name, tuple(requirement.extras)) for requirement in map(Requirement, declared())]
    seen = set()
    while todo:
        name, extras = todo.pop()
        if (canonicalize_name(name), extras) in seen:
            continue
        seen.add((canonicalize_name(name), extras))
        try:
            lines = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue  # of another system: it is in the closure, and what it needs in turn is not known here
        for requirement in map(Requirement, lines):
            if any(asked_for(requirement, environment | {"extra": extra}) for extra in ("", *extras)):
                todo.append((requirement.name, tuple(sorted(requirement.extras))))
    return {name for name, _ in seen}


def find_python(*candidates: Path) -> subprocess.CompletedProcess:
    command = ["sh", str(ROOT / "tools" / "find_python.sh"), *map(str, candidates)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def fake_python(folder: Path, name: str, script: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_conda_installs_what_pyproject_names():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    (pip,) = [entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict)]
    assert sorted(line for line in pip if not line.startswith("-")) == sorted(declared())
    assert pip[0] == "-c constraints.txt"
    assert pip[-1] == "-e ."


def test_conda_takes_the_same_pythons():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    names = [entry for entry in environment["dependencies"] if isinstance(entry, str)]
    (python,) = [name for name in names if name.startswith("python")]
    assert SpecifierSet(python.removeprefix("python")) == SpecifierSet(PROJECT["requires-python"])


@pytest.mark.parametrize("line", declared())
def test_every_dependency_is_pinned_inside_its_range(line):
    requirement = Requirement(line)
    assert Version(pins()[canonicalize_name(requirement.name)]) in requirement.specifier


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize("system", SYSTEMS)
def test_the_lock_pins_whatever_a_dependency_brings(system, python):
    assert not closure(SYSTEMS[system], python) - set(pins())


def test_every_line_of_the_lock_is_one_exact_version():
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*", line) for line in lock())
    assert len(pins()) == len(lock())


def test_the_lock_has_one_opencv_only():
    assert [name for name in pins() if name.startswith("opencv")] == ["opencv-python-headless"]


def test_torch_torchvision_and_torchaudio_are_of_one_release():
    torch, vision, audio = (Version(pins()[name]) for name in ("torch", "torchvision", "torchaudio"))
    assert (audio.major, audio.minor) == (torch.major, torch.minor)
    assert vision.minor - torch.minor == 15 and vision.major == 0 and torch.major == 2


@pytest.mark.parametrize("version", VERSIONS)
def test_the_python_gate_agrees_with_pyproject(version):
    allowed = Version(".".join(map(str, version))) in SpecifierSet(PROJECT["requires-python"])
    assert (check_python.complaint(version, True, "python3") is None) == allowed


@pytest.mark.parametrize("version", [(3, 10, 13), (3, 14, 0)])
def test_a_wrong_python_is_told_in_one_line_what_to_do(version):
    complaint = check_python.complaint(version, True, "python3")
    assert "\n" not in complaint
    assert all(part in complaint for part in (".".join(map(str, version)), "3.11, 3.12 or 3.13", "make PYTHON="))


def test_a_python_without_ensurepip_is_told_which_package_it_lacks():
    complaint = check_python.complaint((3, 11, 2), False, "/usr/bin/python3")
    assert "\n" not in complaint
    assert "python3.11-venv" in complaint and DEBIAN_VENV in complaint


def test_this_python_passes_the_gate():
    command = [sys.executable, str(ROOT / "tools" / "check_python.py")]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_the_gate_itself_runs_on_an_old_python():
    source = (ROOT / "tools" / "check_python.py").read_text(encoding="utf-8")
    assert source.isascii()
    assert not re.search(r"\bf\"|->|:=|print\(", source)


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell")
def test_the_first_python_that_will_do_is_chosen(tmp_path):
    wrong = fake_python(tmp_path, "python-old", "echo 'python-old is Python 3.8.1, ... make PYTHON=' >&2; exit 1")
    done = find_python("no-such-python", wrong, sys.executable)
    assert (done.returncode, done.stdout) == (0, sys.executable + "\n")


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell")
def test_no_python_that_will_do_is_one_line(tmp_path):
    wrong = fake_python(tmp_path, "old", "echo 'old is Python 3.8.1, and ... make PYTHON=' >&2; exit 1")
    bare = fake_python(tmp_path, "bare", f"echo 'bare {DEBIAN_VENV}: ... make PYTHON=' >&2; exit 1")
    shim = fake_python(tmp_path, "shim", "echo 'shim: command not found' >&2; echo 'it exists in:' >&2; exit 127")
    for candidates, expected in [
        (["no-such-python"], "No Python found"),
        ([wrong, "no-such-python"], "3.8.1"),
        ([wrong, bare], DEBIAN_VENV),
        ([shim], "does not run"),
    ]:
        done = find_python(*candidates)
        assert done.returncode == 1
        assert done.stdout == ""
        assert done.stderr.count("\n") == 1
        assert expected in done.stderr
