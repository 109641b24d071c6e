"""A small book, built with the book's own configuration, asks nothing of any other host."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parents[1]
INDEX = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# Small（小书）

A formula $\\boldsymbol{x}^2$, a citation {cite:p}`shapley1953value`.

```{code-cell} ipython3
import mmbook
from myst_nb import glue

glue("answer", str(6 * 7), display=False)
```

The answer is {glue:text}`answer`.

```{bibliography}
```
"""


def build(book: Path) -> str:
    """The output of a build with warnings as errors."""
    program = "from jupyter_book.cli.main import main; main()"
    command = [sys.executable, "-c", program, "build", str(book), "-W", "--keep-going"]
    environment = os.environ | {"PYTHONPATH": str(book), "NO_COLOR": "1"}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8", check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout + result.stderr


@pytest.fixture(scope="module")
def book(tmp_path_factory) -> Path:
    """A small book that was built once."""
    pytest.importorskip("jupyter_book")
    folder = tmp_path_factory.mktemp("small") / "book"
    folder.mkdir()
    for name in ("_config.yml", "references.bib"):
        shutil.copy(ROOT / name, folder / name)
    for name in ("_ext", "_static"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "mmbook").mkdir()
    (folder / "mmbook" / "__init__.py").write_text("VALUE = 1\n")
    (folder / "_toc.yml").write_text("format: jb-book\nroot: index\n")
    (folder / "index.md").write_text(INDEX, "utf-8")
    assert "Executed notebook" in build(folder)
    return folder


def test_no_page_loads_anything_from_another_host(book):
    for page in (book / "_build" / "html").rglob("*.html"):
        text = page.read_text("utf-8")
        loaded = re.findall(r"<(?:script|img|iframe|audio|video|source)[^>]*?src=\"([^\"]+)\"", text)
        loaded += re.findall(r"<link[^>]*?href=\"([^\"]+)\"", text)
        assert [address for address in loaded if re.match(r"(https?:)?//", address)] == [], page.name
        assert "thebe" not in text.lower()


def test_mathematics_comes_with_its_extensions_and_fonts(book):
    folder = book / "_build" / "html" / "_static" / "mathjax"
    assert "_static/mathjax/tex-chtml.js" in (book / "_build" / "html" / "index.html").read_text("utf-8")
    assert (folder / "tex-chtml.js").stat().st_size > 1_000_000
    assert (folder / "input" / "tex" / "extensions" / "boldsymbol.js").is_file()
    assert len(list((folder / "output" / "chtml" / "fonts" / "woff-v2").glob("*.woff"))) > 20


def test_the_chinese_characters_of_the_pages_are_in_the_sites_font(book):
    characters = TTFont(book / "_build" / "html" / "_static" / "chinese.woff").getBestCmap()
    assert {ord(character) for character in "（小书）"} <= set(characters)
    assert len(characters) < 1000


def test_a_number_reaches_its_sentence(book):
    assert re.search(r"The answer is .*42", (book / "_build" / "html" / "index.html").read_text("utf-8"))


def test_a_notebook_runs_again_only_when_the_package_changed(book):
    assert "Executed notebook" not in build(book)
    (book / "mmbook" / "__init__.py").write_text("VALUE = 2\n")
    assert "Executed notebook" in build(book)
