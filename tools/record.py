"""Reference outputs of the notebooks: `tests/notebooks/CHAPTER/NAME.ipynb` for each `chapters/CHAPTER/NAME.md`.

    python tools/record.py             run every notebook and write its reference
    python tools/record.py FILE ...    only these sources
    python tools/record.py --check     run nothing; say which references do not match their sources

A reference holds the code cells with their text outputs: no images, no stderr, nothing that changes from run to run.
nbval runs it and compares the cells tagged `nbval-check-output`.
"""

import argparse
import hashlib
import json
import os
import re
import sys
import tempfile
import time
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[1]
CHECKED = "nbval-check-output"
SECONDS_A_CELL = 300


def sources(root: Path = ROOT) -> list[Path]:
    """The notebooks of the book in order: Markdown files under `chapters/` that name a kernel."""
    paths = sorted((root / "chapters").rglob("*.md"))
    return [path for path in paths if not path.name.startswith("_") and is_notebook(path.read_text("utf-8"))]


def is_notebook(text: str) -> bool:
    """Whether a Markdown text has a front matter with a `kernelspec`."""
    return text.startswith("---\n") and "\nkernelspec:" in text.split("\n---\n", 1)[0]


def read(source: Path) -> NotebookNode:
    """The notebook in a MyST Markdown file, all its cells included."""
    return jupytext.reads(source.read_text("utf-8"), fmt="md:myst")


def reference_path(source: Path, root: Path = ROOT) -> Path:
    """Where the reference of a source lies."""
    return root / "tests" / "notebooks" / source.parent.name / f"{source.stem}.ipynb"


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """The code cells of a notebook, in order."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def code_hash(cells: list[NotebookNode]) -> str:
    """A hexadecimal digest of code and tags: what must be recorded again when it changes."""
    code = [[cell.source, sorted(cell.metadata.get("tags", []))] for cell in cells]
    return hashlib.sha256(json.dumps(code).encode()).hexdigest()


def execute(notebook: NotebookNode, folder: Path) -> None:
    """Run a notebook in `folder` with this interpreter; outputs and execution counts are written into it."""
    NotebookClient(
        notebook,
        timeout=SECONDS_A_CELL,
        kernel_name="python3",
        record_timing=False,
        resources={"metadata": {"path": str(folder)}},
    ).execute()


def as_reference(notebook: NotebookNode, source: str) -> NotebookNode:
    """The executed notebook as a reference: code cells, counted ids, tags, and outputs in text."""
    cells = []
    for number, cell in enumerate(code_cells(notebook), start=1):
        tags = sorted(cell.metadata.get("tags", []))
        kept = nbformat.v4.new_code_cell(cell.source, id=f"cell-{number:03d}", execution_count=number)
        kept.metadata = NotebookNode(tags=tags) if tags else NotebookNode()
        kept.outputs = text_outputs(cell.outputs, everything=CHECKED in tags)
        for output in kept.outputs:
            if output.output_type == "execute_result":
                output.execution_count = number
        cells.append(kept)
    reference = nbformat.v4.new_notebook(cells=cells)
    reference.metadata = NotebookNode(
        kernelspec=NotebookNode(display_name="Python 3", language="python", name="python3"),
        language_info=NotebookNode(name="python"),
        mmbook=NotebookNode(source=source, sha256=code_hash(cells)),
    )
    return reference


def text_outputs(outputs: list[NotebookNode], everything: bool) -> list[NotebookNode]:
    """Outputs without stderr, pictures, sounds and tracebacks; of a cell that is not compared, plain text alone."""
    kept: list[NotebookNode] = []
    streams: dict[str, NotebookNode] = {}
    for output in outputs:
        if output.output_type == "stream":
            if output.name == "stdout":
                if "stdout" in streams:
                    streams["stdout"].text += output.text
                else:
                    streams["stdout"] = nbformat.v4.new_output("stream", name="stdout", text=output.text)
                    kept.append(streams["stdout"])
        elif output.output_type == "error":
            kept.append(nbformat.v4.new_output("error", ename=output.ename, evalue=output.evalue, traceback=[]))
        else:
            data = {kind: _steady(value) for kind, value in output.data.items() if _is_kept(kind, everything)}
            if data:
                kept.append(nbformat.v4.new_output(output.output_type, data=data))
    return kept


def _is_kept(kind: str, everything: bool) -> bool:
    if everything:
        return not kind.startswith(("image/", "audio/", "video/"))
    return kind == "text/plain"


def _steady(value: object) -> object:
    """A value without memory addresses."""
    return re.sub(r"\b0x[0-9a-f]{6,}\b", "0x0", value) if isinstance(value, str) else value


def compared(reference: NotebookNode) -> list:
    """What a reference promises: its code, its tags, and the outputs that are compared."""
    return [
        (cell.source, cell.metadata.get("tags", []), cell.outputs if CHECKED in cell.metadata.get("tags", []) else None)
        for cell in reference.cells
    ]


def record(source: Path, root: Path = ROOT) -> bool:
    """Run a source and write its reference; False if the one that exists promises the same and was left alone."""
    notebook = read(source)
    execute(notebook, source.parent)
    reference = as_reference(notebook, source.relative_to(root).as_posix())
    path = reference_path(source, root)
    if path.is_file() and compared(nbformat.read(path, as_version=4)) == compared(reference):
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        partial = Path(folder) / path.name
        partial.write_bytes((nbformat.writes(reference, version=4).rstrip("\n") + "\n").encode())
        partial.replace(path)
    return True


def differences(root: Path = ROOT) -> list[str]:
    """One line for each source without a matching reference, and for each reference without a source."""
    lines = []
    expected = {reference_path(source, root): source for source in sources(root)}
    for path, source in expected.items():
        name = source.relative_to(root).as_posix()
        if not path.is_file():
            lines.append(f"{name}: no reference; run `make record`")
            continue
        cells, recorded = code_cells(read(source)), nbformat.read(path, as_version=4)
        if len(cells) != len(recorded.cells):
            lines.append(f"{name}: {len(cells)} code cells, {len(recorded.cells)} recorded; run `make record`")
            continue
        for number, (cell, old) in enumerate(zip(cells, recorded.cells, strict=True), start=1):
            if code_hash([cell]) != code_hash([old]):
                lines.append(f"{name}: code cell {number} differs from what was recorded; run `make record`")
        if recorded.metadata.get("mmbook", {}).get("sha256") != code_hash(recorded.cells):
            lines.append(f"{name}: the reference was changed by hand; run `make record`")
    for path in sorted((root / "tests" / "notebooks").rglob("*.ipynb")):
        if path not in expected and ".ipynb_checkpoints" not in path.parts:
            lines.append(f"{path.relative_to(root).as_posix()}: has no source; delete it")
    return lines


def main(arguments: list[str] | None = None) -> int:
    """Exit code: 0, or 1 if `--check` found a difference."""
    parser = argparse.ArgumentParser(description="Write or check the reference notebooks.")
    parser.add_argument("sources", nargs="*", type=Path, help="only these Markdown files (default: all)")
    parser.add_argument("--check", action="store_true", help="run nothing, only compare sources and references")
    options = parser.parse_args(arguments)
    if options.check:
        lines = differences()
        print("\n".join(lines) or "Every reference matches its source.")
        return 1 if lines else 0
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    for source in [path.resolve() for path in options.sources] or sources():
        start = time.perf_counter()
        changed = record(source)
        state = "recorded" if changed else "as before"
        print(f"{source.relative_to(ROOT)}: {state} in {time.perf_counter() - start:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
