"""Answers to the exercises of section 5.2.3."""

import math

from mmbook.exercises import function, number, register

register(
    "5.2.3.1",
    number(math.log(2), 0.001),
    "What probability does the logit 0 stand for?",
    "The loss is minus the natural logarithm of the probability of the true label.",
    wrong=(0.5, 1.0, 0.0),
)

register(
    "5.2.3.2",
    function(
        ((0, 100, 1.0), 0.1), ((9, 100, 1.0), 1.0), ((10, 100, 1.0), 1.0), ((55, 100, 2.0), 1.0), ((1, 4, 3.0), 3.0)
    ),
    "Two cases: before step `warmup`, and from it on.",
    "In the second case, how many steps are left, of how many?",
    wrong=(
        lambda step, steps, peak: peak * (steps - step) / steps,
        lambda step, steps, peak: peak * min((step + 1) / max(1, round(steps / 10)), 1 - step / steps),
    ),
)


def kept_by_the_last_loss(losses: list[float], patience: int) -> tuple[int, int]:
    """A wrong answer: patience that only looks at the loss before."""
    worse = 0
    for epoch in range(1, len(losses)):
        worse = worse + 1 if losses[epoch] >= losses[epoch - 1] else 0
        if worse == patience:
            return epoch - patience, epoch
    return len(losses) - 1, len(losses) - 1


register(
    "5.2.3.3",
    function(
        (([3.0, 2.0, 2.5, 2.2, 1.0], 2), (1, 3)),
        (([3.0, 2.0, 2.5, 2.2, 1.0], 3), (4, 4)),
        (([1.0, 1.0, 1.0, 0.5], 2), (0, 2)),
        (([2.0, 1.0], 5), (1, 1)),
    ),
    "Remember the epoch with the lowest loss so far.",
    "Stop when the present epoch is `patience` epochs after that one; an equal loss is no new lowest.",
    wrong=(
        kept_by_the_last_loss,
        lambda losses, patience: (losses.index(min(losses)), len(losses) - 1),
    ),
)
