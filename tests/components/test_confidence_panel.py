"""How sure: interval, missing, unusual, similar, support."""

from __future__ import annotations

from components.confidence_panel import confidence_panel
from components.discuss_panel import discuss_panel
from models.risk.inputs import FEATURE_NAMES
from tests.components.patient_values import outcome_risk, text_of


def words(risk, features=None):
    return text_of(confidence_panel(risk, features or {}, 84))


def test_all_four_facts_are_named():
    risk = outcome_risk(risk=0.14, lower=0.10, upper=0.19, out_of_range=("ldh",))
    text = words(risk, {"ldh": 900.0})
    assert "10 to 19 of 100 (80 %), how sure the model is of its own number" in text
    assert "TSH, creatine kinase" in text
    assert "lactate dehydrogenase 900 U/L: outside the training range" in text
    assert "about 240 training patients" in text


def test_nothing_missing_and_nothing_unusual_is_said_too():
    text = words(outcome_risk(missing=()))
    assert "nothing: every input is recorded" in text
    assert "nothing outside the training range" in text


def test_the_input_that_would_narrow_the_interval_most_is_named():
    risk = outcome_risk(lower=0.10, upper=0.19, missing=("tsh", "ck"), narrowing=(1.24, 0.3))
    assert "Knowing TSH would narrow the interval most, by 1.2 of its 9.0 points" in words(risk)
    nothing = outcome_risk(missing=("tsh", "ck"), narrowing=(0.01, 0.0))
    assert "narrow" not in words(nothing)


def test_few_similar_patients_are_never_counted():
    assert "fewer than 10 training patients" in words(outcome_risk(similar=None))


def test_the_support_label_gives_its_reason_and_a_mark_beside_colour():
    text = words(outcome_risk(support="with care", support_reason="few similar patients"))
    assert "◐ Use with care  few similar patients" in text


def test_without_a_score_only_the_label_stands():
    assert words(outcome_risk(risk=None, baseline=None)) == "○ Not scored "


def test_missing_inputs_can_be_discussed():
    text = text_of(discuss_panel(outcome_risk(missing=("tsh", "ck")), 84))
    assert "2 inputs were not known by day 84" in text
    assert "TSH creatine kinase" in text
    many = text_of(discuss_panel(outcome_risk(missing=FEATURE_NAMES), 84))
    assert f"and {len(FEATURE_NAMES) - 12} more" in many
    complete = text_of(discuss_panel(outcome_risk(missing=()), 84))
    assert "Every input of the models was known by day 84" in complete
