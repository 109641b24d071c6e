"""A polite crawler (§2.1.1): it takes from one web site what the site lets it take, and writes down where that was.

It reads robots.txt first and obeys it, names itself, waits between requests, stays on the host that it was sent to,
and keeps a file only if the page that shows it states a licence (`rel="license"`) that is on its list. Every file kept
has a line in `sources.jsonl`: address, page, licence, type, size and SHA-256. Files are named by their content, so no
name that a server chooses is ever used on this machine.

Source: robots.txt as in RFC 9309, `rel="license"` as in HTML. A program can read a licence, not judge it: look at what
you publish, and at the law where you live.
"""

import hashlib
import re
import time
from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urljoin

from mmbook.datasets._fetch import RefusedError, Reply, fetch, same_site, tidy_url
from mmbook.datasets._page import Page, allowed_licence, read_page
from mmbook.datasets._robots import Robots, parse_robots
from mmbook.errors import MediaError, UserError
from mmbook.files import atomic_path
from mmbook.media.records import read_records, write_records

AGENT = "mmbook-crawler/0.1 (a student's crawler)"
OPEN_LICENCES = ("publicdomain/zero", "publicdomain/mark", "licenses/by", "licenses/by-sa")
SUFFIXES = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "audio/wav": ".wav",
    "audio/x-wav": ".wav",
    "audio/flac": ".flac",
    "audio/mpeg": ".mp3",
    "video/mp4": ".mp4",
    "text/plain": ".txt",
}
MANIFEST = "sources.jsonl"
PAGE = "text/html"
LONGEST_DELAY = 60.0
REDIRECTS = 5
OURS = re.compile(r"[0-9a-f]{32}\.[a-z0-9]{1,5}")


@dataclass(frozen=True)
class Source:
    """Where one file came from; `file` is relative to the folder, `fetched` is empty unless times are asked for."""

    url: str
    page: str
    licence: str
    file: str
    content_type: str
    bytes: int
    sha256: str
    fetched: str = ""


@dataclass(frozen=True)
class Crawl:
    """What there is after a crawl: all files of the folder, what was left out and why, the pages read, the requests."""

    sources: tuple[Source, ...]
    skipped: Mapping[str, str]
    pages: tuple[str, ...]
    requests: int


@dataclass(frozen=True)
class _Settings:
    site: str
    folder: Path
    agent: str
    licences: tuple[str, ...]
    types: dict[str, str]
    delay: float
    max_files: int
    max_bytes: int
    timed: bool
    wait: Callable[[float], None]
    clock: Callable[[], float]
    robots: Robots


class _StopError(Exception):
    """The site asks to be left alone for a while, or a limit is reached."""


