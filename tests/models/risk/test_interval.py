import numpy as np
import pytest

from models.risk.inputs import FEATURE_NAMES
from models.risk.interval import (
    LEVEL,
    coverage,
    fit_misfit,
    missing_variance,
    narrowing,
    not_measured,
    reach,
)


def simulated(shared: float, seed: int = 4) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log-odds that are off by the bags' spread and by something shared, and the true risk."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(-2, 1, 20_000)
    spread = rng.uniform(0.05, 0.3, truth.size)
    seen = truth + rng.normal(0, np.hypot(spread, shared))
    return seen, spread, 1 / (1 + np.exp(-truth))


def held(seen: np.ndarray, spread: np.ndarray, risk: np.ndarray, misfit: float) -> float:
    half = reach(spread, np.array(misfit))
    lower, upper = (1 / (1 + np.exp(-edge)) for edge in (seen - half, seen + half))
    return coverage(lower, upper, risk)


@pytest.mark.parametrize("shared", [0.1, 0.4, 1.0])
def test_widened_intervals_hold_the_true_risk_as_often_as_they_say(shared):
    misfit = fit_misfit(*simulated(shared))
    assert held(*simulated(shared, seed=5), misfit) == pytest.approx(LEVEL, abs=0.01)
    assert misfit == pytest.approx(shared, rel=0.15)


def test_the_bags_alone_hold_it_less_often_when_they_are_off_together():
    assert held(*simulated(0.4), 0.0) < 0.6


def test_nothing_is_added_when_the_bags_say_it_all():
    assert fit_misfit(*simulated(0.0)) < 0.1


def test_patients_without_a_known_risk_do_not_count():
    seen, spread, risk = simulated(0.4)
    gaps = np.where(np.arange(risk.size) % 2, np.nan, risk)
    assert fit_misfit(seen, spread, gaps) == pytest.approx(fit_misfit(seen, spread, risk), rel=0.1)
    assert coverage(risk - 0.1, risk + 0.1, gaps) == 1


def test_an_input_nobody_measured_adds_the_variance_of_its_contribution():
    features = np.array([[1.0, np.nan], [2.0, 5.0], [3.0, np.nan], [np.nan, 7.0]])
    parts = np.array([[0.1, 9.0], [0.3, 1.0], [0.5, 9.0], [4.0, 3.0]])
    assert missing_variance(parts, features) == pytest.approx([np.var([0.1, 0.3, 0.5]), 1.0])
    assert missing_variance(parts[:1], features[:1]).tolist() == [0, 0]


def test_ratios_to_baseline_are_not_missing_on_the_first_day():
    features = np.full((2, len(FEATURE_NAMES)), np.nan)
    features[:, FEATURE_NAMES.index("landmark_time")] = 0, 84
    missing = not_measured(features)
    ratio = FEATURE_NAMES.index("alt_ratio")
    assert missing[:, ratio].tolist() == [False, True]
    assert missing[:, FEATURE_NAMES.index("alt")].all()


def test_knowing_an_input_narrows_the_interval_by_what_it_added():
    narrower = narrowing(-1.0, 0.5, 0.2, np.array([0.16, 0.09, 0.0]))
    half = {spread: reach(np.array(spread), np.array(0.2)) for spread in (0.5, 0.3, 0.4)}
    width = {
        spread: 1 / (1 + np.exp(1 - h)) - 1 / (1 + np.exp(1 + h)) for spread, h in half.items()
    }
    expected = [100 * (width[0.5] - width[spread]) for spread in (0.3, 0.4, 0.5)]
    assert narrower == pytest.approx(expected)
    assert narrower[0] > narrower[1] > narrower[2] == 0
