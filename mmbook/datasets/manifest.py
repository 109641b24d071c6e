"""A person's own files: a CSV that names the picture, sound, video and words of each clip, and its label (§5.1.4).

The file is UTF-8, with or without a byte-order mark, separated by commas. Its header names `id`, any of `image`,
`audio`, `video` and `text`, then `label`, and optionally `split` and `speaker`; other columns are kept as they are.
Paths are relative to the CSV and stay inside its folder. An empty cell is a modality that the clip lacks.

A `text` cell is the text itself, unless it is one line that ends in `.txt` and either names a file of the folder or
could only be meant as one (it has a slash, or no space): then the file's text is read, and a missing file is an error.
A row's number is the line of the CSV on which it starts; the header is line 1.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath, PureWindowsPath

from mmbook.datasets.splits import assign_splits, strata
from mmbook.datasets.table import Line, read_table
from mmbook.errors import ManifestError, MediaError
from mmbook.media.text import read_text

FILES = ("image", "audio", "video")
MEDIA = (*FILES, "text")
SPLIT_NAMES = {"train": "train", "training": "train", "test": "test", "testing": "test"}
SPLIT_NAMES |= dict.fromkeys(("valid", "validation", "val", "dev"), "valid")
MAX_ID = 200
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_UNSAFE_ID = re.compile(r"[/\\\x00-\x1f\x7f]|^\.+$")


@dataclass(frozen=True)
class Row:
    """One clip: paths are absolute and checked to exist inside the folder; None is what the clip lacks."""

    id: str
    number: int = 0
    image: Path | None = None
    audio: Path | None = None
    video: Path | None = None
    text: str | None = None
    label: str | None = None
    split: str | None = None
    speaker: str | None = None
    extra: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Problem:
    """Why a row was left out: the line of the manifest, the row's id, the file or cell at fault, what is wrong."""

    row: int
    id: str
    file: str
    message: str


@dataclass(frozen=True)
class Manifest:
    """The rows that can be used, in file order; `task` is "classes" or "numbers"; `label_names` are sorted classes."""

    path: Path
    rows: tuple[Row, ...]
    task: str
    label_names: tuple[str, ...]
    problems: tuple[Problem, ...]


class _Rejected(Exception):
    """One row cannot be used: the file at fault (or nothing) and why."""

    def __init__(self, file: str, message: str):
        super().__init__(message)
        self.file = file


def is_number(label: str) -> bool:
    """Whether a label is a finite decimal number such as -1.5 or 3e2."""
    return _NUMBER.fullmatch(label) is not None and math.isfinite(float(label))


def read_manifest(
    path: str | Path, on_error: str = "raise", label_column: str = "label", task: str = "auto", seed: int = 0
) -> Manifest:
    """The rows of a manifest, checked, each with a split; media files are looked for but not opened.

    A row that cannot be used raises `ManifestError` (`on_error="raise"`) or is kept in `problems` ("skip"). `task` is
    "classes", "numbers", or "auto": numbers if more than half of the labels are. A file that is no manifest at all, or
    leaves nothing to learn from (no training rows, fewer than two classes), raises `ManifestError` either way. Rows
    without a split get one by `seed`: 70/15/15, whole speakers, labels in proportion.
    """
    path = Path(path)
    if on_error not in ("raise", "skip") or task not in ("auto", "classes", "numbers"):
        raise ManifestError(f"on_error is raise or skip, task is auto, classes or numbers: not {on_error!r}, {task!r}")
    header, lines = read_table(path)
    columns = _columns(path, header, label_column)
    problems: list[Problem] = []

    def reject(problem: Problem) -> None:
        if on_error == "raise":
            raise ManifestError(describe(path, problem))
        problems.append(problem)

    root = path.parent.resolve()
    rows: list[Row] = []
    numbers: dict[str, int] = {}
    for line in lines:
        row_id = _cell(line, columns, "id")[: MAX_ID + 1]
        try:
            row = _read_row(root, line, header, columns)
            if row.id in numbers:
                raise _Rejected("", f"the id is already used on row {numbers[row.id]}: give each row its own")
        except _Rejected as error:
            reject(Problem(line.number, row_id, error.file, str(error)))
        else:
            numbers[row.id] = row.number
            rows.append(row)
    kind = task if task != "auto" else _guess_task([row.label for row in rows])
    if kind == "numbers":
        rows = _keep_numbers(rows, reject)
    rows = _fill_splits(rows, kind, seed)
    rows, label_names = check_labels(path, rows, kind, reject)
    return Manifest(path, tuple(rows), kind, label_names, tuple(sorted(problems, key=lambda problem: problem.row)))


