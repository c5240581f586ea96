import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sksurv.nonparametric import kaplan_meier_estimator

from models.risk.survival import KaplanMeier, censoring_curve, horizon_labels

PEOPLE = st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=40)


@given(PEOPLE)
def test_the_censoring_curve_is_that_of_scikit_survival(people):
    time = np.array([float(days) for days, _ in people])
    died = np.array([dead for _, dead in people])
    curve = censoring_curve(time, died)
    times, expected = kaplan_meier_estimator(died, time, reverse=True)
    np.testing.assert_allclose(curve.times, times)
    np.testing.assert_allclose(curve.survival, expected)


def test_the_curve_is_read_just_before_a_day():
    curve = KaplanMeier(np.array([10.0, 20.0]), np.array([0.5, 0.25]))
    np.testing.assert_array_equal(curve.before([0, 10, 11, 20, 99]), [1, 1, 0.5, 0.5, 0.25])


#              onset, follow-up, died, label, known
CASES = [
    (30, 400, False, True, True),
    (100, 400, False, False, True),  # after the horizon
    (np.nan, 90, False, False, True),  # followed exactly to the horizon
    (np.nan, 50, True, False, True),  # death competes
    (np.nan, 50, False, False, False),  # lost before the horizon
    (90, 90, True, True, True),  # onset on the last day counts
    (30, 50, False, True, True),  # lost after the onset
]


@pytest.mark.parametrize(("onset", "follow_up", "died", "label", "known"), CASES)
def test_death_competes_and_losses_have_no_answer(onset, follow_up, died, label, known):
    nobody_lost = KaplanMeier(np.array([1000.0]), np.array([0.0]))
    happened, weight = horizon_labels(
        np.array([float(onset)]), np.array([float(follow_up)]), np.array([died]), 90, nobody_lost
    )
    assert happened[0] == label
    assert weight[0] == known


def test_weights_make_up_for_those_lost():
    rng = np.random.default_rng(7)
    onset = rng.exponential(300, 20_000)
    lost = rng.exponential(400, 20_000)
    died = np.zeros(20_000, dtype=bool)
    seen = np.where(onset <= lost, onset, np.nan)
    happened, weight = horizon_labels(seen, lost, died, 180, censoring_curve(lost, died))
    assert np.average(happened, weights=weight) == pytest.approx(np.mean(onset <= 180), abs=0.01)
    assert weight.mean() == pytest.approx(1, abs=0.02)
