"""Dividing rows into train, valid and test: by speaker where there is one, with the labels in proportion (§5.1.4)."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence

from mmbook.seeding import key

SPLITS = ("train", "valid", "test")
FRACTIONS = {"train": 0.70, "valid": 0.15, "test": 0.15}
MINIMUM_GROUPS = 3


def assign_splits(
    ids: Sequence[str], labels: Sequence[Hashable], groups: Sequence[str | None] | None = None, seed: int = 0
) -> list[str]:
    """A split for each row, 70/15/15, the same whatever the order of the rows.

    Every label keeps at least one training row. With `groups` (speakers) no group is divided, unless there are so few
    that valid or test would be empty: then rows are divided singly. A row whose group is None stands alone.
    """
    if groups is not None and any(groups):
        names = [f"group {group}" if group else f"row {row_id}" for row_id, group in zip(ids, groups, strict=True)]
        by_group = _by_group(names, labels, seed)
        if by_group is not None:
            return [by_group[name] for name in names]
    return _by_row(ids, labels, seed)


def strata(values: Sequence[float], bins: int = 10) -> list[int]:
    """The quantile bin of each number, at least four to a bin, so that numbers can be stratified as labels are."""
    bins = max(1, min(bins, len(values) // 4))
    order = sorted(range(len(values)), key=lambda n: values[n])
    bin_of = {n: rank * bins // len(values) for rank, n in enumerate(order)}
    first = {values[n]: bin_of[n] for n in reversed(order)}  # equal numbers share the lowest of their bins
    return [first[value] for value in values]


def _by_row(ids: Sequence[str], labels: Sequence[Hashable], seed: int) -> list[str]:
    """Rows sorted by label, then by a hash of the id; one of each label is kept for training, and of the rest every
    n-th, alternately, goes to valid and to test."""
    order = sorted(range(len(ids)), key=lambda n: (str(labels[n]), key(seed, "split", ids[n])))
    seen: set[Hashable] = set()
    free = []
    for n in order:
        if labels[n] in seen:
            free.append(n)
        seen.add(labels[n])
    held = min(max(1, round(FRACTIONS["test"] * len(ids))), len(free) // 2)
    splits = ["train"] * len(ids)
    for k in range(2 * held):
        splits[free[(2 * k + 1) * len(free) // (4 * held)]] = ("test", "valid")[k % 2]
    return splits


def _by_group(names: Sequence[str], labels: Sequence[Hashable], seed: int) -> dict[str, str] | None:
    """The split of each group, largest first to where its labels are most wanted; None if valid or test stays empty."""
    counts: dict[str, Counter] = defaultdict(Counter)
    for name, label in zip(names, labels, strict=True):
        counts[name][label] += 1
    if len(counts) < MINIMUM_GROUPS:
        return None
    order = sorted(counts, key=lambda name: (-counts[name].total(), key(seed, "split", name)))
    total = Counter(labels)
    have = {split: Counter() for split in SPLITS}
    chosen: dict[str, str] = {}

    def put(name: str, split: str) -> None:
        chosen[name] = split
        have[split].update(counts[name])

    def cost(name: str, split: str) -> float:
        """How much nearer (below zero) or further each label's share comes to its target, relative to that target."""
        change = 0.0
        for label, count in counts[name].items():
            target = FRACTIONS[split] * total[label]
            before = have[split][label] - target
            change += ((before + count) ** 2 - before**2) / (target * total[label])
        return change

    spread = Counter(label for name in counts for label in counts[name])
    for label in sorted(total, key=lambda label: (spread[label], str(label))):
        if not have["train"][label]:
            put(next(name for name in reversed(order) if label in counts[name]), "train")
    for name in order:
        if name not in chosen:
            put(name, min(SPLITS, key=lambda split: cost(name, split)))
    needed = {name for name in chosen if any(have["train"][label] == count for label, count in counts[name].items())}
    for split in ("test", "valid"):
        if not have[split]:
            spare = [name for name in reversed(order) if chosen[name] == "train" and name not in needed]
            if not spare:
                return None
            chosen[spare[0]] = split
            have["train"].subtract(counts[spare[0]])
            have[split].update(counts[spare[0]])
            needed |= {n for n in chosen if any(have["train"][label] == c for label, c in counts[n].items())}
    return chosen
