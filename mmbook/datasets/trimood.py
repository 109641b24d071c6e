"""Short talking-head clips that carry a mood in face, voice and words, built on the reader's machine (§5.1).

Everything is simulated and everything is known: `mmbook.datasets.cues` says what each clip tells and how much anyone
could read from it, `data/cards/trimood.md` says what the clips are not for.
"""

import csv
import io
import json
import multiprocessing
import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
from torch.utils.data import Dataset
from tqdm import tqdm

from mmbook import seeding
from mmbook.datasets import script
from mmbook.datasets._trimood_clip import Plan, clip_files, write_clip
from mmbook.datasets.cues import (
    LEVELS,
    MODALITIES,
    PRESETS,
    Preset,
    ceilings,
    condition_ceilings,
    draw_cues,
    make_preset,
    oracle,
    posteriors,
)
from mmbook.datasets.face import Identity, identities
from mmbook.datasets.speech import Speaker, speakers
from mmbook.errors import UserError
from mmbook.files import write_json, write_text

__all__ = ["PRESETS", "Clip", "TriMood", "build", "ceilings", "plan_clips"]

GENERATOR = 2  # raised whenever the same seed gives other clips
SPLITS = {"train": 0.68, "valid": 0.12, "test": 0.2}
VOICES = {"train": 30, "valid": 8, "test": 14}  # all 52 English voices; each is two speakers, at two pitches and rates
FACES_PER_SPEAKER = 6
LONG_HAIR = ("long", "bob", "bun", "headscarf")
SARCASTIC_FORM = 0.08  # share of polar lines that sound ironic ("Oh, how lovely, another form"), in every condition
VERSIONS = ("numpy", "opencv-python-headless", "pillow", "av", "soundfile", "espeakng-loader", "scipy")


def build(
    root: str | Path,
    clips: int = 1200,
    seed: int = 0,
    preset: str = "default",
    conditions: Mapping[str, float] | None = None,
    workers: int | None = None,
    progress: bool = True,
) -> Path:
    """The path of `manifest.csv` in `root`, once the folder holds all clips.

    `conditions` overrides the preset's proportions. `workers` processes render (by default one a core, 8 at most). A
    build that was interrupted is completed, to the same bits. Raises UserError when `root` holds a build with other
    parameters, or an unfinished one by other versions of the libraries.
    """
    root = Path(root)
    mix = make_preset(preset, conditions)
    if clips < 1:
        raise UserError(f"{clips} clips: give at least 1")
    parameters = {"generator": GENERATOR, "clips": clips, "seed": seed, "preset": preset, **asdict(mix)}
    if _is_complete(root, parameters):
        return root / "manifest.csv"
    write_json(
        root / "dataset.json",
        {
            "name": "trimood",
            "parameters": parameters,
            "versions": _versions(),
            "ceilings": ceilings(mix),
            "condition_ceilings": condition_ceilings(mix),
            "splits": SPLITS,
        },
    )
    plans = plan_clips(clips, seed, mix)
    _render_all(root, plans, workers, progress)
    write_text(root / "manifest.csv", _manifest(plans, mix))
    return root / "manifest.csv"


def _versions() -> dict[str, str]:
    found = {}
    for name in VERSIONS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "other"  # for example the system's espeak-ng
    return found


def _is_complete(root: Path, parameters: dict) -> bool:
    """Whether the folder is finished; clears what a killed build left half-written."""
    try:
        stored = json.loads((root / "dataset.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        if root.is_dir() and any(root.iterdir()):
            raise UserError(f"{root}: is not empty and holds no trimood; give a new folder") from None
        return False
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{root / 'dataset.json'}: is damaged ({error}); delete the folder or give a new one") from None
    kept = stored.get("parameters", {}) if isinstance(stored, dict) else {}
    if differing := [name for name in parameters if kept.get(name) != parameters[name]]:
        name = differing[0]
        raise UserError(
            f"{root}: holds a build with {name}={kept.get(name)!r}, not {parameters[name]!r}; "
            "give a new folder or delete this one"
        )
    if (root / "manifest.csv").is_file():
        return True
    if stored.get("versions") != _versions():
        raise UserError(f"{root}: was begun with other versions of the libraries; delete it and build anew")
    for leftover in root.rglob(".*.partial*"):
        leftover.unlink()
    return False


def _render_all(root: Path, plans: list[Plan], workers: int | None, progress: bool) -> None:
    workers = min(workers or min(os.cpu_count() or 1, 8), len(plans))
    with tqdm(total=len(plans), unit="clip", desc=f"trimood {root}", disable=not progress) as bar:
        for _ in _rendered(root, plans, workers):
            bar.update()


def _rendered(root: Path, plans: list[Plan], workers: int) -> Iterator[str]:
    if workers == 1:
        yield from (write_clip(root, plan) for plan in plans)
        return
    batches = [plans[start : start + 8] for start in range(0, len(plans), 8)]
    # Processes are started afresh ("spawn") on every system, so that a build is the same everywhere.
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), initializer=_use_one_thread) as pool:
        tasks = [pool.submit(_write_clips, root, batch) for batch in batches]
        try:
            for task in as_completed(tasks):
                yield from task.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _use_one_thread() -> None:
    import cv2

    cv2.setNumThreads(1)


