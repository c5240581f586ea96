"""Rows of risks: order, marks on one scale, words, and the states without a risk."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from components.risk_panel import (
    Landmark,
    MiddleHalf,
    blank_rows,
    common_scale,
    horizon_switch,
    looking_back,
    middle_halves,
    not_scored,
    outcome_list,
    risk_finding,
    risk_foot,
    risk_rows,
)
from components.risk_view import Explained, no_risk_view, risk_view
from models.benefit.loris import loris
from models.risk.outcomes import OUTCOMES
from tests.components.patient_values import (
    DATA_DATE,
    all_risks,
    of_class,
    outcome_risk,
    quartiles,
    text_of,
)

HALF = MiddleHalf(355, 0.05, 0.07, 0.09)
LANDMARK = Landmark(84, "PD1_CTLA4", DATA_DATE)


def explained(**changes):
    return Explained(LANDMARK, {"ldh": 900.0}, all_risks(**changes), loris({}))


def test_severe_comes_first_then_the_organs_in_their_fixed_order():
    rows = risk_rows(explained().at(180), common_scale(all_risks(), quartiles()), quartiles())
    assert [row["value"] for row in rows] == list(OUTCOMES)


def test_a_row_shows_point_interval_and_middle_half_on_the_common_scale():
    risk = outcome_risk("skin", risk=0.10, lower=0.05, upper=0.20)
    scale = common_scale([risk], quartiles())
    row = next(row for row in risk_rows([risk], scale, {"skin": HALF}) if row["value"] == "skin")
    assert (scale.low, scale.high) == (0, 20)
    assert of_class(row["label"], "mark-dot")[0].style == {"left": "50.0%"}
    assert of_class(row["label"], "mark-interval")[0].style == {"left": "25.0%", "width": "75.0%"}
    assert of_class(row["label"], "mark-band")[0].style == {"left": "25.0%", "width": "20.0%"}
    assert text_of(row["label"]) == "skin 10 of 100 5 to 20 %"


def test_all_horizons_share_one_scale_so_that_switching_moves_only_the_marks():
    risks = all_risks(upper=0.33)
    assert common_scale(risks, quartiles()).high == common_scale(risks[:3], quartiles()).high == 40


def test_the_finding_says_where_the_patient_stands():
    assert risk_finding(outcome_risk(risk=0.14, lower=0.1, upper=0.19), HALF) == (
        "Gastrointestinal: 14 of 100 (80 % interval 10 to 19), above the middle half (5 to 9)."
    )
    assert "below the middle half" in risk_finding(outcome_risk(risk=0.01), HALF)
    assert "within the middle half" in risk_finding(outcome_risk(risk=0.07), HALF)
    assert "middle half" not in risk_finding(outcome_risk(), None)


def test_the_legend_names_drug_class_landmark_and_n():
    words = text_of(
        risk_foot(all_risks(), common_scale(all_risks(), quartiles()), {"skin": HALF}, LANDMARK)
    )
    assert "middle half, PD-1 + CTLA-4, day 84, n = 355" in words


def test_too_few_comparable_patients_are_said():
    words = text_of(risk_foot(all_risks(), common_scale(all_risks(), quartiles()), {}, LANDMARK))
    assert "fewer than 20 comparable patients" in words


def test_released_quartiles_belong_to_one_horizon_and_need_a_value():
    released = pd.concat([quartiles("skin"), quartiles("skin", "renal", horizon_days=365)])
    assert middle_halves(released, 180) == {"skin": HALF}
    assert middle_halves(released.assign(q25=math.nan), 180) == {}


def test_the_list_and_the_switch_can_be_used_by_keyboard():
    rows = outcome_list("outcome").children[1]
    assert [type(rows).__name__, rows.value] == ["RadioItems", "severe"]
    switch = horizon_switch("horizon").children
    assert [option["value"] for option in switch.options] == [90, 180, 365]


def test_a_patient_who_is_not_scored_gets_the_reason_and_the_missing_inputs():
    risk = outcome_risk(
        risk=None, baseline=None, support_reason="no laboratory value", missing=("albumin", "tsh")
    )
    words = text_of(not_scored(risk))
    assert "Not scored. no laboratory value" in words
    assert "Missing: albumin, TSH." in words


def test_the_view_without_a_score_keeps_its_places():
    view = risk_view(explained(risk=None, baseline=None), quartiles(), 180, "skin")
    assert text_of([row["label"] for row in view["rows"]]).count("not scored") == len(OUTCOMES)
    assert "Not scored" in text_of(view["finding"])
    assert (
        set(view)
        == set(no_risk_view("Risk not available."))
        == set(risk_view(explained(), quartiles(), 180, "skin"))
    )


def test_the_view_follows_horizon_and_outcome():
    view = risk_view(explained(), quartiles("skin"), 365, "skin")
    assert "Skin irAE, grade 2 or more, within 12 months" in text_of(view["why"])
    assert view["from"] == "from what was known by day 84"


@pytest.mark.parametrize("odd", [None, math.nan, math.inf, -1.0, 1e300])
def test_odd_numbers_never_break_the_rows(odd):
    risks = [outcome_risk(risk=odd, baseline=0.1, lower=odd, upper=odd)]
    rows = risk_rows(risks, common_scale(risks, quartiles()), {})
    assert len(rows) == len(blank_rows("")) == len(OUTCOMES)


@pytest.mark.parametrize(
    ("day", "last_day", "data_day", "horizon", "said"),
    [
        (84, 98, 98, 180, ""),
        (84, None, None, 180, ""),
        (365, 1400, 1400, 180, "ended in week 77"),
        (21, 24, 1800, 180, "ended in week 28"),
        (0, 231, 231, 365, "Day 0 is the last one with enough recent inputs"),
        (0, 14, 14, 90, ""),
    ],
)
def test_risks_that_do_not_speak_of_today_say_so(day, last_day, data_day, horizon, said):
    sentence = looking_back(Landmark(day, "PD1", DATA_DATE, last_day, data_day), horizon)
    assert bool(sentence) == bool(said)
    assert said in sentence


def test_the_risk_of_somebody_who_died_looks_back():
    landmark = Landmark(84, "PD1", DATA_DATE, 98, 98, died=True)
    assert looking_back(landmark, 180) == (
        "This patient has died: the figures look back to day 84."
    )
