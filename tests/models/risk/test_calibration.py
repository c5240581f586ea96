import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from models.risk.calibration import (
    EVERYWHERE,
    MINIMUM_EVENTS,
    Affine,
    by_country,
    fit_affine,
    probability,
)


def sample(n=4000, slope=1.4, shift=-0.3, seed=1):
    rng = np.random.default_rng(seed)
    margin = rng.normal(-2, 1, n)
    happened = rng.random(n) < probability(shift + slope * margin)
    return margin, happened, rng.uniform(0.5, 2, n)


def test_the_fit_is_that_of_a_logistic_regression():
    margin, happened, weight = sample()
    reference = LogisticRegression(C=np.inf).fit(margin[:, None], happened, weight)
    line = fit_affine(margin, happened, weight)
    assert line.slope == pytest.approx(reference.coef_[0, 0], abs=1e-3)
    assert line.intercept == pytest.approx(reference.intercept_[0], abs=1e-3)


def test_the_fit_recovers_what_made_the_answers():
    line = fit_affine(*sample(40_000))
    assert (line.slope, line.intercept) == (
        pytest.approx(1.4, abs=0.06),
        pytest.approx(-0.3, abs=0.1),
    )


def test_a_strong_prior_wins_over_few_answers():
    margin, happened, weight = sample(60)
    towards = Affine(0.5, 0.8)
    line = fit_affine(margin, happened, weight, towards=towards, prior=1e6)
    assert (line.intercept, line.slope) == (
        pytest.approx(0.5, abs=1e-2),
        pytest.approx(0.8, abs=1e-2),
    )


def test_margins_that_are_all_alike_only_move_the_intercept():
    happened = np.arange(100) < 30
    line = fit_affine(np.full(100, -1.0), happened, np.ones(100), prior=1e-3)
    assert line.slope == pytest.approx(1)
    assert probability(line(np.array([-1.0])))[0] == pytest.approx(0.3, abs=1e-3)


def test_separated_answers_do_not_send_the_slope_away():
    margin = np.linspace(-3, 3, 40)
    line = fit_affine(margin, margin > 0, np.ones(40), prior=1.0)
    assert 1 < line.slope < 10


def test_only_countries_with_enough_events_get_their_own_calibration():
    margin, happened, weight = sample(6000)
    country = np.array(["FR", "ES", "PT"], dtype=object)[np.arange(6000) % 3]
    events = {"FR": MINIMUM_EVENTS, "ES": MINIMUM_EVENTS - 1, "PT": 0}
    assert set(by_country(margin, happened, weight, country, events, 1.0)) == {EVERYWHERE, "FR"}


def test_a_country_with_another_level_is_moved_towards_it():
    margin, happened, weight = sample(8000, slope=1, shift=0)
    country = np.where(np.arange(8000) < 4000, "FR", "ES").astype(object)
    more, _, _ = sample(8000, slope=1, shift=0)
    happened[:4000] = np.random.default_rng(5).random(4000) < probability(more[:4000] + 0.8)
    lines = by_country(margin, happened, weight, country, {"FR": 900, "ES": 500}, 1.0)
    middle = np.array([-2.0])
    assert lines["ES"](middle) < lines[EVERYWHERE](middle) < lines["FR"](middle)


def test_probabilities_stay_within_bounds():
    np.testing.assert_array_equal(probability([-1e9, 0, 1e9]), [0, 0.5, 1])