def describe(path: str | Path, problem: Problem) -> str:
    """One line for a problem: the manifest, the row, its id, the file, and what is wrong."""
    shown = problem.id if len(problem.id) <= 60 else problem.id[:57] + "..."
    file = f"{problem.file}: " if problem.file else ""
    return f"{path}: row {problem.row} (id {shown!r}): {file}{problem.message}"


def check_labels(
    path: Path, rows: Sequence[Row], task: str, reject: Callable[[Problem], None]
) -> tuple[list[Row], tuple[str, ...]]:
    """The rows whose label training can know, and the class names, sorted (none for numbers).

    A valid or test row with a class that no training row has goes to `reject(problem)`. Raises `ManifestError` when
    there are no training rows, or fewer than two classes among them.
    """
    train = [row for row in rows if row.split == "train"]
    if not train:
        raise ManifestError(f"{path}: no training rows can be used: mark some rows' split as train")
    if task == "numbers":
        return list(rows), ()
    names = tuple(sorted({row.label for row in train}))
    if len(names) < 2:
        raise ManifestError(f"{path}: only one class ({names[0]!r}) among the training rows: at least two are needed")
    kept = []
    for row in rows:
        if row.label in names:
            kept.append(row)
        else:
            message = f"unknown label {row.label!r}: no training row has it (those there are: {', '.join(names[:10])})"
            reject(Problem(row.number, row.id, "", message))
    return kept, names


def _columns(path: Path, header: Sequence[str], label_column: str) -> dict[str, int]:
    """Position of each known column; names are compared without case or outer space."""
    names = [name.strip().lower() for name in header]
    twice = [name for name, count in Counter(name for name in names if name).items() if count > 1]
    if twice:
        raise ManifestError(f"{path}: row 1: the column {twice[0]!r} appears twice: rename one of them")
    wanted = label_column.strip().lower()
    missing = [name for name in ("id", wanted) if name not in names]
    if missing:
        raise ManifestError(
            f"{path}: row 1: no column named {missing[0]!r} among {', '.join(map(repr, header[:20]))}: "
            "the header needs id, any of image, audio, video, text, and label"
        )
    if not any(name in names for name in MEDIA):
        raise ManifestError(f"{path}: row 1: none of the columns image, audio, video, text: add at least one")
    columns = {name: names.index(name) for name in ("id", *MEDIA, "split", "speaker") if name in names}
    return columns | {"label": names.index(wanted)}


def _cell(line: Line, columns: dict[str, int], name: str) -> str:
    place = columns.get(name, len(line.cells))
    return line.cells[place].strip() if place < len(line.cells) else ""


def _read_row(root: Path, line: Line, header: Sequence[str], columns: dict[str, int]) -> Row:
    """One line as a row; `_Rejected` if it cannot be used."""
    if line.error:
        raise _Rejected("", line.error)
    if any("\0" in cell for cell in line.cells):
        raise _Rejected("", "holds a NUL byte: the line is damaged, write it again")
    surplus = line.cells[len(header) :]
    if len(line.cells) < len(header) or any(cell.strip() for cell in surplus):
        raise _Rejected(
            "", f"{len(line.cells)} cells where the header has {len(header)}: put text with commas in quotes"
        )
    cells = {name: _cell(line, columns, name) for name in columns}
    if not cells["id"]:
        raise _Rejected("", "empty id: give each row its own")
    if len(cells["id"]) > MAX_ID:
        raise _Rejected("", f"an id of {len(cells['id'])} characters: use at most {MAX_ID}")
    if _UNSAFE_ID.search(cells["id"]):
        raise _Rejected("", "the id holds a slash, a control character, or only dots: use letters, digits, - and _")
    if not cells["label"]:
        raise _Rejected("", "empty label: give it one, or delete the row")
    split = cells.get("split", "")
    if split and split.lower() not in SPLIT_NAMES:
        raise _Rejected("", f"unknown split {split!r}: use train, valid or test")
    media: dict = {name: _find(root, cells[name], name) for name in FILES if cells.get(name)}
    text = _read_cell_text(root, cells["text"]) if cells.get("text") else ""
    if not media and not text:
        raise _Rejected("", "no image, audio, video or text: give at least one")
    known = set(columns.values())
    extra = {name.strip(): line.cells[n].strip() for n, name in enumerate(header) if n not in known and name.strip()}
    return Row(
        id=cells["id"],
        number=line.number,
        **media,
        text=text or None,
        label=cells["label"],
        split=SPLIT_NAMES.get(split.lower()),
        speaker=cells.get("speaker") or None,
        extra=extra,
    )


