"""Words of a clip's text tied to what is written on its frames, through time (§2.1.3, video with text)."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt8

from mmbook.alignment.text_regions import find_text, similarity, tie_words

Reading = tuple[str, ...]


@dataclass(frozen=True)
class Subtitle:
    """The words that are read on frames `first` to `last`, both included."""

    words: Reading
    first: int
    last: int


@dataclass(frozen=True)
class WordOnScreen:
    """A word of the text and when it is on screen, in seconds; `start` and `end` are None where it is never read."""

    word: str
    start: float | None
    end: float | None


def read_words(frame: UInt8[np.ndarray, "height width 3"]) -> Reading:
    """The words on one frame, in the order of reading."""
    return tuple(word.text for line in find_text(frame) for word in line.words)


def find_subtitles(
    frames: UInt8[np.ndarray, "frames height width 3"],
    step: int = 6,
    read: Callable[[UInt8[np.ndarray, "height width 3"]], Reading] = read_words,
    min_similarity: float | int = 0.7,
) -> list[Subtitle]:
    """The stretches of frames that show the same words, in time order; stretches without words are left out.

    Reading is dear, so only every `step`-th frame is read; where two neighbours differ, the frame of the change is
    found by halving: about log2(`step`) readings a change. What shows for fewer than `step` frames may be missed. Two
    readings count as the same when they are `min_similarity` alike (a letter misread is no change).
    """
    if not len(frames) or step < 1:
        raise ValueError(f"find_subtitles: {len(frames)} frames and step {step}; both must be at least 1")
    readings: dict[int, Reading] = {}

    def reading(n: int) -> Reading:
        if n not in readings:
            readings[n] = tuple(read(frames[n]))
        return readings[n]

    def same(a: int, b: int) -> bool:
        one, other = " ".join(reading(a)), " ".join(reading(b))
        return one == other if not (one and other) else similarity(one, other) >= min_similarity

    def changes(low: int, high: int) -> list[int]:
        """The frames in (low, high] that begin something new."""
        if same(low, high):
            return []
        if high - low == 1:
            return [high]
        middle = (low + high) // 2
        return changes(low, middle) + changes(middle, high)

    grid = sorted({*range(0, len(frames), step), len(frames) - 1})
    starts = [0, *(n for low, high in itertools.pairwise(grid) for n in changes(low, high))]
    found = []
    for first, after in zip(starts, [*starts[1:], len(frames)], strict=True):
        seen = [readings[n] for n in sorted(readings) if first <= n < after and readings[n]]
        if seen:
            found.append(Subtitle(max(seen, key=seen.count), first, after - 1))
    return found


def words_on_screen(
    text: Sequence[str],
    subtitles: Sequence[Subtitle],
    fps: float | int,
    min_similarity: float | int = 0.6,
) -> list[WordOnScreen]:
    """When each word of the clip's text is on screen, given the subtitles found on its frames at `fps`.

    Words are tied one to one by edit distance, in the order of reading where a word stands twice. Frame n is on show
    from n / `fps` to (n + 1) / `fps` seconds.
    """
    shown = [(word, subtitle) for subtitle in subtitles for word in subtitle.words]
    ties = tie_words(text, [word for word, _ in shown], min_similarity)
    found = {tie.word: shown[tie.region][1] for tie in ties}
    times = {n: (subtitle.first / fps, (subtitle.last + 1) / fps) for n, subtitle in found.items()}
    return [WordOnScreen(word, *times.get(n, (None, None))) for n, word in enumerate(text)]


def edge_errors_ms(
    found: Sequence[WordOnScreen], true: Sequence[tuple[str, float | int, float | int]]
) -> Float[np.ndarray, "tied 2"]:
    """Start and end of each tied word minus the true ones, in milliseconds; `true` holds (word, start, end)."""
    rows = [
        (1000 * (word.start - start), 1000 * (word.end - end))
        for word, (_, start, end) in zip(found, true, strict=True)
        if word.start is not None
    ]
    return np.array(rows, np.float64).reshape(-1, 2)
