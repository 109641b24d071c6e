"""A layer that the optimiser never reaches is the quietest of mistakes."""

from torch import Tensor, nn


def assert_every_parameter_receives_a_gradient(module: nn.Module, output: Tensor) -> None:
    module.zero_grad()
    (output * output.detach().cos()).sum().backward()
    unreached = [n for n, p in module.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert not unreached
