import csv
import os
from collections import Counter

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mmbook.datasets.manifest import read_manifest
from mmbook.errors import ManifestError

HEADER = "id,image,text,label,split\n"
GOOD = "a,,hello,pos,train\nb,,bye,neg,train\n"


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "data"
    (root / "images").mkdir(parents=True)
    (root / "images" / "1.png").write_bytes(b"not opened here")
    (tmp_path / "outside.png").write_bytes(b"elsewhere")
    return root


def write(folder, content):
    path = folder / "manifest.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_every_column_is_read(folder):
    path = write(folder, 'id,image,text,label,split,speaker,mood\nx1,images/1.png,"a, b",pos,dev,anna,calm\n' * 1)
    path.write_text(path.read_text() + "x2,,more,pos,train,ben,\nx3,,less,neg,Train,ben,tense\n")
    manifest = read_manifest(path)
    row = manifest.rows[0]
    assert (row.id, row.number, row.text, row.label, row.split) == ("x1", 2, "a, b", "pos", "valid")
    assert row.image == folder.resolve() / "images" / "1.png"
    assert (row.audio, row.video, row.speaker, row.extra) == (None, None, "anna", {"mood": "calm"})
    assert manifest.task == "classes"
    assert manifest.label_names == ("neg", "pos")
    assert manifest.problems == ()


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "byte-order mark"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_byte_order_mark_and_line_ends_change_nothing(folder, mark, end):
    manifest = read_manifest(write(folder, mark + (HEADER + GOOD).replace("\n", end).encode()))
    assert [(row.id, row.text, row.number) for row in manifest.rows] == [("a", "hello", 2), ("b", "bye", 3)]


def test_chinese_text_labels_and_names_are_read(folder):
    (folder / "图片.png").write_bytes(b"x")
    manifest = read_manifest(
        write(folder, "id,image,text,label\n甲,图片.png,很好看,正面\n乙,,不好,负面\n丙,,差,负面\n")
    )
    assert [row.text for row in manifest.rows] == ["很好看", "不好", "差"]
    assert set(manifest.label_names) == {"正面", "负面"}
    assert manifest.rows[0].image.name == "图片.png"


def test_header_names_ignore_case_and_space(folder):
    manifest = read_manifest(write(folder, " ID , Text ,LABEL\na,x,p\nb,y,n\n"))
    assert [row.text for row in manifest.rows] == ["x", "y"]


def test_blank_lines_are_skipped_and_rows_keep_their_line_numbers(folder):
    text = "\n" + HEADER + "\n,,,,\na,,hello,pos,train\n   \n\nb,,bye,neg,train\n\n"
    assert [row.number for row in read_manifest(write(folder, text)).rows] == [5, 8]


def test_quoted_newlines_belong_to_the_cell(folder):
    text = HEADER + 'a,,"two\nlines",pos,train\n' + "b,,bye,neg,train\nc,,,neg,train\n"
    manifest = read_manifest(write(folder, text), on_error="skip")
    assert manifest.rows[0].text == "two\nlines"
    assert [problem.row for problem in manifest.problems] == [5]


def test_a_megabyte_of_text_is_one_cell(folder):
    long = "good film " * 120_000
    assert read_manifest(write(folder, HEADER + f"a,,{long},pos,train\n" + "b,,bye,neg,train\n")).rows[0].text == (
        long.strip()
    )
    assert csv.field_size_limit() < 10**6  # the limit of the whole process is as it was


BAD_ROWS = {
    "duplicate id": ("a,,again,pos,train", "row 2"),
    "empty id": (",,text,pos,train", "empty id"),
    "slash in id": ("x/y,,text,pos,train", "slash"),
    "backslash in id": ("x\\y,,text,pos,train", "slash"),
    "dots as id": ("..,,text,pos,train", "dots"),
    "long id": (f"{'x' * 201},,text,pos,train", "201 characters"),
    "control character in id": ("x\x07,,text,pos,train", "control"),
    "unknown split": ("x,,text,pos,holdout", "'holdout'"),
    "empty label": ("x,,text,,train", "empty label"),
    "unknown label": ("x,,text,angry,test", "'angry'"),
    "no modality": ("x,,,pos,train", "at least one"),
    "only white space": ('x,,"  \t ",pos,train', "at least one"),
    "short row": ("x,,text", "3 cells"),
    "long row": ("x,,hello, world,pos,train", "6 cells"),
    "NUL byte": ("x,,te\0xt,pos,train", "NUL"),
    "loose quote": ('x,,"good" film,pos,train', "quotation mark"),
    "missing file": ("x,images/2.png,text,pos,train", "no such image file"),
    "folder as file": ("x,images,text,pos,train", "not a file"),
    "parent folder": ("x,../outside.png,text,pos,train", "leaves"),
    "parent folder, deeper": ("x,images/../../outside.png,text,pos,train", "leaves"),
    "parent folder, backslashes": ("x,..\\outside.png,text,pos,train", "leaves"),
    "absolute path": ("x,/etc/hostname,text,pos,train", "absolute"),
    "Windows path": ("x,C:\\photo.png,text,pos,train", "absolute"),
    "network path": ("x,\\\\host\\photo.png,text,pos,train", "absolute"),
    "home path": ("x,~/photo.png,text,pos,train", "absolute"),
    "endless path": (f"x,{'y' * 300}.png,text,pos,train", "image"),
    "no path": (f"x,{'y' * 3000},text,pos,train", "no path"),
    "missing text file": ("x,,notes/1.txt,pos,train", "no such text file"),
    "text file outside": ("x,,../secret.txt,pos,train", "leaves"),
}


