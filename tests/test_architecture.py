"""The rooms of the package stand one above the other, and importing the package costs nothing."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import mmbook

PACKAGE = Path(mmbook.__file__).parent
FLOORS = (
    ("errors", "seeding", "files"),
    ("kernels",),
    ("media",),
    ("alignment",),
    ("datasets",),
    ("training", "evaluation"),
    ("embedding",),
    ("adversarial",),
    ("matching",),
    ("fusion",),
    ("tuning", "explanation"),
    ("sentiment",),
    ("plotting", "exercises", "doctor", "cli", "__main__"),
)
FLOOR = {room: height for height, rooms in enumerate(FLOORS) for room in rooms}
HEAVY = ("torch", "numpy", "scipy", "PIL", "av", "cv2", "matplotlib", "sklearn", "onnxruntime", "lightning_fabric")
SOURCES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imported_rooms(source: str, package: list[str]) -> set[str]:
    """The rooms that a module imports, also inside its functions; `package` is the dotted package it stands in."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            names |= {f"{module}.{alias.name}" for alias in node.names}
    parts = [name.split(".") for name in names]
    return {part[1] for part in parts if part[0] == "mmbook" and len(part) > 1} - {"__version__"}


def package_of(path: Path) -> list[str]:
    return ["mmbook", *path.relative_to(PACKAGE).parent.parts]


def modules_after(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in done.stdout.split()}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_imports_only_rooms_above_it(path):
    room = room_of(path)
    assert room in FLOOR, f"{room} is a new room: give it a floor in FLOORS"
    rooms = imported_rooms(path.read_text(encoding="utf-8"), package_of(path))
    below = {other for other in rooms if FLOOR.get(other, len(FLOORS)) > FLOOR[room]}
    assert not below, f"{path.name} in {room} imports from below: {sorted(below)}"


def test_no_two_rooms_import_each_other():
    imports = {}
    for path in SOURCES:
        rooms = imported_rooms(path.read_text(encoding="utf-8"), package_of(path))
        imports.setdefault(room_of(path), set()).update(rooms)
    pairs = {(room, other) for room, others in imports.items() for other in others if other != room}
    circles = {(room, other) for room, other in pairs if (other, room) in pairs}
    assert not circles


def test_kernels_import_nothing_of_the_package():
    kernels = [path for path in SOURCES if room_of(path) == "kernels"]
    rooms = [imported_rooms(path.read_text(encoding="utf-8"), package_of(path)) - {"kernels"} for path in kernels]
    assert not any(rooms)


def test_an_import_inside_a_function_and_a_relative_one_are_seen():
    source = "def f():\n from mmbook.sentiment import predict\n from ..fusion import features\n from . import words\n"
    assert imported_rooms(source, ["mmbook", "embedding"]) == {"sentiment", "fusion", "embedding"}


@pytest.mark.parametrize("statement", ["import mmbook", "import mmbook.errors, mmbook.files", "import mmbook.cli"])
def test_import_brings_nothing_heavy(statement):
    assert not modules_after(statement) & set(HEAVY)


def test_the_heavy_names_are_seen_when_they_are_imported():
    assert "numpy" in modules_after("import mmbook.seeding")
