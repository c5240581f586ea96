from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest
from sksurv.nonparametric import cumulative_incidence_competing_risks

from models.cohort.competing_risks import cumulative_incidence, gray_test
from models.cohort.step_curve import difference_at
from models.cohort.survival import kaplan_meier, log_rank
from models.cohort.time_counts import TimeCounts

TIGHT = {"rtol": 0, "atol": 1e-9}
TRANSPLANTS = Path(__file__).parents[2] / "data" / "transplant_competing_risks.csv"


def simulated(seed: int, n: int = 300, rate: float = 0.01) -> tuple[np.ndarray, ...]:
    """Time and cause of people with many ties, rate of the event of interest per day."""
    rng = np.random.default_rng(seed)
    own, other, limit = rng.geometric(rate, n), rng.geometric(0.012, n), rng.integers(5, 160, n)
    time = np.minimum(np.minimum(own, other), limit)
    return time, np.where(own == time, 1, np.where(other == time, 2, 0))


def cohort(seed: int, n: int = 300, rate: float = 0.01) -> TimeCounts:
    return TimeCounts.from_rows(*simulated(seed, n, rate), causes=2)


@pytest.mark.parametrize("seed", range(8))
def test_incidence_and_interval_are_those_of_scikit_survival(seed):
    time, cause = simulated(seed, 40 * (seed + 1))
    times, shares, intervals = cumulative_incidence_competing_risks(
        cause, time, conf_type="log-log", var_type="Aalen"
    )
    counts = TimeCounts.from_rows(time, cause)
    for row in (0, 1):
        curve = cumulative_incidence(counts, row)
        np.testing.assert_array_equal(curve.times, times)
        np.testing.assert_allclose(curve.estimate, shares[row + 1], **TIGHT)
        np.testing.assert_allclose(curve.lower, intervals[row + 1, 0], **TIGHT)
        np.testing.assert_allclose(curve.upper, intervals[row + 1, 1], **TIGHT)


def test_the_variance_keeps_its_digits_in_a_large_cohort():
    time, cause = simulated(1, 200_000)
    _, _, intervals = cumulative_incidence_competing_risks(cause, time, conf_type="log-log")
    curve = cumulative_incidence(TimeCounts.from_rows(time, cause))
    width = curve.upper - curve.lower
    np.testing.assert_allclose(width, intervals[1, 1] - intervals[1, 0], rtol=1e-8)


def test_with_delayed_entry_incidence_is_summed_over_those_at_risk():
    time, cause = simulated(2)
    entry = np.random.default_rng(2).integers(-1, 20, time.size)
    time, cause, entry = (column[time > entry] for column in (time, cause, entry))
    curve = cumulative_incidence(TimeCounts.from_rows(time, cause, entry))
    left, incidence = 1.0, 0.0
    for day, ours in zip(curve.times, curve.estimate, strict=True):
        at_risk = np.sum((entry < day) & (time >= day))
        incidence += left * np.sum((time == day) & (cause == 1)) / at_risk
        left *= 1 - np.sum((time == day) & (cause > 0)) / at_risk
        assert ours == pytest.approx(incidence, abs=1e-9)


def test_relapse_in_two_leukaemias_is_compared_as_published():
    """Both tests to every digit that R's cmprsk::cuminc prints for these 177 transplants.

    Data (disease, cause 1 relapse and 2 other death, months times 100) of Scrucca L, Santucci A,
    Aversa F. Bone Marrow Transplant 2010;45:1388-95. Printed for cuminc(ftime, Status, D):
    statistics 2.8623325 and 0.4481279, p 0.09067592 and 0.50322531.
    """
    rows = pd.read_csv(TRANSPLANTS)
    all_, aml = (
        TimeCounts.from_rows(part.months_x100, part.cause) for _, part in rows.groupby("disease")
    )
    relapse, death = gray_test(all_, aml), gray_test(all_, aml, cause=1)
    assert (round(relapse.statistic, 7), round(relapse.p, 8)) == (2.8623325, 0.09067592)
    assert (round(death.statistic, 7), round(death.p, 8)) == (0.4481279, 0.50322531)
    assert gray_test(aml, all_).statistic == pytest.approx(relapse.statistic, abs=1e-9)
    assert gray_test(aml, all_).score == pytest.approx(-relapse.score, abs=1e-9)


class Plain:
    """One cohort as step functions over days, straight from its rows."""

    def __init__(self, time: np.ndarray, cause: np.ndarray, last: int) -> None:
        self.at_risk = [int(np.sum(time >= day)) for day in range(last + 1)]
        self.own = [int(np.sum((time == day) & (cause == 1))) for day in range(last + 1)]
        self.other = [int(np.sum((time == day) & (cause == 2))) for day in range(last + 1)]
        self.left, self.incidence = [1.0], [0.0]
        for at_risk, own, other in zip(self.at_risk, self.own, self.other, strict=True):
            step = self.left[-1] * own / at_risk if at_risk else 0.0
            self.incidence.append(self.incidence[-1] + step)
            self.left.append(self.left[-1] * (1 - (own + other) / at_risk if at_risk else 1))

    def reach(self, day: int) -> float:
        """Y / S just before the day."""
        return self.at_risk[day] / self.left[day] if self.at_risk[day] else 0.0

    def risk_set(self, day: int) -> float:
        """R of Gray: Y (1 - F) / S just before the day."""
        return self.reach(day) * (1 - self.incidence[day])


