"""Lint of the code in the notebooks: ruff's checks and format on every code cell; `--fix` writes mended cells back."""

import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from record import ROOT, code_cells, read, sources

LINE_LENGTH = 88
"""What fits on a page of the site without scrolling."""


def export(paths: list[Path], folder: Path) -> dict[Path, Path]:
    """For each source a notebook file in `folder` with its code cells, under its own name."""
    exported = {}
    for path in paths:
        notebook = nbformat.v4.new_notebook(cells=code_cells(read(path)))
        notebook.metadata.language_info = NotebookNode(name="python")
        exported[path] = folder / path.parent.name / f"{path.stem}.ipynb"
        exported[path].parent.mkdir(exist_ok=True)
        nbformat.write(notebook, exported[path])
    return exported


def ruff(command: list[str], files: list[Path]) -> int:
    """Ruff's exit code for these files, under the book's configuration."""
    config = ["--config", str(ROOT / "pyproject.toml"), "--config", f"line-length={LINE_LENGTH}"]
    return subprocess.run([sys.executable, "-m", "ruff", *command, *config, *map(str, files)], check=False).returncode


def write_back(source: Path, mended: Path) -> bool:
    """Put changed cells into the Markdown source; True if any changed. ValueError if a cell is not found there."""
    text = before = source.read_text("utf-8")
    for old, new in zip(code_cells(read(source)), nbformat.read(mended, as_version=4).cells, strict=True):
        if old.source != new.source:
            if f"\n{old.source}\n```" not in text:
                raise ValueError(f"{source}: cannot find a cell that begins {old.source.splitlines()[0]!r}")
            text = text.replace(f"\n{old.source}\n```", f"\n{new.source}\n```", 1)
    if text != before:
        source.write_bytes(text.encode())
    return text != before


def main(arguments: list[str]) -> int:
    """Exit code: 0, or 1 if something is left to mend."""
    paths = sources()
    if not paths:
        return 0
    with tempfile.TemporaryDirectory() as folder:
        exported = export(paths, Path(folder))
        files = list(exported.values())
        if "--fix" in arguments:
            status = ruff(["check", "--fix"], files) or ruff(["format"], files)
            for source, mended in exported.items():
                if write_back(source, mended):
                    print(f"{source.relative_to(ROOT)}: mended")
            return status
        return max(ruff(["check"], files), ruff(["format", "--check"], files))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
