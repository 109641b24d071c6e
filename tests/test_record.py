import json
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import notebook_code
import notebook_times
import pytest
import record

FRONT = "---\nkernelspec:\n  display_name: Python 3\n  language: python\n  name: python3\n---\n\n# Tiny\n\n"
CELLS = """```{code-cell} ipython3
:tags: [nbval-check-output]

import sys

print("loading", file=sys.stderr)
print("seven is", 3 + 4)
```

Words between the cells.

```{code-cell} ipython3
object()
```
"""


@pytest.fixture(scope="module")
def recorded(tmp_path_factory) -> Path:
    """A folder like the book's, with one source and its reference."""
    root = tmp_path_factory.mktemp("book")
    source = root / "chapters" / "ch9" / "9_9_tiny.md"
    source.parent.mkdir(parents=True)
    source.write_text(FRONT + CELLS, "utf-8")
    assert record.record(source, root)
    conftest = Path(__file__).parent / "notebooks" / "conftest.py"
    shutil.copy(conftest, root / "tests" / "notebooks" / "conftest.py")
    return root


@pytest.fixture
def book(recorded, tmp_path) -> Path:
    """A copy of that folder, to be spoiled."""
    shutil.copytree(recorded, tmp_path / "book")
    return tmp_path / "book"


def source_of(book: Path) -> Path:
    return book / "chapters" / "ch9" / "9_9_tiny.md"


def reference_of(book: Path) -> Path:
    return book / "tests" / "notebooks" / "ch9" / "9_9_tiny.ipynb"


def nbval(book: Path) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "pytest", "-q", "-c", "pytest.ini", "--nbval-lax", "--nbval-current-env"]
    (book / "pytest.ini").write_text("[pytest]\n")
    return subprocess.run([*command, "--color=no", "tests"], cwd=book, capture_output=True, text=True, check=False)


def test_every_reference_matches_its_source():
    assert record.differences() == []


def test_an_unchanged_reference_passes_nbval_whatever_it_writes_to_stderr(book):
    result = nbval(book)
    assert result.returncode == 0, result.stdout
    assert "2 passed" in result.stdout


def test_one_changed_number_in_a_reference_fails_nbval(book):
    path = reference_of(book)
    text = path.read_text("utf-8")
    assert text.count("seven is 7") == 1
    path.write_text(text.replace("seven is 7", "seven is 8"), "utf-8")
    result = nbval(book)
    assert result.returncode == 1
    assert "Cell outputs differ" in result.stdout


def test_a_fresh_record_matches_its_source(book):
    assert record.differences(book) == []


def test_changed_code_without_recording_is_found(book):
    source = source_of(book)
    source.write_text(source.read_text("utf-8").replace("3 + 4", "4 + 3"), "utf-8")
    (line,) = record.differences(book)
    assert "9_9_tiny.md: code cell 1 differs" in line


def test_changed_tags_without_recording_are_found(book):
    source = source_of(book)
    source.write_text(source.read_text("utf-8").replace(":tags: [nbval-check-output]\n\n", ""), "utf-8")
    assert any("code cell 1 differs" in line for line in record.differences(book))


def test_changed_prose_needs_no_recording(book):
    source = source_of(book)
    source.write_text(source.read_text("utf-8").replace("Words between", "Other words between"), "utf-8")
    assert record.differences(book) == []


def test_a_missing_and_an_orphaned_reference_are_found(book):
    reference_of(book).rename(reference_of(book).with_name("9_8_gone.ipynb"))
    missing, orphan = record.differences(book)
    assert "no reference" in missing
    assert "9_8_gone.ipynb: has no source" in orphan


def test_a_reference_changed_by_hand_is_found(book):
    path = reference_of(book)
    notebook = json.loads(path.read_text("utf-8"))
    notebook["metadata"]["mmbook"]["sha256"] = "0" * 64
    path.write_text(json.dumps(notebook), "utf-8")
    assert any("changed by hand" in line for line in record.differences(book))


def test_a_reference_holds_text_alone_and_nothing_that_changes(recorded):
    notebook = nbformat.read(reference_of(recorded), as_version=4)
    first, second = notebook.cells
    assert [cell.id for cell in notebook.cells] == ["cell-001", "cell-002"]
    assert [cell.execution_count for cell in notebook.cells] == [1, 2]
    assert [output.name for output in first.outputs] == ["stdout"]
    assert second.outputs[0].data == {"text/plain": "<object at 0x0>"}


def test_recording_again_leaves_the_file_alone(book):
    before = reference_of(book).stat().st_mtime_ns
    assert not record.record(source_of(book), book)
    assert reference_of(book).stat().st_mtime_ns == before


def test_text_outputs_drop_pictures_stderr_and_tracebacks():
    new = nbformat.v4.new_output
    outputs = [
        new("stream", name="stdout", text="a"),
        new("stream", name="stderr", text="b"),
        new("stream", name="stdout", text="c"),
        new("display_data", data={"image/png": "...", "text/plain": "<Figure>", "text/html": "<b>x</b>"}),
        new("error", ename="KeyError", evalue="'x'", traceback=["/home/someone/file.py"]),
    ]
    stream, display, error = record.text_outputs(outputs, everything=True)
    assert stream.text == "ac"
    assert set(display.data) == {"text/plain", "text/html"}
    assert error.traceback == []
    assert set(record.text_outputs(outputs, everything=False)[1].data) == {"text/plain"}


def test_times_sum_cells_and_a_slow_notebook_fails(tmp_path, capsys):
    case = '<testcase classname="tests.notebooks.ch9.9_9_{}.ipynb" name="Cell 0" time="{}"/>'
    report = tmp_path / "nbval.xml"
    report.write_text(f"<testsuites><testsuite>{case.format('a', 60)}{case.format('a', 50)}</testsuite></testsuites>")
    assert notebook_times.times(report) == {"ch9/9_9_a": (2, 110.0, 0)}
    assert notebook_times.main([str(report)]) == 0
    assert "slow: over 90 s" in capsys.readouterr().out
    report.write_text(f"<testsuites><testsuite>{case.format('b', 301)}</testsuite></testsuites>")
    assert notebook_times.main([str(report)]) == 1
    assert "too slow: over 300 s" in capsys.readouterr().out


def test_the_lint_of_notebook_code_mends_cells_and_nothing_else(book, capfd):
    source = source_of(book)
    untidy = source.read_text("utf-8").replace('print("seven is", 3 + 4)', "print( 'seven is',3+4 )")
    source.write_text(untidy, "utf-8")
    (book / "work").mkdir()
    exported = notebook_code.export([source], book / "work")
    assert notebook_code.ruff(["format", "--check"], list(exported.values())) == 1
    assert notebook_code.ruff(["format"], list(exported.values())) == 0
    assert notebook_code.write_back(source, exported[source])
    assert source.read_text("utf-8") == FRONT + CELLS
