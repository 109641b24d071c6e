"""Sphinx extension that gives the site the Chinese characters it uses, for machines without a Chinese font.

The characters are collected from the finished pages and cut out of Noto Sans CJK: some hundred characters, some tens
of kilobytes.
"""

import re
from pathlib import Path

import manimgx_fonts_cjk
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

COLLECTION = Path(manimgx_fonts_cjk.__file__).parent / "NotoSansCJK-VF.otf.ttc"
SIMPLIFIED_CHINESE = 2  # its place in the collection
CHINESE = re.compile("[\u2e80-\u9fff\uff00-\uffef]")


def chinese_characters(folder: Path) -> set[str]:
    """Every Chinese character or punctuation mark in the pages under `folder`."""
    found: set[str] = set()
    for page in folder.rglob("*.html"):
        found.update(CHINESE.findall(page.read_text("utf-8")))
    return found


def write_font(characters: set[str], path: Path) -> None:
    """Write a WOFF font of these characters, with all weights."""
    font = TTFont(COLLECTION, fontNumber=SIMPLIFIED_CHINESE)
    options = Options()
    options.layout_features = []
    subsetter = Subsetter(options)
    subsetter.populate(text="".join(sorted(characters)))
    subsetter.subset(font)
    font.flavor = "woff"
    path.parent.mkdir(parents=True, exist_ok=True)
    font.save(path)


def add_font(app, exception):
    """Write `_static/chinese.woff` unless the one there holds the same characters already."""
    if exception is not None or app.builder.format != "html":
        return
    characters = chinese_characters(Path(app.outdir))
    path = Path(app.outdir) / "_static" / "chinese.woff"
    held = path.with_suffix(".txt")
    listed = "".join(sorted(characters))
    if path.is_file() and held.is_file() and held.read_text("utf-8") == listed:
        return
    write_font(characters, path)
    held.write_text(listed, "utf-8")


def setup(app):
    """Register with Sphinx."""
    app.connect("build-finished", add_font)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
