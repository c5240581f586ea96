from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.weightstats import DescrStatsW

from models.cohort.balance import Sums, difference_of_means, difference_of_shares


def sums(values: np.ndarray, weight: np.ndarray | None = None) -> Sums:
    weight = np.ones(len(values)) if weight is None else weight
    return Sums(
        np.array(weight.sum()),
        np.array(np.sum(weight**2)),
        np.array(np.sum(weight * values)),
        np.array(np.sum(weight * values**2)),
    )


def test_the_difference_of_two_shares_by_hand():
    """0.30 and 0.20: 0.10 over sqrt((0.21 + 0.16) / 2) = 0.2325."""
    assert difference_of_shares(0.3, 0.2).round(4) == 0.2325


def test_levels_are_compared_all_at_once():
    smd = difference_of_shares([0.5, 0.0, 1.0, np.nan], [0.5, 1.0, 0.0, 0.1])
    assert smd[0] == 0
    assert smd[1] == -np.inf
    assert smd[2] == np.inf
    assert np.isnan(smd[3])


@pytest.mark.parametrize(("a", "b"), [(1.1, 0.2), (0.2, -0.1)])
def test_a_share_is_between_0_and_1(a, b):
    with pytest.raises(ValueError, match="between 0 and 1"):
        difference_of_shares(a, b)


def test_means_are_compared_in_pooled_sample_deviations():
    rng = np.random.default_rng(1)
    a, b = rng.normal(62, 11, 80), rng.normal(58, 9, 120)
    pooled = np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / 2)
    smd = difference_of_means(sums(a), sums(b))
    assert smd == pytest.approx((a.mean() - b.mean()) / pooled, abs=1e-9)


def test_whole_weights_give_the_mean_and_spread_of_statsmodels():
    rng = np.random.default_rng(2)
    values, weight = rng.normal(5, 2, 200), rng.random(200)
    theirs = DescrStatsW(values, weight)
    ours = sums(values, weight)
    # statsmodels divides by the sum of weights; unbiased is by sum w - sum w² / sum w.
    unbiased = theirs.var * weight.sum() / (weight.sum() - np.sum(weight**2) / weight.sum())
    assert ours.mean == pytest.approx(theirs.mean, abs=1e-9)
    assert ours.variance == pytest.approx(unbiased, abs=1e-9)


def test_the_weighted_variance_is_unbiased():
    rng = np.random.default_rng(3)
    weight = rng.random(12)
    drawn = [sums(rng.normal(0, 2, 12), weight).variance for _ in range(4000)]
    assert np.mean(drawn) == pytest.approx(4, rel=0.05)


def test_without_a_value_there_is_no_difference():
    nobody = sums(np.array([]))
    assert np.isnan(difference_of_means(nobody, sums(np.array([1.0, 2.0]))))
    assert difference_of_means(sums(np.array([2.0])), sums(np.array([2.0]))) == 0


def test_sums_that_no_values_have_are_refused():
    one = np.array([1.0])
    with pytest.raises(ValueError, match="too small"):
        Sums(np.array([2.0]), np.array([2.0]), np.array([10.0]), np.array([49.0]))
    with pytest.raises(ValueError, match="0 or more"):
        Sums(-one, one, one, one)
    with pytest.raises(ValueError, match="one shape"):
        Sums(one, one, one, np.array([1.0, 1.0]))


VALUES = st.lists(st.integers(-50, 50).map(float), min_size=2, max_size=30).map(np.array)


@given(VALUES, VALUES)
def test_swapping_the_cohorts_turns_the_sign(a, b):
    one, other = difference_of_means(sums(a), sums(b)), difference_of_means(sums(b), sums(a))
    assert one == pytest.approx(-other, abs=1e-9)


@given(VALUES, st.floats(0.1, 10))
def test_the_scale_of_the_weights_does_not_matter(values, scale):
    weight = 1 + np.arange(len(values)) % 3
    one, other = sums(values, weight * 1.0), sums(values, weight * scale)
    assert one.mean == pytest.approx(other.mean, abs=1e-9)
    assert one.variance == pytest.approx(other.variance, rel=1e-6, abs=1e-6)
