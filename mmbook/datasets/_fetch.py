"""One request at a time over HTTP: no redirect is followed by itself, nothing but http, a limit on size and time."""

import http.client
import ipaddress
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

TIMEOUT = 20.0  # seconds without a byte
DEADLINE = 120.0  # seconds for a whole reply
CHUNK = 1 << 16
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Reply:
    """What the server of `url` answered; `body` is None where it was not wanted, `location` where a redirect leads."""

    url: str
    status: int
    content_type: str
    charset: str
    location: str
    body: bytes | None


class RefusedError(Exception):
    """A reply that cannot be had, or is not wanted, and why."""


def tidy_url(url: str) -> str | None:
    """The address in one spelling, without its fragment; None for what is no plain http or https address."""
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except (ValueError, UnicodeError):
        return None
    if parts.scheme not in PORTS or not host or parts.username is not None:
        return None
    host = f"[{host}]" if ":" in host else host
    place = host if port in (None, PORTS[parts.scheme]) else f"{host}:{port}"
    path, query = (quote(part, safe="/%:=&?~+!$,;'@()*[]-._") for part in (parts.path or "/", parts.query))
    return urlunsplit((parts.scheme, place, path, query, ""))


def same_site(url: str, other: str) -> bool:
    """Whether two tidy addresses have the same scheme, host and port."""
    return urlsplit(url)[:2] == urlsplit(other)[:2]


def fetch(url: str, agent: str, max_bytes: int, wanted: Callable[[str], bool]) -> Reply:
    """The reply to one GET; its body is read only for status 200 and where `wanted(content type)`.

    `RefusedError` for a server that does not answer, answers too slowly, or sends more than `max_bytes`.
    """
    begun = time.monotonic()
    headers = {"User-Agent": agent, "Accept-Encoding": "identity"}
    try:
        with _opener(url).open(urllib.request.Request(url, headers=headers), timeout=TIMEOUT) as answer:
            kind, charset = answer.headers.get_content_type(), answer.headers.get_content_charset("utf-8")
            body = None
            if answer.status == 200 and wanted(kind):
                if answer.headers.get("Content-Encoding", "identity") != "identity":
                    raise RefusedError("is compressed although we did not ask for that")
                body = _read(answer, max_bytes, begun + DEADLINE)
            return Reply(url, answer.status, kind, charset, answer.headers.get("Location", ""), body)
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise RefusedError(f"cannot be fetched ({reason})") from error


def _read(answer: http.client.HTTPResponse, max_bytes: int, until: float) -> bytes:
    """The whole body; what breaks off, is too large or drips for too long is refused."""
    stated = answer.headers.get("Content-Length")
    if int(stated or 0) > max_bytes:
        raise RefusedError(f"is larger than the limit of {max_bytes:,} bytes")
    body = bytearray()
    while piece := answer.read1(CHUNK):
        body += piece
        if len(body) > max_bytes:
            raise RefusedError(f"is larger than the limit of {max_bytes:,} bytes")
        if time.monotonic() > until:
            raise RefusedError(f"takes longer than {DEADLINE:g} s")
    if stated is not None and len(body) != int(stated):
        raise RefusedError(f"broke off after {len(body):,} of {int(stated):,} bytes")
    return bytes(body)


def _opener(url: str) -> urllib.request.OpenerDirector:
    """An opener for http and https alone: no redirects, cookies or local files; no proxy for this machine."""
    opener = urllib.request.OpenerDirector()
    proxies = {} if _is_this_machine(urlsplit(url).hostname or "") else None
    for handler in (urllib.request.ProxyHandler(proxies), urllib.request.HTTPHandler(), urllib.request.HTTPSHandler()):
        opener.add_handler(handler)
    return opener


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
