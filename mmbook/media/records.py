"""Texts with their fields in files (§2.1.1): JSON, JSON Lines, CSV and XML, written and read back.

A record is a dict from field names to values. JSON and JSON Lines keep numbers, truth values and None as they are; CSV
and XML hold nothing but text, so 3 comes back as "3" and None as "".
"""

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from mmbook.errors import MediaError
from mmbook.files import write_text
from mmbook.media._file import check_file, decoding
from mmbook.media.text import read_text

Value = str | int | float | bool | None
Record = dict[str, Value]
SUFFIXES = (".json", ".jsonl", ".csv", ".xml")
MAX_BYTES = 64_000_000
MAX_DEPTH = 100
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_records(path: str | Path, records: Sequence[Mapping[str, Value]]) -> None:
    """Write the records, atomically, as UTF-8 in the format that the suffix names (.json, .jsonl, .csv, .xml).

    Raises `MediaError` for another suffix, and for a value that the format cannot hold (NaN in JSON, a control
    character in XML).
    """
    path = Path(path)
    writers = {".json": _to_json, ".jsonl": _to_lines, ".csv": _to_csv, ".xml": _to_xml}
    if path.suffix.lower() not in writers:
        raise MediaError(f"{path}: records are not written as {path.suffix or 'a name without a suffix'}; {_known()}")
    try:
        text = writers[path.suffix.lower()](records)
        text.encode()
    except ValueError as error:
        raise MediaError(f"{path}: cannot hold a value of the records ({error}); change it or the format") from error
    write_text(path, text)


def read_records(path: str | Path, max_bytes: int = MAX_BYTES) -> list[Record]:
    """The records of a JSON, JSON Lines, CSV or XML file; the suffix names the format.

    A JSON file holds a list of flat objects. A CSV file begins with the names. In an XML file each child of the root is
    a record and each of its children a field, named by its `name` attribute or else by its tag.

    Raises `MediaError` for a file that is missing, longer than `max_bytes`, damaged, or of another shape.
    """
    path = Path(path)
    readers = {".json": _from_json, ".jsonl": _from_lines, ".csv": _from_csv, ".xml": _from_xml}
    if path.suffix.lower() not in readers:
        raise MediaError(f"{path}: records are not read from {path.suffix or 'a name without a suffix'}; {_known()}")
    return readers[path.suffix.lower()](path, max_bytes)


def read_xml(path: str | Path, max_bytes: int = MAX_BYTES) -> Element:
    """The root of an XML file; names in a namespace read `{address}name`, as in `xml.etree`.

    A document type (`<!DOCTYPE ...>`) is refused, because it is where entities are declared: a few lines of them expand
    to gigabytes, and others read files of this machine. No data file needs one.

    Raises `MediaError` for a file that is missing, longer than `max_bytes`, not well-formed, nested deeper than 100, or
    that declares a document type.
    """
    path = check_file(path, "an XML file")
    builder, depth = TreeBuilder(), 0

    def refuse(*_: object) -> None:
        raise MediaError(f"{path}: declares a document type (DOCTYPE), which can hold harmful entities; remove it")

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise MediaError(f"{path}: is nested deeper than {MAX_DEPTH} elements; it holds no records")
        builder.start(_full(tag), {_full(name): value for name, value in attributes.items()})

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(_full(tag))

    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = parser.ExternalEntityRefHandler = refuse
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, builder.data
    with decoding(path, "an XML file"):
        if path.stat().st_size > max_bytes:
            raise MediaError(f"{path}: is longer than the limit of {max_bytes:,} bytes; split it")
        parser.Parse(path.read_bytes(), True)
        return builder.close()


def _known() -> str:
    return f"use one of {', '.join(SUFFIXES)}"


def _full(name: str) -> str:
    return "{" + name if "}" in name else name


