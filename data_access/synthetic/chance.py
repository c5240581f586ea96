"""Random draws that the generator makes in many places, over whole arrays at once."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from scipy.special import expit, logit

from models.arrays import Bools, Floats, Integers


def pick(rng: Generator, weights: Floats, rows: Integers) -> Integers:
    """One column per row of ``rows``, with the chances of that row of ``weights``.

    Args:
        rng: the source of randomness.
        weights: shape (kinds, columns), not negative, need not add up to 1.
        rows: shape (n,), which kind each draw belongs to.

    Returns:
        Column numbers, shape (n,).
    """
    cumulative = np.cumsum(weights, axis=1)
    cumulative /= cumulative[:, -1:]
    drawn = rng.random(len(rows))
    return np.asarray((drawn[:, None] >= cumulative[rows]).sum(axis=1), dtype=np.int64)


def choose(rng: Generator, shares: Floats, n: int) -> Integers:
    """``n`` draws of a place in ``shares``, which need not add up to 1."""
    return pick(rng, np.asarray(shares, dtype=np.float64)[None, :], np.zeros(n, dtype=np.int64))


def happens(rng: Generator, probability: Floats | float, n: int) -> Bools:
    """True with the given chance, shape (n,)."""
    return np.asarray(rng.random(n) < probability)


def shifted(probability: Floats | float, log_odds: Floats | float) -> Floats:
    """A probability after adding ``log_odds`` to its log-odds."""
    return np.asarray(expit(logit(probability) + log_odds))
