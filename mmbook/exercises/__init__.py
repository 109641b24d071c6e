"""Answers checked at once: `check("5.1.1", answer)` says right, or gives one hint and then another, never the solution.

Each chapter's exercises stand in a file of their own beside this one (`ch5.py`), which is found by itself. An exercise
is registered once, with what makes an answer right, two hints, and two or more plausible wrong answers, which a test
hands in to see that they fail:

    register(
        "5.1.1",
        number(0.5),
        "How many clips are positive?",
        "Divide that by the number of clips.",
        wrong=(600, 1.0),
    )
"""

import difflib
import importlib
import math
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real

import numpy as np

from mmbook.errors import UserError


@dataclass(frozen=True)
class Exercise:
    """One exercise: its number, whether an answer is right, two hints in their order, plausible wrong answers."""

    number: str
    is_right: Callable[[object], bool]
    hints: tuple[str, str]
    wrong: tuple = ()


EXERCISES: dict[str, Exercise] = {}
"""Every registered exercise by number."""

_failures: dict[str, int] = {}


def register(
    number: str, is_right: Callable[[object], bool], first_hint: str, second_hint: str, wrong: tuple = ()
) -> None:
    """Nothing; adds exercise `number` (section and place: "5.1.1"). ValueError if that number is taken.

    `is_right` takes the answer, which is any object a learner may hand in; whatever it raises counts as wrong. `wrong`
    are plausible wrong answers, for the tests.
    """
    if number in EXERCISES:
        raise ValueError(f"exercise {number} is registered twice")
    EXERCISES[number] = Exercise(number, is_right, (first_hint, second_hint), wrong)


def check(number: str, answer: object = ...) -> None:
    """Nothing; prints whether `answer` (a value or a function, as the exercise asks) is right, or the next hint.

    `...`, which stands in every answer's place at first, is no answer and costs no hint. UserError if there is no such
    exercise.
    """
    exercise = _find(number)
    if answer is ...:
        print(f"{number}: put your answer in the place of the three dots.")
    elif _accepts(exercise, answer):
        _failures.pop(number, None)
        print(f"{number}: right.")
    else:
        failures = _failures.get(number, 0)
        _failures[number] = failures + 1
        print(f"{number}: not yet. Hint: {exercise.hints[min(failures, 1)]}")


def _find(number: str) -> Exercise:
    _load_chapters()
    if number not in EXERCISES:
        near = difflib.get_close_matches(str(number), EXERCISES, n=3, cutoff=0.0)
        meant = f"did you mean {', '.join(sorted(near))}?" if near else "none is registered."
        raise UserError(f"there is no exercise {number!r}: {meant}")
    return EXERCISES[number]


def _load_chapters() -> None:
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")


def _accepts(exercise: Exercise, answer: object) -> bool:
    """Whether the answer is right; an answer of a kind that the exercise did not ask for is simply wrong."""
    try:
        return bool(exercise.is_right(answer))
    except Exception:  # a learner's function may raise anything, and a wrong type raises in the comparison
        return False


def number(expected: Real, tolerance: Real = 1e-6) -> Callable[[object], bool]:
    """A check for a number within `tolerance` of `expected`; True and False are not numbers."""

    def is_right(answer: object) -> bool:
        if isinstance(answer, bool):
            return False
        return math.isclose(float(answer), expected, abs_tol=tolerance, rel_tol=0)

    return is_right


def choice(expected: str) -> Callable[[object], bool]:
    """A check for one word, whatever its case and the spaces around it."""
    return lambda answer: isinstance(answer, str) and answer.strip().casefold() == expected.casefold()


def function(*cases: tuple[tuple, object], tolerance: Real = 1e-6) -> Callable[[object], bool]:
    """A check for a function: for each case `(arguments, expected)` it returns the expected value or array."""

    def is_right(answer: object) -> bool:
        return callable(answer) and all(_same(answer(*arguments), expected, tolerance) for arguments, expected in cases)

    return is_right


def _same(got: object, expected: object, tolerance: Real) -> bool:
    if isinstance(expected, float | np.ndarray):
        return np.shape(got) == np.shape(expected) and np.allclose(got, expected, atol=tolerance, rtol=0)
    return bool(got == expected)
