"""Spoken opinions from a grammar: what was said is known word by word, and so is what it means (§5.1).

A template has slots for nouns of a topic and for polar words. The templates fall into three disjoint groups, one for
each split; the words are shared. A model that learns what "dreadful" and "not" mean on the training templates can
therefore read the test templates, and one that learns whole sentences cannot.
"""

import itertools
import math
import string
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from mmbook.errors import UserError

SPLITS = ("train", "valid", "test")
POLAR_KINDS = {"plain": 0.45, "intensified": 0.27, "negation": 0.12, "concession": 0.16}
KINDS = (*POLAR_KINDS, "neutral", "sarcasm")

# Nouns fit every template, and every polar word of their topic; those that end in s are plural.
NOUNS = {
    "film": ("plot", "ending", "script", "soundtrack", "cast", "jokes", "effects"),
    "food": ("soup", "curry", "dessert", "salad", "starter", "noodles", "dumplings"),
    "travel": ("hotel", "beach", "tour", "view", "room", "trains", "gardens"),
    "gadgets": ("screen", "camera", "keyboard", "battery", "charger", "speakers", "headphones"),
    "service": ("waiter", "driver", "manager", "receptionist", "porter", "cleaners", "cashiers"),
}
TOPICS = tuple(NOUNS)
POLAR_WORDS = {
    3: ("superb", "brilliant", "fantastic", "wonderful", "outstanding"),
    2: ("great", "lovely", "impressive", "delightful"),
    1: ("good", "nice", "decent", "pleasant"),
    -1: ("disappointing", "mediocre", "underwhelming", "unimpressive"),
    -2: ("bad", "lousy", "unpleasant", "dismal"),
    -3: ("awful", "terrible", "dreadful", "horrible", "appalling"),
}
TOPIC_WORDS = {
    "film": {2: ("gripping",), -1: ("poor",), -2: ("tedious",)},
    "food": {1: ("tasty",), 3: ("delicious",), -1: ("poor", "bland"), -3: ("inedible",)},
    "travel": {2: ("charming",), -1: ("poor",), -2: ("grim",)},
    "gadgets": {1: ("reliable",), -1: ("poor",), -2: ("unreliable",), -3: ("useless",)},
    "service": {1: ("helpful",), 2: ("friendly",), -1: ("careless",), -2: ("rude",)},
}
INTENSIFIERS = ("really", "truly", "so", "incredibly")
SOFTENERS = ("fairly", "quite", "rather")
PLACES = {
    "film": ("cinema", "festival"),
    "food": ("restaurant", "canteen"),
    "travel": ("airport", "station"),
    "gadgets": ("shop", "warehouse"),
    "service": ("front desk", "office"),
}
EVENTS = {
    "film": ("sequel", "trailer", "remake"),
    "food": ("course", "menu", "sauce"),
    "travel": ("transfer", "suitcase", "museum"),
    "gadgets": ("update", "cable", "password"),
    "service": ("form", "survey", "voucher"),
}
# What one exclaims about an event, whatever one means by it.
EXCLAMATIONS = {
    3: ("superb", "brilliant", "fantastic", "wonderful"),
    2: ("great", "lovely", "delightful"),
    1: ("nice", "pleasant"),
    -1: ("disappointing", "underwhelming"),
    -2: ("unpleasant", "dismal"),
    -3: ("awful", "terrible", "dreadful", "horrible"),
}
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HOURS = ("six", "seven", "eight", "nine", "ten")
PEOPLE = ("brother", "sister", "neighbour", "cousin", "teacher")

WEAK, STRONG, EXTREME, ANY = (-1, 1), (-2, 2), (-3, 3), (-3, -2, -1, 1, 2, 3)


@dataclass(frozen=True)
class Template:
    """A sentence with slots, the split that it belongs to and the valences that it can express.

    Slots: `a`, `b` two nouns, `was_a`, `was_b`, `has_a` their verbs, `article` "a " before a singular `a`; `w` a polar
    word of the valence, `o` one of the opposite sign; `i` an adverb of degree; `c` "better" or "worse"; `n` an event;
    `place`, `day`, `hour`, `who`.
    """

    kind: str
    split: str
    text: str
    valences: tuple[int, ...] = ANY

    @property
    def slots(self) -> set[str]:
        """The names of the slots in the text."""
        return {name for _, name, _, _ in string.Formatter().parse(self.text) if name}


@dataclass(frozen=True)
class Line:
    """A sentence and what its words say: `valence` -3 to 3, `kind` one of KINDS, `topic` one of TOPICS.

    `template` is an index into TEMPLATES. The valence of a sarcastic line is what the words say on their face.
    """

    text: str
    valence: int
    kind: str
    topic: str
    template: int


