import numpy as np
import pytest
import torch

from mmbook.errors import UserError
from mmbook.media.text import UNK, tokenize
from mmbook.sentiment.features import load_features
from mmbook.sentiment.subset import keep_training_rows, learn, score
from tests.sentiment._runs import make_features


@pytest.fixture(scope="module")
def features(tmp_path_factory):
    return load_features(make_features(tmp_path_factory.mktemp("clips"), count=60))


def test_all_training_rows_give_what_prepare_gave(features):
    same = keep_training_rows(features, features.rows("train"))
    assert same.vocabulary == features.vocabulary
    assert np.array_equal(same.text, features.text) and np.array_equal(same.text_length, features.text_length)
    assert np.array_equal(same.splits, features.splits)
    for name in ("image", "audio"):
        for key in ("mean", "std"):
            assert np.allclose(same.statistics[name][key], features.statistics[name][key], rtol=1e-9)


def test_rows_left_out_reach_neither_words_nor_statistics(features):
    rows = features.rows("train")[:6]
    part = keep_training_rows(features, rows)
    louder = features.audio.copy()
    louder[np.setdiff1d(np.arange(len(features)), rows)] += 1
    changed = keep_training_rows(type(features)(**{**vars(features), "audio": louder}), rows)
    assert changed.statistics == part.statistics
    words = {word for n in rows for word in tokenize(features.sources[n].get("text", ""))}
    assert set(part.vocabulary.tokens[2:]) == words
    other = next(n for n in features.rows("train")[6:] if "text" in features.sources[n])
    unknown = [word not in words for word in tokenize(features.sources[other].get("text", ""))][
        : part.settings.text_length
    ]
    assert (part.text[other][: len(unknown)] == UNK).tolist() == unknown


def test_the_rows_are_all_that_training_sees_and_the_test_rows_stay(features):
    rows = features.rows("train")[::3]
    part = keep_training_rows(features, rows[::-1])
    assert part.rows("train").tolist() == rows.tolist()
    for split in ("valid", "test"):
        assert part.rows(split).tolist() == features.rows(split).tolist()
    assert len(part.rows("unused")) == len(features.rows("train")) - len(rows)


def test_rows_that_are_not_for_training_are_refused(features):
    for rows in (features.rows("test")[:2], np.zeros(0, int)):
        with pytest.raises(ValueError, match="keep_training_rows"):
            keep_training_rows(features, rows)


def test_learning_depends_on_the_seed_and_the_rows_alone(features):
    part = keep_training_rows(features, features.rows("train")[:10])
    models = [learn(part, seed=seed, epochs=2) for seed in (0, 0, 1)]
    first, again, other = ([p.detach() for p in model.parameters()] for model in models)
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(first, other, strict=True))


def test_the_training_rows_are_learned_by_heart(features):
    part = keep_training_rows(features, features.rows("train")[:12])
    model = learn(part, epochs=80)
    assert score(model, part, [("image", "audio", "text")], part.rows("train"))[0] > 0.9


def test_one_modality_can_be_learned_alone(features):
    model = learn(features, modalities=["text"], epochs=2)
    assert set(model.encoders) == {"text"}
    with pytest.raises(UserError, match="'smell' is not in the data"):
        learn(features, modalities=["smell"])
