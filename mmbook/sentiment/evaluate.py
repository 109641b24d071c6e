"""How well a trained run answers: beside chance and ceiling, per modality, per condition (§5.2.4, §5.3.3, §5.3.4)."""

import math
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, Shaped
from torch import Tensor

from mmbook import evaluation
from mmbook.errors import UserError
from mmbook.sentiment.batches import batch_from_features
from mmbook.sentiment.features import MODALITIES, FeatureSet, load_features
from mmbook.sentiment.model import SentimentModel, answer_of, present
from mmbook.sentiment.predict import Predictor

ALIKE = ("image_size", "image_encoder", "sample_rate", "n_mels", "hop_seconds")  # what a model's input depends on


def evaluate(
    run_dir: str | Path,
    split: str = "test",
    modalities: Sequence[str] | None = None,
    features: str | Path | None = None,
) -> dict[str, Any]:
    """The metrics of a run on one split, ready for JSON.

    Always: task, split, modalities, count (rows that have at least one of the modalities), rows (all of the split),
    chance, interval (95 %, bootstrap over rows), ceiling (None where unknown), ceilings, per_modality, per_condition.
    Classes: accuracy, precision, recall, f1 (macro), labels, confusion_matrix (rows are the truth). Numbers: mae, mse,
    pearson; chance is then the error of always answering the training median.
    per_modality is the same trained model given that modality alone, on the rows that have it. Ceilings are of the
    very rows that are scored, from the columns `oracle_*` of data whose generating cues are known.

    `modalities` restricts what the model is given; `features` is another prepared folder than the one of training.
    UserError if the run or the features cannot be read, do not fit together, or the split has nothing to score.
    """
    predictor = Predictor.load(run_dir)
    data = open_features(predictor, features)
    chosen = _choose(predictor, data, modalities)
    everything = data.rows(split)
    rows = everything[_has_any(data, everything, chosen)]
    if len(rows) == 0:
        counts = {str(name): int(np.sum(data.splits == name)) for name in np.unique(data.splits)}
        raise UserError(f"split {split!r} has no row with {' or '.join(chosen)}; rows in the data: {counts}")
    together, *single = answers(predictor.model, data, rows, [chosen, *((name,) for name in chosen)])
    has = {name: data.present(name)[rows] for name in chosen}

    def measure(kept: Bool[np.ndarray, "rows"], subset: tuple[str, ...], given: np.ndarray) -> dict[str, Any]:
        return _measure(data, rows[kept], given[kept], _subset_name(subset))

    everyone = np.ones(len(rows), bool)
    report = {"task": data.task, "split": split, "modalities": list(chosen), "rows": len(everything)}
    report |= measure(everyone, chosen, together) | _details(data, rows, together)
    report["ceilings"] = {name: _ceiling(data, rows, name) for name in _oracles(data)}
    report["per_modality"] = {
        name: measure(has[name], (name,), alone) for name, alone in zip(chosen, single, strict=True) if has[name].any()
    }
    report["per_condition"] = {}
    conditions = np.array(data.extra.get("condition", [""] * len(data)))[rows]
    for condition in sorted(set(conditions.tolist()) - {""}):
        here = conditions == condition
        report["per_condition"][condition] = measure(here, chosen, together) | {
            "per_modality": {
                name: measure(here & has[name], (name,), alone)
                for name, alone in zip(chosen, single, strict=True)
                if (here & has[name]).any()
            }
        }
    return report


def open_features(predictor: Predictor, folder: str | Path | None = None) -> FeatureSet:
    """The features to score, words and labels numbered as the model knows them; by default those of its training.

    UserError if the folder is not there, was prepared with settings that the model cannot read, or has other labels.
    """
    if folder is None:
        folder = Path(predictor.features)
        if not folder.is_dir():
            raise UserError(f"{folder}: the features of the training are not there: name the folder with --features")
    data = load_features(folder)
    for name in ALIKE:
        ours, theirs = getattr(predictor.settings, name), getattr(data.settings, name)
        if ours != theirs:
            raise UserError(f"{folder}: was prepared with {name} {theirs}, the run with {ours}: prepare it likewise")
    if data.task != predictor.task:
        raise UserError(f"{folder}: its labels are {data.task}, the run answers with {predictor.task}")
    if data.label_names != predictor.label_names:
        unknown = [name for name in data.label_names if name not in predictor.label_names]
        if unknown:
            raise UserError(
                f"{folder}: label {unknown[0]!r} is not one of the run's: {', '.join(predictor.label_names)}"
            )
        renumber = np.array([predictor.label_names.index(name) for name in data.label_names])
        data = replace(data, labels=renumber[data.labels], label_names=predictor.label_names)
    if data.vocabulary != predictor.vocabulary and data.text is not None:
        clips = [predictor.encode_text(cells.get("text")) for cells in data.sources]
        text, length = zip(*clips, strict=True)
        data = replace(
            data, text=np.stack(text), text_length=np.array(length, np.int32), vocabulary=predictor.vocabulary
        )
    return data


