from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sksurv.nonparametric import kaplan_meier_estimator
from statsmodels.duration.survfunc import SurvfuncRight, survdiff

from models.cohort.step_curve import difference_at, log_log_interval
from models.cohort.survival import (
    kaplan_meier,
    log_rank,
    restricted_mean,
    restricted_mean_difference,
)
from models.cohort.time_counts import TimeCounts

TIGHT = {"rtol": 0, "atol": 1e-9}

# Weeks in remission of 42 children with leukaemia, censored ones negative. Freireich EJ et al.
# Blood 1963;21:699-716; as in Kalbfleisch JD, Prentice RL (2002), section 1.1.2, and
# Klein JP, Moeschberger ML (2003), section 1.2.
SIX_MP = [6, 6, 6, -6, 7, -9, 10, -10, -11, 13, 16, -17, -19, -20, 22, 23, -25, -32, -32, -34, -35]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]


def weeks(values: list[int]) -> TimeCounts:
    return TimeCounts.from_rows(np.abs(values), np.greater(values, 0).astype(int))


def simulated(seed: int, n: int = 300) -> tuple[np.ndarray, ...]:
    """Time, event, entry and group of people with many ties, the last of whom is censored."""
    rng = np.random.default_rng(seed)
    entry = np.where(rng.random(n) < 0.5, -1, rng.integers(0, 40, n))
    time = np.maximum(entry, 0) + 1 + rng.geometric(0.02, n)
    event = (rng.random(n) < 0.6).astype(int)
    event[np.argmax(time)] = 0
    return time, event, entry, rng.integers(0, 2, n)


@pytest.mark.parametrize("seed", range(5))
def test_curve_and_log_log_interval_are_those_of_scikit_survival(seed):
    time, event, _, _ = simulated(seed)
    times, share, (lower, upper) = kaplan_meier_estimator(event > 0, time, conf_type="log-log")
    curve = kaplan_meier(TimeCounts.from_rows(time, event))
    np.testing.assert_array_equal(curve.times, times)
    np.testing.assert_allclose(curve.estimate, share, **TIGHT)
    np.testing.assert_allclose(curve.lower, lower, **TIGHT)
    np.testing.assert_allclose(curve.upper, upper, **TIGHT)


@pytest.mark.parametrize("seed", range(5))
def test_with_delayed_entry_the_curve_is_that_of_scikit_survival(seed):
    time, event, entry, _ = simulated(seed)
    times, share, (lower, upper) = kaplan_meier_estimator(
        event > 0, time + 1, time_enter=entry + 1, conf_type="log-log"
    )
    at = kaplan_meier(TimeCounts.from_rows(time, event, entry)).at(times - 1)
    np.testing.assert_allclose(at.estimate, share, **TIGHT)
    np.testing.assert_allclose(at.lower, lower, **TIGHT)
    np.testing.assert_allclose(at.upper, upper, **TIGHT)


@pytest.mark.parametrize("seed", range(5))
def test_greenwoods_errors_are_those_of_statsmodels(seed):
    time, event, entry, _ = simulated(seed)
    theirs = SurvfuncRight(time, event, entry=entry)
    at = kaplan_meier(TimeCounts.from_rows(time, event, entry)).at(theirs.surv_times)
    np.testing.assert_allclose(at.estimate, theirs.surv_prob, **TIGHT)
    np.testing.assert_allclose(np.sqrt(at.variance), theirs.surv_prob_se, **TIGHT)
    np.testing.assert_array_equal(at.at_risk, theirs.n_risk)


