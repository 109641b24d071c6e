import csv

import pytest

from mmbook.files import atomic_path, write_rows


def test_rows_come_back_and_what_a_row_lacks_is_empty(tmp_path):
    write_rows(tmp_path / "table.csv", [{"a": 1, "b": 'x, "y"'}, {"a": 2, "c": 0.5}])
    with (tmp_path / "table.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert rows == [{"a": "1", "b": 'x, "y"', "c": ""}, {"a": "2", "b": "", "c": "0.5"}]


def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside_it(tmp_path):
    path = tmp_path / "kept.txt"
    path.write_text("old")

    def write() -> None:
        with atomic_path(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError("interrupted")

    with pytest.raises(RuntimeError, match="interrupted"):
        write()
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["kept.txt"]
