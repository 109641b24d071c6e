"""Small trained runs for tests, from made-up clips."""

import csv
from pathlib import Path

from mmbook.sentiment.features import FeatureSettings
from mmbook.sentiment.prepare import prepare
from mmbook.sentiment.train import train
from tests.helpers import make_folder, write_manifest

SMALL = FeatureSettings(image_size=16, image_frames=2, n_mels=16)


def make_features(folder: Path, settings: FeatureSettings = SMALL, **options) -> Path:
    """Features of made-up clips: `folder/data/manifest.csv` prepared into `folder/features`."""
    manifest = make_folder(folder / "data", **{"count": 60, "split": True, **options})
    prepare(manifest, folder / "features", settings=settings, workers=1, progress=False)
    return folder / "features"


def make_run(folder: Path, *, epochs: int = 6, modalities=None, settings: FeatureSettings = SMALL, **options) -> Path:
    """A run trained on made-up clips: `folder/run`, from `folder/features`, from `folder/data`."""
    features = make_features(folder, settings, **options)
    train(features, folder / "run", epochs=epochs, modalities=modalities, device="cpu", progress=False)
    return folder / "run"


def manifest_rows(folder: Path) -> list[dict[str, str]]:
    """The rows of `folder/data/manifest.csv`."""
    with (folder / "data" / "manifest.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def with_columns(folder: Path, columns: dict[str, list[str]]) -> Path:
    """`folder/features` prepared again, after further columns were added to the manifest."""
    rows = [row | {name: values[n] for name, values in columns.items()} for n, row in enumerate(manifest_rows(folder))]
    manifest = write_manifest(folder / "data" / "manifest.csv", rows)
    prepare(manifest, folder / "features", settings=SMALL, workers=1, progress=False)
    return folder / "features"


def files_of(folder: Path, row: dict[str, str]) -> dict[str, str | Path]:
    """What `Predictor.predict` takes, of one row of the manifest."""
    given: dict[str, str | Path] = {m: folder / "data" / row[m] for m in ("image", "audio") if row.get(m)}
    return given | ({"text": row["text"]} if row.get("text") else {})
