"""The learning curves of section 2.1.1: how many clips are enough, and how much their diversity counts.

    python experiments/2_1_1_learning_curve.py [--only sizes] [--seeds 3]

Trains the sentiment model on parts of the default data's training clips with `mmbook.sentiment.subset` and writes
`experiments/2_1_1_learning_curve.csv` (one row for each run, with the versions and seeds that made it). Finished runs
are kept under the data folder: stopped and started again, it goes on where it was. About half an hour on one core.
"""

import argparse
import json
import platform
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

import mmbook
from mmbook.datasets import data_dir
from mmbook.files import write_json, write_rows
from mmbook.seeding import rng
from mmbook.sentiment.evaluate import answers
from mmbook.sentiment.features import FeatureSet, load_features
from mmbook.sentiment.subset import keep_training_rows, learn

SIZES = (25, 50, 100, 200, 400, 816)
ARMS = ("mixed", "few speakers", "one topic", "one condition")  # of EQUAL clips each
EQUAL = 140
SENTENCES = ("all sentences", "plain sentences")  # of TEXTS each, the words alone
TEXTS = 300
SUBSETS = {"fused": ("image", "audio", "text"), "image": ("image",), "text": ("text",), "audio": ("audio",)}
SEEDS = {"sizes": 3, "diversity": 5, "sentences": 5}


def chosen_rows(features: FeatureSet, arm: str, count: int, seed: int) -> np.ndarray:
    """`count` training rows in an order drawn by the seed, those of "mixed" the first of the order whatever the count.

    The others take rows of few speakers, of one topic (each seed another), of the condition in which all agree, or of
    sentences without negation, intensifier, concession or irony.
    """
    train = features.rows("train")
    order = train[rng(seed, "learning curve").permutation(len(train))]
    if arm == "few speakers":
        speaker = np.array(features.extra["speaker"])[order]
        names = list(dict.fromkeys(speaker.tolist()))
        order = np.concatenate([order[speaker == name] for name in names])
    elif arm == "one topic":
        topic = np.array(features.extra["topic"])[order]
        order = order[topic == sorted(set(topic.tolist()))[seed % 5]]
    elif arm == "one condition":
        order = order[np.array(features.extra["condition"])[order] == "agree"]
    elif arm == "plain sentences":
        order = order[np.array(features.extra["kind"])[order] == "plain"]
    if len(order) < count:
        raise ValueError(f"chosen_rows: {len(order)} rows of {arm}, fewer than {count}")
    return order[:count]


def measure(features: FeatureSet, arm: str, count: int, seed: int) -> dict[str, object]:
    """The row of one run: trained on `count` clips, tested with all modalities and with each alone; or words alone."""
    rows = chosen_rows(features, arm, count, seed)
    part = keep_training_rows(features, rows)
    subsets = {"text": ("text",)} if arm in SENTENCES else SUBSETS
    model, test = learn(part, seed, ["text"] if arm in SENTENCES else None), part.rows("test")
    given = answers(model, part, test, list(subsets.values()))
    right = dict(zip(subsets, given.argmax(2) == part.labels[test], strict=True))
    columns = {name: np.array(values) for name, values in features.extra.items()}
    row: dict[str, object] = {"part": part_of(arm, count), "arm": arm, "clips": count, "seed": seed}
    row |= {f"{name}s": len(set(columns[name][rows])) for name in ("speaker", "topic", "condition", "kind")}
    row |= {"words": len(part.vocabulary), "tested": len(test)}
    row |= {name: round(float(right[name].mean()), 4) for name in subsets}
    tested, by = ("text", "kind") if arm in SENTENCES else ("fused", "condition")
    for name in sorted(set(columns[by][test])):
        row[f"{tested}_{name}"] = round(float(right[tested][columns[by][test] == name].mean()), 4)
    return row | {"mmbook": mmbook.__version__, "torch": torch.__version__, "python": platform.python_version()}


def part_of(arm: str, count: int) -> str:
    """Which part of the experiment a run belongs to."""
    return "sentences" if arm in SENTENCES else "sizes" if count in SIZES else "diversity"


def runs(parts: list[str], most: int) -> Iterator[tuple[str, int, int]]:
    """Every run to make: arm, clips, seed; a whole seed before the next."""
    cells = {"sizes": [("mixed", size) for size in SIZES], "diversity": [(arm, EQUAL) for arm in ARMS]}
    cells["sentences"] = [(arm, TEXTS) for arm in SENTENCES]
    for seed in range(max(SEEDS.values())):
        for part, seeds in SEEDS.items():
            if part in parts and seed < min(most, seeds):
                yield from ((arm, count, seed) for arm, count in cells[part])


def main() -> None:
    """Measure everything asked for; the CSV is written only when all of it is done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=list(SEEDS), default=list(SEEDS))
    parser.add_argument("--seeds", type=int, default=max(SEEDS.values()), help="at most so many seeds for each part")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".csv"))
    asked = parser.parse_args()
    torch.set_num_threads(1)
    features = load_features(data_dir() / "features" / "trimood")
    rows = []
    for arm, count, seed in runs(asked.only, asked.seeds):
        kept = data_dir() / "runs" / "learning_curve" / f"{arm.replace(' ', '_')}-{count}-{seed}.json"
        if not kept.exists():
            write_json(kept, measure(features, arm, count, seed))
        rows.append(json.loads(kept.read_text("utf-8")))
        print(*(rows[-1].get(name, "") for name in ("arm", "clips", "seed", *SUBSETS)), flush=True)
    write_rows(asked.out, rows)


if __name__ == "__main__":
    main()
