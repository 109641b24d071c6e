"""Answers to the exercises of §5.1.5: from files to numbers, and the slips of the textbook's script."""

import numpy as np

from mmbook.exercises import function, number, register

register(
    "5.1.5.1",
    number(1200 * 4 * 3 * 64 * 64),
    "One byte a number: count the numbers of one clip first.",
    "Frames times colours times height times width, then times the clips.",
    wrong=(1200 * 3 * 64 * 64, 4 * 1200 * 4 * 3 * 64 * 64),
)
register(
    "5.1.5.2",
    number(1 + 48_000 // 160),
    "A hop of 0.01 s is how many samples at 16,000 a second?",
    "Frames are centred on 0, hop, 2 hop, ...: one more than the hops that fit.",
    wrong=(300, 151, 600),
)


def _is_padding(answer: object) -> bool:
    """Whether `answer(clips, capacity)` gives the padded array and the lengths, cutting after `capacity`."""
    clips = [np.ones((2, 3), np.float32), np.full((5, 3), 2.0, np.float32), np.zeros((0, 3), np.float32)]
    for capacity in (4, 6):
        padded, lengths = answer(clips, capacity)
        expected = np.zeros((3, capacity, 3))
        for n, clip in enumerate(clips):
            expected[n, : len(clip)] = clip[:capacity]
        good = np.array_equal(padded, expected) and list(lengths) == [min(len(clip), capacity) for clip in clips]
        if not good:
            return False
    return True


def _padded(clips: list, capacity: int) -> np.ndarray:
    """The clips padded or cut at their end, one below the other."""
    return np.stack([np.pad(clip[:capacity], ((0, max(0, capacity - len(clip))), (0, 0))) for clip in clips])


register(
    "5.1.5.3",
    _is_padding,
    "Begin with zeros of shape (clips, capacity, bands); fill in what there is of each clip.",
    "A length is what was kept: never more than the capacity, and 0 for an absent sound.",
    wrong=(
        lambda clips, capacity: (_padded(clips, capacity), [len(clip) for clip in clips]),
        lambda clips, capacity: (_padded(clips, capacity), [capacity] * len(clips)),
    ),
)
register(
    "5.1.5.4",
    number(720),
    "Is there any randomness in the script's time stretch?",
    "A constant change maps each clip to one other clip, in every epoch the same.",
    wrong=(720 * 20, 720 * 2, 20),
)

_MEANS = np.array([103.939, 116.779, 123.68])
_PICTURE = np.arange(24, dtype=np.uint8).reshape(2, 4, 3) * 10
register(
    "5.1.5.5",
    function(
        ((_PICTURE,), _PICTURE[..., ::-1] - _MEANS),
        ((_PICTURE[:1],), _PICTURE[:1, :, ::-1] - _MEANS),
        tolerance=1e-3,
    ),
    "Three steps: reverse the last axis, make the numbers real, take the three means away.",
    "The means stand in the order blue, green, red; nothing is divided.",
    wrong=(
        lambda picture: picture - _MEANS,
        lambda picture: picture[..., ::-1] / 255 - _MEANS,
        lambda picture: picture[..., ::-1] / 255,
    ),
)


def _is_keyed_gain(answer: object) -> bool:
    """Whether `answer(seed, epoch, clip)` lies in 0.8 .. 1.2, repeats itself, and depends on each of its arguments."""
    calls = [(seed, epoch, clip) for seed in (0, 1) for epoch in (0, 1, 2) for clip in ("0001", "0002", "0003")]
    first = [float(answer(*call)) for call in calls]
    again = [float(answer(*call)) for call in reversed(calls)][::-1]
    return first == again and len(set(first)) == len(calls) and all(0.8 <= gain <= 1.2 for gain in first)


_stream = np.random.default_rng(0)
register(
    "5.1.5.6",
    _is_keyed_gain,
    "A generator that lives between calls depends on their order: make one in each call.",
    "`rng(seed, ..., epoch, clip)` gives a generator for exactly these keys.",
    wrong=(
        lambda seed, epoch, clip: _stream.uniform(0.8, 1.2),
        lambda seed, epoch, clip: np.random.default_rng([seed, epoch]).uniform(0.8, 1.2),
        lambda seed, epoch, clip: 1.25,
    ),
)
