"""Answers to the exercises of §1.3: evidence that adds, and hints."""

import math

import numpy as np
from scipy.stats import norm

from mmbook.exercises import number, register

register(
    "1.3.1",
    number(1 / (1 + math.exp(0.4)), 0.006),
    "Independent evidence adds as log-odds.",
    "From log-odds z the probability is 1 / (1 + exp(-z)).",
    wrong=(0.6, -0.4, 1 / (1 + math.exp(-1.0))),
)
_c = math.log(9)
register(
    "1.3.2",
    number(float(0.9 * norm.cdf(1 + _c / 2) + 0.1 * norm.cdf(1 - _c / 2)), 0.0015),
    "Put 0.9 where the formula has 0.8, and mind that c changes too.",
    "c is the logarithm of 0.9 / 0.1, and s is 2.",
    wrong=(0.9, float(norm.cdf(1)), float(0.9 * norm.cdf(1 + math.log(4) / 2) + 0.1 * norm.cdf(1 - math.log(4) / 2))),
)


def _is_with_hint(answer: object) -> bool:
    """Whether `answer(log_p, allowed)` renormalises over the allowed digits alone."""
    log_p = np.log(np.random.default_rng(0).dirichlet(np.ones(10), size=4))
    for allowed in ([0, 2, 4, 6, 8], [3], list(range(10))):
        expected = np.zeros((4, 10))
        expected[:, allowed] = np.exp(log_p[:, allowed])
        expected /= expected.sum(axis=1, keepdims=True)
        if not np.allclose(answer(log_p.copy(), allowed), expected, atol=1e-9):
            return False
    return True


def _only_masked(log_p: np.ndarray, allowed: list[int]) -> np.ndarray:
    """The mistake of not dividing by the sum."""
    kept = np.zeros_like(log_p)
    kept[:, allowed] = np.exp(log_p[:, allowed])
    return kept


register(
    "1.3.3",
    _is_with_hint,
    "Begin with zeros, and put exp(log_p) at the allowed places.",
    "Then each row is divided by what is left of it.",
    wrong=(_only_masked, lambda log_p, allowed: np.exp(log_p)),
)
