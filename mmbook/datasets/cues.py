"""Who tells the truth in a simulated clip: the cues of face, voice and words, and the best that anyone can do (§5.1).

A clip has a valence, a condition, and for each modality one cue: a number from -3 to 3 (0: the modality says
nothing) or None (it cannot be perceived). The cues are all that a clip tells of its valence, so that the best
possible accuracy follows from their distribution by counting, without any clip.
"""

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from mmbook.errors import UserError

MODALITIES = ("image", "audio", "text")
SUBSETS = ("image", "audio", "text", "image+audio", "image+text", "audio+text", "all")
LEVELS = (-3, -2, -1, 1, 2, 3)
NEIGHBOUR = 0.15  # probability that a cue is one level stronger than its valence, and that it is one level weaker

Cue = int | None
Cues = tuple[Cue, Cue, Cue]  # in the order of MODALITIES

# What each modality does in each condition: tells the truth (right), its opposite (wrong), nothing (none), cannot be
# perceived (masked), or tells something that has nothing to do with the valence (random).
CONDITIONS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "agree": {"image": "right", "audio": "right", "text": "right"},
        "neutral_words": {"image": "right", "audio": "right", "text": "none"},
        "deadpan": {"image": "none", "audio": "none", "text": "right"},
        "sarcasm": {"image": "right", "audio": "right", "text": "wrong"},
        "noisy_voice": {"image": "right", "audio": "masked", "text": "right"},
        "hidden_face": {"image": "masked", "audio": "right", "text": "right"},
        "unique_words": {"image": "random", "audio": "random", "text": "right"},
    }
)


@dataclass(frozen=True)
class Preset:
    """How a data set is mixed.

    `conditions` are the proportions of the conditions. `slip` is the probability that one modality alone has the wrong
    sign, `common_slip` that all of them have it at once.
    """

    conditions: Mapping[str, float]
    slip: float = 0.0
    common_slip: float = 0.0


PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "default": Preset(
            {
                "agree": 0.32,
                "neutral_words": 0.12,
                "deadpan": 0.08,
                "sarcasm": 0.08,
                "noisy_voice": 0.20,
                "hidden_face": 0.20,
            },
            slip=0.03,
        ),
        "redundant": Preset({"agree": 1.0}, common_slip=0.2),  # every modality copies one cue: fusion cannot win
        "unique": Preset({"unique_words": 1.0}, slip=0.1),  # one modality knows, two are noise: fusion cannot win
        "clean": Preset({"agree": 1.0}),
    }
)


def make_preset(preset: str | Preset = "default", conditions: Mapping[str, float] | None = None) -> Preset:
    """The preset of that name, with other proportions if `conditions` are given (they are scaled to sum to 1).

    Raises UserError for an unknown preset or condition and for proportions that are negative or all 0.
    """
    if isinstance(preset, str) and preset not in PRESETS:
        raise UserError(f"preset {preset!r} is not known: choose one of {', '.join(PRESETS)}")
    chosen = PRESETS[preset] if isinstance(preset, str) else preset
    shares = dict(chosen.conditions if conditions is None else conditions)
    if unknown := sorted(set(shares) - set(CONDITIONS)):
        raise UserError(f"condition {unknown[0]!r} is not known: choose among {', '.join(CONDITIONS)}")
    total = math.fsum(shares.values())
    if not (math.isfinite(total) and total > 0 and min(shares.values()) >= 0):
        raise UserError(f"proportions of the conditions are {shares}: give numbers of at least 0, one of them above 0")
    shares = {name: share / total for name, share in shares.items() if share > 0}
    return Preset(shares, chosen.slip, chosen.common_slip)


def draw_cues(rng: np.random.Generator, level: int, condition: str, preset: Preset) -> Cues:
    """The cues of face, voice and words of one clip whose valence is `level`, drawn from `rng`."""
    common = -1 if rng.random() < preset.common_slip else 1
    cues = []
    for modality in MODALITIES:
        options = _cue_given(level, CONDITIONS[condition][modality], preset.slip)
        cue = list(options)[int(rng.choice(len(options), p=np.array(list(options.values()))))]
        cues.append(cue * common if cue else cue)
    return tuple(cues)