TEMPLATES = (
    Template("plain", "train", "The {a} {was_a} {w}."),
    Template("plain", "train", "I thought the {a} {was_a} {w}."),
    Template("plain", "train", "We found the {a} {w}."),
    Template("plain", "train", "Honestly, the {a} {was_a} {w}."),
    Template("plain", "valid", "To me the {a} {was_a} {w}."),
    Template("plain", "valid", "I would call the {a} {w}."),
    Template("plain", "test", "The {a} seemed {w} to us."),
    Template("plain", "test", "In my opinion the {a} {was_a} {w}."),
    Template("plain", "test", "You will find the {a} {w}."),
    Template("intensified", "train", "The {a} {was_a} {i} {w}."),
    Template("intensified", "train", "I found the {a} {i} {w}."),
    Template("intensified", "train", "Yes, the {a} {was_a} {i} {w}."),
    Template("intensified", "valid", "The {a} turned out {i} {w}."),
    Template("intensified", "valid", "For me the {a} {was_a} {i} {w}."),
    Template("intensified", "test", "The {a} seemed {i} {w} to me."),
    Template("intensified", "test", "Overall, the {a} {was_a} {i} {w}."),
    Template("negation", "train", "The {a} {was_a} not {o}.", WEAK),
    Template("negation", "train", "I did not find the {a} {o}.", WEAK),
    Template("negation", "train", "The {a} {was_a} hardly {o}.", WEAK),
    Template("negation", "train", "The {a} {was_a} never {o}.", WEAK),
    Template("negation", "train", "Nobody would call the {a} {o}.", WEAK),
    Template("negation", "train", "I would not say the {a} {was_a} {o}.", WEAK),
    Template("negation", "train", "The {a} {was_a} not {o} at all.", STRONG),
    Template("negation", "train", "Not {o} at all, the {a}.", STRONG),
    Template("negation", "train", "We never found the {a} {o}.", STRONG),
    Template("negation", "train", "The {a} {was_a} not at all {o}.", STRONG),
    Template("negation", "train", "There could not be {article}{c} {a}.", EXTREME),
    Template("negation", "train", "Nothing about the {a} was {o}.", STRONG),
    Template("negation", "train", "I have never known {article}{c} {a}.", EXTREME),
    Template("negation", "train", "The {a} could not have been {c}.", EXTREME),
    Template("negation", "valid", "We did not think the {a} {was_a} {o}.", WEAK),
    Template("negation", "valid", "There was nothing {o} about the {a}.", STRONG),
    Template("negation", "valid", "You will not find {article}{c} {a}.", EXTREME),
    Template("negation", "test", "I would not call the {a} {o}.", WEAK),
    Template("negation", "test", "Not {o}, the {a}, not at all.", STRONG),
    Template("negation", "test", "I never found the {a} {o} at all.", STRONG),
    Template("negation", "test", "There {has_a} never been {article}{c} {a}.", EXTREME),
    Template("concession", "train", "The {a} {was_a} {o}, but the {b} {was_b} {w}."),
    Template("concession", "train", "Despite the {o} {a}, the {b} {was_b} {w}."),
    Template("concession", "train", "{o} {a}, shame about the {b}.", (-1,)),
    Template("concession", "train", "{o} {a}, saved by the {b}.", (1,)),
    Template("concession", "valid", "Although the {a} {was_a} {o}, the {b} {was_b} {w}."),
    Template("concession", "valid", "{o} {a}, but a shame about the {b}.", (-1,)),
    Template("concession", "valid", "{o} {a}, but saved by the {b}.", (1,)),
    Template("concession", "test", "{o} {a}, but the {b} {was_b} {w}."),
    Template("concession", "test", "The {a} {was_a} {o}, shame about the {b}.", (-1,)),
    Template("concession", "test", "The {a} {was_a} {o}, but saved by the {b}.", (1,)),
    Template("neutral", "train", "We went to the {place} on a {day}.", (0,)),
    Template("neutral", "train", "The {place} opens at {hour}.", (0,)),
    Template("neutral", "train", "I read about the {a} on {day}.", (0,)),
    Template("neutral", "train", "My {who} asked about the {a}.", (0,)),
    Template("neutral", "valid", "We were at the {place} until {hour}.", (0,)),
    Template("neutral", "valid", "My {who} mentioned the {a} on {day}.", (0,)),
    Template("neutral", "test", "On {day} we walked to the {place}.", (0,)),
    Template("neutral", "test", "I asked my {who} about the {a}.", (0,)),
    Template("neutral", "test", "The {place} closes at {hour} on a {day}.", (0,)),
    Template("sarcasm", "train", "Oh, how {w}, another {n}."),
    Template("sarcasm", "train", "How {w}, yet another {n}."),
    Template("sarcasm", "valid", "Well, how {w}, another {n}."),
    Template("sarcasm", "test", "Oh, {w}, one more {n}."),
)