@pytest.mark.parametrize("name", BAD_ROWS)
def test_bad_row_is_named_and_costs_no_other(folder, name):
    line, words = BAD_ROWS[name]
    (folder.parent / "secret.txt").write_text("secret")
    path = write(folder, HEADER + GOOD + line + "\nc,,last,neg,test\n")
    with pytest.raises(ManifestError) as caught:
        read_manifest(path)
    message = str(caught.value)
    assert "\n" not in message
    assert str(path) in message
    assert "row 4" in message
    assert words in message
    manifest = read_manifest(path, on_error="skip")
    assert [row.id for row in manifest.rows] == ["a", "b", "c"]
    assert [problem.row for problem in manifest.problems] == [4]
    assert words in manifest.problems[0].message


def test_symlink_that_leaves_the_folder_is_rejected_and_one_that_stays_is_not(folder):
    try:
        (folder / "away.png").symlink_to(folder.parent / "outside.png")
        (folder / "near.png").symlink_to(folder / "images" / "1.png")
        (folder / "loop.png").symlink_to(folder / "loop.png")
    except OSError:
        pytest.skip("symbolic links are not allowed here")
    rows = "c,away.png,x,pos,train\nd,near.png,x,pos,train\ne,loop.png,x,pos,train\n"
    manifest = read_manifest(write(folder, HEADER + GOOD + rows), on_error="skip")
    assert [row.id for row in manifest.rows] == ["a", "b", "d"]
    assert ["leaves" in problem.message for problem in manifest.problems] == [True, False]
    assert [problem.file for problem in manifest.problems] == ["away.png", "loop.png"]


def test_manifest_reached_through_a_symlink_still_holds_its_folder(folder, tmp_path):
    write(folder, HEADER + GOOD + "c,images/1.png,,pos,train\n")
    try:
        (tmp_path / "link").symlink_to(folder, target_is_directory=True)
    except OSError:
        pytest.skip("symbolic links are not allowed here")
    assert len(read_manifest(tmp_path / "link" / "manifest.csv").rows) == 3


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_named_pipe_is_no_file(folder):
    os.mkfifo(folder / "pipe.png")
    with pytest.raises(ManifestError, match="not a file"):
        read_manifest(write(folder, HEADER + GOOD + "c,pipe.png,,pos,train\n"))


BAD_FILES = {
    "empty": (b"", "empty"),
    "only a mark": (b"\xef\xbb\xbf", "empty"),
    "only blank lines": (b"\n\n  \n", "empty"),
    "header only": (HEADER.encode(), "no rows"),
    "UTF-16": ((HEADER + GOOD).encode("utf-16"), "UTF-8"),
    "UTF-16 without a mark": ((HEADER + GOOD).encode("utf-16-le"), "UTF-8"),
    "GBK": ((HEADER + "a,,很好看,正面,train\n").encode("gbk"), "UTF-8"),
    "Latin-1": ((HEADER + GOOD + "c,,café,pos,train\n").encode("latin-1"), "row 4"),
    "spreadsheet": (b"PK\x03\x04rest", "spreadsheet"),
    "semicolons": ((HEADER + GOOD).replace(",", ";").encode(), "semicolons"),
    "tabs": ((HEADER + GOOD).replace(",", "\t").encode(), "tabs"),
    "no id": (b"name,text,label\na,x,pos\n", "'id'"),
    "no label": (b"id,text\na,x\n", "'label'"),
    "no modality column": (b"id,label\na,pos\n", "image, audio, video, text"),
    "column twice": (b"id,text,Text,label\na,x,y,pos\n", "twice"),
    "one class": ((HEADER + "a,,x,pos,train\nb,,y,pos,train\n").encode(), "one class"),
    "no training rows": ((HEADER + "a,,x,pos,test\nb,,y,neg,test\n").encode(), "no training rows"),
    "nothing usable": ((HEADER + ",,x,pos,test\n").encode(), "row 2"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_file_gets_one_line(folder, name):
    content, words = BAD_FILES[name]
    path = write(folder, content)
    with pytest.raises(ManifestError) as caught:
        read_manifest(path)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)
    with pytest.raises(ManifestError):
        read_manifest(path, on_error="skip")


def test_missing_manifest_and_folder_get_one_line(folder):
    with pytest.raises(ManifestError, match="no such file"):
        read_manifest(folder / "none.csv")
    with pytest.raises(ManifestError, match="folder"):
        read_manifest(folder)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(max_size=300), st.text('ab,"\n\r;\0 .txt/é', max_size=200)), st.booleans())
