"""A CSV file as lines of cells, each with its line number, so that one bad line costs no other (§5.1.4)."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mmbook.errors import ManifestError

MAX_BYTES = 512 * 2**20
MAX_CELL = 2**31 - 1
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Line:
    """The cells of one record and the line of the file on which it starts (from 1); `error` says what is wrong."""

    number: int
    cells: tuple[str, ...]
    error: str = ""


def read_table(path: str | Path) -> tuple[tuple[str, ...], list[Line]]:
    """The header and the other records of a comma-separated UTF-8 file; empty records are left out.

    A record with a misplaced quotation mark comes back with its `error`, and reading goes on at the next line. Raises
    `ManifestError` if the file is missing, not UTF-8, empty, without records, or separated by something else.
    """
    path = Path(path)
    text = _decode(path)
    lines = parse(text)
    if not lines:
        raise ManifestError(f"{path}: the file is empty: write a header (id, image, audio, text, label) and rows")
    header, records = lines[0], lines[1:]
    if header.error:
        raise ManifestError(f"{path}: row {header.number}: {header.error}")
    if len(header.cells) == 1:
        for mark, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
            if mark in header.cells[0]:
                raise ManifestError(f"{path}: row {header.number}: separated by {name}: save it separated by commas")
    if not records:
        raise ManifestError(f"{path}: a header and no rows: write one row for each clip")
    return header.cells, records


def parse(text: str) -> list[Line]:
    """Records of CSV text that are not blank; strict about quotation marks."""
    lines = io.StringIO(text, newline="").readlines()
    limit = csv.field_size_limit(MAX_CELL)
    try:
        return _records(lines)
    finally:
        csv.field_size_limit(limit)


def _records(lines: Sequence[str]) -> list[Line]:
    records = []
    start = 0
    while start < len(lines):
        reader = csv.reader(iter(lines[start:]), strict=True, skipinitialspace=True)
        offset = start
        try:
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    records.append(Line(start + 1, tuple(cells)))
                start = offset + reader.line_num
        except csv.Error:
            error = "a quotation mark is out of place: put text that holds quotes in quotes, each quote doubled"
            cells = tuple(lines[start].rstrip("\r\n").split(","))
            records.append(Line(start + 1, cells, error))
            start += 1
    return records


def _decode(path: Path) -> str:
    """The file's text, without a byte-order mark."""
    try:
        if not path.is_file():
            what = "is a folder: name the CSV file in it" if path.is_dir() else "no such file: check the path"
            raise ManifestError(f"{path}: {what}")
        if path.stat().st_size > MAX_BYTES:
            raise ManifestError(f"{path}: larger than {MAX_BYTES // 2**20} MB: is this the manifest?")
        data = path.read_bytes()
    except OSError as error:
        raise ManifestError(f"{path}: cannot be read ({error.strerror}): check its permissions") from None
    if data.startswith(b"PK\x03\x04"):
        raise ManifestError(f"{path}: a spreadsheet or archive, not text: save it as CSV UTF-8")
    if data.startswith(UTF16_MARKS) or data.count(0) > len(data) // 4:
        raise ManifestError(f"{path}: the encoding is not UTF-8 (it looks like UTF-16): save it as CSV UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ManifestError(
            f"{path}: row {line}: the encoding is not UTF-8 (byte 0x{data[error.start]:02x}): save it as CSV UTF-8"
        ) from None
