"""Exercises of section 5.3.5: a reader's own files."""

from pathlib import PurePosixPath

from mmbook.exercises import choice, function, number, register

register(
    "5.3.5.1",
    choice("numbers"),
    "Look at how `auto` decides: it asks of each label whether it is a number.",
    "One to five are numbers, whatever you mean by them. Name the task as the note in the report does.",
    wrong=("classes", "stars"),
)

register(
    "5.3.5.2",
    number(865, 1),
    "The standard error of a share p over N rows is the square root of p (1 - p) / N.",
    "Set 1.96 standard errors equal to 0.02 and solve for N.",
    wrong=(225, 2401, 433),
)


def _rows(names: list[str]) -> list[dict[str, str]]:
    rows: dict[str, dict[str, str]] = {}
    for name in names:
        speaker, label, file = PurePosixPath(name).parts
        row_id = f"{speaker}-{label}-{PurePosixPath(file).stem}"
        empty = {"id": row_id, "image": "", "audio": "", "label": label, "speaker": speaker}
        rows.setdefault(row_id, empty)["image" if file.endswith(".png") else "audio"] = name
    return [rows[row_id] for row_id in sorted(rows)]


def _a_row_for_each_file(names: list[str]) -> list[dict[str, str]]:
    return [row for name in names for row in _rows([name])]


_FILES = (
    ["ana/one/1.png", "ana/one/1.wav", "ben/two/1.wav"],
    ["ben/two/7.wav", "ana/one/2.png", "ben/two/7.png", "ana/two/2.png"],
)

register(
    "5.3.5.3",
    function(*(((names,), _rows(names)) for names in _FILES)),
    "Files that differ in their ending alone belong to one row: collect rows in a dict by id.",
    "Start each row with empty strings for image and audio, fill in the one that is there, sort by id.",
    wrong=(_a_row_for_each_file, lambda names: [row for row in _rows(names) if row["image"] and row["audio"]]),
)
