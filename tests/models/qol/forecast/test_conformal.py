"""Intervals: the margin against its definition, and how often they hold new values."""

from __future__ import annotations

import numpy as np
import pytest

from models.qol.forecast.conformal import conformal_margin


def test_the_margin_is_the_smallest_that_holds_enough_values():
    observed = np.array([1.0, 2.0, 3.0, 14.0])
    lower, upper = np.zeros(4), np.full(4, 10.0)
    # Outside by -1, -2, -3 and +4; ceil(5 x 0.5) = 3, ceil(5 x 0.8) = 4.
    assert conformal_margin(lower, upper, observed, 0.5) == -1.0
    assert conformal_margin(lower, upper, observed, 0.8) == 4.0


def test_values_below_and_above_move_the_ends_alike():
    lower, upper = np.zeros(3), np.full(3, 10.0)
    below = conformal_margin(lower, upper, np.array([-2.0, 5.0, 5.0]), 0.7)
    above = conformal_margin(lower, upper, np.array([12.0, 5.0, 5.0]), 0.7)
    assert below == above == 2.0


@pytest.mark.parametrize(("values", "level"), [(3, 0.8), (0, 0.5), (10, 1.0), (10, 0.0)])
def test_too_few_values_for_a_level_are_refused(values, level):
    some = np.zeros(values)
    with pytest.raises(ValueError, match=f"{values} values are too few"):
        conformal_margin(some, some, some, level)


@pytest.mark.parametrize("level", [0.5, 0.8, 0.95])
def test_exchangeable_values_are_held_as_often_as_promised_and_hardly_more(level):
    rng = np.random.default_rng(9)
    kept = 59
    held = []
    for _ in range(4_000):
        values = rng.gamma(2, 5, kept + 1)
        ends = np.full(kept, 4.0), np.full(kept, 9.0)
        margin = conformal_margin(*ends, values[:-1], level)
        held.append(4 - margin <= values[-1] <= 9 + margin)
    error = 3 * np.sqrt(level * (1 - level) / len(held))
    assert level - error <= np.mean(held) <= level + 1 / (kept + 1) + error
