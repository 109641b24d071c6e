import itertools
import math

import numpy as np
import pytest

from mmbook.datasets.cues import (
    CONDITIONS,
    LEVELS,
    MODALITIES,
    PRESETS,
    SUBSETS,
    ceilings,
    condition_ceilings,
    draw_cues,
    joint_distribution,
    make_preset,
    oracle,
    posteriors,
)
from mmbook.errors import UserError
from mmbook.seeding import rng


@pytest.mark.parametrize("preset", PRESETS)
def test_probabilities_of_everything_that_can_happen_sum_to_one(preset):
    assert math.isclose(math.fsum(joint_distribution(preset).values()), 1, abs_tol=1e-12)


@pytest.mark.parametrize("preset", PRESETS)
def test_more_modalities_never_lower_a_ceiling(preset):
    best = ceilings(preset)
    for subset in SUBSETS[:-1]:
        assert best["all"] >= best[subset] - 1e-12
        for one in subset.split("+"):
            assert best[subset] >= best[one] - 1e-12


def test_redundant_cues_leave_nothing_to_gain():
    assert set(ceilings("redundant").values()) == {0.8}


def test_unique_cues_are_in_the_words_alone():
    assert ceilings("unique") == {subset: 0.9 if "text" in subset or subset == "all" else 0.5 for subset in SUBSETS}


def test_clean_clips_can_be_read_without_error():
    assert set(ceilings("clean").values()) == {1.0}


def test_default_ceilings_of_single_modalities_follow_from_the_proportions():
    share, right = PRESETS["default"].conditions, 0.97
    told = right * (share["agree"] + share["neutral_words"] + share["sarcasm"] + share["noisy_voice"])
    silent = 0.5 * (share["deadpan"] + share["hidden_face"])
    assert ceilings()["image"] == pytest.approx(told + silent, abs=1e-12)
    words = right * (1 - share["neutral_words"] - share["sarcasm"]) + 0.03 * share["sarcasm"]
    assert ceilings()["text"] == pytest.approx(words + 0.5 * share["neutral_words"], abs=1e-12)


def test_default_leaves_room_for_fusion():
    best = ceilings()
    assert best["all"] - max(best[modality] for modality in MODALITIES) > 0.12


def test_ceilings_are_the_mean_of_those_within_conditions():
    rows, share = condition_ceilings(), PRESETS["default"].conditions
    for subset in SUBSETS:
        assert sum(share[name] * row[subset] for name, row in rows.items()) == pytest.approx(ceilings()[subset])


@pytest.mark.parametrize("preset", PRESETS)
def test_ceilings_equal_a_monte_carlo_estimate(preset):
    generator, mix, tables = rng(0, "monte carlo", preset), make_preset(preset), posteriors(preset)
    count, hits = 12_000, dict.fromkeys(SUBSETS, 0.0)
    names, shares = list(mix.conditions), list(mix.conditions.values())
    for condition, level in zip(generator.choice(names, count, p=shares), generator.choice(LEVELS, count), strict=True):
        best = oracle(draw_cues(generator, int(level), str(condition), mix), tables)
        for subset, positive in best.items():
            hits[subset] += 0.5 if positive == 0.5 else (positive > 0.5) == (level > 0)
    for subset, exact in ceilings(preset).items():
        assert abs(hits[subset] / count - exact) < 4 * 0.5 / math.sqrt(count)


def test_posteriors_of_opposite_cues_sum_to_one():
    for table in posteriors().values():
        for seen, positive in table.items():
            opposite = tuple(-cue if cue else cue for cue in seen)
            assert table[opposite] == pytest.approx(1 - positive, abs=1e-9)


def test_a_cue_that_says_nothing_is_exactly_even():
    tables = posteriors()
    assert tables["text"][(0,)] == tables["audio"][(None,)] == tables["image"][(None,)] == 0.5


@pytest.mark.parametrize("condition", CONDITIONS)
def test_drawn_cues_are_among_those_that_can_occur(condition):
    mix = make_preset("default", {condition: 1.0})
    possible = {cues for _, _, cues in joint_distribution(mix)}
    drawn = [draw_cues(rng(i, condition), level, condition, mix) for i, level in itertools.product(range(50), LEVELS)]
    assert set(drawn) <= possible and len(set(drawn)) > 5


def test_proportions_are_scaled_and_empty_conditions_dropped():
    mix = make_preset("default", {"agree": 3.0, "sarcasm": 1.0, "deadpan": 0.0})
    assert mix.conditions == {"agree": 0.75, "sarcasm": 0.25} and mix.slip == PRESETS["default"].slip


@pytest.mark.parametrize(
    ("preset", "conditions", "word"),
    [
        ("nonsense", None, "default"),
        ("default", {"irony": 1.0}, "sarcasm"),
        ("default", {"agree": -1.0, "sarcasm": 2.0}, "at least 0"),
        ("default", {"agree": 0.0}, "above 0"),
        ("default", {"agree": float("nan")}, "numbers"),
    ],
)
def test_a_mix_that_cannot_be_is_refused_in_one_line(preset, conditions, word):
    with pytest.raises(UserError, match=word) as caught:
        make_preset(preset, conditions)
    assert "\n" not in str(caught.value)


def test_strong_valence_draws_stronger_cues():
    mix = make_preset("clean")
    strength = [np.mean([draw_cues(rng(i, level), level, "agree", mix)[0] for i in range(300)]) for level in (1, 2, 3)]
    assert strength[0] < strength[1] < strength[2]
