"""Text files (§2.1.1): read, with the encoding checked."""

from pathlib import Path

from mmbook.errors import MediaError
from mmbook.media._file import check_file, decoding


def read_text(path: str | Path, max_bytes: int = 16_000_000) -> str:
    """The text of a UTF-8 file, with or without a byte-order mark (UTF-16 is read if it has one); it may be empty.

    Raises `MediaError` for a file that is missing, longer than `max_bytes`, in another encoding, or not text.
    """
    path = check_file(path, "a text file", allow_empty=True)
    with decoding(path, "a text file"):
        with path.open("rb") as stream:
            data = stream.read(max_bytes + 1)
        if len(data) > max_bytes:
            raise MediaError(f"{path}: is longer than the limit of {max_bytes:,} bytes; split it")
        return _decode(path, data)


def _decode(path: Path, data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding, name = "utf-16", "UTF-16"
    else:
        encoding, name = "utf-8-sig", "UTF-8"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise MediaError(f"{path}: is not {name} text (byte {error.start}); save it as UTF-8") from error
    if "\0" in text:
        raise MediaError(f"{path}: holds NUL characters, so it is not UTF-8 text; save it as UTF-8")
    return text