def test_any_bytes_give_rows_or_a_manifest_error(folder, content, with_header):
    data = content if isinstance(content, bytes) else content.encode()
    path = write(folder, (HEADER + GOOD).encode() + data if with_header else data)
    try:
        manifest = read_manifest(path, on_error="skip")
    except ManifestError as error:
        assert "\n" not in str(error)
    else:
        assert len(manifest.rows) >= 2


def test_unclosed_quote_costs_its_own_line_alone(folder):
    rows = "".join(f"r{n},,word {n},pos,train\n" for n in range(20))
    manifest = read_manifest(write(folder, HEADER + GOOD + 'x,,"never closed,pos,train\n' + rows), on_error="skip")
    assert len(manifest.rows) == 22
    assert [problem.id for problem in manifest.problems] == ["x"]


def test_text_cell_is_the_text_or_a_file_of_the_folder(folder):
    (folder / "1.txt").write_text("from a file\n", encoding="utf-8-sig")
    rows = "c,,1.txt,pos,train\nd,,I could not open notes.txt,pos,train\ne,,.txt files bore me,neg,train\n"
    manifest = read_manifest(write(folder, HEADER + GOOD + rows))
    texts = [row.text for row in manifest.rows[2:]]
    assert texts == ["from a file", "I could not open notes.txt", ".txt files bore me"]


def test_text_file_in_another_encoding_is_named(folder):
    (folder / "1.txt").write_bytes("很好看".encode("gbk"))
    with pytest.raises(ManifestError, match=r"row 4 .*1\.txt.*UTF-8"):
        read_manifest(write(folder, HEADER + GOOD + "c,,1.txt,pos,train\n"))


def test_empty_text_file_is_a_missing_modality(folder):
    (folder / "1.txt").write_text(" \n")
    path = write(folder, HEADER + GOOD + "c,images/1.png,1.txt,pos,train\nd,,1.txt,pos,train\n")
    manifest = read_manifest(path, on_error="skip")
    assert manifest.rows[2].text is None
    assert [problem.id for problem in manifest.problems] == ["d"]


def test_labels_that_are_numbers_make_a_regression(folder):
    manifest = read_manifest(write(folder, "id,text,label\na,x,1.5\nb,y,-2\nc,z,3e-1\n"))
    assert (manifest.task, manifest.label_names) == ("numbers", ())


@pytest.mark.parametrize("label", ["happy", "nan", "inf", "1_0", "1e999", "٣"])
def test_label_that_is_no_number_among_numbers_is_rejected(folder, label):
    path = write(folder, f"id,text,label\na,x,1.5\nb,y,-2\nc,z,0\nd,w,{label}\n")
    with pytest.raises(ManifestError, match="row 5"):
        read_manifest(path)
    assert [row.id for row in read_manifest(path, on_error="skip").rows] == ["a", "b", "c"]


def test_numbers_can_be_class_names_and_another_column_the_label(folder):
    text = "id,text,label,stars\na,x,0,5.5\nb,y,1,2\nc,z,1,3\n"
    assert read_manifest(write(folder, text), task="classes").label_names == ("0", "1")
    manifest = read_manifest(write(folder, text), label_column="stars")
    assert [row.label for row in manifest.rows] == ["5.5", "2", "3"]
    assert manifest.rows[0].extra == {"label": "0"}


def test_splits_do_not_depend_on_the_order_of_rows(folder):
    rows = [f"r{n},,word,{'pos' if n % 3 else 'neg'}," for n in range(60)]
    first = read_manifest(write(folder, HEADER + "\n".join(rows)))
    second = read_manifest(write(folder, HEADER + "\n".join(reversed(rows))))
    assert {row.id: row.split for row in first.rows} == {row.id: row.split for row in second.rows}


@pytest.mark.parametrize("count", [3, 10, 200])
def test_numbers_are_divided_so_that_each_split_spans_them(folder, count):
    rows = "".join(f"r{n},x,{(n * 37 % count) / count - 0.5}\n" for n in range(count))
    manifest = read_manifest(write(folder, "id,text,label\n" + rows))
    sizes = Counter(row.split for row in manifest.rows)
    assert sizes["valid"] == sizes["test"] == max(1, round(0.15 * count))
    means = [np.mean([float(row.label) for row in manifest.rows if row.split == split]) for split in sizes]
    assert count < 200 or max(means) - min(means) < 0.1


def test_speaker_keeps_the_split_that_one_row_gives(folder):
    rows = "".join(f"r{n},x,{'pos' if n % 2 else 'neg'},{'test' if n == 7 else ''},s{n // 6}\n" for n in range(60))
    manifest = read_manifest(write(folder, "id,text,label,split,speaker\n" + rows))
    assert {row.split for row in manifest.rows if row.speaker == "s1"} == {"test"}