def directly(a: tuple[np.ndarray, ...], b: tuple[np.ndarray, ...]) -> tuple[float, float]:
    """Score and variance of Gray (1988), sections 2 and 3, day by day from rows."""
    last = int(max(a[0].max(), b[0].max()))
    sides = [Plain(*a, last), Plain(*b, last)]
    days = range(last + 1)
    score, null, pull = 0.0, [0.0], []
    for day in days:
        own = sum(side.own[day] for side in sides)
        sets = [side.risk_set(day) for side in sides]
        reach = [side.reach(day) for side in sides]
        if own:
            score += sides[0].own[day] - own * sets[0] / sum(sets)
        step = own / sum(reach) if sum(reach) else 0.0
        both = reach[0] * reach[1] / sum(reach) if sum(reach) else 0.0
        pull.append(both * step / (1 - null[-1]) if step else 0.0)
        null.append(null[-1] + step)
    variance = 0.0
    for side in sides:
        for day in days:
            reach = sum(part.reach(day) for part in sides)
            own = sum(part.own[day] for part in sides)
            later = sum(pull[day + 1 :])
            after = side.left[day + 1]
            gone = (1 - null[day + 1]) / after if after > 0 else 0.0
            if own and side.at_risk[day]:
                both = sides[0].reach(day) * sides[1].reach(day) / reach
                tied = 1 - (own - 1) / (reach * side.left[day] - 1) if own > 1 else 1.0
                hazard = tied * own * side.left[day] / (reach * side.at_risk[day])
                variance += hazard * (both + (1 - gone) * later) ** 2
            other = side.other[day]
            if other and after > 0:
                tied = 1 - (other - 1) / (side.at_risk[day] - 1) if other > 1 else 1.0
                hazard = tied * other * side.left[day] ** 2 / side.at_risk[day] ** 2
                variance += hazard * (gone * later) ** 2
    return score, variance


@pytest.mark.parametrize("seed", range(6))
def test_grays_test_is_that_of_the_paper_worked_day_by_day(seed):
    a, b = simulated(seed, 60), simulated(100 + seed, 30 + 20 * seed, 0.02)
    test = gray_test(TimeCounts.from_rows(*a, causes=2), TimeCounts.from_rows(*b, causes=2))
    score, variance = directly(a, b)
    assert test.score == pytest.approx(score, abs=1e-9)
    assert test.variance == pytest.approx(variance, abs=1e-9)


def test_between_like_cohorts_grays_p_is_uniform():
    tests = [gray_test(cohort(seed, 150), cohort(10_000 + seed, 200)) for seed in range(600)]
    p = np.array([test.p for test in tests])
    assert kstest(p, "uniform").pvalue > 0.05
    assert 0.03 < np.mean(p < 0.05) < 0.07
    scores = np.array([test.score for test in tests])
    assert np.mean([test.variance for test in tests]) == pytest.approx(np.var(scores), rel=0.15)


def test_grays_test_sees_a_doubled_rate():
    assert gray_test(cohort(1), cohort(2, rate=0.02)).p < 0.001


def test_without_competing_events_grays_score_is_that_of_the_log_rank_test():
    time, cause = simulated(5)
    other_time, other_cause = simulated(6)
    a = TimeCounts.from_rows(time, cause == 1)
    b = TimeCounts.from_rows(other_time, other_cause == 1)
    assert gray_test(a, b).score == pytest.approx(log_rank(a, b).score, abs=1e-9)
    assert gray_test(a, b).statistic == pytest.approx(log_rank(a, b).statistic, rel=0.05)


def test_a_cohort_may_have_no_row_for_competing_events():
    time, cause = simulated(7)
    short = TimeCounts.from_rows(time, cause == 1)
    long = TimeCounts.from_rows(time, cause == 1, causes=2)
    assert gray_test(short, cohort(8)) == gray_test(long, cohort(8))


def test_where_there_is_nothing_to_compare_there_is_no_p():
    nobody = TimeCounts.from_rows([], [])
    assert np.isnan(gray_test(nobody, cohort(1)).p)
    assert np.isnan(gray_test(nobody, nobody).p)
    assert cumulative_incidence(nobody).estimate.size == 0
    censored = TimeCounts.from_rows([4, 5], [0, 0])
    assert np.isnan(gray_test(censored, censored).statistic)


