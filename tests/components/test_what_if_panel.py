"""What if: controls become changes, scenarios become two columns beside now."""

from __future__ import annotations

from components.what_if_panel import (
    BANNER,
    CONTROLS,
    asked,
    now_words,
    regimen_options,
    results,
    what_if_frame,
)
from components.what_if_panel import (
    untouched as blank,
)
from models.risk.what_if import scenario
from tests.components.patient_values import text_of
from tests.models.risk.made_up import patient, predictor


def untouched(**values):
    return {control: blank(control) for control in CONTROLS} | values


def test_the_banner_says_association():
    words = text_of(what_if_frame("reset", "results"))
    assert BANNER in words
    assert "Scenario A" in words
    assert "Scenario B" in words


def test_only_touched_controls_ask_for_a_change():
    assert asked(untouched()) == {}
    assert asked(untouched(ppi="1", steroid_mg=" 12,5 ")) == {"ppi": "1", "steroid_mg": "12.5"}
    assert asked({"lab": "alt", "lab-value": None}) == {}
    assert asked({"lab": "alt", "lab-value": "80"}) == {"alt": "80"}
    assert asked({"lab": "", "lab-value": "80"}) == {}


def test_a_scenario_stands_beside_now_with_the_interval_of_the_difference():
    here = patient(ppi=0.0, irae_count=2.0)
    found = scenario(predictor(), here, {"ppi": 1}, "FR")
    words = text_of(results([found, None], 180))
    assert "Scenario A" in words
    assert "Scenario B" not in words
    assert "A changes: proton-pump inhibitor yes." in words
    assert "severe, any organ" in words
    assert "Within 3 months" in words
    both = text_of(results([found, scenario(predictor(), here, {}, "FR")], 180))
    assert "B changes: nothing, the inputs are as now." in both


def test_refusals_and_results_stand_together():
    found = scenario(predictor(), patient(), {}, "FR")
    words = text_of(results([found, "ALT needs a number."], 90))
    assert "ALT needs a number." in words
    assert "Within 3 months" in words


def test_a_scenario_that_leaves_the_range_of_training_says_so():
    here = patient(alt=1.0, alt_ratio=2.0)
    high = predictor().applicability.ranges["alt"][1]
    found = scenario(predictor(), here, {"alt": high}, "FR")
    assert found.out_of_range == ("alt_ratio",)
    words = text_of(results([found, None], 180))
    assert "A leaves the range of training: ALT against baseline" in words


def test_the_regimen_can_be_chosen_before_the_start_only():
    assert regimen_options(()) == [{"label": "as now", "value": "now"}]
    assert "PD-1 given" not in now_words({"drug_class": 1.0}, ["PD-1"])["regimen"]
    assert "before the start only" in now_words({"drug_class": 1.0}, [])["regimen"]
