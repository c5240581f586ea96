"""What is released of raw numbers: rounding, suppression, the end of curves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.cohort.disclosure import MINIMUM_CELL
from models.cohort.release import (
    FEW_EVENTS,
    FEW_PATIENTS,
    TOO_COARSE,
    Protection,
    Tally,
    level_shares,
    released_curve,
    released_difference,
    released_mean,
    released_test,
    rounded,
    significant,
)
from models.cohort.step_curve import two_sample_test
from models.cohort.survival import kaplan_meier
from models.cohort.time_counts import TimeCounts

NOBODY_S = Protection(100, 100)
MIXED = Protection(100, 40)
OWN = Protection(100, 0, own=True)
NONE_LEFT = Protection(100, 0)


@pytest.mark.parametrize(
    ("rules", "tally", "holds"),
    [
        (NOBODY_S, Tally(9, 9), False),
        (NOBODY_S, Tally(10, 10), True),
        (NOBODY_S, Tally(0, 0), False),
        (MIXED, Tally(50, 9), False),
        (MIXED, Tally(50, 0), False),
        (MIXED, Tally(50, 10), True),
        (NONE_LEFT, Tally(100, 0), False),
        (OWN, Tally(9, 0), False),
        (OWN, Tally(10, 0), True),
    ],
)
def test_a_count_stands_for_ten_patients_and_ten_who_are_not_the_viewers_own(rules, tally, holds):
    assert rules.holds(tally) is holds
    assert (rules.count(tally) is not None) is holds


@pytest.mark.parametrize(("n", "released"), [(10, 10), (12, 10), (13, 15), (17, 15), (18, 20)])
def test_counts_are_rounded_to_five(n, released):
    assert rounded(n) == released


@given(st.lists(st.integers(0, 60), min_size=1, max_size=8), st.floats(0, 1))
def test_no_level_can_be_worked_out_from_the_rest(counts, of_others):
    tallies = [Tally(n, int(n * of_others)) for n in counts]
    cohort = Protection(sum(counts), sum(tally.others for tally in tallies))
    shares = level_shares(tallies, cohort)
    hidden = [tally for tally, share in zip(tallies, shares, strict=True) if share is None]
    for tally, share in zip(tallies, shares, strict=True):
        if share is not None:
            assert cohort.holds(tally)
            assert share.n % 5 == 0
            assert 0 < share.percent <= 100
    if hidden and len(hidden) < len(tallies):
        together = Tally(sum(t.n for t in hidden), sum(t.others for t in hidden))
        assert len(hidden) > 1
        assert cohort.holds(together)


def curve_of(time: np.ndarray, cause: np.ndarray, cohort: Protection):
    counts = TimeCounts.from_rows(time, cause)
    days = np.arange(0, 721, 30)
    at_risk = [Tally(int(n), int(n)) for n in counts.at_risk_on(days)]
    left = [Tally(int(n), int(n)) for n in counts.at_risk_on(days + 1)]
    events = Tally(int((cause == 1).sum()), int((cause == 1).sum()))
    return released_curve(kaplan_meier(counts), events, at_risk, left, days, cohort), counts


def test_a_curve_lies_on_the_grid_and_ends_under_ten_at_risk():
    rng = np.random.default_rng(1)
    time, cause = rng.integers(1, 700, 203), rng.integers(0, 2, 203)
    curve, counts = curve_of(time, cause, Protection(203, 203))
    grid = 5 / 205
    for point in curve.points:
        assert point.at_risk >= MINIMUM_CELL
        assert point.at_risk % 5 == 0
        for value in (point.estimate, point.lower, point.upper):
            assert value / grid == pytest.approx(round(value / grid)) or value in (0, 1)
        assert point.lower <= point.estimate <= point.upper
    last = curve.points[-1].time_days
    assert counts.at_risk_on([last])[0] >= MINIMUM_CELL
    assert counts.at_risk_on([last + 30])[0] < MINIMUM_CELL
    estimates = [point.estimate for point in curve.points]
    assert estimates == sorted(estimates, reverse=True)


@pytest.mark.parametrize("events", [0, 1, 9])
def test_fewer_than_ten_events_draw_nothing(events):
    cause = np.zeros(100, dtype=int)
    cause[:events] = 1
    curve, _ = curve_of(np.arange(1, 101), cause, NOBODY_S)
    assert (curve.points, curve.note) == ((), FEW_EVENTS)


def test_fewer_than_ten_patients_draw_nothing():
    curve, _ = curve_of(np.arange(1, 10), np.ones(9, dtype=int), Protection(9, 9))
    assert (curve.points, curve.note) == ((), FEW_PATIENTS)


def test_differences_are_of_what_is_shown_and_their_intervals_only_grow():
    found = released_difference(90, 0.12, 0.0411, 0.005)
    assert (found.estimate, found.lower, found.upper) == pytest.approx((0.12, 0.075, 0.165))


def test_a_curve_of_few_is_too_coarse_to_draw():
    time, cause = np.arange(1, 25), np.ones(24, dtype=int)
    curve, _ = curve_of(time * 20, cause, Protection(24, 24))
    assert (curve.points, curve.note) == ((), TOO_COARSE)


def test_a_curve_ends_before_the_day_on_which_all_who_are_left_end_alike():
    """Everybody stops on day 360: the point there would say it of each of them."""
    cause = np.ones(100, dtype=int)
    curve, _ = curve_of(np.concatenate([np.arange(1, 51), np.full(50, 360)]), cause, NOBODY_S)
    assert curve.points[-1].time_days == 330
    assert curve.points[-1].estimate > 0


@pytest.mark.parametrize(("score", "p"), [(0.0, 1.0), (2.0, 0.046), (100.0, 0.001)])
def test_p_values_have_two_digits_and_a_floor(score, p):
    assert released_test("any", two_sample_test(score, 1.0)).p == p


def test_a_test_of_nothing_is_none():
    assert released_test("any", two_sample_test(0.0, 0.0)) is None


def test_a_mean_of_few_is_held_back_and_others_have_three_digits():
    values = np.array([50.0, 60.0, 70.0] * 5)
    sums = (values.sum(), (values**2).sum())
    assert released_mean(*sums, Tally(15, 9), MIXED) is None
    mean, lower, upper = released_mean(*sums, Tally(15, 15), NOBODY_S)
    error = values.std(ddof=1) / np.sqrt(15)
    assert mean == 60.0
    assert lower == significant(60 - 1.959964 * error)
    assert upper == significant(60 + 1.959964 * error)
