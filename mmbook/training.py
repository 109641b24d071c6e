"""The training loop: plain PyTorch, on one processor or many, resumable, the same losses however it is divided (§2.4).

A batch is drawn for the whole world of processes, in an order that the seed and the epoch fix, and then divided. A
process weighs its own losses so that the mean of all gradients, which is what distributed data parallelism takes, is
the gradient of the whole batch. Nothing is drawn from a global random state.
"""

import copy
import math
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from lightning_fabric import Fabric
from torch import Tensor, nn
from tqdm import tqdm

from mmbook.errors import UserError
from mmbook.files import atomic_path, write_rows
from mmbook.seeding import key, rng

Batch = Mapping[str, Tensor]
Row = dict[str, float]


@dataclass(frozen=True)
class FitSettings:
    """How a model is fitted: AdamW, a linear warm-up, a cosine descent, clipped gradients, averaged weights."""

    epochs: int
    batch_size: int = 32
    seed: int = 0
    learning_rate: float = 1e-3  # at its peak
    weight_decay: float = 0.05  # of matrices; vectors (biases, norms, absent modalities) are not decayed
    warmup: float = 0.1  # share of all steps
    clip: float = 1.0  # largest norm of the whole gradient
    average: float = 0.98  # of the weights' moving average, which is what is validated and kept
    patience: int | None = None  # epochs without a lower validation loss before stopping


def make_fabric(device: str = "auto") -> Fabric:
    """A launched Fabric for "auto", "cpu", "cuda" or "mps"; under `torchrun`, one of its processes."""
    available = {"cuda": torch.cuda.is_available, "mps": torch.backends.mps.is_available}
    if device not in ("auto", "cpu", *available):
        raise UserError(f"device {device!r} is unknown: choose auto, cpu, cuda or mps")
    if device in available and not available[device]():
        raise UserError(f"device {device!r} is not available on this machine: choose auto or cpu")
    if "LT_CLI_USED" in os.environ:  # `fabric run` has chosen everything
        fabric = Fabric()
    else:
        here = int(os.environ.get("LOCAL_WORLD_SIZE", 1))  # set by torchrun
        nodes = int(os.environ.get("WORLD_SIZE", 1)) // here
        strategy = "ddp" if here * nodes > 1 else "auto"
        fabric = Fabric(accelerator=device, devices=here, num_nodes=nodes, strategy=strategy)
    fabric.launch()
    return fabric


def batches(count: int, batch_size: int, seed: int, epoch: int) -> list[Int[np.ndarray, "_"]]:
    """The rows 0..count-1 in this epoch's order, in batches of nearly equal size, none left out."""
    order = rng(seed, "order", epoch).permutation(count)
    return np.array_split(order, max(1, round(count / batch_size)))


def learning_rate_at(step: int, steps: int, settings: FitSettings) -> float:
    """The rate at a step counted from 0: up in a straight line, then down along half a cosine to a hundredth."""
    warmup = max(1, round(settings.warmup * steps))
    if step < warmup:
        return settings.learning_rate * (step + 1) / warmup
    progress = (step - warmup) / max(1, steps - warmup)
    return settings.learning_rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * progress)))


