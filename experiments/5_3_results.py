"""The figures of section 5.3: each modality alone against all together, over seeds, on three kinds of data.

    python experiments/5_3_results.py [--only default] [--seeds 5]

Builds what is missing under the data folder, trains every run with the default settings of
`mmbook sentiment train`, and writes `experiments/5_3_results.csv` (one row for each run, with the versions and seeds
that made it). Stopped and started again, it goes on where it was. About half an hour on two cores.
"""

import argparse
import platform
from collections.abc import Iterator
from pathlib import Path

import torch

import mmbook
from mmbook.datasets import data_dir, trimood
from mmbook.files import write_rows
from mmbook.sentiment.evaluate import evaluate
from mmbook.sentiment.prepare import prepare
from mmbook.sentiment.train import train

SUBSETS = ("image,text,audio", "image", "text", "audio")  # what a run is trained and tested with
SEEDS = {"default": 5, "redundant": 3, "unique": 3}
CLIPS, DATA_SEED = 1200, 0


def features_of(preset: str) -> Path:
    """The folder of prepared features of one preset, built where it is missing."""
    name = "trimood" if preset == "default" else f"trimood-{preset}"
    clips, features = data_dir() / name, data_dir() / "features" / name
    trimood.build(clips, clips=CLIPS, seed=DATA_SEED, preset=preset)
    if not (features / "features.json").exists():
        prepare(clips / "manifest.csv", features)
    return features


def measure(preset: str, subset: str, seed: int) -> dict[str, object]:
    """The row of one run: trained on one subset of the modalities with one seed, tested on the test split."""
    run = data_dir() / "runs" / "experiments" / f"{preset}-{subset.replace(',', '+')}-{seed}"
    train(features_of(preset), run, seed=seed, modalities=subset.split(","))
    found = evaluate(run)
    row = {"data": preset, "clips": CLIPS, "data_seed": DATA_SEED, "seed": seed, "modalities": subset}
    row |= {"tested": found["count"]}
    row |= {name: round(found[name], 4) for name in ("accuracy", "chance", "ceiling")}
    if subset == SUBSETS[0]:
        row |= {f"accuracy_{name}": round(cell["accuracy"], 4) for name, cell in found["per_condition"].items()}
    return row | {"mmbook": mmbook.__version__, "torch": torch.__version__, "python": platform.python_version()}


def runs(presets: list[str], most: int) -> Iterator[tuple[str, str, int]]:
    """Every run to make: preset, subset of the modalities, seed."""
    for preset in presets:
        for seed in range(min(most, SEEDS[preset])):
            for subset in SUBSETS:
                yield preset, subset, seed


def main() -> None:
    """Measure everything asked for; the CSV is written only when all of it is done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=list(SEEDS), default=list(SEEDS))
    parser.add_argument(
        "--seeds", type=int, default=max(SEEDS.values()), help="at most so many seeds for each data set"
    )
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".csv"))
    asked = parser.parse_args()
    rows = []
    for preset, subset, seed in runs(asked.only, asked.seeds):
        rows.append(measure(preset, subset, seed))
        print(*(rows[-1][name] for name in ("data", "modalities", "seed", "accuracy", "ceiling")), flush=True)
    write_rows(asked.out, rows)


if __name__ == "__main__":
    main()
