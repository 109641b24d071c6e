"""Byte-pair encoding (§2.1.2): frequent neighbours are merged, and no text is out of vocabulary (Sennrich et al. 2016).

It begins with the 256 bytes of UTF-8, so that every string can be written. Merges stay within a word with the space
before it, or within a run of Chinese.
"""

import functools
import heapq
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

FIRST = 2
"""The number of byte 0: PAD and UNK stand before it, as in `Vocabulary`. UNK is never needed."""

# The limit keeps the work on an endless "word" in proportion to its length.
CHUNK = re.compile(r" ?[^\W\d_]{1,60}| ?\d{1,60}| ?(?:[^\w\s]|_){1,60}|\s(?=\S)|\s{1,60}(?!\S)|\s")

Pair = tuple[bytes, bytes]


@dataclass(frozen=True)
class BytePairs:
    """The merges in the order in which they were learned; `fit` learns them, `encode` and `decode` use them."""

    merges: tuple[Pair, ...] = ()

    def __post_init__(self):
        known = {bytes([value]) for value in range(256)}
        for left, right in self.merges:
            if left not in known or right not in known:
                raise ValueError(f"BytePairs: merge {left!r} + {right!r} joins a piece that no merge before it made")
            known.add(left + right)

    def __len__(self) -> int:
        """How many numbers there are: PAD, UNK, 256 bytes, and one for each different merged piece."""
        return FIRST + len(self.pieces)

    @classmethod
    def fit(cls, texts: Iterable[str], merges: int) -> "BytePairs":
        """At most `merges` merges, each of the pair that is most frequent in the texts so far merged.

        Ties go to the pair that is first in byte order, so the order of the texts does not matter. Learning ends early
        when no pair occurs twice. ValueError for a negative number.
        """
        if merges < 0:
            raise ValueError(f"BytePairs.fit: merges is {merges}; give 0 or more")
        return cls(tuple(_learn(Counter(chunk for text in texts for chunk in chunks(text)), merges)))

    @functools.cached_property
    def pieces(self) -> tuple[bytes, ...]:
        """Every piece in the order of its number: the 256 bytes, then what the merges made."""
        made = [left + right for left, right in self.merges]
        return tuple(dict.fromkeys([*(bytes([value]) for value in range(256)), *made]))

    @functools.cached_property
    def _number(self) -> dict[bytes, int]:
        return {piece: FIRST + place for place, piece in enumerate(self.pieces)}

    @functools.cached_property
    def _rank(self) -> dict[Pair, int]:
        return {pair: rank for rank, pair in enumerate(self.merges)}

    def split(self, text: str) -> list[bytes]:
        """The pieces of the text, whose bytes in a row are the text in UTF-8."""
        known: dict[str, list[bytes]] = {}
        return [piece for chunk in chunks(text) for piece in self._split_chunk(chunk, known)]

    def encode(self, text: str) -> list[int]:
        """The numbers of the text's pieces, from 2 up; `pad_batch` makes rows of them."""
        return [self._number[piece] for piece in self.split(text)]

    def decode(self, numbers: Sequence[int]) -> str:
        """The text of the numbers; PAD and UNK are left out, and a character that was cut in two becomes U+FFFD.

        ValueError for a number beyond the last piece.
        """
        if any(not 0 <= number < len(self) for number in numbers):
            raise ValueError(f"BytePairs.decode: numbers go from 0 to {len(self) - 1}")
        data = b"".join(self.pieces[number - FIRST] for number in numbers if number >= FIRST)
        try:
            return data.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            return data.decode("utf-8", "replace")

    def _split_chunk(self, chunk: str, known: dict[str, list[bytes]]) -> list[bytes]:
        """The chunk's pieces: again and again the pair that was learned first is merged."""
        if chunk not in known:
            pieces = _bytes_of(chunk)
            while len(pieces) > 1:
                best = min(pairwise(pieces), key=lambda pair: self._rank.get(pair, len(self.merges)))
                if best not in self._rank:
                    break
                pieces = _merge(pieces, best)
            known[chunk] = pieces
        return known[chunk]

    def to_list(self) -> list[list[str]]:
        """The merges for a JSON file, each byte as two hexadecimal digits."""
        return [[left.hex(), right.hex()] for left, right in self.merges]

    @classmethod
    def from_list(cls, merges: Sequence[Sequence[str]]) -> "BytePairs":
        """The encoding that `to_list` gave; ValueError if it is none."""
        return cls(tuple((bytes.fromhex(left), bytes.fromhex(right)) for left, right in merges))


def chunks(text: str) -> list[str]:
    """The text in parts that no merge crosses: words, numbers, signs, each with one space before it; white space."""
    return CHUNK.findall(text)


def _bytes_of(chunk: str) -> list[bytes]:
    return [bytes([value]) for value in chunk.encode("utf-8", "surrogatepass")]


def _merge(pieces: list[bytes], pair: Pair) -> list[bytes]:
    """The pieces with each occurrence of the pair, from the left, made one."""
    merged, place = [], 0
    while place < len(pieces):
        if tuple(pieces[place : place + 2]) == pair:
            merged.append(pieces[place] + pieces[place + 1])
            place += 2
        else:
            merged.append(pieces[place])
            place += 1
    return merged


def _learn(chunk_counts: Mapping[str, int], merges: int) -> list[Pair]:
    """The merges of the most frequent pairs. Only the chunks that hold a merged pair are counted again."""
    words = [(_bytes_of(chunk), count) for chunk, count in chunk_counts.items()]
    counts: Counter[Pair] = Counter()
    places: dict[Pair, set[int]] = defaultdict(set)
    for index, (pieces, count) in enumerate(words):
        for pair in pairwise(pieces):
            counts[pair] += count
            places[pair].add(index)
    queue = [(-count, pair) for pair, count in counts.items()]
    heapq.heapify(queue)
    learned: dict[Pair, None] = {}  # in order; a pair can come again when its pieces are made in another way
    while queue and len(learned) < merges:
        negative, best = heapq.heappop(queue)
        if counts[best] != -negative:  # counted before other merges took from it: its true count stands further on
            continue
        if -negative < 2:
            break
        learned[best] = None
        changed: set[Pair] = set()
        for index in places.pop(best):
            pieces, count = words[index]
            merged = _merge(pieces, best)
            words[index] = (merged, count)
            for pair in pairwise(pieces):
                counts[pair] -= count
                changed.add(pair)
            for pair in pairwise(merged):
                counts[pair] += count
                places[pair].add(index)
                changed.add(pair)
        for pair in changed - {best}:
            heapq.heappush(queue, (-counts[pair], pair))
    return list(learned)
