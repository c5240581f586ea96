import dataclasses

import numpy as np
import pytest
from scipy.stats import t

from models.risk.inputs import FEATURE_NAMES
from models.risk.interval import LEVEL
from models.risk.support import kind_of_patient
from models.risk.what_if import (
    REGIMENS,
    Implausible,
    changed_inputs,
    choices,
    regimens_for,
    scenario,
)
from tests.models.risk.made_up import patient, predictor

RANGES = {"alt": (5.0, 400.0), "lymphocytes": (0.2, 5.0)}
START = patient(landmark_time=0.0, cancer=0.0, age_years=63.0, drug_class=1.0, smoking=2.0)
SIMILAR = {kind_of_patient(0, code, 63): 100 for code in (1, 4)}


def after(inputs, **asked):
    return changed_inputs(inputs, asked, ranges=RANGES, similar=SIMILAR)


def test_a_regimen_sets_class_dose_and_chemotherapy():
    changed = after(START, regimen="PD-1 + ipilimumab 1 mg/kg")
    assert (changed["drug_class"], changed["ipilimumab_mg_kg"]) == (4, 1)
    assert changed["chemotherapy"] == 0


def test_regimens_are_those_that_training_knows_for_the_cancer_and_age():
    names = {one.drug_class for one in regimens_for(START, SIMILAR)}
    assert names == {1, 4}
    assert len(REGIMENS) > len(regimens_for(START, SIMILAR))


def test_after_the_first_dose_the_regimen_is_what_was_given():
    later = START | {"landmark_time": 84.0}
    assert regimens_for(later, SIMILAR) == []
    with pytest.raises(Implausible, match="before the first dose only"):
        after(later, regimen="PD-1")


def test_nobody_becomes_a_never_smoker():
    assert choices("smoking", {"smoking": 2.0}) == (1.0,)
    assert choices("smoking", {"smoking": 0.0}) == ()
    assert choices("smoking", {"smoking": None}) == ()
    assert choices("activity", {"activity": 1.0}) == (0.0, 2.0)


def test_a_repeated_value_moves_what_is_computed_from_it():
    inputs = START | {"alt": 30.0, "alt_ratio": 1.5, "nlr": 4.0, "lymphocytes": 1.0}
    assert after(inputs, alt=60)["alt_ratio"] == pytest.approx(3.0)
    changed = after(inputs, lymphocytes="2")
    assert (changed["lymphocytes"], changed["nlr"]) == (2.0, 2.0)
    assert "alt_ratio" not in after({"alt": 30.0}, alt=60)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"alt": 5000}, "ALT is taken from 5 U/L to 400 U/L"),
        ({"alt": "many"}, "ALT needs a number"),
        ({"alt": float("nan")}, "ALT needs a number"),
        ({"alt": None}, "ALT needs a number"),
        ({"steroid_mg": 900}, "steroid dose is taken from 0 mg/d to 200 mg/d"),
        ({"smoking": 0}, "smoking cannot change"),
        ({"ppi": 0.5}, "proton-pump inhibitor cannot change"),
        ({"age_years": 40}, "not an input that can be changed"),
        ({"soul": 1}, "This input needs|not an input"),
        ({"regimen": "PD-1 + LAG-3"}, "training knows"),
    ],
)
def test_implausible_changes_are_refused_in_words(asked, words):
    with pytest.raises(Implausible, match=words):
        after(START, **asked)


def test_the_risks_after_the_change_are_those_of_a_patient_like_that():
    inputs = patient(ppi=0.0)
    found = scenario(predictor(), inputs, {"ppi": 1, "activity": inputs["activity"]}, "FR")
    assert found.changed == ("ppi",)
    now, then = (predictor().explain(who, "FR") for who in (inputs, patient(ppi=1.0)))
    for change, before, later in zip(found.changes, now, then, strict=True):
        assert (change.outcome, change.horizon_days) == (before.outcome, before.horizon_days)
        assert change.now == pytest.approx(before.risk)
        assert change.risk == pytest.approx(later.risk)
        assert change.points == pytest.approx(100 * (later.risk - before.risk))
        assert change.lower <= change.points <= change.upper


def test_the_interval_is_that_of_the_difference_between_bags():
    inputs = START | {"drug_class": 1.0}
    changed = inputs | {"drug_class": 4.0, "ipilimumab_mg_kg": 1.0, "chemotherapy": 0.0}
    models = dataclasses.replace(
        predictor(), applicability=dataclasses.replace(predictor().applicability, similar=SIMILAR)
    )
    found = scenario(models, inputs, {"regimen": "PD-1 + ipilimumab 1 mg/kg"}, "FR")
    rows = np.array(
        [[np.nan if who[n] is None else who[n] for n in FEATURE_NAMES] for who in (inputs, changed)]
    )
    bags = models.log_odds_by_bag(rows, ["FR", "FR"])
    steps = bags[:, 1, 0, 0] - bags[:, 0, 0, 0]
    half = t.ppf((1 + LEVEL) / 2, len(steps) - 1) * steps.std(ddof=1)
    start = bags[:, 0, 0, 0].mean()
    for end, by in ((found.changes[0].lower, -half), (found.changes[0].upper, half)):
        risk = 1 / (1 + np.exp(-(start + steps.mean() + by)))
        assert end == pytest.approx(100 * (risk - found.changes[0].now))
    assert found.changes[0].upper > found.changes[0].lower


def test_no_change_is_no_difference():
    found = scenario(predictor(), patient(), {}, "FR")
    assert found.changed == ()
    assert all(change.points == change.lower == change.upper == 0 for change in found.changes)


def test_a_patient_who_cannot_be_scored_has_no_scenario():
    with pytest.raises(Implausible, match="sex"):
        scenario(predictor(), patient(sex=None), {"ppi": 1}, "FR")
