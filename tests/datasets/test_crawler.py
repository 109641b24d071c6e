import contextlib
import hashlib
import itertools
import json
import socket
import threading
from pathlib import Path

import pytest

from mmbook.datasets._fetch import RefusedError, fetch, tidy_url
from mmbook.datasets._page import allowed_licence, licence_key, read_page
from mmbook.datasets._robots import parse_robots
from mmbook.datasets.crawler import MANIFEST, OPEN_LICENCES, Crawl, crawl, read_sources
from mmbook.datasets.site import BY, Answer, sample_site, serve
from mmbook.errors import UserError
from mmbook.media.audio import read_audio
from mmbook.media.image import read_image

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "sample"
OPEN = f'<a rel="license" href="{BY}">open</a>'


def page(body: str, licence: str = OPEN) -> Answer:
    return Answer(f"<title>t</title>{body}{licence}".encode())


def visit(answers: dict[str, Answer], folder: Path, **options) -> tuple[Crawl, list[str]]:
    """A crawl that does not wait, and the paths that the site was asked for."""
    with serve(answers) as site:
        found = crawl(site.url, folder, **{"wait": lambda seconds: None, **options})
        return found, [request.path for request in site.requests]


def files_of(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {MANIFEST}


@pytest.fixture(scope="module")
def sample_crawl(tmp_path_factory):
    folder = tmp_path_factory.mktemp("crawl")
    found, asked = visit(sample_site(SAMPLE), folder)
    return folder, found, asked


# ---- what is kept, and what is known of it ---------------------------------------------------------------------------


def test_every_file_has_a_record_that_fits_it_and_every_record_a_file(sample_crawl):
    folder, found, _ = sample_crawl
    assert files_of(folder) == {source.file for source in found.sources}
    assert read_sources(folder) == list(found.sources)
    for source in found.sources:
        content = (folder / source.file).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (source.bytes, source.sha256)
        assert source.licence == BY and source.fetched == ""


def test_pictures_and_sounds_come_home_as_they_were(sample_crawl):
    folder, found, _ = sample_crawl
    kinds = {source.url.rpartition("/")[2]: folder / source.file for source in found.sources}
    assert (read_image(kinds["1.png"]) == read_image(SAMPLE / "images" / "0001.png")).all()
    assert (read_audio(kinds["1.wav"]) == read_audio(SAMPLE / "audio" / "0001.wav")).all()
    words = [(folder / s.file).read_text("utf-8") for s in found.sources if s.content_type == "text/html"]
    assert "Faces and voices\nclip 0\nclip 1\nclip 2\nlicence\n" in words


def test_without_an_allowed_licence_nothing_is_even_asked_for(sample_crawl):
    _, found, asked = sample_crawl
    assert not {"/files/secret.png", "/files/fixed.png"} & set(asked)
    told = {url.split("/", 3)[3]: reason for url, reason in found.skipped.items()}
    assert told["files/secret.png"] == "no licence" and "by-nd" in told["files/fixed.png"]
    assert told["unlicensed"] == "no licence" and "not on the list" in told["forbidden"]


def test_what_robots_txt_closes_is_never_asked_for(sample_crawl):
    _, found, asked = sample_crawl
    assert asked[0] == "/robots.txt" and not [path for path in asked if path.startswith("/private")]
    assert "robots.txt does not allow it" in found.skipped.values()


def test_another_host_is_never_visited(sample_crawl, tmp_path):
    _, found, _ = sample_crawl
    assert any(reason.startswith("leads to another site") for reason in found.skipped.values())
    with serve({"/": page("stolen")}) as other:
        answers = {"/": page(f'<a href="{other.url}">x</a><img src="{other.url}a.png">')}
        found, _ = visit(answers, tmp_path)
        assert other.requests == [] and set(found.skipped.values()) == {"is on another site"}


def test_a_licence_may_be_forbidden_by_the_caller(tmp_path):
    found, asked = visit(sample_site(SAMPLE), tmp_path, licences=["publicdomain/zero"])
    assert found.sources == () and files_of(tmp_path) == set() if tmp_path.exists() else True
    assert not [path for path in asked if path.startswith("/files")]


# ---- manners --------------------------------------------------------------------------------------------------------


class Clock:
    """A clock that only waiting moves."""

    def __init__(self):
        self.now, self.waits = 100.0, []

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


@pytest.mark.parametrize(
    ("rules", "delay", "expected"),
    [
        ("", 2, 2), ("Crawl-delay: 5", 2, 5), ("Crawl-delay: 1", 2, 2), ("Request-rate: 1/7", 2, 7), ("", 0, 0),
        ("Crawl-delay: 2.5", 2, 2.5), ("Crawl-delay: soon", 2, 2), ("Crawl-delay: nan", 2, 2),
        ("Crawl-delay: -9", 2, 2),
    ],
)  # fmt: skip
def test_the_longer_of_our_delay_and_the_sites_lies_between_any_two_requests(tmp_path, rules, delay, expected):
    clock = Clock()
    answers = sample_site(SAMPLE) | {"/robots.txt": Answer(f"User-agent: *\n{rules}\n".encode(), "text/plain")}
    found, _ = visit(answers, tmp_path, delay=delay, wait=clock.wait, clock=lambda: clock.now)
    assert len(clock.waits) == found.requests and clock.waits[0] == 0
    assert clock.waits[1:] == pytest.approx([expected] * (found.requests - 1))


def test_the_server_sees_the_pause_and_the_name(tmp_path):
    answers = {"/": page("".join(f'<a href="/{n}">x</a>' for n in range(3)))} | {f"/{n}": page("") for n in range(3)}
    with serve(answers) as site:
        crawl(site.url, tmp_path, delay=0.05, agent="reader/2.0 (me@example.org)")
        times = [request.time for request in site.requests]
        assert min(b - a for a, b in itertools.pairwise(times)) >= 0.045
        assert {request.agent for request in site.requests} == {"reader/2.0 (me@example.org)"}


def test_a_site_that_asks_for_too_long_a_pause_is_left_alone(tmp_path):
    answers = {"/robots.txt": Answer(b"User-agent: *\nCrawl-delay: 3600", "text/plain"), "/": page("")}
    with pytest.raises(UserError, match="asks for 3600 s between requests"):
        visit(answers, tmp_path)


@pytest.mark.parametrize("status", [401, 403, 500, 503])
def test_without_a_readable_robots_txt_nothing_is_fetched(tmp_path, status):
    answers = {"/robots.txt": Answer(b"", "text/plain", status), "/": page("")}
    with serve(answers) as site, pytest.raises(UserError, match=f"robots.txt: answers {status}"):
        crawl(site.url, tmp_path, wait=lambda seconds: None)
    assert len(site.requests) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_a_site_that_asks_for_peace_gets_it_at_once(tmp_path, status):
    answers = {"/": page('<a href="/a">a</a><a href="/b">b</a>'), "/a": Answer(status=status), "/b": page("")}
    found, asked = visit(answers, tmp_path)
    assert asked[-1] == "/a" and f"it answers {status}" in list(found.skipped.values())[-1]


def test_pages_may_ask_not_to_be_kept_or_followed(tmp_path):
    answers = {
        "/": page('<a href="/a">a</a><a href="/c" rel="nofollow">c</a><a href="/d">d</a>'),
        "/a": page('<meta name="robots" content="NoIndex, NoFollow"><img src="/a.png"><a href="/b">b</a>'),
        "/d": page(""),
    }
    found, asked = visit(answers, tmp_path)
    assert asked == ["/robots.txt", "/", "/a", "/d"]
    assert [source.url.rpartition("/")[2] for source in found.sources] == ["", "d"]


@pytest.mark.parametrize(
    ("text", "path", "allowed"),
    [
        ("User-agent: *\nDisallow: /a", "/a/b", False),
        ("User-agent: *\nDisallow: /a", "/b", True),
        ("User-agent: *\nDisallow:", "/a", True),
        ("User-agent: *\nAllow: /\nDisallow: /a", "/a", False),
        ("User-agent: *\nDisallow: /a\nAllow: /a/open", "/a/open/x", True),
        ("User-agent: *\n\nDisallow: /a", "/a", False),
        ("User-agent: other\nDisallow: /", "/a", True),
        ("User-agent: mmbook-crawler\nDisallow: /a\n\nUser-agent: *\nDisallow:", "/a", False),
        ("User-agent: *\nDisallow: /*.png$", "/x/y.png", False),
        ("User-agent: *\nDisallow: /*.png$", "/x/y.pngs", True),
        ("User-agent: *\nDisallow: /*?session=", "/x?session=1", False),
        ("User-agent: *\nDisallow: /a # a comment", "/a", False),
        ("nonsense without a colon\n\0\xff", "/a", True),
        ("", "/a", True),
    ],
)
def test_robots_txt_is_read_as_the_standard_says(text, path, allowed):
    assert parse_robots(text).allows("mmbook-crawler/0.1 (x)", f"http://host{path}") is allowed


# ---- limits and damage ----------------------------------------------------------------------------------------------


def test_a_large_reply_is_dropped(tmp_path):
    answers = {"/": page('<img src="/a.png">'), "/a.png": Answer(b"x" * 5000, "image/png")}
    found, _ = visit(answers, tmp_path, max_bytes=4000)
    assert "is larger than the limit of 4,000 bytes" in found.skipped.values()
    assert [source.content_type for source in found.sources] == ["text/html"]


def test_pages_and_files_are_limited(tmp_path):
    answers = {f"/{n or ''}": page(f'<a href="/{n + 1}">x</a><img src="/{n}.png">') for n in range(9)}
    answers |= {f"/{n}.png": Answer(b"png%d" % n, "image/png") for n in range(9)}
    found, _ = visit(answers, tmp_path / "a", max_pages=3)
    assert len(found.pages) == 3 and "the limit of 3 pages is reached" in found.skipped.values()
    found, _ = visit(answers, tmp_path / "b", max_files=4)
    assert len(found.sources) == 4 and "the limit of 4 files is reached" in found.skipped.values()


def test_redirects_on_the_site_are_followed_and_those_without_end_are_not(tmp_path):
    answers = {
        "/": page('<a href="/old">x</a><a href="/round">x</a><a href="/trap">x</a>'),
        "/old": Answer(status=301, location="folder/new"),
        "/folder/new": page('<img src="a.png">'),
        "/folder/a.png": Answer(b"png", "image/png"),
        "/round": Answer(status=302, location="/round"),
        "/trap": Answer(status=302, location="/closed"),
        "/robots.txt": Answer(b"User-agent: *\nDisallow: /closed", "text/plain"),
    }
    found, asked = visit(answers, tmp_path)
    assert "/folder/a.png" in asked and asked.count("/round") == 6 and "/closed" not in asked
    assert {"leads on more than 5 times", "robots.txt does not allow it"} <= set(found.skipped.values())


def raw_server(reply: bytes):
    """A socket that answers every connection with these bytes and hangs up, and its address."""
    listener = socket.create_server(("127.0.0.1", 0))

    def answer():
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection:
                    connection.recv(4096)
                    connection.sendall(reply)

    threading.Thread(target=answer, daemon=True).start()
    return listener, f"http://127.0.0.1:{listener.getsockname()[1]}/"


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 99\r\n\r\n<p>cut", "broke off after 6 of 99"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/html\r\n\r\n99\r\ncut",
            "cannot be fetched",
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\nxxx", "is compressed"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: many\r\n\r\nxxx", "cannot be fetched"),
        (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 500 + b"\r\n", "cannot be fetched"),
        (b"what?", "cannot be fetched"),
        (b"", "cannot be fetched"),
    ],
    ids=["cut", "cut chunk", "compressed", "no length", "many headers", "no http", "nothing"],
)
def test_a_reply_that_is_not_whole_is_refused(reply, told):
    listener, url = raw_server(reply)
    with listener, pytest.raises(RefusedError, match=told):
        fetch(url, "reader/1.0", 1000, lambda kind: True)


