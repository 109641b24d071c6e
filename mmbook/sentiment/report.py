"""What `prepare` tells: rows kept and left out, and why, duplicates across splits, lengths chosen (§5.1.4)."""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from mmbook.datasets.duplicates import Duplicate, shared_speakers
from mmbook.datasets.manifest import Manifest, Problem, describe
from mmbook.datasets.splits import SPLITS
from mmbook.files import write_text
from mmbook.sentiment.features import FeatureSet

SHOWN = 8
MANY_CLASSES = 20


def write_problems(path: str | Path, problems: Sequence[Problem]) -> None:
    """Write the rows left out as CSV: row, id, file, message."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["row", "id", "file", "message"])
    writer.writerows([p.row, p.id, p.file, p.message] for p in problems)
    write_text(path, stream.getvalue())


def summary(manifest: Manifest, features: FeatureSet, duplicates: Sequence[Duplicate]) -> str:
    """The summary of a prepared manifest, in lines for a person."""
    rows = manifest.rows
    total = len(rows) + len(manifest.problems)
    lines = [f"{manifest.path}: {len(rows)} of {total} rows kept", ""]
    lines += _table(manifest, features)
    lines += ["", *_settings(features)]
    lines += _notes(manifest, features)
    if manifest.problems:
        lines += ["", f"left out: {len(manifest.problems)} (all in report.csv)"]
        lines += [f"  {describe(manifest.path.name, problem)}" for problem in manifest.problems[:SHOWN]]
    if duplicates:
        kinds = Counter((found.kind, found.modality) for found in duplicates)
        counted = ", ".join(f"{count} {kind} {modality}" for (kind, modality), count in sorted(kinds.items()))
        lines += ["", f"also in another split: {counted}; kept, but scores on them may be memory"]
        lines += [
            f"  {found.id} ({found.split}) repeats {found.other} ({found.other_split}): "
            f"{found.kind} {found.modality}" + (f", {found.score:.3f}" if found.kind == "near" else "")
            for found in duplicates[:SHOWN]
        ]
    return "\n".join(lines) + "\n"


def _table(manifest: Manifest, features: FeatureSet) -> list[str]:
    """Rows and modalities of each split, and of each class unless there are very many."""
    names = manifest.label_names if len(manifest.label_names) <= MANY_CLASSES else ()
    columns = ["split", "rows", *features.modalities, *names]
    body = []
    for split in SPLITS:
        at = features.rows(split)
        has = [int(features.present(modality)[at].sum()) for modality in features.modalities]
        label_counts = [int((features.labels[at] == n).sum()) for n in range(len(names))]
        body.append([split, len(at), *has, *label_counts])
    cells = [[str(cell)[:24] for cell in line] for line in [columns, *body]]
    widths = [max(len(line[n]) for line in cells) for n in range(len(columns))]
    return ["  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in cells]


def _settings(features: FeatureSet) -> list[str]:
    settings = features.settings
    lines = []
    if "image" in features.modalities:
        if settings.image_encoder == "vgg16":
            weights = {"imagenet": "ImageNet weights", "random": "RANDOM weights (ImageNet's are not on this machine)"}
            lines.append(
                f"image: up to {settings.image_frames} frames through VGG16, {weights[settings.image_weights]}"
            )
        else:
            side = settings.image_size
            lines.append(f"image: up to {settings.image_frames} frames of {side} x {side} pixels")
    if "audio" in features.modalities:
        seconds = settings.audio_frames * settings.hop_seconds
        lines.append(f"audio: {settings.audio_frames} frames ({seconds:.1f} s) of {settings.n_mels} mel bands")
    if "text" in features.modalities:
        lines.append(f"text: {settings.text_length} tokens, {len(features.vocabulary)} in the vocabulary")
    return lines


def _notes(manifest: Manifest, features: FeatureSet) -> list[str]:
    """What the owner of the data should know although nothing is wrong."""
    notes = [f"no {split} rows: results will lack them" for split in ("valid", "test") if not len(features.rows(split))]
    speakers = shared_speakers(manifest.rows)
    if speakers:
        notes.append(f"{len(speakers)} speakers are in more than one split, for example {speakers[0]}")
    values = {row.label for row in manifest.rows}
    if manifest.task == "numbers" and len(values) <= 10 and all(float(value).is_integer() for value in values):
        notes.append(
            f"labels are taken as numbers; if {', '.join(sorted(values)[:4])} name classes, choose task classes"
        )
    return [f"note: {note}" for note in notes]