def test_weights_late_entry_and_unknown_causes_are_refused():
    with pytest.raises(ValueError, match="not weighted"):
        gray_test(TimeCounts.from_rows([3], [1], weight=[0.5]), cohort(1))
    with pytest.raises(ValueError, match="from the start"):
        gray_test(cohort(1), TimeCounts.from_rows([3], [1], entry=[1]))
    for cause in (-1, 2):
        with pytest.raises(ValueError, match="no counts of that cause"):
            gray_test(cohort(1), cohort(2), cause)
        with pytest.raises(ValueError, match="no counts of that cause"):
            cumulative_incidence(cohort(1), cause)


def test_the_difference_of_incidences_covers_the_true_one():
    """Two like cohorts: the interval holds 0 in 95 of 100 samples."""
    gaps = [
        difference_at(
            cumulative_incidence(cohort(seed)), cumulative_incidence(cohort(5_000 + seed)), [60]
        )
        for seed in range(400)
    ]
    held = [gap.lower[0] <= 0 <= gap.upper[0] for gap in gaps]
    assert np.mean(held) == pytest.approx(0.95, abs=0.025)


def test_after_the_last_day_of_follow_up_there_is_no_incidence():
    curve = cumulative_incidence(TimeCounts.from_rows([3, 5, 9], [1, 2, 0]))
    at = curve.at([0, 3, 9, 10])
    assert at.estimate[:3].tolist() == pytest.approx([0.0, 1 / 3, 1 / 3])
    assert np.isnan(at.estimate[3])
    ended = cumulative_incidence(TimeCounts.from_rows([3, 5], [1, 2])).at([10])
    assert ended.estimate.tolist() == [0.5]


def test_weights_stand_for_as_many_people_in_the_estimate():
    time, cause = simulated(9)
    times = np.random.default_rng(9).integers(1, 4, time.size)
    weighted = cumulative_incidence(TimeCounts.from_rows(time, cause, weight=times))
    repeated = TimeCounts.from_rows(np.repeat(time, times), np.repeat(cause, times))
    np.testing.assert_allclose(weighted.estimate, cumulative_incidence(repeated).estimate, **TIGHT)


def test_equal_weights_change_nothing():
    time, cause = simulated(10)
    plain = cumulative_incidence(TimeCounts.from_rows(time, cause))
    same = cumulative_incidence(TimeCounts.from_rows(time, cause, weight=np.full(time.size, 0.3)))
    for name in ("estimate", "variance", "lower", "upper"):
        np.testing.assert_allclose(getattr(same, name), getattr(plain, name), **TIGHT)


def test_the_weighted_variance_is_that_between_samples():
    shares, variances = [], []
    for seed in range(400):
        rng = np.random.default_rng(20_000 + seed)
        level = rng.integers(0, 3, 250)
        time, cause = simulated(seed, 250, 0.005 * (1 + level))
        counts = TimeCounts.from_rows(time, cause, weight=0.2 + 0.4 * level)
        at = cumulative_incidence(counts).at([60])
        shares.append(at.estimate[0])
        variances.append(at.variance[0])
    assert np.mean(variances) == pytest.approx(np.var(shares), rel=0.2)


ROWS = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 2)), min_size=1, max_size=60)


@given(ROWS)
def test_incidences_rise_within_their_intervals_and_add_up_to_1_with_the_event_free(rows):
    counts = TimeCounts.from_rows(*np.array(rows).T, causes=2)
    curves = [cumulative_incidence(counts, cause) for cause in (0, 1)]
    free = kaplan_meier(counts).estimate
    np.testing.assert_allclose(curves[0].estimate + curves[1].estimate + free, 1, **TIGHT)
    for curve in curves:
        assert (np.diff(np.append(0.0, curve.estimate)) >= 0).all()
        assert (curve.variance >= 0).all()
        assert (curve.lower >= 0).all()
        assert (curve.upper <= 1 + 1e-12).all()
        assert (curve.lower <= curve.estimate + 1e-12).all()
        assert (curve.estimate <= curve.upper + 1e-12).all()


@given(ROWS)
def test_without_competing_events_incidence_is_one_minus_kaplan_meier(rows):
    time, cause = np.array(rows).T
    counts = TimeCounts.from_rows(time, cause == 1)
    np.testing.assert_allclose(
        cumulative_incidence(counts).estimate, 1 - kaplan_meier(counts).estimate, **TIGHT
    )


@given(ROWS, ROWS)
def test_grays_test_is_the_same_from_either_side(rows, others):
    a = TimeCounts.from_rows(*np.array(rows).T, causes=2)
    b = TimeCounts.from_rows(*np.array(others).T, causes=2)
    one, other = gray_test(a, b), gray_test(b, a)
    assert one.score == pytest.approx(-other.score, abs=1e-9)
    assert one.variance == pytest.approx(other.variance, abs=1e-9)
    assert np.isnan(one.p) or 0 <= one.p <= 1