def test_links_to_files_are_not_followed_without_a_licence(tmp_path):
    answers = {"/": page('<a href="/a.PNG">picture</a><a href="/b">page</a>', licence=""), "/b": page("")}
    found, asked = visit(answers, tmp_path)
    assert asked == ["/robots.txt", "/", "/b"] and len(found.sources) == 1


HOSTILE = [
    "/../../../etc/passwd",
    "/..%2f..%2fevil.png",
    "/con.png",
    "/" + "a" * 300 + ".png",
    "/a\\..\\b.png",
    "/.png",
]


def test_names_that_a_server_chooses_are_never_used(tmp_path):
    body = "".join(f'<img src="{path}">' for path in HOSTILE)
    with serve({"/": page(body)} | {path: Answer(path.encode(), "image/png") for path in HOSTILE}) as site:
        crawl(site.url, tmp_path / "in", wait=lambda seconds: None)
    assert {path.name for path in tmp_path.iterdir()} == {"in"}
    assert all(len(name) == 36 and name.split(".")[0].isalnum() for name in files_of(tmp_path / "in"))
    assert len(files_of(tmp_path / "in")) >= 4


def test_a_page_of_rubbish_does_not_stop_the_crawl(tmp_path):
    rubbish = (
        b'<a href="http://[bad">x<a href="javascript:1"><a href="mailto:a@b"><img src="data:,"><<>&#xD800;\xff\0<a'
    )
    answers = {"/": page('<a href="/bad">x</a><a href="/fine">x</a>'), "/fine": page("fine")}
    answers["/bad"] = Answer(rubbish, "text/html; charset=no-such-charset")
    found, _ = visit(answers, tmp_path)
    assert len(found.pages) == 3


