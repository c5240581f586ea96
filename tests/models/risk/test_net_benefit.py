from dataclasses import astuple

import numpy as np
import pytest

from models.risk.metrics import resamples
from models.risk.net_benefit import THRESHOLDS, decision_curve


def same(first, second):
    return np.allclose([astuple(of) for of in first], [astuple(of) for of in second])


def test_the_interval_holds_what_other_samples_give():
    rng = np.random.default_rng(3)
    risk = rng.uniform(0.02, 0.6, 2000)

    def sample():
        return rng.random(2000) < risk

    found = decision_curve(risk, sample(), np.ones(2000), resamples(2000, rng))
    others = np.array(
        [[of.model for of in decision_curve(risk, sample(), np.ones(2000))] for _ in range(60)]
    )
    middle = others.mean(axis=0)
    held = [
        of.model_lower <= value <= of.model_upper for of, value in zip(found, middle, strict=True)
    ]
    assert np.mean(held) > 0.6
    widths = np.array([of.model_upper - of.model_lower for of in found])
    assert widths == pytest.approx(3.92 * others.std(axis=0), rel=0.5)


def test_net_benefit_is_counted_out_by_hand():
    risk = np.array([0.30, 0.25, 0.20, 0.10, 0.05])
    happened = np.array([True, False, True, False, True])
    found = {of.threshold: of for of in decision_curve(risk, happened, np.ones(5))}[0.2]
    assert found.model == pytest.approx(2 / 5 - 0.25 * 1 / 5)
    assert found.flag_all == pytest.approx(3 / 5 - 0.25 * 2 / 5)
    assert (found.flagged, found.true_alarms) == (pytest.approx(60), pytest.approx(40))
    assert (found.false_alarms, found.missed) == (pytest.approx(20), pytest.approx(20))


def test_weights_count_for_those_who_were_lost():
    risk, happened = np.array([0.3, 0.3, 0.1]), np.array([True, False, False])
    doubled = decision_curve(risk[[0, 0, 1, 2]], happened[[0, 0, 1, 2]], np.ones(4))
    assert same(decision_curve(risk, happened, np.array([2.0, 1, 1])), doubled)
    without = decision_curve(risk[:2], happened[:2], np.ones(2))
    assert same(decision_curve(risk, happened, np.array([1.0, 1, 0])), without)


def test_a_risk_that_flags_everybody_is_flagging_everybody():
    happened = np.arange(50) < 20
    for of in decision_curve(np.full(50, 0.9), happened, np.ones(50)):
        assert of.model == pytest.approx(of.flag_all)
        assert of.missed == pytest.approx(0)


def test_a_perfect_risk_is_worth_the_frequency_at_every_threshold():
    happened = np.arange(50) < 20
    found = decision_curve(happened.astype(float), happened, np.ones(50))
    assert [of.threshold for of in found] == list(THRESHOLDS)
    assert all(
        of.model == pytest.approx(0.4) and of.false_alarms == pytest.approx(0) for of in found
    )


def test_without_any_answer_there_is_no_curve():
    assert decision_curve(np.array([0.2]), np.array([True]), np.zeros(1)) == []