def _write_clips(root: Path, plans: list[Plan]) -> list[str]:
    return [write_clip(root, plan) for plan in plans]


# ---- what is decided before anything is rendered --------------------------------------------------------------------


def plan_clips(clips: int, seed: int = 0, preset: str | Preset = "default") -> list[Plan]:
    """The plans of all clips: conditions and signs in exact proportion, in each split too; nobody in two splits."""
    mix = make_preset(preset)
    cells = _cells(clips, mix)
    order = seeding.rng(seed, "order").permutation(clips)
    people = _people(seed)
    spoken: set[str] = set()
    plans = []
    for number, position in enumerate(order):
        condition, valence, split = cells[position]
        clip = f"{number:0{max(4, len(str(clips - 1)))}d}"
        rng = seeding.rng(seed, "clip", clip, "plan")
        cues = draw_cues(rng, valence, condition, mix)
        line = _new_line(rng, cues[2] or 0, split, spoken)
        speaker = list(people[split])[int(rng.integers(len(people[split])))]
        voice, faces = people[split][speaker]
        look = int(rng.integers(len(faces)))
        plans.append(
            Plan(
                clip, seed, split, valence, condition, cues, line.text, line.kind, line.topic, line.template,
                speaker, voice, f"{speaker}-{look}", faces[look],
            )
        )  # fmt: skip
    return plans


def _cells(clips: int, mix: Preset) -> list[tuple[str, int, str]]:
    """Condition, valence and split of every clip, each in its proportion within the one before."""
    cells = []
    for condition, count in zip(mix.conditions, _shares(clips, mix.conditions.values()), strict=True):
        # Signs alternate, so that any run of clips is balanced; levels go 1, -1, 2, -2, 3, -3.
        balanced = sorted(LEVELS, key=lambda level: (abs(level), -level))
        cells += [(condition, balanced[(len(cells) + index) % len(LEVELS)]) for index in range(count)]
    given = dict.fromkeys(SPLITS, 0.0)
    splits = {}
    # Clips of one condition and sign stand together and splits are dealt out along the line: each gets its share.
    for index in sorted(range(clips), key=lambda i: (list(mix.conditions).index(cells[i][0]), cells[i][1] > 0, i)):
        given = {split: owed + SPLITS[split] for split, owed in given.items()}
        splits[index] = max(given, key=given.get)
        given[splits[index]] -= 1
    return [(*cells[index], splits[index]) for index in range(clips)]


def _shares(total: int, proportions: Iterable[float]) -> list[int]:
    """Whole numbers that sum to `total`, as near to the proportions as can be (largest remainder)."""
    exact = total * np.array(list(proportions))
    counts = np.floor(exact + 1e-9).astype(int)
    for index in np.argsort(counts - exact, kind="stable")[: total - counts.sum()]:
        counts[index] += 1
    return counts.tolist()


def _people(seed: int) -> dict[str, dict[str, tuple[Speaker, list[Identity]]]]:
    """For each split its speakers by name, each a voice and its faces; no voice and no face is in two splits."""
    total = sum(VOICES.values())
    pool = speakers(2 * total, seed)
    people: dict[str, dict[str, tuple[Speaker, list[Identity]]]] = {}
    first = 0
    for split, count in VOICES.items():
        numbers = [*range(first, first + count), *range(total + first, total + first + count)]
        people[split] = {f"s{number:03d}": (pool[number], _faces(pool[number], seed, number)) for number in numbers}
        first += count
    return people