@pytest.mark.parametrize("start", ["ftp://host/", "file:///etc/passwd", "host/page", "http://", "http://me:pw@host/"])
def test_a_start_that_is_no_address_is_told_in_one_line(tmp_path, start):
    with pytest.raises(UserError, match="no http or https address"):
        crawl(start, tmp_path)


def test_a_site_that_does_not_answer_is_told_in_one_line(tmp_path):
    with serve({}) as site:
        pass
    with pytest.raises(UserError, match="cannot be fetched") as caught:
        crawl(site.url, tmp_path)
    assert "\n" not in str(caught.value)


def test_a_start_that_robots_txt_closes_or_that_is_missing_is_told(tmp_path):
    with pytest.raises(UserError, match=r"robots\.txt does not allow it"):
        visit({"/robots.txt": Answer(b"User-agent: *\nDisallow: /", "text/plain"), "/": page("")}, tmp_path)
    with pytest.raises(UserError, match="answers 404"):
        visit({}, tmp_path)


def test_an_agent_must_name_itself(tmp_path):
    with pytest.raises(UserError, match="does not begin with a name and a version"):
        crawl("http://127.0.0.1/", tmp_path, agent="")


# ---- again ----------------------------------------------------------------------------------------------------------


def test_a_second_crawl_fetches_only_what_is_missing_or_damaged(tmp_path):
    answers = sample_site(SAMPLE)
    first, asked = visit(answers, tmp_path)
    by_url = {source.url.rpartition("/")[2]: source.file for source in first.sources}
    (tmp_path / by_url["0.png"]).unlink()
    (tmp_path / by_url["1.wav"]).write_bytes(b"damaged")
    with serve(answers) as site:
        # The port is another one, so the manifest is moved to it.
        text = (tmp_path / MANIFEST).read_text("utf-8")
        old = first.sources[0].url
        (tmp_path / MANIFEST).write_text(text.replace(old, site.url), "utf-8", newline="\n")
        again = crawl(site.url, tmp_path, wait=lambda seconds: None)
        second = [request.path for request in site.requests]
    assert {path for path in second if path.startswith("/files/")} == {"/files/0.png", "/files/1.wav"}
    assert len([path for path in asked if path.startswith("/files/")]) == 6
    assert {s.sha256 for s in again.sources} == {s.sha256 for s in first.sources}
    assert files_of(tmp_path) == set(by_url.values())


