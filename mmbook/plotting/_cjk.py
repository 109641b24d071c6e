"""Chinese in figures: Matplotlib draws a variable font at its thinnest weight, so a regular one is cut from it."""

import functools
import logging
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import manimgx_fonts_cjk
import matplotlib
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.ttLib import TTCollection, TTFont
from matplotlib import font_manager

from mmbook.files import atomic_path

CJK_FONT = Path(manimgx_fonts_cjk.__file__).parent / "NotoSansCJK-VF.otf.ttc"
FAMILY = "Noto Sans CJK SC"
REGULAR = "mmbook Sans CJK"
WEIGHT = 400


@functools.cache
def cjk_families() -> tuple[str, ...]:
    """The families that draw Chinese: a regular weight for the usual characters, and the installed font for the rest.

    The regular one is made at first use (a few seconds) and kept in Matplotlib's cache folder.
    """
    path = Path(matplotlib.get_cachedir()) / f"mmbook-cjk-{version('manimgx-fonts-cjk')}-{WEIGHT}.otf"
    if not path.is_file():
        with atomic_path(path) as temporary:
            _cut(CJK_FONT, temporary)
    return tuple(_register(font) for font in (path, CJK_FONT))


def usual_characters() -> set[int]:
    """The code points of GB 2312: 6,763 characters of simplified Chinese, and its signs."""
    rows = (
        bytes([row, cell]).decode("gb2312", errors="ignore") for row in range(0xA1, 0xF8) for cell in range(0xA1, 0xFF)
    )
    return {ord(character) for character in rows if character}


def _cut(source: Path, target: Path) -> None:
    """Write a font with the outlines of the usual characters at the regular weight."""
    with TTCollection(source, lazy=True) as collection:
        font = next(font for font in collection if font["name"].getDebugName(1) == FAMILY)
        usual = usual_characters()
        names = {code: name for code, name in font.getBestCmap().items() if code in usual}
        glyphs = font.getGlyphSet(location={"wght": WEIGHT})
        order = [".notdef", *sorted(set(names.values()))]
        shapes, widths = {}, {}
        for name in order:
            pen = T2CharStringPen(glyphs[name].width, glyphs)
            glyphs[name].draw(pen)
            shapes[name], widths[name] = pen.getCharString(), (round(glyphs[name].width), 0)
        _build(font, names, order, shapes, widths).save(target)


def _build(font: TTFont, names: dict[int, str], order: list[str], shapes: dict, widths: dict) -> FontBuilder:
    built = FontBuilder(font["head"].unitsPerEm, isTTF=False)
    built.setupGlyphOrder(order)
    built.setupCharacterMap(names)
    built.setupCFF(REGULAR.replace(" ", ""), {"FullName": REGULAR}, shapes, {})
    built.setupHorizontalMetrics(widths)
    built.setupHorizontalHeader(ascent=font["hhea"].ascent, descent=font["hhea"].descent)
    built.setupNameTable({"familyName": REGULAR, "styleName": "Regular"})
    built.setupOS2(usWeightClass=WEIGHT)
    built.setupPost()
    return built


def _register(font: Path) -> str:
    """The family name under which Matplotlib knows the font; Simplified Chinese where it reads collections."""
    known = {entry.name for entry in font_manager.fontManager.ttflist if entry.fname == str(font)}
    if not known:
        logging.getLogger("matplotlib.font_manager").addFilter(lambda record: "font weight" not in record.getMessage())
        before = len(font_manager.fontManager.ttflist)
        font_manager.fontManager.addfont(font)
        added = font_manager.fontManager.ttflist[before:]
        font_manager.fontManager.ttflist[before:] = [replace(entry, weight=400) for entry in added]
        known = {entry.name for entry in added}
    return FAMILY if FAMILY in known else sorted(known)[0]
