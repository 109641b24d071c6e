"""Shared by the readers: what must hold of a file before a decoder sees it, and how a decoder's failure is told."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mmbook.errors import MediaError

STDERR_LOCK = threading.RLock()


def check_file(path: str | Path, kind: str, *, allow_empty: bool = False) -> Path:
    """The path, if it is an ordinary file that can be opened and is not empty; `MediaError` otherwise."""
    path = Path(path)
    try:
        if path.is_dir():
            raise MediaError(f"{path}: is a folder, not {kind}; give the path of a file")
        if not path.exists():
            raise MediaError(f"{path}: no such file; check the path")
        if not path.is_file():
            raise MediaError(f"{path}: is not an ordinary file; copy {kind} to one")
        if path.stat().st_size == 0 and not allow_empty:
            raise MediaError(f"{path}: is empty (0 bytes), not {kind}; copy or export it again")
        with path.open("rb"):
            return path
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise MediaError(f"{path}: cannot be opened ({reason}); check the path and its permissions") from error


@contextmanager
def decoding(path: Path, kind: str) -> Iterator[None]:
    """A block in which whatever a decoder raises on a damaged file becomes a `MediaError` that names the file.

    Decoders raise almost every type there is on damaged bytes (`struct.error`, `KeyError`, `zlib.error`, ...), so
    the block translates all of them.
    """
    try:
        yield
    except MediaError:
        raise
    except Exception as error:
        told = getattr(error, "strerror", None) or getattr(error, "error_string", None) or str(error)
        reason = (told or type(error).__name__)[:160].rstrip(". ")
        message = f"{path}: cannot be read as {kind} ({reason}); it is damaged, or not {kind}: export it again"
        raise MediaError(message) from error


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """A block in which what C code writes to stderr is dropped: decoders and sound systems tell of faults there too."""
    with STDERR_LOCK, Path(os.devnull).open("wb") as nowhere:
        sys.stderr.flush()
        kept = os.dup(2)
        try:
            os.dup2(nowhere.fileno(), 2)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
