"""What a crawler reads in a web page: its links, its words, its licence, and what it asks of robots."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

FILES = {"img": ("src",), "audio": ("src",), "video": ("src", "poster"), "source": ("src",)}
SILENT = ("script", "style", "template", "noscript", "title")
BLOCKS = ("p", "div", "li", "h1", "h2", "h3", "h4", "h5", "h6", "br", "tr", "figcaption", "section", "article")


@dataclass(frozen=True)
class Page:
    """One page: `links` are (whole address, whether it may be a page), `words` its visible text in lines."""

    links: tuple[tuple[str, bool], ...]
    words: str
    licences: tuple[str, ...]
    index: bool = True
    follow: bool = True


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.links: list[tuple[str, bool]] = []
        self.text: list[str] = []
        self.licences: list[str] = []
        self.base, self.robots, self.silent = "", "", 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in reversed(attrs)}
        rel = values.get("rel", "").lower().split()
        if tag in SILENT:
            self.silent += 1
        if tag in BLOCKS:
            self.text.append("\n")
        if tag in ("a", "area", "link") and "license" in rel and "href" in values:
            self.licences.append(values["href"])
        elif tag in ("a", "area") and "href" in values and "nofollow" not in rel:
            self.links.append((values["href"], True))
        elif tag == "base" and not self.base:
            self.base = values.get("href", "")
        elif tag == "meta" and values.get("name", "").lower() == "robots":
            self.robots += " " + values.get("content", "").lower()
        self.links += [(values[name], False) for name in FILES.get(tag, ()) if values.get(name)]

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT:
            self.silent = max(0, self.silent - 1)
        if tag in BLOCKS:
            self.text.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.text.append(re.sub(r"\s+", " ", data))


def read_page(html: str, url: str) -> Page:
    """The page that the HTML at an address describes; damaged HTML gives what can be made of it."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = (line.strip() for line in "".join(reader.text).split("\n"))
    asked = set(re.split(r"[\s,]+", reader.robots))
    links = ((_joined(url, reader.base, link), may_be_page) for link, may_be_page in reader.links)
    return Page(
        links=tuple(dict.fromkeys(link for link in links if link[0])),
        words="\n".join(line for line in lines if line),
        licences=tuple(dict.fromkeys(reader.licences)),
        index=not asked & {"noindex", "none"},
        follow=not asked & {"nofollow", "none"},
    )


def _joined(url: str, base: str, link: str) -> str:
    """The whole address of a link, or nothing where it makes none."""
    try:
        return urljoin(urljoin(url, base), link)
    except ValueError:
        return ""


def allowed_licence(stated: Collection[str], allowed: Collection[str]) -> str:
    """The licences that a page states, if all of them are allowed; otherwise an empty text.

    A Creative Commons address counts as its kind ("licenses/by-sa"), whatever its version, language and scheme.
    """
    return " ".join(stated) if stated and all(licence_key(one) in allowed for one in stated) else ""


def licence_key(address: str) -> str:
    """The kind of a Creative Commons licence ("licenses/by"), or the address itself for any other."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return address
    if parts.scheme in ("http", "https", "") and parts.netloc.lower().removeprefix("www.") == "creativecommons.org":
        return "/".join(parts.path.strip("/").lower().split("/")[:2])
    return address.strip()