@torch.no_grad()
def answers(
    model: SentimentModel,
    data: FeatureSet,
    rows: Int[np.ndarray, "rows"],
    subsets: Sequence[Sequence[str]],
    batch_size: int = 64,
) -> Float[np.ndarray, "subsets rows classes"] | Float[np.ndarray, "subsets rows"]:
    """The model's probabilities (or numbers) for these rows, given each subset of their modalities in turn.

    Encoders run once for all subsets. Where a row has none of a subset, the answer is the model's to nothing at all.
    """
    inputs = [name for name in model.config.modalities if name in data.modalities]
    parts = []
    for chosen in np.array_split(rows, math.ceil(len(rows) / batch_size)):
        batch = batch_from_features(data, chosen, inputs)
        masks = [_only(present(batch), subset) for subset in subsets]
        parts.append(torch.stack([answer_of(logits, model.config) for logits in model(batch, masks)]))
    found = torch.cat(parts, dim=1).double().numpy()
    if not np.isfinite(found).all():
        raise UserError("the model answers with numbers that are not finite: train again with another seed")
    return found


def _only(available: dict[str, Bool[Tensor, "batch"]], subset: Sequence[str]) -> dict[str, Bool[Tensor, "batch"]]:
    return {name: has if name in subset else torch.zeros_like(has) for name, has in available.items()}


def _choose(predictor: Predictor, data: FeatureSet, modalities: Sequence[str] | None) -> tuple[str, ...]:
    """The modalities to score, in the usual order; UserError for one that the run or the data does not have."""
    can = [name for name in MODALITIES if name in predictor.modalities and name in data.modalities]
    unknown = [name for name in modalities or () if name not in can]
    if unknown or not can or (modalities is not None and not modalities):
        raise UserError(
            f"modality {', '.join(unknown) or '(none)'} cannot be scored: the run was trained with "
            f"{', '.join(predictor.modalities)}, the features have {', '.join(data.modalities)}"
        )
    return tuple(name for name in can if modalities is None or name in modalities)


def _has_any(data: FeatureSet, rows: Int[np.ndarray, "rows"], chosen: Sequence[str]) -> Bool[np.ndarray, "rows"]:
    return np.any([data.present(name)[rows] for name in chosen], axis=0)


def _decide(data: FeatureSet, given: np.ndarray) -> Shaped[np.ndarray, "rows"]:
    """The answers themselves: the most probable class of each row, or the numbers."""
    return given.argmax(axis=1) if data.task == "classes" else given


def _measure(data: FeatureSet, rows: Int[np.ndarray, "rows"], given: np.ndarray, oracle: str) -> dict[str, Any]:
    """Count, score, interval, and the chance level and ceiling of these very rows."""
    truth, train, answered = data.labels[rows], data.labels[data.rows("train")], _decide(data, given)
    if data.task == "classes":
        score: Callable[..., float] = evaluation.accuracy
        values = {"accuracy": score(truth, answered), "chance": evaluation.chance_accuracy(train, truth)}
        values["ceiling"] = _ceiling(data, rows, oracle)
    else:
        score = evaluation.mean_absolute_error
        values = {"mae": score(truth, answered), "pearson": evaluation.pearson(truth, answered)}
        values |= {"chance": evaluation.chance_error(train, truth), "ceiling": None}
    return {"count": len(rows), **values, "interval": list(evaluation.bootstrap_interval(score, truth, answered))}


