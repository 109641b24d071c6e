"""Several questions asked of one trunk: sentiment, speaker and condition, with or without shared layers (§1.2).

The inputs are fixed numbers that no label has touched (`fixed_features`), so that "few labels" means few labels: the
encoders of a trained run have read all labels of its training rows already.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from jaxtyping import Float, Float32, Int
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, interpolate

from mmbook.seeding import rng
from mmbook.sentiment.features import FeatureSet
from mmbook.training import parameter_seed

NO_LABEL = -1  # a row without a label for a task: it costs nothing there
STEPS, LEARNING_RATE, WEIGHT_DECAY = 200, 3e-3, 0.1


class MultiTaskModel(nn.Module):
    """Logits for each task from one shared trunk: `head_k(relu(W x + b))`, one linear head a task.

    With a single task it is an ordinary classifier of the same size. Source: Caruana (1997), hard parameter sharing.

    >>> model = MultiTaskModel(8, {"sentiment": 2, "speaker": 5})
    >>> {task: tuple(logits.shape) for task, logits in model(torch.zeros(3, 8)).items()}
    {'sentiment': (3, 2), 'speaker': (3, 5)}
    """

    def __init__(self, dim: int, classes: Mapping[str, int], hidden: int = 64, dropout: float = 0.3):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(dim, hidden), nn.ReLU(), nn.Dropout(dropout))
        self.heads = nn.ModuleDict({task: nn.Linear(hidden, count) for task, count in classes.items()})

    def forward(self, x: Float[Tensor, "batch dim"]) -> dict[str, Float[Tensor, "batch _"]]:
        """Logits of each task; the trunk runs once."""
        shared = self.trunk(x)
        return {task: head(shared) for task, head in self.heads.items()}


def masked_loss(
    logits: Mapping[str, Float[Tensor, "batch _"]], labels: Mapping[str, Int[Tensor, "batch"]]
) -> Float[Tensor, ""]:
    """The sum over tasks of the mean cross-entropy over the rows that have a label (`NO_LABEL` elsewhere).

    A task without any label costs 0. A task that is in `labels` and not in `logits` is ignored.
    """
    losses = []
    for task, scores in logits.items():
        known = labels[task] != NO_LABEL
        total = cross_entropy(scores, labels[task], ignore_index=NO_LABEL, reduction="sum")
        losses.append(total / known.sum().clamp(min=1))
    return torch.stack(losses).sum()


def fit_tasks(
    x: Float32[np.ndarray, "rows dim"],
    labels: Mapping[str, Int[np.ndarray, "rows"]],
    classes: Mapping[str, int],
    seed: int = 0,
    steps: int = STEPS,
    hidden: int = 64,
) -> MultiTaskModel:
    """A model of the tasks named in `classes`, after `steps` steps of AdamW on all rows at once, ready to answer.

    Every step sees every label, so that a model of one task and a model of several take equally many steps. The
    global random state stays as it was.
    """
    inputs = torch.from_numpy(x)
    targets = {task: torch.from_numpy(np.asarray(labels[task], np.int64)) for task in classes}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(parameter_seed(seed))
        model = MultiTaskModel(x.shape[1], classes, hidden)
        optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
        for _ in range(steps):
            optimizer.zero_grad()
            masked_loss(model(inputs), targets).backward()
            optimizer.step()
    return model.eval()


@torch.no_grad()
def accuracies(
    model: MultiTaskModel, x: Float32[np.ndarray, "rows dim"], labels: Mapping[str, Int[np.ndarray, "rows"]]
) -> dict[str, float]:
    """The share of right answers of each of the model's tasks, over the rows that have a label for it."""
    found = {}
    for task, logits in model(torch.from_numpy(x)).items():
        known = np.asarray(labels[task]) != NO_LABEL
        found[task] = float((logits.argmax(1).numpy() == labels[task])[known].mean())
    return found


def hide_labels(labels: Int[np.ndarray, "rows"], keep: int, seed: int = 0) -> Int[np.ndarray, "rows"]:
    """The labels with all but `keep` of them made `NO_LABEL`; with the same seed, fewer are a part of more."""
    kept = rng(seed, "labels kept").permutation(len(labels))[:keep]
    hidden = np.full(len(labels), NO_LABEL, dtype=np.int64)
    hidden[kept] = labels[kept]
    return hidden


def known_speaker_split(
    speakers: Sequence[str], seed: int = 0, test_share: float = 0.3
) -> tuple[Int[np.ndarray, "train"], Int[np.ndarray, "test"]]:
    """Positions to train and to test on, with every speaker on both sides (one clip alone goes to training).

    Who speaks can be asked only of someone who was heard before. It is a looser test of everything else: voice and
    face of a test clip are known from training.
    """
    names, train, test = np.asarray(speakers), [], []
    for name in sorted(set(speakers)):
        rows = rng(seed, "known speaker", name).permutation(np.flatnonzero(names == name))
        count = min(len(rows) - 1, max(1, round(test_share * len(rows))))
        test += rows[:count].tolist()
        train += rows[count:].tolist()
    return np.sort(np.array(train, int)), np.sort(np.array(test, int))


def fixed_features(data: FeatureSet, size: int = 12) -> dict[str, Float32[np.ndarray, "rows _"]]:
    """For each modality numbers that no label and no training had a part in, one row a clip.

    Image: the first frame at `size` x `size` pixels. Audio: mean and standard deviation of each mel band over the
    clip. Text: which words occur. An absent modality is zeros.
    """
    found = {}
    if data.image is not None:
        frames = torch.from_numpy(data.image[:, 0]).float()
        found["image"] = interpolate(frames, (size, size), mode="area").flatten(1).numpy()
    if data.audio is not None:
        rows = [mel[:length].astype(np.float32) for mel, length in zip(data.audio, data.audio_length, strict=True)]
        none = np.zeros(2 * data.settings.n_mels, np.float32)
        found["audio"] = np.stack([np.concatenate([m.mean(0), m.std(0)]) if len(m) else none for m in rows])
    if data.text is not None:
        words = np.zeros((len(data), len(data.vocabulary.to_list())), np.float32)
        np.put_along_axis(words, data.text.astype(np.int64), 1.0, axis=1)
        words[:, 0] = 0.0  # padding is no word
        found["text"] = words
    return found


def standardise(x: Float32[np.ndarray, "rows dim"], train: Int[np.ndarray, "train"]) -> Float32[np.ndarray, "rows dim"]:
    """Each column less its mean over the training rows, over its standard deviation there; 0 where it never varies."""
    mean, spread = x[train].mean(0), x[train].std(0)
    return np.where(spread > 1e-6, (x - mean) / np.maximum(spread, 1e-6), 0).astype(np.float32)
