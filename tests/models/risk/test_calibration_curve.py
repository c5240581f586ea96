import numpy as np
import pytest

from models.risk.calibration_curve import POINTS, calibration_curve
from models.risk.metrics import resamples


def sample(n, seed, bend=0.0):
    """Risks whose true log-odds are off by ``bend`` times their square."""
    rng = np.random.default_rng(seed)
    margin = rng.normal(-1.5, 1, n)
    truth = margin + bend * (margin + 1.5) ** 2
    happened = rng.random(n) < 1 / (1 + np.exp(-truth))
    return 1 / (1 + np.exp(-margin)), happened, rng.uniform(0.5, 2, n), truth


def curve(risk, happened, weight, seed=1):
    return calibration_curve(
        risk, happened, weight, resamples(len(risk), np.random.default_rng(seed))[:60]
    )


def test_right_risks_lie_on_the_diagonal():
    risk, happened, weight, _ = sample(8000, seed=2)
    found = curve(risk, happened, weight)
    assert len(found.predicted) == POINTS
    assert np.abs(found.observed - found.predicted).max() < 0.05
    assert found.ici < 0.02


def test_intervals_hold_the_diagonal_about_as_often_as_they_say():
    inside = []
    for seed in range(20):
        risk, happened, weight, _ = sample(1500, seed=100 + seed)
        found = curve(risk, happened, weight, seed)
        inside.append((found.lower <= found.predicted) & (found.predicted <= found.upper))
    assert 0.85 < np.mean(inside) <= 1


def test_a_known_bend_is_recovered():
    risk, happened, weight, truth = sample(30_000, seed=3, bend=0.4)
    found = curve(risk, happened, weight)
    margin = np.log(found.predicted / (1 - found.predicted))
    expected = 1 / (1 + np.exp(-(margin + 0.4 * (margin + 1.5) ** 2)))
    assert np.abs(found.observed - expected)[2:-2].max() < 0.06
    distance = np.average(np.abs(1 / (1 + np.exp(-truth)) - risk), weights=weight)
    assert found.ici == pytest.approx(distance, abs=0.01)


def test_people_without_an_answer_do_not_count():
    risk, happened, weight, _ = sample(2000, seed=4)
    wrong = np.concatenate([happened, np.ones(500, dtype=bool)])
    more = curve(
        np.concatenate([risk, np.full(500, 0.01)]), wrong, np.concatenate([weight, np.zeros(500)])
    )
    assert more.ici == pytest.approx(curve(risk, happened, weight).ici)


def test_with_too_few_answers_there_is_no_curve():
    risk, _, weight, _ = sample(100, seed=5)
    assert curve(risk, np.arange(100) < 9, weight) is None
    assert curve(risk, np.arange(100) < 91, weight) is None


def test_risks_that_are_all_alike_give_the_frequency():
    happened = np.arange(400) < 100
    found = curve(np.full(400, 0.1), happened, np.ones(400))
    assert found.observed == pytest.approx(0.25, abs=0.01)
    assert found.ici == pytest.approx(0.15, abs=0.01)
