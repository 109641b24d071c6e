"""Answers to the exercises of §1.5 on directions: incomplete samples, experts, order."""

from mmbook.exercises import function, number, register

register(
    "1.5.1",
    number(0.531, 0.0006),
    "All six must be there at once.",
    "Independent events: multiply.",
    wrong=(0.9, 0.4, 0.1**6),
)
register(
    "1.5.2",
    number(4_227_072),
    "An expert has two matrices, width times hidden and back.",
    "Two experts, and one router with a row of `width` numbers for each of the 64.",
    wrong=(2 * 512 * 2048 + 64 * 512, 2 * 2 * 512 * 2048, 2 * (2 * 512 * 2048 + 64 * 512)),
)
_LEFT = ["a", "red", "seven", "left", "of", "a", "blue", "two"]
_RIGHT = ["a", "blue", "two", "left", "of", "a", "red", "seven"]
register(
    "1.5.3",
    function(
        ((_LEFT, _RIGHT), 2),
        ((_LEFT, list(_LEFT)), 0),
        ((["a", "b"], ["a", "c"]), 1),
        ((list("abab"), list("ababab")), 4),
        ((list("abcab"), list("cabcab")), 4),
    ),
    "The n-grams of a list of length L begin at 0, 1, ..., L - n.",
    "Count n up from 1 and stop at the first n whose two sets differ; equal lists are a case of their own.",
    wrong=(
        lambda first, second: 0 if first == second else 2,
        lambda first, second: sum(a != b for a, b in zip(first, second, strict=False)),
    ),
)
