import dataclasses

import numpy as np
import pytest

from models.risk.change import risk_change
from models.risk.prediction import InexactExplanation
from tests.models.risk.made_up import patient, predictor


def two_landmarks(**later):
    before = predictor().explain(patient(landmark_time=0.0), "FR")
    after = predictor().explain(patient(landmark_time=84.0) | later, "FR")
    return list(zip(before, after, strict=True))


def test_the_parts_add_up_to_the_change():
    for before, after in two_landmarks(age_years=80.0, drug_class=4.0):
        change = risk_change(before, after)
        points = change.time_points + sum(part.points for part in change.inputs)
        assert points == pytest.approx(100 * (after.risk - before.risk), abs=1e-7)
        steps = change.time_log_odds + sum(part.log_odds for part in change.inputs)
        odds = [np.log(risk / (1 - risk)) for risk in (before.risk, after.risk)]
        assert steps == pytest.approx(odds[1] - odds[0], abs=1e-9)


def test_values_stand_before_and_after():
    before, after = two_landmarks(age_years=80.0)[0]
    age = next(part for part in risk_change(before, after).inputs if part.feature == "age_years")
    assert age.before == patient()["age_years"]
    assert age.after == 80.0


def test_nothing_changed_is_no_change():
    of = predictor().explain(patient(), "FR")[0]
    change = risk_change(of, of)
    assert change.time_points == 0
    assert all(part.points == 0 for part in change.inputs)


def test_what_cannot_be_compared_is_refused():
    first, second, *_ = predictor().explain(patient(), "FR")
    unscored = predictor().explain(patient(sex=None), "FR")[0]
    with pytest.raises(ValueError, match="same outcome and horizon"):
        risk_change(first, second)
    with pytest.raises(ValueError, match="not scored"):
        risk_change(unscored, first)
    with pytest.raises(InexactExplanation):
        risk_change(dataclasses.replace(first, baseline_risk=0.9), first)