@pytest.mark.parametrize("delayed", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_log_rank_is_that_of_statsmodels(seed, delayed):
    time, event, entry, group = simulated(seed)
    entry = entry if delayed else np.full_like(entry, -1)
    sides = [TimeCounts.from_rows(time[m], event[m], entry[m]) for m in (group == 0, group == 1)]
    statistic, p = survdiff(time, event, group, entry=entry)
    test = log_rank(*sides)
    np.testing.assert_allclose(test.statistic, statistic, **TIGHT)
    np.testing.assert_allclose(test.p, p, **TIGHT)
    other_way = log_rank(*reversed(sides))
    assert other_way.score == pytest.approx(-test.score, abs=1e-9)
    assert other_way.statistic == pytest.approx(test.statistic, abs=1e-9)


def test_remission_on_6_mp_is_as_published():
    """Kalbfleisch and Prentice (2002); the errors as in Klein and Moeschberger, table 4.1."""
    at = kaplan_meier(weeks(SIX_MP)).at([6, 7, 10, 13, 16, 22, 23])
    assert at.estimate.round(3).tolist() == [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    errors = np.sqrt(at.variance).round(4).tolist()
    assert errors == [0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346]


def test_6_mp_against_placebo_is_as_published():
    """Log-rank statistic as in Kleinbaum and Klein, Survival Analysis (2012), chapter 2."""
    test = log_rank(weeks(SIX_MP), weeks(PLACEBO))
    assert round(test.statistic, 2) == 16.79
    assert round(test.score, 2) == -10.25
    assert round(test.variance, 2) == 6.26


def test_mean_remission_on_6_mp_is_as_published():
    """Klein and Moeschberger (2003), example 4.2: 23.287 weeks, standard error 2.827."""
    mean = restricted_mean(kaplan_meier(weeks(SIX_MP)), 35)
    assert round(mean.estimate, 3) == 23.287
    assert round(mean.variance**0.5, 3) == 2.827


@pytest.mark.parametrize("tau", [1, 40, 90])
@pytest.mark.parametrize("seed", range(3))
def test_restricted_mean_is_the_integral_of_the_curve(seed, tau):
    time, event, entry, _ = simulated(seed)
    curve = kaplan_meier(TimeCounts.from_rows(time, event, entry))
    middles = np.arange(tau)
    share = curve.at(middles).estimate
    # Covariance of the curve on two days: S(u) S(v) times Greenwood's sum up to the first.
    sums = curve.at(middles).variance / share**2
    first = np.minimum.outer(middles, middles)
    mean = restricted_mean(curve, tau)
    assert mean.estimate == pytest.approx(share.sum(), abs=1e-9)
    assert mean.variance == pytest.approx(np.sum(np.outer(share, share) * sums[first]), abs=1e-9)
    assert mean.upper - mean.estimate == pytest.approx(1.959963985 * mean.variance**0.5, abs=1e-8)


def test_the_interval_of_a_difference_of_means_adds_the_variances():
    a = restricted_mean(kaplan_meier(weeks(SIX_MP)), 23)
    b = restricted_mean(kaplan_meier(weeks(PLACEBO)), 23)
    gap = restricted_mean_difference(a, b)
    assert gap.estimate[0] == a.estimate - b.estimate
    assert gap.variance[0] == a.variance + b.variance
    assert gap.lower[0] > 0
    with pytest.raises(ValueError, match="same day"):
        restricted_mean_difference(a, restricted_mean(kaplan_meier(weeks(PLACEBO)), 22))


def test_the_difference_of_two_curves_on_given_days():
    a, b = kaplan_meier(weeks(SIX_MP)), kaplan_meier(weeks(PLACEBO))
    gap = difference_at(a, b, [10, 35, 36])
    assert gap.estimate[:2].round(3).tolist() == [0.372, 0.448]
    assert (gap.lower[:2] < gap.estimate[:2]).all()
    assert np.isnan([gap.estimate[2], gap.lower[2], gap.upper[2]]).all()


@pytest.mark.parametrize("tau", [0, 36])
def test_a_restricted_mean_beyond_the_follow_up_is_refused(tau):
    with pytest.raises(ValueError, match="followed to its last day"):
        restricted_mean(kaplan_meier(weeks(SIX_MP)), tau)


def test_where_nobody_is_left_the_curve_stays_at_0():
    curve = kaplan_meier(weeks(PLACEBO))
    at = curve.at([0, 23, 400])
    assert at.estimate.tolist() == [1.0, 0.0, 0.0]
    assert at.lower.tolist() == at.upper.tolist() == [1.0, 0.0, 0.0]
    assert at.variance.tolist() == [0.0, 0.0, 0.0]
    assert at.at_risk.tolist() == [21.0, 1.0, 0.0]
    assert restricted_mean(curve, 400).estimate == pytest.approx(np.mean(PLACEBO))


def test_without_an_event_the_curve_is_1_until_nobody_is_followed():
    at = kaplan_meier(weeks([-3, -8])).at([0, 8, 9])
    assert at.estimate.tolist()[:2] == at.lower.tolist()[:2] == at.upper.tolist()[:2] == [1.0, 1.0]
    assert np.isnan(at.estimate[2])


def test_a_cohort_of_nobody_has_no_curve_and_no_test():
    nobody = TimeCounts.from_rows([], [])
    assert np.isnan(kaplan_meier(nobody).at([0, 5]).estimate).all()
    assert np.isnan(log_rank(nobody, weeks(SIX_MP)).p)
    assert np.isnan(log_rank(weeks([-3]), weeks([-4])).statistic)
    with pytest.raises(ValueError, match="followed to its last day"):
        restricted_mean(kaplan_meier(nobody), 1)


def test_the_interval_of_0_and_1_is_themselves_and_another_level_is_wider():
    share, variance = np.array([0.0, 0.5, 1.0]), np.array([0.1, 0.01, 0.0])
    lower, upper = log_log_interval(share, variance)
    assert lower[[0, 2]].tolist() == upper[[0, 2]].tolist() == [0.0, 1.0]
    wider = log_log_interval(share, variance, 0.99)
    assert wider[0][1] < lower[1] < 0.5 < upper[1] < wider[1][1]
    with pytest.raises(ValueError, match="between 0 and 1"):
        log_log_interval(share, variance, 95)


def test_rounding_beside_0_and_1_opens_no_interval():
    share = np.array([1e-15, 1 - 1e-15, 1 - 1e-9])
    lower, upper = log_log_interval(share, np.full(3, 1e-6))
    np.testing.assert_allclose(lower[:2], share[:2], **TIGHT)
    np.testing.assert_allclose(upper[:2], share[:2], **TIGHT)
    assert (lower[2], upper[2]) == (0.0, 1.0)


def weighted_rows(seed: int, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Time, event and weight, where the weight goes with the hazard."""
    rng = np.random.default_rng(seed)
    level = rng.integers(0, 3, n)
    latent, limit = rng.geometric(0.01 + 0.01 * level), rng.geometric(0.01, n)
    return np.minimum(latent, limit), (latent <= limit).astype(int), 0.2 + 0.4 * level


def test_weighted_curve_and_variance_are_those_of_xie_and_liu():
    time, event, weight = weighted_rows(3, 200)
    curve = kaplan_meier(TimeCounts.from_rows(time, event, weight=weight))
    share, terms = 1.0, 0.0
    for day, ours, variance in zip(curve.times, curve.estimate, curve.variance, strict=True):
        at_risk = weight[time >= day]
        kept = 1 - weight[(time == day) & (event == 1)].sum() / at_risk.sum()
        share *= kept
        if kept > 1e-12:
            terms += (1 - kept) / (at_risk.sum() ** 2 / (at_risk**2).sum() * kept)
        assert ours == pytest.approx(share, abs=1e-9)
        assert variance == pytest.approx(share**2 * terms, abs=1e-9)


def test_equal_weights_change_nothing():
    time, event, _ = weighted_rows(4, 200)
    plain = kaplan_meier(TimeCounts.from_rows(time, event))
    same = kaplan_meier(TimeCounts.from_rows(time, event, weight=np.full(time.size, 0.3)))
    np.testing.assert_allclose(same.estimate, plain.estimate, **TIGHT)
    np.testing.assert_allclose(same.variance, plain.variance, **TIGHT)


def test_the_weighted_variance_is_that_between_samples():
    shares, variances = [], []
    for seed in range(400):
        time, event, weight = weighted_rows(1000 + seed, 200)
        curve = kaplan_meier(TimeCounts.from_rows(time, event, weight=weight))
        at = curve.at([20])
        shares.append(at.estimate[0])
        variances.append(at.variance[0])
    assert np.mean(variances) == pytest.approx(np.var(shares), rel=0.2)


def test_a_test_of_weighted_counts_is_refused():
    counts = TimeCounts.from_rows([3, 5], [1, 0], weight=[0.5, 0.5])
    with pytest.raises(ValueError, match="not weighted"):
        log_rank(counts, weeks(PLACEBO))


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 1)), min_size=1, max_size=60))
def test_curves_only_fall_and_lie_in_their_intervals(rows):
    time, event = np.array(rows).T
    curve = kaplan_meier(TimeCounts.from_rows(time, event))
    assert (np.diff(np.append(1.0, curve.estimate)) <= 0).all()
    assert (curve.lower >= 0).all()
    assert (curve.upper <= 1).all()
    assert (curve.lower <= curve.estimate + 1e-12).all()
    assert (curve.estimate <= curve.upper + 1e-12).all()
    assert (curve.variance >= 0).all()
