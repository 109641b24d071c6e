"""Answers to the exercises of §2.1.2 on text: bytes, segmentation, padding."""

import numpy as np

from mmbook.exercises import function, number, register

register(
    "2.1.2.5",
    number(11),
    "Without merges, each piece is one byte of UTF-8.",
    "A Chinese character takes three bytes, a letter and a space one each.",
    wrong=(7, 2, 14),
)


def _is_smallest_count(answer: object) -> bool:
    """Whether a word 江大桥 with `answer` occurrences, and with no fewer, beats the reading with the bridge."""
    from mmbook.media.text._chinese import segmenter

    counts, total = segmenter().FREQ, segmenter().total
    needed = counts["长江大桥"] * total / counts["长"]
    return not isinstance(answer, bool) and abs(float(answer) - needed) < 3  # totals may be counted in two ways


register(
    "2.1.2.6",
    _is_smallest_count,
    "Try a large count and look at the cut: which words take the bridge's place?",
    "count(江大桥) > count(长江大桥) · total / count(长), the total left as it is.",
    wrong=(3858, 7_473_860, 60_101_964),
)


def _padded_left(sequences: list, length: int, keep_end: bool = True, left: bool = True) -> tuple:
    numbers, mask = np.zeros((len(sequences), length), int), np.zeros((len(sequences), length), bool)
    for row, sequence in enumerate(sequences):
        kept = sequence[max(0, len(sequence) - length) :] if keep_end else sequence[:length]
        place = slice(length - len(kept), length) if left else slice(0, len(kept))
        numbers[row, place], mask[row, place] = kept, True
    return numbers, mask


def _is_left_padding(answer: object) -> bool:
    """Whether `answer(sequences, length)` puts padding first, keeps the last numbers, and returns the mask too."""
    sequences = [[5, 6], [7, 8, 9, 10], [], [3]]
    for length in (1, 3, 5):
        numbers, mask = answer(sequences, length)
        wanted, content = _padded_left(sequences, length)
        if not (np.array_equal(np.asarray(numbers), wanted) and np.array_equal(np.asarray(mask), content)):
            return False
    return True


register(
    "2.1.2.7",
    _is_left_padding,
    "Begin with zeros and False; a row's content ends at the last place.",
    "`sequence[-length:]` keeps the end; a slice that starts at `length - len(kept)` also works for an empty row.",
    wrong=(
        lambda sequences, length: _padded_left(sequences, length, left=False),
        lambda sequences, length: _padded_left(sequences, length, keep_end=False),
    ),
)

_WORDS = {"研究", "研究生", "生命", "起源", "的", "乒乓", "乒乓球", "乒乓球拍", "拍卖", "卖完", "了"}


def _one_word_at_a_time(sentence: str, words: set, longest: int = 4, backwards: bool = False) -> list[str]:
    found: list[str] = []
    while sentence:
        sizes = range(min(longest, len(sentence)), 0, -1)
        size = next(n for n in sizes if n == 1 or (sentence[-n:] if backwards else sentence[:n]) in words)
        if backwards:
            found, sentence = [sentence[-size:], *found], sentence[:-size]
        else:
            found, sentence = [*found, sentence[:size]], sentence[size:]
    return found


register(
    "2.1.2.8",
    function(
        (("研究生命起源", _WORDS), ["研究生", "命", "起源"]),
        (("乒乓球拍卖完了", _WORDS), ["乒乓球拍", "卖完", "了"]),
        (("他的生命", _WORDS), ["他", "的", "生命"]),
        (("", _WORDS), []),
    ),
    "From the left: try the longest piece first, then one character less, and go on after the word.",
    "A single character is always a word; the longest word of the dictionary says how far to look.",
    wrong=(
        lambda sentence, words: _one_word_at_a_time(sentence, words, backwards=True),
        lambda sentence, words: _one_word_at_a_time(sentence, words, longest=2),
        lambda sentence, words: list(sentence),
    ),
)