def _to_json(records: Sequence[Mapping[str, Value]]) -> str:
    return json.dumps([dict(record) for record in records], indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _to_lines(records: Sequence[Mapping[str, Value]]) -> str:
    lines = (json.dumps(dict(record), ensure_ascii=False, allow_nan=False) for record in records)
    return "".join(f"{line}\n" for line in lines)


def _to_csv(records: Sequence[Mapping[str, Value]]) -> str:
    text = io.StringIO(newline="")
    names = list(dict.fromkeys(name for record in records for name in record))
    table = csv.DictWriter(text, names, lineterminator="\n", quoting=csv.QUOTE_ALL)
    table.writeheader()
    table.writerows(records)
    return text.getvalue()


def _to_xml(records: Sequence[Mapping[str, Value]]) -> str:
    lines = ['<?xml version="1.0" encoding="utf-8"?>', "<records>"]
    for record in records:
        fields = (f"<field name={quoteattr(name)}>{_escaped(value)}</field>" for name, value in record.items())
        lines.append(f"  <record>{''.join(fields)}</record>")
    text = "\n".join([*lines, "</records>", ""])
    if found := NOT_XML.search(text):
        raise ValueError(f"XML has no way to write the character U+{ord(found.group()):04X}")
    return text


def _escaped(value: Value) -> str:
    """The value as XML text; a carriage return is written by its number, or a reader would make it a line end."""
    return "" if value is None else escape(str(value), {"\r": "&#13;"})


def _from_json(path: Path, max_bytes: int) -> list[Record]:
    text = read_text(path, max_bytes)
    with decoding(path, "JSON"):
        found = json.loads(text, parse_constant=_no_constant)
    if not isinstance(found, list):
        raise MediaError(f"{path}: holds no list of records; write [{{...}}, {{...}}]")
    return [_checked(path, f"record {number}", one) for number, one in enumerate(found, start=1)]


def _from_lines(path: Path, max_bytes: int) -> list[Record]:
    records = []
    for number, line in enumerate(read_text(path, max_bytes).split("\n"), start=1):
        if line.strip():
            try:
                found = json.loads(line, parse_constant=_no_constant)
            except (ValueError, RecursionError) as error:
                raise MediaError(f"{path}: line {number} is not JSON ({error}); write one object a line") from error
            records.append(_checked(path, f"line {number}", found))
    return records


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def _checked(path: Path, where: str, found: object) -> Record:
    if not isinstance(found, dict) or not all(isinstance(value, Value) for value in found.values()):
        raise MediaError(f'{path}: {where} is no flat object of texts and numbers; write {{"text": ..., ...}}')
    return found


def _from_csv(path: Path, max_bytes: int) -> list[Record]:
    text = read_text(path, max_bytes)
    limit = csv.field_size_limit(max_bytes)
    try:
        with decoding(path, "CSV"):
            reader = csv.reader(io.StringIO(text, newline=""), strict=True)
            rows = [(reader.line_num, row) for row in reader if row]
    finally:
        csv.field_size_limit(limit)
    if not rows:
        return []
    (_, names), *rest = rows
    if len(set(names)) < len(names):
        raise MediaError(f"{path}: names a column twice in its first line; rename one of them")
    for number, row in rest:
        if len(row) != len(names):
            raise MediaError(
                f"{path}: line {number} has {len(row)} cells where the first has {len(names)}; quote cells with commas"
            )
    return [dict(zip(names, row, strict=True)) for _, row in rest]


def _from_xml(path: Path, max_bytes: int) -> list[Record]:
    records: list[Record] = []
    for number, element in enumerate(read_xml(path, max_bytes), start=1):
        fields = [(field.get("name") or field.tag.rpartition("}")[2], field) for field in element]
        if len({name for name, _ in fields}) < len(fields):
            raise MediaError(f"{path}: record {number} has a field twice; give each its own name")
        if deeper := next((name for name, field in fields if len(field)), None):
            raise MediaError(f"{path}: record {number} has elements inside its field {deeper!r}; write it as text")
        records.append({name: field.text or "" for name, field in fields})
    return records
