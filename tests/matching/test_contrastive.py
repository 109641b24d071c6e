"""InfoNCE: what it equals, what leaves it alone, where it is smallest and largest."""

import math

import pytest
import torch

from mmbook.matching.contrastive import info_nce


def pairs(batch=6, dim=5, seed=0):
    draw = torch.Generator().manual_seed(seed)
    return (torch.randn(batch, dim, generator=draw, dtype=torch.float64) for _ in range(2))


def test_info_nce_equals_its_formula_written_out_row_by_row():
    x, y = pairs()
    x1, y1 = x / x.norm(dim=1, keepdim=True), y / y.norm(dim=1, keepdim=True)
    rows = []
    for n in range(len(x)):
        there = torch.tensor([float(x1[n] @ y1[k]) / 0.2 for k in range(len(x))], dtype=torch.float64)
        back = torch.tensor([float(x1[k] @ y1[n]) / 0.2 for k in range(len(x))], dtype=torch.float64)
        rows.append(-(there[n] - torch.logsumexp(there, 0) + back[n] - torch.logsumexp(back, 0)) / 2)
    expected = torch.stack(rows)
    torch.testing.assert_close(info_nce(x, y, 0.2, "none"), expected)
    torch.testing.assert_close(info_nce(x, y, 0.2, "sum"), expected.sum())
    torch.testing.assert_close(info_nce(x, y, 0.2), expected.mean())


def test_info_nce_is_symmetric():
    x, y = pairs()
    torch.testing.assert_close(info_nce(x, y), info_nce(y, x))


def test_info_nce_does_not_change_when_pairs_are_reordered_or_vectors_are_lengthened():
    x, y = pairs()
    order = torch.tensor([3, 1, 0, 5, 4, 2])
    torch.testing.assert_close(info_nce(x[order], y[order]), info_nce(x, y))
    torch.testing.assert_close(info_nce(7 * x, 0.1 * y), info_nce(x, y))


def test_info_nce_of_rows_that_are_all_alike_is_the_logarithm_of_the_batch():
    x = torch.ones(8, 3)
    assert float(info_nce(x, x)) == pytest.approx(math.log(8), abs=1e-6)


def test_info_nce_of_perfect_pairs_is_near_zero_and_of_swapped_ones_is_large():
    x = torch.eye(4)
    assert float(info_nce(x, x)) < 1e-5
    assert float(info_nce(x, x.roll(1, 0))) > 10


def test_info_nce_of_one_pair_is_zero_and_has_no_gradient():
    x, y = (rows.requires_grad_() for rows in pairs(batch=1))
    loss = info_nce(x, y)
    loss.backward()
    assert loss.item() == 0.0
    assert float(x.grad.abs().max()) == 0.0


def test_info_nce_has_the_gradient_of_finite_differences():
    x, y = (rows.requires_grad_() for rows in pairs(batch=4, dim=3))
    assert torch.autograd.gradcheck(lambda a, b: info_nce(a, b, 0.5), (x, y))


def test_a_temperature_that_is_learned_receives_a_gradient():
    x, y = pairs()
    temperature = torch.tensor(0.1, dtype=torch.float64, requires_grad=True)
    info_nce(x, y, temperature).backward()
    assert temperature.grad is not None and float(temperature.grad.abs()) > 0


@pytest.mark.parametrize("options", [{"temperature": 0}, {"temperature": -1.0}, {"reduction": "average"}])
def test_an_impossible_option_is_named(options):
    x, y = pairs()
    with pytest.raises(ValueError, match=f"info_nce: {next(iter(options))}"):
        info_nce(x, y, **options)