def line(
    generator: np.random.Generator, valence: int, split: str, kind: str | None = None, topic: str | None = None
) -> Line:
    """A line drawn for a valence from -3 to 3 and a split: kind, template, topic and words in turn.

    Without a `kind`, a valence of 0 is "neutral" and any other is drawn with the odds of POLAR_KINDS. "sarcasm" is
    drawn on request only, and its form gives it away: words that shall mislead unnoticed are any other kind at the
    opposite valence. Raises UserError for a split, kind, topic or valence that does not exist, or where the two do not
    go together.
    """
    if kind is None:
        kind = "neutral" if valence == 0 else str(generator.choice(list(POLAR_KINDS), p=list(POLAR_KINDS.values())))
    candidates = _templates(split, kind, valence)
    if not candidates:
        raise UserError(f"no {kind} line of valence {valence} for split {split!r}: see TEMPLATES in {__name__}")
    if topic is not None and topic not in TOPICS:
        raise UserError(f"topic {topic!r} is not known: choose one of {', '.join(TOPICS)}")
    index = candidates[generator.integers(len(candidates))]
    topic = topic or TOPICS[generator.integers(len(TOPICS))]
    options = _options(TEMPLATES[index], topic, valence)
    fill = [choices[generator.integers(len(choices))] for choices in options.values()]
    text = next(_render(TEMPLATES[index].text, options, [fill]))
    return Line(text, valence, kind, topic, index)


def sentences(split: str) -> Iterator[Line]:
    """Every line that `line` can draw for a split, each once."""
    for index, topic, valence in _combinations(split):
        template = TEMPLATES[index]
        options = _options(template, topic, valence)
        for text in _render(template.text, options, itertools.product(*options.values())):
            yield Line(text, valence, template.kind, topic, index)


def count_sentences() -> dict[str, int]:
    """The number of different sentences: of each split, and of "all" together."""
    counts = {
        split: sum(
            math.prod(len(choices) for choices in _options(TEMPLATES[index], topic, valence).values())
            for index, topic, valence in _combinations(split)
        )
        for split in SPLITS
    }
    return {**counts, "all": sum(counts.values())}


def polar_words(topic: str, valence: int) -> tuple[str, ...]:
    """The adjectives of one valence, -3 to 3 without 0, that fit the nouns of a topic."""
    return POLAR_WORDS[valence] + TOPIC_WORDS[topic].get(valence, ())


def _templates(split: str, kind: str, valence: int) -> list[int]:
    return [
        index
        for index, template in enumerate(TEMPLATES)
        if template.split == split and template.kind == kind and valence in template.valences
    ]


def _combinations(split: str) -> Iterator[tuple[int, str, int]]:
    for index, template in enumerate(TEMPLATES):
        if template.split == split:
            yield from ((index, topic, valence) for topic in TOPICS for valence in template.valences)


def _options(template: Template, topic: str, valence: int) -> dict[str, tuple]:
    """What each slot can hold; "nouns" is one noun or an ordered pair of different ones."""
    slots, sign = template.slots, (valence > 0) - (valence < 0)
    options: dict[str, tuple] = {}
    if "a" in slots:
        options["nouns"] = tuple(itertools.permutations(NOUNS[topic], 2 if "b" in slots else 1))
    if "i" in slots:
        options["i"] = SOFTENERS if abs(valence) == 1 else INTENSIFIERS
    if template.kind == "sarcasm":
        options["w"] = EXCLAMATIONS[valence]
    elif "w" in slots:
        weaker = template.kind == "intensified" and abs(valence) > 1  # "really good" is as strong as "great"
        options["w"] = polar_words(topic, valence - sign * weaker)
    if "o" in slots:
        strengths = (1, 2) if template.kind == "negation" else (1, 2, 3)
        options["o"] = tuple(word for strength in strengths for word in polar_words(topic, -sign * strength))
    if "c" in slots:
        options["c"] = ("better" if valence > 0 else "worse",)
    lists = {"n": EVENTS[topic], "place": PLACES[topic], "day": DAYS, "hour": HOURS, "who": PEOPLE}
    return options | {slot: choices for slot, choices in lists.items() if slot in slots}


def _render(text: str, slots: Iterable[str], fills: Iterable[Sequence]) -> Iterator[str]:
    """The template's sentence for each of `fills`, which hold one choice for each of `slots`."""
    for fill in fills:
        words = dict(zip(slots, fill, strict=True))
        nouns = words.get("nouns", ())
        for slot, noun in zip("ab", nouns, strict=False):
            words |= {slot: noun, f"was_{slot}": "were" if noun.endswith("s") else "was"}
        plural = bool(nouns) and nouns[0].endswith("s")
        words |= {"article": "" if plural else "a ", "has_a": "have" if plural else "has"}
        sentence = text.format(**words)
        yield sentence[0].upper() + sentence[1:]
