import numpy as np
import pytest

from mmbook import exercises
from mmbook.errors import UserError
from mmbook.exercises import check, choice, function, number, register


@pytest.fixture
def registry(monkeypatch):
    """An empty registry for one test."""
    monkeypatch.setattr(exercises, "EXERCISES", {})
    monkeypatch.setattr(exercises, "_failures", {})
    register("9.9.1", number(0.6, 0.01), "Count the ones.", "Divide by the number of labels.")
    return exercises.EXERCISES


def test_a_right_answer_is_told_so(registry, capsys):
    check("9.9.1", 0.605)
    assert capsys.readouterr().out == "9.9.1: right.\n"


def test_hints_come_one_by_one_and_never_the_solution(registry, capsys):
    for answer in (0.1, 0.2, 0.3):
        check("9.9.1", answer)
    first, second, third = capsys.readouterr().out.splitlines()
    assert first.endswith("Hint: Count the ones.")
    assert second.endswith("Hint: Divide by the number of labels.")
    assert third == second
    assert "0.6" not in first + second


def test_a_right_answer_starts_the_hints_afresh(registry, capsys):
    for answer in (0.1, 0.6, 0.1):
        check("9.9.1", answer)
    assert capsys.readouterr().out.splitlines()[2].endswith("Count the ones.")


def test_three_dots_are_no_answer_and_cost_no_hint(registry, capsys):
    check("9.9.1", ...)
    check("9.9.1")
    check("9.9.1", 0)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == lines[1] == "9.9.1: put your answer in the place of the three dots."
    assert lines[2].endswith("Count the ones.")


@pytest.mark.parametrize("answer", [None, "0.6 or so", [0.6, 0.7], object(), True, float("nan"), lambda: 0.6])
def test_an_answer_of_another_kind_is_wrong_and_raises_nothing(registry, capsys, answer):
    check("9.9.1", answer)
    assert "not yet" in capsys.readouterr().out


def test_an_unknown_number_names_near_ones(registry):
    with pytest.raises(UserError, match=r"no exercise '9\.9\.7': did you mean 9\.9\.1\?"):
        check("9.9.7", 1)


def test_a_number_is_registered_once(registry):
    with pytest.raises(ValueError, match=r"9\.9\.1 is registered twice"):
        register("9.9.1", number(1), "a", "b")


def test_a_choice_ignores_case_and_spaces():
    assert choice("Text")(" text ")
    assert not choice("text")("image")
    assert not choice("text")(3)


def test_a_function_is_tried_on_every_case():
    halve = function(((4.0,), 2.0), ((np.array([2.0, 6.0]),), np.array([1.0, 3.0])), (("x",), "x"))
    assert halve(lambda value: value if isinstance(value, str) else value / 2)
    assert not halve(lambda value: 2.0)
    assert not halve(2.0)


def test_a_function_must_return_the_shape_that_is_asked_for():
    column = function(((3,), np.zeros((3, 1))))
    assert column(lambda count: np.zeros((count, 1)))
    assert not column(lambda count: np.zeros(count))


def test_every_registered_exercise_has_two_different_hints_and_refuses_two_plausible_answers():
    exercises._load_chapters()
    for exercise in exercises.EXERCISES.values():
        first, second = exercise.hints
        assert first and second and first != second, exercise.number
        assert len(exercise.wrong) >= 2, exercise.number
        assert not any(exercises._accepts(exercise, answer) for answer in exercise.wrong), exercise.number
