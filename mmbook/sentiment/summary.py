"""What a model is made of and what it costs: one line for each layer that computes (§5.2.2, `model.summary()`)."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Layer:
    """One layer: its name and kind, the shape of its output, its parameters, and the FLOPs of one call."""

    name: str
    kind: str
    output: tuple[int, ...]
    parameters: int
    flops: int


def layer_flops(layer: nn.Module, output: Tensor) -> int:
    """Two for each multiply-add of a convolution, a dense layer or an LSTM; 0 for everything else, which is small.

    A convolution does `channels x kernel` multiply-adds for each number it puts out, a dense layer `inputs`, and an
    LSTM `4 (inputs + hidden)` for each number of its state.
    """
    if isinstance(layer, nn.Conv1d | nn.Conv2d):
        return 2 * output.numel() * layer.weight[0].numel()
    if isinstance(layer, nn.Linear):
        return 2 * output.numel() * layer.in_features
    if isinstance(layer, nn.LSTM):
        return 2 * output.numel() * 4 * (layer.input_size + layer.hidden_size)
    return 0


@torch.no_grad()
def summarize(model: nn.Module, batch: Mapping[str, Tensor] | Tensor) -> list[Layer]:
    """A `Layer` for each part of `model` that holds parameters, in the order in which `model(batch)` calls them.

    Parameters that no layer owns (such as the vectors of absent modalities) come last, with no FLOPs, so that the
    parameters add up to the model's. A layer that is called twice has two lines, the second without parameters.
    """
    names = {module: name for name, module in model.named_modules()}
    lines: list[Layer] = []
    seen: set[nn.Module] = set()

    def note(layer: nn.Module, _inputs: tuple, output: Tensor | tuple) -> None:
        first = output[0] if isinstance(output, tuple) else output
        count = 0 if layer in seen else own_parameters(layer)
        lines.append(Layer(names[layer], type(layer).__name__, tuple(first.shape), count, layer_flops(layer, first)))
        seen.add(layer)

    hooks = [m.register_forward_hook(note) for m in names if own_parameters(m) and not isinstance(m, nn.ParameterDict)]
    try:
        model(batch)
    finally:
        for hook in hooks:
            hook.remove()
    rest = [module for module in names if own_parameters(module) and module not in seen]
    return lines + [Layer(names[m], type(m).__name__, (), own_parameters(m), 0) for m in rest]


def own_parameters(module: nn.Module) -> int:
    """How many numbers the module itself learns, without those of its parts."""
    return sum(parameter.numel() for parameter in module.parameters(recurse=False))