def crawl(
    start: str,
    folder: str | Path,
    *,
    agent: str = AGENT,
    licences: Collection[str] = OPEN_LICENCES,
    types: Mapping[str, str] = SUFFIXES,
    delay: float | int = 1.0,
    max_pages: int = 100,
    max_files: int = 1000,
    max_bytes: int = 20_000_000,
    timed: bool = False,
    wait: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Crawl:
    """The crawl of one site from the page `start`, in order of discovery, into `folder`.

    `licences` are kinds of Creative Commons licences ("licenses/by") or whole addresses; `types` maps the content types
    to keep to suffixes. The visible words of a page are kept too, as text. `delay` is the least time in seconds between
    two requests; robots.txt may ask for more. `max_bytes` bounds one reply. `timed` records when a file was fetched.

    Called again on the same folder, it reads the pages anew and fetches only the files that it does not have. Raises
    `UserError` if `start` is no http address or cannot be read, or if robots.txt keeps us out.
    """
    address = tidy_url(start)
    if address is None:
        raise UserError(f"{start}: is no http or https address; write http://host/page")
    if not re.match(r"[\w.-]+/", agent):
        raise UserError(f"the agent {agent!r} does not begin with a name and a version; write name/1.0 (address)")
    settings = _Settings(
        address, Path(folder), agent, tuple(licences), dict(types), float(delay), max_files, max_bytes, timed, wait,
        clock, parse_robots(""),
    )  # fmt: skip
    visit = _Visit(settings)
    visit.obey_robots()
    waiting, seen, pages = deque([(address, "", "")]), {address}, []
    try:
        while waiting and len(pages) < max_pages:
            url, parent, licence = waiting.popleft()
            page = visit.open(url, parent, licence)
            if page is None:
                continue
            pages.append(url)
            licence = allowed_licence(page.licences, settings.licences) if page.index else ""
            visit.keep_words(url, page, licence)
            for link, may_be_page in page.links:
                found = tidy_url(link)
                if found is None or found in seen or (may_be_page and not page.follow):
                    continue
                if not licence and (not may_be_page or found.lower().endswith(tuple(settings.types.values()))):
                    visit.skipped[found] = _why_not(page)
                    continue
                seen.add(found)
                visit.skipped.pop(found, None)
                waiting.append((found, url, licence))
        if waiting:
            visit.skipped[waiting[0][0]] = f"the limit of {max_pages} pages is reached"
    except _StopError as reason:
        visit.skipped[visit.last] = str(reason)
    if not pages:
        raise UserError(f"{address}: {visit.skipped.get(address, 'is not a page')}; check the address")
    return Crawl(tuple(visit.sources.values()), visit.skipped, tuple(pages), visit.requests)


def _why_not(page: Page) -> str:
    if not page.index:
        return "its page asks not to be indexed"
    return f"its page's licence is not on the list ({' '.join(page.licences)})" if page.licences else "no licence"


class _Visit:
    """The state of one crawl: what was kept and left out, how many requests were made and when the last one was."""

    def __init__(self, settings: _Settings):
        self.settings = settings
        self.sources = _read_manifest(settings.folder)
        self.skipped: dict[str, str] = {}
        self.requests, self.last = 0, settings.site
        self.next_time = settings.clock()

    def obey_robots(self) -> None:
        """Nothing; reads robots.txt, takes over its delay, and raises `UserError` where it keeps us out."""
        at = self.settings
        address = urljoin(at.site, "/robots.txt")
        try:
            reply = self._get(address, lambda kind: True, robots=True)
        except RefusedError as error:
            raise UserError(f"{address}: {error}; without it nothing is fetched: try again later") from error
        if reply.status in (401, 403) or not (reply.status == 200 or 400 <= reply.status < 500):
            raise UserError(f"{address}: answers {reply.status}, so nothing is fetched: ask the site's owner")
        robots = parse_robots(reply.body.decode("utf-8", "replace") if reply.body else "")
        delay = max(at.delay, robots.delay(at.agent))
        if robots.delay(at.agent) > LONGEST_DELAY:
            raise UserError(f"{address}: asks for {delay:g} s between requests; ask the site's owner for the data")
        if not robots.allows(at.agent, at.site):
            raise UserError(f"{at.site}: robots.txt does not allow it; choose another page, or ask the site's owner")
        self.settings = replace(at, robots=robots, delay=delay)
        self.next_time += delay - at.delay

    def open(self, url: str, parent: str, licence: str) -> Page | None:
        """The page at an address; None for a file, which is kept under its parent's licence, or one left out."""
        at = self.settings
        known = self.sources.get(url)
        if known is not None and known.content_type != PAGE:
            return None
        if not same_site(url, at.site):
            self.skipped[url] = "is on another site"
            return None

        def wanted(kind: str) -> bool:
            return kind == PAGE or (kind in at.types and bool(licence))

        try:
            reply = self._get(url, wanted)
        except RefusedError as error:
            self.skipped[url] = str(error)
            return None
        if reply.status != 200:
            self.skipped[url] = f"answers {reply.status}"
        elif reply.content_type == PAGE:
            return read_page(reply.body.decode(_known(reply.charset), "replace"), reply.url)
        elif reply.content_type not in at.types:
            self.skipped[url] = f"is of a type that is not kept ({reply.content_type})"
        elif not licence:
            self.skipped[url] = "no licence"
        else:
            self._keep(url, parent, licence, reply.body, reply.content_type, at.types[reply.content_type])
        return None

    def keep_words(self, url: str, page: Page, licence: str) -> None:
        """Nothing; the words of a page that states an allowed licence become a text file."""
        if licence and page.words:
            self._keep(url, url, licence, (page.words + "\n").encode(), PAGE, ".txt")
        elif not licence:
            self.skipped[url] = _why_not(page).removeprefix("its page's ").removeprefix("its page ")

    def _get(self, url: str, wanted: Callable[[str], bool], robots: bool = False) -> Reply:
        """The reply at the end of at most five redirects, each of them allowed and waited for."""
        at = self.settings
        for _ in range(REDIRECTS + 1):
            if not robots and not at.robots.allows(at.agent, url):
                raise RefusedError("robots.txt does not allow it")
            at.wait(max(0.0, self.next_time - at.clock()))
            self.last, self.requests = url, self.requests + 1
            try:
                reply = fetch(url, at.agent, at.max_bytes, wanted)
            finally:
                self.next_time = at.clock() + at.delay
            if reply.status in (429, 503) and not robots:
                raise _StopError(f"the site asks us to stop for now (it answers {reply.status})")
            if reply.status not in (301, 302, 303, 307, 308):
                return reply
            target = tidy_url(urljoin(url, reply.location))
            if target is None or not same_site(target, at.site):
                raise RefusedError(f"leads to another site ({reply.location[:100]})")
            url = target
        raise RefusedError(f"leads on more than {REDIRECTS} times")

    def _keep(self, url: str, page: str, licence: str, body: bytes, kind: str, suffix: str) -> None:
        """Nothing; writes the file, then the manifest, so that each line of it names a whole file."""
        at = self.settings
        if url not in self.sources and len(self.sources) >= at.max_files:
            raise _StopError(f"the limit of {at.max_files} files is reached")
        digest = hashlib.sha256(body).hexdigest()
        before = self.sources.get(url)
        if before is not None and before.sha256 == digest:
            return
        file = digest[:32] + suffix
        with atomic_path(at.folder / file) as temporary:
            temporary.write_bytes(body)
        now = datetime.now(UTC).isoformat(timespec="seconds") if at.timed else ""
        self.sources[url] = Source(url, page, licence, file, kind, len(body), digest, now)
        write_records(at.folder / MANIFEST, [asdict(source) for source in self.sources.values()])
        if before is not None and all(source.file != before.file for source in self.sources.values()):
            (at.folder / before.file).unlink(missing_ok=True)


def read_sources(folder: str | Path) -> list[Source]:
    """The manifest of a crawled folder: where each of its files came from; `UserError` if it is damaged."""
    path = Path(folder) / MANIFEST
    try:
        found = [Source(**record) for record in read_records(path)]
    except (MediaError, TypeError) as error:
        raise UserError(f"{path}: is no manifest of a crawl ({error}); delete the folder and crawl again") from error
    for source in found:
        if not OURS.fullmatch(str(source.file)):
            raise UserError(f"{path}: names a file that no crawl wrote ({source.file!r}); delete the folder")
    return found


def _read_manifest(folder: Path) -> dict[str, Source]:
    """The sources by address whose files are there and unchanged."""
    if not (folder / MANIFEST).exists():
        return {}
    return {source.url: source for source in read_sources(folder) if _is_whole(folder / source.file, source.sha256)}


def _is_whole(path: Path, sha256: str) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256


def _known(charset: str) -> str:
    """The charset if Python knows it, or else UTF-8."""
    try:
        "".encode(charset)
    except LookupError:
        return "utf-8"
    return charset