def _cue_given(level: int, role: str, slip: float) -> dict[Cue, float]:
    """The probability of every cue of one modality that plays `role` in a clip of valence `level`."""
    if role == "masked":
        return {None: 1.0}
    if role == "none":
        return {0: 1.0}
    if role == "random":
        return dict.fromkeys(LEVELS, 1 / len(LEVELS))
    sign = int(np.sign(level)) * (1 if role == "right" else -1)
    options: dict[Cue, float] = {}
    for step, share in ((0, 1 - 2 * NEIGHBOUR), (-1, NEIGHBOUR), (1, NEIGHBOUR)):
        strength = min(max(abs(level) + step, 1), 3)
        for side, chance in ((sign, 1 - slip), (-sign, slip)):
            if chance > 0:
                options[side * strength] = options.get(side * strength, 0.0) + share * chance
    return options


def joint_distribution(preset: str | Preset = "default") -> dict[tuple[str, int, Cues], float]:
    """The probability of every (condition, valence, cues), by listing them all; it sums to 1."""
    mix = make_preset(preset)
    joint: dict[tuple[str, int, Cues], float] = {}
    for condition, share in mix.conditions.items():
        for level in LEVELS:
            options = [_cue_given(level, CONDITIONS[condition][modality], mix.slip) for modality in MODALITIES]
            for cues in itertools.product(*options):
                chance = share / len(LEVELS) * math.prod(p[cue] for p, cue in zip(options, cues, strict=True))
                for common, weight in ((1, 1 - mix.common_slip), (-1, mix.common_slip)):
                    seen = tuple(cue * common if cue else cue for cue in cues)
                    if weight > 0:
                        joint[condition, level, seen] = joint.get((condition, level, seen), 0.0) + chance * weight
    return joint


def _seen(cues: Cues, subset: str) -> tuple[Cue, ...]:
    names = MODALITIES if subset == "all" else subset.split("+")
    return tuple(cues[MODALITIES.index(name)] for name in names)


def posteriors(preset: str | Preset = "default") -> dict[str, dict[tuple[Cue, ...], float]]:
    """P(positive | cues) for each of `SUBSETS` and every combination of its cues that can occur."""
    joint = joint_distribution(preset)
    tables = {}
    for subset in SUBSETS:
        parts: dict[tuple[Cue, ...], tuple[list, list]] = {}
        for (_, level, cues), chance in joint.items():
            parts.setdefault(_seen(cues, subset), ([], []))[level > 0].append(chance)
        tables[subset] = {
            seen: round(math.fsum(positive) / math.fsum(negative + positive), 12)
            for seen, (negative, positive) in parts.items()
        }
    return tables


def oracle(cues: Cues, tables: Mapping[str, Mapping[tuple[Cue, ...], float]]) -> dict[str, float]:
    """P(positive | this clip's cues) for each of `SUBSETS`, looked up in `posteriors(preset)`."""
    return {subset: tables[subset][_seen(cues, subset)] for subset in SUBSETS}


def ceilings(preset: str | Preset = "default", conditions: Mapping[str, float] | None = None) -> dict[str, float]:
    """The best possible accuracy of the sign of the valence from each of `SUBSETS`; a tie counts one half."""
    by_condition = condition_ceilings(preset, conditions)
    shares = make_preset(preset, conditions).conditions
    return {
        subset: round(math.fsum(shares[name] * row[subset] for name, row in by_condition.items()), 12)
        for subset in SUBSETS
    }


def condition_ceilings(
    preset: str | Preset = "default", conditions: Mapping[str, float] | None = None
) -> dict[str, dict[str, float]]:
    """The accuracy that the best possible decision, which is not told the condition, reaches within each condition."""
    mix = make_preset(preset, conditions)
    tables = posteriors(mix)
    hits = {name: {subset: [] for subset in SUBSETS} for name in mix.conditions}
    for (condition, level, cues), chance in joint_distribution(mix).items():
        for subset, positive in oracle(cues, tables).items():
            hits[condition][subset].append(
                chance * (0.5 if positive == 0.5 else float((positive > 0.5) == (level > 0)))
            )
    return {
        name: {subset: round(math.fsum(parts) / mix.conditions[name], 12) for subset, parts in row.items()}
        for name, row in hits.items()
    }
