"""A small web site on this machine alone, for the crawler to visit (§2.1.1): pages, pictures, sounds, and traps.

It listens on 127.0.0.1, on a port that is free, and notes every request, so that a visitor's manners can be checked
from the other side.
"""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from mmbook.errors import UserError

BY = "https://creativecommons.org/licenses/by/4.0/"
NO_DERIVATIVES = "https://creativecommons.org/licenses/by-nd/4.0/"
KINDS = {".png": "image/png", ".wav": "audio/wav", ".mp4": "video/mp4"}


@dataclass(frozen=True)
class Answer:
    """What the site says at one address: the body and its type, or where to go instead (`location`)."""

    body: bytes = b""
    content_type: str = "text/html; charset=utf-8"
    status: int = 200
    location: str = ""


@dataclass(frozen=True)
class Visited:
    """One request: the path asked for, the name that the visitor gave, and when, in seconds of a steady clock."""

    path: str
    agent: str
    time: float


@dataclass(frozen=True)
class Site:
    """A site that is being served: its address and the requests so far."""

    url: str
    requests: list[Visited] = field(default_factory=list)


def sample_site(sample: str | Path, clips: int = 3) -> dict[str, Answer]:
    """The answers of a small site by path, with the first clips of a folder laid out like `data/sample`.

    A front page leads to an open gallery, a page without a licence, one whose licence forbids changes, a folder that
    robots.txt closes, a page that leads to another host, and a file that is missing. `UserError` without the clips.
    """
    sample = Path(sample)
    pictures, sounds = (sorted((sample / name).glob("*"))[:clips] for name in ("images", "audio"))
    if len(pictures) < clips or len(sounds) < clips or clips < 3:
        raise UserError(f"{sample}: has fewer than {clips} clips (at least 3 are needed); give another folder")
    answers = {
        "/robots.txt": Answer(b"User-agent: *\nCrawl-delay: 0.1\nDisallow: /private/\n", "text/plain"),
        "/": _page("A small site", _links("gallery", "unlicensed", "forbidden", "private/list", "away", "gone"), BY),
        "/gallery": _page("Faces and voices", "".join(_show(n) for n in range(clips)), BY),
        "/unlicensed": _page("Nobody said whose these are", _show(0) + '<img src="/files/secret.png" alt="">'),
        "/forbidden": _page("Look, but do not change", '<img src="/files/fixed.png" alt="">', NO_DERIVATIVES),
        "/private/list": _page("Not for robots", '<img src="/private/face.png" alt="">', BY),
        "/away": Answer(status=302, location="http://elsewhere.invalid/"),
    }
    for number, (picture, sound) in enumerate(zip(pictures, sounds, strict=True)):
        answers[f"/files/{number}.png"] = Answer(picture.read_bytes(), KINDS[".png"])
        answers[f"/files/{number}.wav"] = Answer(sound.read_bytes(), KINDS[".wav"])
    for path in ("/files/secret.png", "/files/fixed.png", "/private/face.png"):
        answers[path] = Answer(pictures[-1].read_bytes(), KINDS[".png"])
    return answers


@contextmanager
def serve(answers: Mapping[str, Answer]) -> Iterator[Site]:
    """The site, as long as the block lasts; what is not among the answers is answered with 404."""
    requests: list[Visited] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requests.append(Visited(self.path, self.headers.get("User-Agent", ""), time.monotonic()))
            answer = answers.get(self.path, Answer(b"no such page", "text/plain", 404))
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
            if answer.location:
                self.send_header("Location", answer.location)
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_: object) -> None:
            """Nothing is printed: the requests are noted."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield Site(f"http://127.0.0.1:{server.server_port}/", requests)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _page(title: str, body: str, licence: str = "") -> Answer:
    stated = f'<p><a rel="license" href="{licence}">licence</a></p>' if licence else ""
    return Answer(f"<!doctype html><title>{title}</title><h1>{title}</h1>{body}{stated}".encode())


def _links(*names: str) -> str:
    return "".join(f'<p><a href="/{name}">{name}</a></p>' for name in names)


def _show(number: int) -> str:
    return f'<p><img src="/files/{number}.png" alt=""><audio src="/files/{number}.wav"></audio> clip {number}</p>'
