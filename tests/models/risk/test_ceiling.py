import numpy as np
import pytest

from models.risk.ceiling import ceiling


def people(n=6000, seed=1):
    rng = np.random.default_rng(seed)
    margin = rng.normal(-1, 1, n)
    truth = 1 / (1 + np.exp(-margin))
    return rng, margin, truth, rng.random(n) < truth


def test_the_true_risk_attains_all_there_is():
    _, _, truth, happened = people()
    found = ceiling(truth, truth, happened, np.ones(len(truth)))
    assert found.share == 1
    assert found.mean_absolute_error == 0


def test_chance_attains_nothing():
    rng, _, truth, happened = people()
    found = ceiling(rng.permutation(truth), truth, happened, np.ones(len(truth)))
    assert found.share == pytest.approx(0, abs=0.1)
    assert found.mean_absolute_error > 0.1


def test_a_blurred_risk_attains_a_part():
    rng, margin, truth, happened = people()
    blurred = 1 / (1 + np.exp(-(margin + rng.normal(0, 1, len(margin)))))
    found = ceiling(blurred, truth, happened, np.ones(len(truth)))
    assert 0.5 < found.share < 0.9
    assert found.auroc < found.oracle_auroc


def test_without_an_outcome_there_is_no_share():
    _, _, truth, _ = people(100)
    assert np.isnan(ceiling(truth, truth, np.zeros(100, dtype=bool), np.ones(100)).share)
