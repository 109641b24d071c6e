"""The figures of section 1.2 on multi-task learning: sentiment, speaker and condition, learned alone and together.

    python experiments/1_2_multitask.py [--seeds 5]

Needs the prepared features of the default data (`make data`). Writes `experiments/1_2_multitask.csv`: one row for
each seed, task, number of labels of that task, and way to learn it, with the versions and seeds that made it. The seed
chooses the split, the labels that are kept and the first weights. About three minutes on one core.

Ways to learn: `alone` (one trunk for this task), `few` (one trunk for the three tasks, each with so few labels),
`helped` (one trunk; the two other tasks have all their labels), `related` (sentiment alone: the trunk also learns what
face, voice and words say each by itself, with all labels of that).
"""

import argparse
import platform
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

import mmbook
from mmbook.datasets import data_dir
from mmbook.datasets.cues import joint_distribution
from mmbook.evaluation import ceiling, chance_accuracy
from mmbook.files import write_rows
from mmbook.sentiment.features import FeatureSet, load_features
from mmbook.sentiment.multitask import (
    accuracies,
    fit_tasks,
    fixed_features,
    hide_labels,
    known_speaker_split,
    standardise,
)

TASKS = ("sentiment", "speaker", "condition")
CUES = ("cue_image", "cue_audio", "cue_text")
LABELS = (30, 60, 120, 240, 560)
CLIPS, DATA_SEED = 1200, 0


def labels_of(data: FeatureSet, rows: np.ndarray) -> tuple[dict[str, np.ndarray], dict[str, int]]:
    """Labels 0, 1, ... of every task for these rows, and how many classes each task has.

    A cue's task has three classes: it says bad, good, or nothing (it is 0, or cannot be perceived).
    """
    columns = {"sentiment": data.labels} | {task: np.array(data.extra[task]) for task in TASKS[1:]}
    for cue in CUES:
        columns[cue] = np.array([0 if value == "masked" else np.sign(int(value)) for value in data.extra[cue]])
    numbered = {task: np.unique(column[rows], return_inverse=True) for task, column in columns.items()}
    return {t: place for t, (_, place) in numbered.items()}, {t: len(names) for t, (names, _) in numbered.items()}


def best_possible(data: FeatureSet, rows: np.ndarray) -> dict[str, float]:
    """The best accuracy from the cues: of sentiment on these rows, of condition by listing all; 1 for the speaker."""
    posterior: dict[tuple, Counter] = {}
    for (condition, _, cues), chance in joint_distribution("default").items():
        posterior.setdefault(cues, Counter())[condition] += chance
    sentiment = ceiling(np.array([float(data.extra["oracle_all"][row]) for row in rows]), data.labels[rows] == 1)
    return {
        "sentiment": sentiment,
        "speaker": 1.0,
        "condition": sum(max(parts.values()) for parts in posterior.values()),
    }


def helpers(task: str, way: str) -> tuple[str, ...]:
    """The other tasks that the trunk learns."""
    if way == "related":
        return CUES
    return () if way == "alone" else tuple(other for other in TASKS if other != task)


def ways(task: str) -> tuple[str, ...]:
    """Every way to learn a task."""
    return ("alone", "few", "helped", "related") if task == "sentiment" else ("alone", "few", "helped")


def measure(data: FeatureSet, x: np.ndarray, seed: int, task: str, count: int, way: str) -> dict[str, object]:
    """The row of one run: a task learned in one way from `count` labels of it, with one seed."""
    rows = data.rows("train")  # the other speakers would be new to a model that names speakers
    labels, classes = labels_of(data, rows)
    train, test = known_speaker_split([data.extra["speaker"][row] for row in rows], seed)
    scaled = standardise(x[rows], train)
    given: Mapping[str, np.ndarray] = {name: column[train] for name, column in labels.items()}
    few = TASKS if way == "few" else (task,)
    given = {name: hide_labels(column, count, seed) if name in few else column for name, column in given.items()}
    model = fit_tasks(scaled[train], given, {name: classes[name] for name in (task, *helpers(task, way))}, seed)
    found = accuracies(model, scaled[test], {name: column[test] for name, column in labels.items()})[task]
    truth = labels[task][test]
    row = {"clips": CLIPS, "data_seed": DATA_SEED, "seed": seed, "task": task, "labels": count, "way": way}
    row |= {"trained": len(train), "tested": len(test), "accuracy": round(found, 4)}
    row |= {"chance": round(chance_accuracy(labels[task][train], truth), 4)}
    row |= {"ceiling": round(best_possible(data, rows[test])[task], 4)}
    return row | {"mmbook": mmbook.__version__, "torch": torch.__version__, "python": platform.python_version()}


def main() -> None:
    """Measure everything; the CSV is written only when all of it is done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".csv"))
    asked = parser.parse_args()
    data = load_features(data_dir() / "features" / "trimood")
    x = np.concatenate(list(fixed_features(data).values()), axis=1)
    rows = []
    for seed in range(asked.seeds):
        for task in TASKS:
            for count in LABELS:
                rows += [measure(data, x, seed, task, count, way) for way in ways(task)]
            shown = {f"{row['labels']} {row['way']}": row["accuracy"] for row in rows[-len(LABELS) * len(ways(task)) :]}
            print(seed, task, shown, flush=True)
    write_rows(asked.out, rows)


if __name__ == "__main__":
    main()
