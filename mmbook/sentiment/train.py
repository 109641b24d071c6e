"""Training the sentiment model on prepared features, into a folder that prediction reads (§5.2.3)."""

import hashlib
import json
import math
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.torch
import torch
from jaxtyping import Bool, Float, Int
from safetensors import SafetensorError
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

import mmbook
from mmbook.errors import UserError
from mmbook.files import atomic_path, write_json
from mmbook.sentiment.batches import batch_from_features, one_frame, random_subset, training_batch
from mmbook.sentiment.features import ARRAYS, FeatureSet, load_features
from mmbook.sentiment.model import Batch, ModelConfig, SentimentModel, answer_of, present
from mmbook.training import FitSettings, Row, best_epoch, fit, make_fabric, parameter_seed, write_history

STEPS = 512  # at least so many, in epochs of at least MIN_EPOCHS and at most MAX_EPOCHS
MIN_EPOCHS, MAX_EPOCHS = 12, 200
SMOOTHING = 0.05  # of labels


@dataclass(frozen=True)
class TrainResult:
    """A finished run: its folder, the history (one row for each epoch), and the epoch (from 0) that was kept."""

    run_dir: Path
    history: list[Row]
    best_epoch: int


def train(
    features_dir: str | Path,
    run_dir: str | Path,
    *,
    fusion: str = "concat",
    epochs: int | None = None,
    seed: int = 0,
    device: str = "auto",
    modalities: Sequence[str] | None = None,
    batch_size: int = 32,
    learning_rate: float = 1e-3,
    progress: bool = True,
) -> TrainResult:
    """Train on the features that `prepare` wrote, and fill `run_dir`: weights.safetensors, run.json, history.csv.

    Killed and called again, it continues from the last whole epoch to the same weights, bit for bit on one machine. A
    finished run returns at once. UserError if `run_dir` holds a run with other settings or other data.
    Started by `torchrun`, the processes share each batch. `epochs` unset: about 512 steps, at least 12 epochs.
    """
    run_dir, fabric = Path(run_dir), make_fabric(device)
    features = load_features(features_dir)
    modalities = choose_modalities(features, modalities)
    rows, valid_rows = (usable_rows(features, split, modalities) for split in ("train", "valid"))
    if len(rows) == 0:
        raise UserError(
            f"{features_dir}: no training row has {' or '.join(modalities)}: check the manifest's split column"
        )
    epochs = epochs or default_epochs(len(rows), batch_size)
    settings = FitSettings(epochs, batch_size, seed, learning_rate, patience=max(10, 2 * epochs // 3))
    config = configure(features, rows, fusion, modalities)
    made_from = {"fit": asdict(settings), "config": config.to_dict(), "data": fingerprint(features)}
    if (run_dir / "run.json").exists():
        return finished(run_dir, made_from)
    trainee = make_trainee(config, seed)
    model = trainee.model
    history = fit(
        trainee,
        sentiment_loss,
        lambda chosen, epoch: training_batch(features, rows[chosen], modalities, seed, epoch),
        len(rows),
        settings,
        validate=(lambda average: validation(average.model, features, valid_rows)) if len(valid_rows) else None,
        fabric=fabric,
        checkpoint=run_dir / "checkpoints" / "last.pt",
        label=json.dumps(made_from),
        progress=progress,
    )
    if fabric.global_rank == 0:
        about = {
            "task": features.task,
            "label_names": list(features.label_names),
            "modalities": list(modalities),
            "config": config.to_dict(),
            "features": str(Path(features_dir).resolve()),
            "feature_settings": features.settings.to_dict(),
            "vocabulary": features.vocabulary.to_list(),
            "statistics": features.statistics,
            "counts": {"train": len(rows), "valid": len(valid_rows)},
            "parameters": sum(p.numel() for p in model.parameters()),
            "made_from": made_from,
            "best_epoch": best_epoch(history),
            "history": history,
            "versions": {"mmbook": mmbook.__version__, "torch": torch.__version__, "python": platform.python_version()},
        }
        save_run(run_dir, model, about)
    fabric.barrier()
    return TrainResult(run_dir, history, best_epoch(history))


def choose_modalities(features: FeatureSet, modalities: Sequence[str] | None) -> tuple[str, ...]:
    """The modalities to train on, in the data's order; UserError for one that the data lacks."""
    wanted = features.modalities if modalities is None else modalities
    missing = [name for name in wanted if name not in features.modalities]
    if missing or not wanted:
        raise UserError(
            f"modality {', '.join(missing) or 'none'!r} is not in the data: choose of {', '.join(features.modalities)}"
        )
    return tuple(name for name in features.modalities if name in wanted)


def usable_rows(features: FeatureSet, split: str, modalities: Sequence[str]) -> Int[np.ndarray, "_"]:
    """The rows of a split that have at least one of the modalities."""
    rows = features.rows(split)
    return rows[np.any([features.present(name)[rows] for name in modalities], axis=0)]


def default_epochs(count: int, batch_size: int) -> int:
    """Enough epochs for about `STEPS` steps: few rows are seen more often."""
    steps = max(1, round(count / batch_size))
    return min(MAX_EPOCHS, max(MIN_EPOCHS, math.ceil(STEPS / steps)))


def configure(features: FeatureSet, rows: Int[np.ndarray, "_"], fusion: str, modalities: Sequence[str]) -> ModelConfig:
    """The model that fits these features, with the statistics of the training rows."""
    numbers = features.task == "numbers"
    config = ModelConfig(
        modalities=tuple(modalities),
        task=features.task,
        classes=0 if numbers else len(features.label_names),
        fusion=fusion,
        vocabulary_size=len(features.vocabulary.to_list()),
        image_encoder=features.settings.image_encoder,
        image_size=features.settings.image_size,
        n_mels=features.settings.n_mels,
        label_mean=float(features.labels[rows].mean()) if numbers else 0.0,
        label_std=max(1e-6, float(features.labels[rows].std())) if numbers else 1.0,
    )
    for name in ("image", "audio"):
        if name in modalities:
            mean, std = (tuple(map(float, features.statistics[name][key])) for key in ("mean", "std"))
            std = tuple(max(value, 1e-3) for value in std)
            config = replace(config, **{f"{name}_mean": mean, f"{name}_std": std})
    return config


def make_trainee(config: ModelConfig, seed: int) -> "Trainee":
    """A new model to train, whose first weights depend on the seed alone; the global random state stays as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(parameter_seed(seed))
        return Trainee(SentimentModel(config))


def sample_losses(
    logits: Float[Tensor, "*subsets batch outputs"], label: Tensor, config: ModelConfig
) -> Float[Tensor, "*subsets batch"]:
    """The loss of each answer: cross-entropy with smoothed labels, or the squared standardised error."""
    label = label.expand(logits.shape[:-1])
    if config.task == "numbers":
        return (logits[..., 0] - (label - config.label_mean) / config.label_std) ** 2
    if config.outputs == 1:
        target = label * (1 - SMOOTHING) + SMOOTHING / 2
        return binary_cross_entropy_with_logits(logits[..., 0], target, reduction="none")
    return cross_entropy(logits.movedim(-1, 1), label, label_smoothing=SMOOTHING, reduction="none")


def alone(available: Mapping[str, Bool[Tensor, "batch"]]) -> list[dict[str, Bool[Tensor, "batch"]]]:
    """The subsets of one modality each."""
    return [
        {name: has if name == only else torch.zeros_like(has) for name, has in available.items()} for only in available
    ]


class Trainee(nn.Module):
    """The model with a linear probe on each encoder, which teaches the encoder and is then thrown away.

    A probe asks each modality for the answer directly, so that an easy modality does not starve the others of
    gradient (Wang, Tran and Feiszli, 2020).
    """

    def __init__(self, model: SentimentModel):
        super().__init__()
        self.model = model
        self.probes = nn.ModuleDict({n: nn.Linear(e.dim, model.config.outputs) for n, e in model.encoders.items()})

    def forward(
        self, batch: Batch, subsets: list[dict[str, Bool[Tensor, "batch"]]]
    ) -> tuple[Float[Tensor, "subsets batch outputs"], Float[Tensor, "modalities batch outputs"]]:
        """Logits from each subset, and from each probe."""
        features = self.model.encode(batch)
        fused = torch.stack([self.model.decode(features, mask) for mask in subsets])
        return fused, torch.stack([probe(features[name]) for name, probe in self.probes.items()])


def sentiment_loss(trainee: nn.Module, batch: Batch) -> Float[Tensor, "batch"]:
    """One loss for each row: of the answer from all it has, from a random part of that, from each modality alone.

    The encoders run once; only the small head answers several times.
    """
    model, available = trainee.model, present(batch)
    subsets = [available, random_subset(available, batch["subset_draws"]), *alone(available)]
    fused, probed = (sample_losses(logits, batch["label"], model.config) for logits in trainee(batch, subsets))
    has = torch.stack(list(available.values()))
    return fused[0] + 0.5 * fused[1] + 0.5 * fused[2:].mean(0) + (probed * has).sum(0) + model.aux_loss()


@torch.no_grad()
def validation(model: SentimentModel, features: FeatureSet, rows: Int[np.ndarray, "_"], batch_size: int = 64) -> Row:
    """The loss of `rows` with the first picture of each, and their accuracy (for numbers, mean absolute error)."""
    losses, answers, device = [], [], next(model.parameters()).device
    for chosen in np.array_split(rows, math.ceil(len(rows) / batch_size)):
        batch = batch_from_features(features, chosen, model.config.modalities)
        if "image" in batch:
            batch |= one_frame(batch["image"], batch["image_mask"], torch.zeros(len(chosen)))
        batch = {name: value.to(device) for name, value in batch.items()}
        available = present(batch)
        logits = model(batch, [available, *alone(available)])
        loss = sample_losses(logits, batch["label"], model.config)
        losses.append(loss[0] + 0.5 * loss[1:].mean(0))
        answers.append(answer_of(logits[0], model.config))
    loss, answer = torch.cat(losses).mean().item(), torch.cat(answers).cpu().numpy()
    if features.task == "numbers":
        return {"loss": loss, "mae": float(np.abs(answer - features.labels[rows]).mean())}
    return {"loss": loss, "accuracy": float((answer.argmax(1) == features.labels[rows]).mean())}


def fingerprint(features: FeatureSet) -> str:
    """A digest of everything that training reads."""
    digest = hashlib.blake2b(digest_size=16)
    for array in [features.splits, features.labels, *(getattr(features, name) for name in ARRAYS)]:
        digest.update(b"none" if array is None else array.tobytes())
    digest.update(json.dumps([features.ids, features.label_names, features.vocabulary.to_list()]).encode())
    return digest.hexdigest()


def finished(run_dir: Path, made_from: dict[str, Any]) -> TrainResult:
    """The run that is there; UserError that names what differs if it was made from something else."""
    about = read_run(run_dir)
    before, now = (flatten(value) for value in (about["made_from"], json.loads(json.dumps(made_from))))
    differ = [
        f"{name} {before.get(name)!r}, not {now.get(name)!r}" for name in now if before.get(name) != now.get(name)
    ]
    if differ:
        raise UserError(f"{run_dir}: holds a run with {differ[0]}: choose another folder, or delete this one")
    return TrainResult(run_dir, about["history"], about["best_epoch"])


def flatten(values: Mapping[str, Any]) -> dict[str, Any]:
    """The entries of the dicts in a dict, side by side."""
    return {
        k: v for name, value in values.items() for k, v in (value if isinstance(value, dict) else {name: value}).items()
    }


def save_run(run_dir: Path, model: SentimentModel, about: dict[str, Any]) -> None:
    """Write the run folder; run.json comes last and says that the run is whole."""
    weights = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    with atomic_path(run_dir / "weights.safetensors") as temporary:
        safetensors.torch.save_file(weights, temporary)
    write_history(run_dir / "history.csv", about["history"])
    write_json(run_dir / "run.json", about)


def read_run(run_dir: str | Path) -> dict[str, Any]:
    """What run.json holds; UserError if there is no finished run."""
    path = Path(run_dir) / "run.json"
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        raise UserError(
            f"{path}: no finished run: train first, `mmbook sentiment train FEATURES --out {run_dir}`"
        ) from None
    except ValueError as error:
        raise UserError(f"{path}: damaged ({error}): train again into a new folder") from None


def load_run(run_dir: str | Path) -> tuple[SentimentModel, dict[str, Any]]:
    """The trained model, ready to answer on the CPU, and what run.json holds; UserError if either cannot be read."""
    run = read_run(run_dir)
    path = Path(run_dir) / "weights.safetensors"
    try:
        weights = safetensors.torch.load_file(path)
        model = SentimentModel(ModelConfig.from_dict(run["config"]))
        model.load_state_dict(weights)
    except (OSError, SafetensorError, RuntimeError, KeyError, TypeError) as error:
        raise UserError(f"{path}: cannot be read ({error}): train again into a new folder") from None
    return model.eval(), run
