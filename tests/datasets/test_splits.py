from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmbook.datasets.splits import assign_splits


@pytest.mark.parametrize(("count", "classes"), [(20, 2), (40, 2), (300, 10), (1000, 3)])
def test_splits_are_70_15_15_of_each_class(count, classes):
    ids, labels = [f"r{n}" for n in range(count)], [n % classes for n in range(count)]
    splits = assign_splits(ids, labels, seed=3)
    sizes = Counter(splits)
    assert sizes["valid"] == sizes["test"] == round(0.15 * count)
    for split in ("valid", "test"):
        per_class = Counter(label for label, given in zip(labels, splits, strict=True) if given == split)
        assert max(per_class.values()) - min(per_class.get(n, 0) for n in range(classes)) <= 2
    assert splits != assign_splits(ids, labels, seed=4)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=40), st.integers(0, 5), st.integers(0, 9))
def test_every_class_is_trained_on_and_small_data_is_still_divided(labels, speakers, seed):
    ids = [f"r{n}" for n in range(len(labels))]
    groups = [f"s{n % speakers}" for n in range(len(labels))] if speakers else None
    splits = assign_splits(ids, labels, groups, seed)
    assert {label for label, split in zip(labels, splits, strict=True) if split == "train"} == set(labels)
    if len(labels) >= len(set(labels)) + 2:
        assert set(splits) == {"train", "valid", "test"}


def test_speakers_are_never_divided_when_there_are_enough():
    ids, labels = [f"r{n}" for n in range(200)], [n % 2 for n in range(200)]
    groups = [f"s{n // 10}" for n in range(200)]
    splits = assign_splits(ids, labels, groups, seed=0)
    assert all(len({s for s, g in zip(splits, groups, strict=True) if g == group}) == 1 for group in groups)
    assert Counter(splits) == {"train": 140, "valid": 30, "test": 30}
