"""Answers to the exercises of §1.4: what fusion costs."""

from mmbook.exercises import function, number, register

register(
    "1.4.1",
    number(160_000),
    "All tokens of both modalities stand in one sequence.",
    "A sequence of n tokens has n times n pairs.",
    wrong=(100_000, 400, 300 * 100),
)
register(
    "1.4.2",
    number(5548),
    "Write both counts with h outputs: h cancels.",
    "r times 3 times 129 against 129 cubed: the first whole r that is larger.",
    wrong=(5547, 129**2, 128**2 // 3 + 1),
)
register(
    "1.4.3",
    function(
        (([300, 100], None), 160_000),
        (([300, 100], 4), 304**2 + 104**2),
        (([10, 20, 30], 2), 12**2 + 22**2 + 32**2),
        (([7], 0), 49),
    ),
    "None means one long sequence: the square of the sum.",
    "With a bottleneck, each modality's square has a side of its tokens plus the shared ones.",
    wrong=(
        lambda tokens, bottleneck: sum(tokens) ** 2,
        lambda tokens, bottleneck: sum(count**2 for count in tokens) + (bottleneck or 0) ** 2,
    ),
)
