"""Opening and decoding through FFmpeg's libraries (PyAV), quietly, one thread, and only formats that hold media."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av

from mmbook.errors import MediaError

av.logging.set_level(av.logging.PANIC)

# FFmpeg would also open playlists (which name other files and addresses), subtitles and plain text: leave them out.
FORMATS = "aac,ac3,aiff,amr,asf,avi,caf,flac,flv,matroska,webm,mov,mp4,m4a,3gp,mj2,mp3,mpeg,mpegts,ogg,w64,wav"
MAX_FRAME_PIXELS = 100_000_000


@contextmanager
def open_container(path: Path) -> Iterator[av.container.InputContainer]:
    """An open container; file names are never read as addresses or patterns."""
    options = {"format_whitelist": FORMATS, "protocol_whitelist": "file"}
    try:
        container = av.open(str(path.absolute()), options=options, metadata_errors="replace")
    except av.error.ArgumentError as error:
        known = "WAV, MP3, FLAC, OGG, M4A, MP4, AVI, MOV, MKV and the like"
        raise MediaError(f"{path}: is not sound or video in a known format ({known}); export it as one") from error
    with container:
        yield container


def first_stream(container: av.container.InputContainer, kind: str):
    """The first stream of a kind ("video" or "audio"), set to one thread, or None; cover pictures are not videos."""
    for stream in container.streams:
        if stream.type == kind and stream.codec_context and not stream.disposition & av.stream.Disposition.attached_pic:
            stream.codec_context.thread_type = "NONE"
            stream.codec_context.thread_count = 1
            stream.codec_context.options = {"max_pixels": str(MAX_FRAME_PIXELS)}
            return stream
    return None


def decode(container: av.container.InputContainer, stream, path: Path) -> Iterator:
    """The stream's frames in order of presentation; a few damaged packets are passed over, many are an error.

    Recordings often begin or end with a packet that is cut: up to one packet in ten (and at least two) may fail.
    """
    failures = 0
    for packets, packet in enumerate(container.demux(stream), start=1):
        try:
            yield from packet.decode()
        except av.error.InvalidDataError as error:
            failures += 1
            if failures > max(2, packets // 10):
                raise MediaError(
                    f"{path}: is damaged ({failures} of {packets} packets fail); export it again"
                ) from error
