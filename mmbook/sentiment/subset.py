"""Training on a part of the training clips, as if there were no others (§2.1.1)."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Int

from mmbook.errors import UserError
from mmbook.evaluation import accuracy
from mmbook.media.text import Vocabulary, tokenize
from mmbook.sentiment.batches import training_batch
from mmbook.sentiment.evaluate import answers
from mmbook.sentiment.features import FeatureSet, pack_text
from mmbook.sentiment.model import SentimentModel
from mmbook.sentiment.packing import mean_and_std
from mmbook.sentiment.train import configure, default_epochs, make_trainee, sentiment_loss
from mmbook.training import FitSettings, fit

UNUSED = "unused"


def keep_training_rows(features: FeatureSet, rows: Int[np.ndarray, "kept"]) -> FeatureSet:
    """The features with these training rows alone: the others are "unused", words and statistics are fitted anew.

    Valid and test rows stay, their words numbered by the new vocabulary. ValueError for a row that is not of the
    training split, or none at all.
    """
    train = features.rows("train")
    if len(rows) == 0 or not np.isin(rows, train).all():
        raise ValueError("keep_training_rows: rows are at least one, and all of the training split")
    splits = features.splits.astype(f"<U{max(len(UNUSED), features.splits.dtype.itemsize // 4)}")
    splits[np.setdiff1d(train, rows)] = UNUSED
    kept = np.sort(rows)
    changed: dict = {"splits": splits, "statistics": _statistics(features, kept)}
    if features.text is not None:
        tokens = [tokenize(source.get("text", "")) for source in features.sources]
        length = features.settings.text_length
        changed["vocabulary"] = vocabulary = Vocabulary.fit(tokens[n][:length] for n in kept)
        packed = [pack_text(found, features.settings, vocabulary) for found in tokens]
        changed["text"] = np.stack([numbers for numbers, _ in packed])
        changed["text_length"] = np.array([count for _, count in packed], np.int32)
    return replace(features, **changed)


def learn(
    features: FeatureSet, seed: int = 0, modalities: Sequence[str] | None = None, epochs: int | None = None
) -> SentimentModel:
    """The sentiment model trained on the training rows with the usual settings, on the CPU, in memory.

    Nothing is chosen by validation: the averaged weights of the last epoch are kept, so that few training clips are
    not helped by many valid ones. UserError if a modality is not in the data.
    """
    modalities = tuple(features.modalities if modalities is None else modalities)
    if unknown := [name for name in modalities if name not in features.modalities]:
        raise UserError(f"modality {unknown[0]!r} is not in the data: choose of {', '.join(features.modalities)}")
    rows = features.rows("train")
    trainee = make_trainee(configure(features, rows, "concat", modalities), seed)
    fit(
        trainee,
        sentiment_loss,
        lambda chosen, epoch: training_batch(features, rows[chosen], modalities, seed, epoch),
        len(rows),
        FitSettings(epochs or default_epochs(len(rows), 32), seed=seed),
        progress=False,
    )
    return trainee.model.eval()


def score(
    model: SentimentModel, features: FeatureSet, subsets: Sequence[Sequence[str]], rows: Int[np.ndarray, "rows"]
) -> list[float]:
    """The accuracy on these rows when the model is given each subset of the modalities in turn."""
    given = answers(model, features, rows, subsets)
    return [float(accuracy(features.labels[rows], found.argmax(1))) for found in given]


def _statistics(features: FeatureSet, rows: Int[np.ndarray, "kept"]) -> dict[str, dict[str, list[float]]]:
    """Mean and deviation of each picture channel and each mel band over these rows, as `prepare` takes them."""
    found = {}
    if features.image is not None:
        shown = (features.image[n][features.image_mask[n]] for n in rows)
        found["image"] = mean_and_std(
            np.moveaxis(frames, 1, -1).reshape(-1, frames.shape[1]) for frames in shown if len(frames)
        )
    if features.audio is not None:
        found["audio"] = mean_and_std(features.audio[n, : features.audio_length[n]] for n in rows)
    return found
