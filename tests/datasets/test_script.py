import re

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from mmbook.datasets import script
from mmbook.datasets.script import (
    KINDS,
    NOUNS,
    POLAR_KINDS,
    SPLITS,
    TEMPLATES,
    TOPICS,
    count_sentences,
    line,
    sentences,
)
from mmbook.errors import UserError
from mmbook.seeding import rng

VALENCES = (-3, -2, -1, 1, 2, 3)


@pytest.fixture(scope="module")
def every_line():
    return {split: list(sentences(split)) for split in SPLITS}


def draw(count, split, seed):
    generator = rng(seed, "lines", split)
    return [line(generator, int(valence), split) for valence in generator.choice(VALENCES, size=count)]


def test_the_count_equals_the_enumeration_and_no_sentence_repeats(every_line):
    texts = {split: {item.text for item in lines} for split, lines in every_line.items()}
    counts = count_sentences()
    assert {split: len(texts[split]) for split in SPLITS} == {split: counts[split] for split in SPLITS}
    assert len(set.union(*texts.values())) == counts["all"] == sum(counts[split] for split in SPLITS)
    assert counts["all"] > 20_000 and min(counts.values()) > 5_000


def test_every_split_has_every_kind_topic_and_valence(every_line):
    for lines in every_line.values():
        found = {(item.kind, item.topic, item.valence) for item in lines}
        expected = {(kind, topic, v) for kind in (*POLAR_KINDS, "sarcasm") for topic in TOPICS for v in VALENCES}
        assert found == expected | {("neutral", topic, 0) for topic in TOPICS}


def test_sentences_are_short_and_well_formed(every_line):
    for lines in every_line.values():
        for item in lines[::7]:
            assert re.fullmatch(r"[A-Z][a-z]*(,? [A-Za-z]+)+\.", item.text), item
            assert 4 <= len(item.text.split()) <= 10, item


def test_verbs_and_articles_agree_with_their_nouns(every_line):
    plural = "|".join(noun for nouns in NOUNS.values() for noun in nouns if noun.endswith("s"))
    singular = "|".join(noun for nouns in NOUNS.values() for noun in nouns if not noun.endswith("s"))
    # "Nothing about the jokes was bad": there the verb belongs to another word.
    wrong = re.compile(rf"(?<!about the )\b({plural}) was\b|\b({singular}) were\b|\ba (better|worse) ({plural})\b")
    wrong_has = re.compile(
        rf"There has never been (better|worse)|There have never been a|known (better|worse) ({singular})\b"
    )
    for lines in every_line.values():
        for item in lines[::7]:
            assert not wrong.search(item.text) and not wrong_has.search(item.text), item


def test_an_adjective_has_one_meaning():
    meaning = {}
    for topic in TOPICS:
        for valence in VALENCES:
            for word in script.polar_words(topic, valence):
                assert meaning.setdefault(word, valence) == valence


def test_the_last_polar_word_carries_the_sign_and_negation_turns_it():
    signs = {word: np.sign(v) for topic in TOPICS for v in VALENCES for word in script.polar_words(topic, v)}
    generator = rng(0, "signs")
    for split in SPLITS:
        for kind in POLAR_KINDS:
            for valence in VALENCES:
                for _ in range(20):
                    item = line(generator, valence, split, kind)
                    found = [signs[word] for word in re.findall(r"\w+", item.text.lower()) if word in signs]
                    if kind in ("plain", "intensified"):
                        assert found == [np.sign(valence)], item
                    elif kind == "negation":
                        assert found == ([] if abs(valence) == 3 else [-np.sign(valence)]), item
                    elif "shame" not in item.text and "saved" not in item.text:
                        assert found == [-np.sign(valence), np.sign(valence)], item


def test_neutral_lines_have_no_polar_word():
    words = {word for topic in TOPICS for valence in VALENCES for word in script.polar_words(topic, valence)}
    for split in SPLITS:
        generator = rng(0, "neutral", split)
        for _ in range(100):
            assert words.isdisjoint(re.findall(r"\w+", line(generator, 0, split).text.lower()))


def test_templates_belong_to_one_split_and_lines_name_theirs():
    assert len({template.text for template in TEMPLATES}) == len(TEMPLATES)
    generator = rng(0, "templates")
    for split in SPLITS:
        for _ in range(100):
            item = line(generator, int(generator.integers(-3, 4)), split)
            assert TEMPLATES[item.template].split == split
            assert TEMPLATES[item.template].kind == item.kind


def test_every_drawn_line_is_among_the_sentences(every_line):
    for split in SPLITS:
        known = set(every_line[split])
        generator = rng(1, "drawn", split)
        for kind in KINDS:
            for _ in range(50):
                valence = 0 if kind == "neutral" else int(generator.choice(VALENCES))
                item = line(generator, valence, split, kind)
                assert item in known and item.kind == kind and item.valence == valence


def test_the_same_generator_state_gives_the_same_line():
    assert draw(20, "train", 3) == draw(20, "train", 3) != draw(20, "train", 4)


def test_a_topic_can_be_asked_for():
    assert {line(rng(0, n), 2, "train", topic="food").topic for n in range(20)} == {"food"}


def test_sarcasm_is_drawn_on_request_only():
    assert all(item.kind != "sarcasm" for item in draw(500, "train", 0))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((4, "train"), "valence 4"),
        ((1, "dev"), "split 'dev'"),
        ((1, "train", "neutral"), "no neutral line of valence 1"),
        ((0, "train", "plain"), "no plain line of valence 0"),
        ((1, "train", "irony"), "no irony line"),
        ((1, "train", "plain", "sport"), "topic 'sport' is not known"),
    ],
)
def test_a_line_that_cannot_be_is_refused(arguments, message):
    with pytest.raises(UserError, match=message):
        line(rng(0, "refused"), *arguments)


def test_word_meanings_transfer_to_test_templates_but_counting_words_is_not_enough():
    accuracies = []
    for seed in range(3):
        train, test = draw(800, "train", seed), draw(400, "test", seed)
        bag = CountVectorizer().fit([item.text for item in train])
        model = LogisticRegression(max_iter=1000)
        model.fit(bag.transform([item.text for item in train]), [item.valence > 0 for item in train])
        accuracies.append(model.score(bag.transform([item.text for item in test]), [item.valence > 0 for item in test]))
    assert 0.75 < np.mean(accuracies) < 0.97