def make_optimizer(model: nn.Module, settings: FitSettings) -> torch.optim.AdamW:
    """AdamW that decays matrices and leaves vectors alone (Loshchilov and Hutter, 2019)."""
    parameters = [p for p in model.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": settings.weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=settings.learning_rate)


def train_epoch(
    fabric: Fabric,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    average: nn.Module,
    loss: Callable[[nn.Module, Batch], Float[Tensor, "batch"]],
    load: Callable[[Int[np.ndarray, "_"], int], Batch],
    count: int,
    epoch: int,
    settings: FitSettings,
) -> list[float]:
    """The loss of each step of one epoch, each over the whole batch; `model` and `average` are changed in place."""
    plan, losses = batches(count, settings.batch_size, settings.seed, epoch), []
    for step, rows in enumerate(plan, start=epoch * len(plan)):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate_at(step, settings.epochs * len(plan), settings)
        batch = fabric.to_device(dict(load(rows[fabric.global_rank :: fabric.world_size], epoch)))
        mean = loss(model, batch).sum() * fabric.world_size / len(rows)
        optimizer.zero_grad()
        fabric.backward(mean)
        fabric.clip_gradients(model, optimizer, max_norm=settings.clip)
        optimizer.step()
        update_average(average, model, min(settings.average, (1 + step) / (10 + step)))
        losses.append(fabric.all_reduce(mean.detach(), reduce_op="mean"))
    return torch.stack(losses).tolist()


@torch.no_grad()
def update_average(average: nn.Module, model: nn.Module, decay: float) -> None:
    """Move `average` towards `model`: `a <- decay a + (1 - decay) w`."""
    torch._foreach_lerp_(list(average.parameters()), list(model.parameters()), 1 - decay)


def fit(
    model: nn.Module,
    loss: Callable[[nn.Module, Batch], Float[Tensor, "batch"]],
    load: Callable[[Int[np.ndarray, "_"], int], Batch],
    count: int,
    settings: FitSettings,
    *,
    validate: Callable[[nn.Module], Row] | None = None,
    fabric: Fabric | None = None,
    checkpoint: Path | None = None,
    label: str = "",
    progress: bool = True,
) -> list[Row]:
    """The history, one row for each epoch: `train_loss`, and what `validate` said with `valid_` before it.

    `load(rows, epoch)` gives the batch of these rows of 0..count-1; `loss(model, batch)` one loss for each row, and
    should call `model` once. `validate(model)` gives at least `loss`. Afterwards `model` holds the averaged weights of
    the epoch with the lowest validation loss (of the last epoch without `validate`).

    With `checkpoint`, the state is written there after each epoch, and a file that is there is continued from, to
    the same bits; UserError if its settings or `label` (say what else must be equal) differ.
    """
    fabric = fabric or make_fabric("cpu")
    if count < fabric.world_size:
        raise UserError(f"{count} training rows for {fabric.world_size} processes: start fewer processes")
    optimizer = make_optimizer(model, settings)
    wrapped, optimizer = fabric.setup(model, optimizer)
    average = fabric.to_device(copy.deepcopy(model))
    best, history = copy.deepcopy(average.state_dict()), []
    settings_key = f"{asdict(settings)} {label}"
    if checkpoint is not None and checkpoint.exists():
        state = torch.load(checkpoint, map_location=fabric.device, weights_only=True)
        if state["settings"] != settings_key:
            raise UserError(
                f"{checkpoint}: made with other settings or data: choose another folder, or delete this one"
            )
        model.load_state_dict(state["model"])
        average.load_state_dict(state["average"])
        optimizer.load_state_dict(state["optimizer"])
        best, history = state["best"], state["history"]
    shown = progress and fabric.global_rank == 0
    bar = tqdm(total=settings.epochs, initial=len(history), desc="train", unit="epoch", disable=not shown)
    while len(history) < settings.epochs and not stalled(history, settings.patience):
        wrapped.train()
        losses = train_epoch(fabric, wrapped, optimizer, average, loss, load, count, len(history), settings)
        row = {"train_loss": float(np.mean(losses))}
        if validate is not None:
            average.eval()
            row |= {f"valid_{name}": float(value) for name, value in fabric.broadcast(validate(average)).items()}
        history.append(row)
        if best_epoch(history) == len(history) - 1:
            best = copy.deepcopy(average.state_dict())
        if checkpoint is not None and fabric.global_rank == 0:
            state = {"model": model.state_dict(), "average": average.state_dict(), "optimizer": optimizer.state_dict()}
            save_state(checkpoint, state | {"best": best, "history": history, "settings": settings_key})
        bar.update()
        bar.set_postfix({name: f"{value:.3f}" for name, value in row.items()})
    bar.close()
    model.load_state_dict(best)
    fabric.barrier()
    return history


def best_epoch(history: list[Row]) -> int:
    """The epoch, from 0, with the lowest validation loss; the last one where nothing was validated."""
    if "valid_loss" not in history[-1]:
        return len(history) - 1
    return int(np.argmin([row["valid_loss"] for row in history]))


def stalled(history: list[Row], patience: int | None) -> bool:
    """True after `patience` epochs without a lower validation loss."""
    return patience is not None and len(history) > 0 and len(history) - 1 - best_epoch(history) >= patience


def save_state(path: Path, state: dict[str, Any]) -> None:
    """Write tensors, numbers, strings, lists and dicts atomically, for `torch.load(path, weights_only=True)`."""
    with atomic_path(path) as temporary:
        torch.save(state, temporary)


def write_history(path: Path, history: list[Row]) -> None:
    """Write the history as CSV, one line for each epoch, counted from 1."""
    write_rows(path, [{"epoch": number, **row} for number, row in enumerate(history, start=1)])


def parameter_seed(seed: int) -> int:
    """The seed of a model's first weights: the same for any number of processes."""
    return key(seed, "weights") % 2**63
