"""The figures of section 2.1.3 on space: text read in pictures by condition, and the sound found in all of trimood.

    python experiments/2_1_3_space.py [--only text mouth]

Needs the default data (`make data`). Writes `experiments/2_1_3_space.csv`: for text one row a condition and language,
micro-averaged over eight signs (thirty of one word); for the mouth one row a condition and split of trimood and way of
measuring. The column `n` counts true words or clips. Some ten minutes on one core.
"""

import argparse
import csv
import platform
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import numpy as np

import mmbook
from mmbook.alignment.grounding import pointing_hit
from mmbook.alignment.sounding_regions import locate_sound
from mmbook.alignment.text_regions import find_text, find_turned_text, pair_scores, tie_words
from mmbook.datasets import data_dir
from mmbook.datasets.mouths import mouth_box
from mmbook.datasets.signs import draw_sign, random_lines, word_at
from mmbook.datasets.trimood import TriMood
from mmbook.files import write_rows
from mmbook.media.video import read_video

SIGNS = {"one word, angle": 30, "one word, four turns": 30}  # 8 of the others
LEVELS = {
    "angle": (0, 15, 30, 45, 60, 75, 90, 180),
    "one word, angle": (0, 45, 75, 90, 180),
    "one word, four turns": (0, 45, 75, 90, 180),
    "contrast": (0.2, 0.1, 0.06, 0.04, 0.03, 0.02),
    "size": (20, 14, 10, 8, 7, 6, 5),
    "noise": (60, 100, 140, 180, 220),
}


def sign_pairs(condition: str, level: float, language: str, seed: int) -> dict[str, set]:
    """Pairs (caption word, word at the place found) of one sign: tied by edit distance, tied if equal, and true."""
    short, name = condition.startswith("one word"), condition.removeprefix("one word, ")
    option = {"angle" if name == "four turns" else name: level}
    sign = draw_sign(random_lines(seed, language, *((1, 1) if short else (2, 3))), **option, seed=seed)
    lines = find_turned_text(sign.picture) if name == "four turns" else find_text(sign.picture)
    words = [word for line in lines for word in line.words]
    places = [word_at(sign, word.centre) for word in words]

    def pairs(least: float) -> set:
        ties = tie_words(sign.words, [word.text for word in words], least)
        return {(seed, tie.word, places[tie.region]) for tie in ties}

    return {"near": pairs(0.6), "equal": pairs(1.0), "true": {(seed, n, n) for n in range(len(sign.words))}}


def text_rows() -> Iterator[dict[str, object]]:
    """Precision, recall and F1 for each condition, level and language; `f1_exact` without edit distance."""
    for condition, levels in LEVELS.items():
        for level in levels:
            for language in ("en", "zh"):
                signs = [sign_pairs(condition, level, language, seed) for seed in range(SIGNS.get(condition, 8))]
                near, equal, true = (set().union(*(sign[kind] for sign in signs)) for kind in ("near", "equal", "true"))
                scores = dict(zip(("precision", "recall", "f1"), pair_scores(near, true), strict=True))
                scores["f1_exact"] = pair_scores(equal, true)[2]
                yield {"part": "text", "condition": condition, "level": level, "language": language} | {
                    "n": len(true),
                    **{name: round(value, 4) for name, value in scores.items()},
                }


def mouth_rows() -> Iterator[dict[str, object]]:
    """How often the peak lies in the mouth, by condition and split; "shuffled" (another's sound), "area" are chance."""
    root = data_dir() / "trimood"
    visible = [clip for clip in TriMood(root).clips if clip.condition != "hidden_face"]
    hits: dict[tuple[str, str, str], list[float]] = {}
    other = read_video(visible[-1].video).samples
    for clip in visible:
        video, box = read_video(clip.video), mouth_box(root, clip.id)
        ways = {
            "level": locate_sound(video.frames, video.samples, video.fps),
            "motion": locate_sound(video.frames, video.samples, video.fps, change="motion"),
            "shuffled": locate_sound(video.frames, np.resize(other, len(video.samples)), video.fps),
        }
        for way, found in ways.items():
            hits.setdefault((clip.condition, clip.split, way), []).append(pointing_hit(found.peak, box))
        hits.setdefault((clip.condition, clip.split, "area"), []).append((box[2] - box[0]) * (box[3] - box[1]) / 96**2)
        other = video.samples
    for (condition, split, way), values in sorted(hits.items()):
        row = {"part": "mouth", "condition": condition, "split": split, "level": way}
        yield row | {"n": len(values), "hit": round(float(np.mean(values)), 4)}


PARTS = {"text": text_rows, "mouth": mouth_rows}


def main() -> None:
    """Measure the parts asked for; rows of other parts that the CSV already holds stay."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS))
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".csv"))
    asked = parser.parse_args()
    rows = []
    if asked.out.is_file():
        with asked.out.open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["part"] not in asked.only]
    made = {"mmbook": mmbook.__version__, "numpy": np.__version__, "python": platform.python_version()}
    made["rapidocr"] = version("rapidocr")
    for part in asked.only:
        for row in PARTS[part]():
            rows.append(row | made)
            print(
                *(row.get(name, "") for name in ("part", "condition", "split", "level", "language", "f1", "hit")),
                flush=True,
            )
    write_rows(asked.out, rows)


if __name__ == "__main__":
    main()