def _find(root: Path, cell: str, column: str) -> Path:
    """The file that a cell names, which exists inside `root`; `_Rejected` otherwise."""
    if len(cell) > 1000 or "\n" in cell or "\r" in cell:
        raise _Rejected(cell[:40], f"the {column} cell is no path: put a file name there")
    if PureWindowsPath(cell).drive or PurePosixPath(cell).is_absolute() or cell.startswith(("\\", "~")):
        raise _Rejected(cell, f"the {column} path is absolute: make it relative to the manifest's folder")
    outside = f"the {column} path leaves the manifest's folder: copy the file into it"
    try:
        path = root / cell
        if "\\" in cell and not path.exists():
            path = root / cell.replace("\\", "/")
        real = path.resolve()
        if not real.is_relative_to(root):
            raise _Rejected(cell, outside)
        if not real.exists():
            raise _Rejected(cell, f"no such {column} file: check the name (case counts) and the folder")
        if not real.is_file():
            raise _Rejected(cell, f"the {column} path is not a file: name the file itself")
    except (OSError, RuntimeError, ValueError) as error:  # a name too long, a loop of links, no permission
        raise _Rejected(
            cell[:100], f"the {column} path cannot be followed ({type(error).__name__}): rename it"
        ) from None
    return path


def _read_cell_text(root: Path, cell: str) -> str:
    """The text that a cell is, or that the .txt file it names holds; empty if there is only white space."""
    if not cell.lower().endswith(".txt") or "\n" in cell or len(cell) > 1000:
        return cell
    try:
        path = _find(root, cell, "text")
    except _Rejected:
        if " " in cell and "/" not in cell and "\\" not in cell:
            return cell
        raise
    try:
        return read_text(path).strip()
    except MediaError as error:
        raise _Rejected(cell, _without(str(error), path)) from None


def _without(message: str, path: Path) -> str:
    """A message less the path at its start, which the row's line names already."""
    return message.removeprefix(str(path)).lstrip(": ")


def _guess_task(labels: Sequence[str]) -> str:
    return "numbers" if labels and sum(map(is_number, labels)) * 2 > len(labels) else "classes"


def _keep_numbers(rows: Sequence[Row], reject: Callable[[Problem], None]) -> list[Row]:
    """The rows whose label is a number; the others go to `reject`."""
    kept = []
    for row in rows:
        if is_number(row.label):
            kept.append(row)
        else:
            message = f"the label {row.label!r} is no number, others are: mend it, or choose the task classes"
            reject(Problem(row.number, row.id, "", message))
    return kept


def _fill_splits(rows: Sequence[Row], task: str, seed: int) -> list[Row]:
    """The rows, each with a split; a speaker who already has one keeps it."""
    of_speaker: dict[str, str] = {}
    for row in rows:
        if row.split and row.speaker:
            of_speaker.setdefault(row.speaker, row.split)
    rows = [replace(row, split=row.split or of_speaker.get(row.speaker)) for row in rows]
    open_rows = [row for row in rows if row.split is None]
    labels = strata([float(row.label) for row in open_rows]) if task == "numbers" else [row.label for row in open_rows]
    given = assign_splits([row.id for row in open_rows], labels, [row.speaker for row in open_rows], seed)
    split_of = dict(zip((row.id for row in open_rows), given, strict=True))
    return [replace(row, split=row.split or split_of[row.id]) for row in rows]
