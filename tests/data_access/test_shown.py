from data_access.shown import as_shown, scenario_as_shown
from models.risk.outcomes import OUTCOMES
from models.risk.what_if import scenario
from tests.models.risk.made_up import patient, predictor


def test_risks_are_kept_as_they_were_shown():
    risks = predictor().explain(patient(), "FR")
    kept = as_shown(risks, 84, "test/1")
    assert [one.risk for one in kept] == [risk.risk for risk in risks]
    assert {(one.landmark_day, one.model_version) for one in kept} == {(84, "test/1")}


def test_of_a_scenario_the_horizon_that_was_looked_at_is_kept():
    found = scenario(predictor(), patient(ppi=0.0), {"ppi": 1}, "FR")
    kept = scenario_as_shown(found, 84, 180, "test/1")
    assert [one.outcome for one in kept] == list(OUTCOMES)
    assert {one.horizon_days for one in kept} == {180}
    assert [one.risk for one in kept] == [of.risk for of in found.changes if of.horizon_days == 180]


def test_of_a_refused_or_empty_scenario_nothing_is_kept():
    assert scenario_as_shown("ALT needs a number.", 84, 180, "test/1") == []
    assert scenario_as_shown(None, 84, 180, "test/1") == []