def test_a_crawl_that_was_cut_off_leaves_only_whole_files_with_a_record(tmp_path):
    class CutError(Exception):
        pass

    left = iter(range(6))

    def wait(seconds: float) -> None:
        if next(left, None) is None:
            raise CutError

    with serve(sample_site(SAMPLE)) as site:
        with pytest.raises(CutError):
            crawl(site.url, tmp_path, wait=wait)
        before = read_sources(tmp_path)
        assert 0 < len(before) < 8 and files_of(tmp_path) == {source.file for source in before}
        done = crawl(site.url, tmp_path, wait=lambda seconds: None)
    assert len(done.sources) == 8 and done.sources[: len(before)] == tuple(before)


def test_the_words_of_a_page_that_changed_replace_the_old_ones(tmp_path):
    answers = {"/": page("old")}
    with serve(answers) as site:
        crawl(site.url, tmp_path, wait=lambda seconds: None)
        answers["/"] = page("new")
        found = crawl(site.url, tmp_path, wait=lambda seconds: None, timed=True)
    assert [(tmp_path / name).read_text("utf-8") for name in files_of(tmp_path)] == ["newopen\n"]
    assert found.sources[0].fetched.endswith("+00:00")


@pytest.mark.parametrize(
    "line",
    [
        "{",
        '{"url": 1}',
        json.dumps(dict.fromkeys(["url", "page", "licence", "content_type", "bytes", "sha256"], "") | {"file": "../x"}),
    ],
)
def test_a_manifest_that_no_crawl_wrote_is_told_in_one_line(tmp_path, line):
    (tmp_path / MANIFEST).write_text(line, "utf-8")
    with pytest.raises(UserError, match=MANIFEST) as caught:
        read_sources(tmp_path)
    assert "\n" not in str(caught.value)