def _faces(voice: Speaker, seed: int, number: int) -> list[Identity]:
    """Faces that go with a voice: espeak-ng's voices f1 to f5 have no beard, the others mostly short hair."""
    low = "+f" not in voice.voice
    crowd = identities(8 * FACES_PER_SPEAKER, seeding.key(seed, "faces", number) % 2**31)
    fitting = [face for face in crowd if (face.hair not in LONG_HAIR if low else face.facial_hair == "none")]
    return fitting[:FACES_PER_SPEAKER]


def _new_line(rng: np.random.Generator, valence: int, split: str, spoken: set[str]) -> script.Line:
    """A line that no clip has yet, if one of 50 draws is."""
    for _ in range(50):
        kind = "sarcasm" if valence and rng.random() < SARCASTIC_FORM else None
        line = script.line(rng, valence, split, kind)
        if line.text not in spoken:
            break
    spoken.add(line.text)
    return line


def _manifest(plans: list[Plan], mix: Preset) -> str:
    tables = posteriors(mix)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    known = ["image", "audio", "text", "all"]
    writer.writerow(
        ["id", "image", "audio", "video", "text", "label", "split", "speaker", "face", "valence", "condition", "snr_db"]
        + ["noise", "occlusion", "template", "topic", "kind"]
        + [f"cue_{modality}" for modality in MODALITIES]
        + [f"oracle_{subset}" for subset in known]
    )
    for plan in plans:
        files = [path.as_posix() for name, path in clip_files(Path(), plan.id).items() if name != "timings"]
        label = "positive" if plan.valence > 0 else "negative"
        best = oracle(plan.cues, tables)
        writer.writerow(
            [plan.id, *files, plan.text, label, plan.split, plan.speaker, plan.face, plan.valence, plan.condition]
            + [plan.snr_db, plan.noise, plan.occlusion, plan.template, plan.topic, plan.kind]
            + ["masked" if cue is None else cue for cue in plan.cues]
            + [f"{best[subset]:.6f}" for subset in known]
        )
    return out.getvalue()


# ---- reading it -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Clip:
    """One clip: its files, its words, and what is known about it.

    `label` is "positive" or "negative", the sign of `valence` (-3 to 3); `cues` are those of face, voice and words by
    modality (None: masked); `oracle` is the probability of "positive" given them, for each modality and for "all".
    """

    id: str
    image: Path
    audio: Path
    video: Path
    timings: Path
    text: str
    label: str
    split: str
    speaker: str
    face: str
    valence: int
    condition: str
    snr_db: float
    cues: dict[str, int | None]
    oracle: dict[str, float]


class TriMood(Dataset[Clip]):
    """The clips of a built folder, or those of one `split`: "train", "valid" or "test".

    Raises UserError when the folder is not built yet or the split does not exist.
    """

    build = staticmethod(build)

    def __init__(self, root: str | Path, split: str | None = None):
        self.root = Path(root)
        if split is not None and split not in SPLITS:
            raise UserError(f"split {split!r} is not known: choose one of {', '.join(SPLITS)}")
        try:
            text = (self.root / "manifest.csv").read_text(encoding="utf-8")
        except FileNotFoundError:
            raise UserError(
                f"{self.root}: no manifest.csv; build it with `mmbook data trimood --out {self.root}`"
            ) from None
        rows = csv.DictReader(io.StringIO(text))
        self.clips = [_clip(self.root, row) for row in rows if split in (None, row["split"])]

    def __len__(self) -> int:
        return len(self.clips)

    def __getitem__(self, index: int) -> Clip:
        return self.clips[index]


def _clip(root: Path, row: dict[str, str]) -> Clip:
    return Clip(
        id=row["id"],
        **clip_files(root, row["id"]),
        **{name: row[name] for name in ("text", "label", "split", "speaker", "face", "condition")},
        valence=int(row["valence"]),
        snr_db=float(row["snr_db"]),
        cues={name: None if (cue := row[f"cue_{name}"]) == "masked" else int(cue) for name in MODALITIES},
        oracle={name: float(row[f"oracle_{name}"]) for name in (*MODALITIES, "all")},
    )