def _details(data: FeatureSet, rows: Int[np.ndarray, "rows"], given: np.ndarray) -> dict[str, Any]:
    """What is told once, of all rows together."""
    truth, answered = data.labels[rows], _decide(data, given)
    if data.task == "numbers":
        return {"mse": evaluation.mean_squared_error(truth, answered)}
    classes = len(data.label_names)
    matrix = evaluation.confusion_matrix(truth, answered, classes)
    scores = evaluation.precision_recall_f1(truth, answered, classes)._asdict()
    return {**scores, "labels": list(data.label_names), "confusion_matrix": matrix.tolist()}


def _subset_name(subset: Sequence[str]) -> str:
    return "all" if set(subset) == set(MODALITIES) else "+".join(name for name in MODALITIES if name in subset)


def _oracles(data: FeatureSet) -> list[str]:
    """The subsets whose P(positive) the data know, where the labels are positive and negative."""
    if data.task != "classes" or set(data.label_names) != {"negative", "positive"}:
        return []
    return [name.removeprefix("oracle_") for name in data.extra if name.startswith("oracle_")]


def _ceiling(data: FeatureSet, rows: Int[np.ndarray, "rows"], subset: str) -> float | None:
    """The best possible accuracy on these rows from this subset of the modalities; None where it is unknown."""
    if subset not in _oracles(data):
        return None
    try:
        probability = np.array([float(data.extra[f"oracle_{subset}"][row]) for row in rows])
    except ValueError:  # a person's own column of that name, or an empty cell
        return None
    return evaluation.ceiling(probability, data.labels[rows] == data.label_names.index("positive"))


def format_report(report: dict[str, Any]) -> str:
    """The report of `evaluate` as aligned tables: together and alone, per condition, the confusion matrix."""
    classes = report["task"] == "classes"
    names, metric = report["modalities"], "accuracy" if classes else "mae"
    known = any(row["ceiling"] is not None for row in (report, *report["per_modality"].values()))
    chance = {"count": report["count"], metric: report["chance"]}
    together = {" + ".join(names): report} if len(names) > 1 else {}
    scored = {"chance": chance, **report["per_modality"], **together}
    columns = [metric, *([] if classes else ["pearson"])]
    table = [["", *columns, "95 % interval", *(["best possible"] if known else []), "rows"]]
    for name, row in scored.items():
        low_high = " to ".join(_figure(end) for end in row.get("interval", ()))
        best = [_figure(row.get("ceiling"))] if known else []
        table.append([name, *(_figure(row.get(column)) for column in columns), low_high, *best, str(row["count"])])
    absent = report["rows"] - report["count"]
    lines = [f"{report['split']} split: {report['count']} rows"]
    lines[0] += f" ({absent} more have none of {', '.join(names)})" if absent else ""
    if not classes:
        lines.append("mae: mean absolute error, smaller is better; chance always answers the training median")
    lines += ["", *_align(table)]
    if classes:
        lines += ["", "macro " + ", ".join(f"{name} {report[name]:.3f}" for name in ("precision", "recall", "f1"))]
    if report["per_condition"]:
        together_name = ["together"] if len(names) > 1 else []
        table = [["condition", *names, *together_name, *(["best possible"] if known else []), "rows"]]
        for condition, row in report["per_condition"].items():
            alone = [_figure(row["per_modality"].get(name, {}).get(metric)) for name in names]
            whole = [_figure(row[metric])] if together_name else []
            best = [_figure(row["ceiling"])] if known else []
            table.append([condition, *alone, *whole, *best, str(row["count"])])
        lines += ["", f"{metric} by condition", *_align(table)]
    if classes and len(report["labels"]) <= 12:
        table = [["truth \\ answer", *report["labels"]]]
        rows = zip(report["labels"], report["confusion_matrix"], strict=True)
        lines += ["", *_align(table + [[name, *map(str, counts)] for name, counts in rows])]
    return "\n".join(lines)


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _align(table: list[list[str]]) -> list[str]:
    """Lines with the first column to the left and the others to the right; a Chinese character is two wide."""
    widths = [max(map(_width, column)) for column in zip(*table, strict=True)]
    lines = []
    for first, *others in table:
        cells = [first + " " * (widths[0] - _width(first))]
        cells += [" " * (width - _width(cell)) + cell for cell, width in zip(others, widths[1:], strict=True)]
        lines.append("  ".join(cells).rstrip())
    return lines


def _width(text: str) -> int:
    return sum(1 + (unicodedata.east_asian_width(character) in "WF") for character in text)