# ---- small parts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "tidy"),
    [
        ("HTTP://Host:80/a b#c", "http://host/a%20b"),
        ("https://host", "https://host/"),
        ("http://host:8080/%7Ea?q=1&r=好", "http://host:8080/%7Ea?q=1&r=%E5%A5%BD"),
        ("http://host:99999/", None),
        ("javascript:alert(1)", None),
        ("http://a..b/", None),
    ],
)
def test_an_address_has_one_spelling(written, tidy):
    assert tidy_url(written) == tidy


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("https://creativecommons.org/licenses/by/4.0/deed.zh-hans", "licenses/by"),
        ("http://www.creativecommons.org/licenses/by-nc-nd/3.0/", "licenses/by-nc-nd"),
        ("//creativecommons.org/publicdomain/zero/1.0/", "publicdomain/zero"),
        (
            "https://creativecommons.org.evil.example/licenses/by/4.0/",
            "https://creativecommons.org.evil.example/licenses/by/4.0/",
        ),
        ("/terms", "/terms"),
    ],
)
def test_a_licence_is_known_by_its_kind(address, key):
    assert licence_key(address) == key


def test_of_several_licences_all_must_be_allowed():
    assert allowed_licence([BY], OPEN_LICENCES) == BY
    assert allowed_licence([BY, "/terms"], OPEN_LICENCES) == ""
    assert allowed_licence([], OPEN_LICENCES) == ""


def test_a_page_shows_its_links_and_words_and_hides_its_scripts():
    html = (
        "<base href='/x/'><title>no</title><script>no</script><style>no</style><p>one  &amp;\n two<p>three"
        "<a href=a>link</a><video poster=p.png src=v.mp4></video>"
    )
    found = read_page(html, "http://host/deep/page")
    assert found.words == "one & two\nthreelink"
    assert found.links == (("http://host/x/a", True), ("http://host/x/v.mp4", False), ("http://host/x/p.png", False))
