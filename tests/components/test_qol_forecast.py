"""Forecast of quality of life: fan, figures, sentence, reasons."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import plotly.graph_objects as go
import pytest

from components.qol_forecast import forecast_finding, forecast_panel
from models.qol.instruments import EQ_5D_5L, QLQ_C30
from tests.components.patient_values import (
    form_forecast,
    of_class,
    parts_of,
    qol_course,
    qol_trajectory,
    text_of,
)

GLOBAL = QLQ_C30.scale("QL")


def panel(**changes):
    course = qol_course()
    return forecast_panel(course, qol_trajectory(), form_forecast(**changes))


def figure(tree):
    graph = next(part for part in parts_of(tree) if hasattr(part, "figure"))
    return go.Figure(graph.figure)


def test_the_sentence_says_for_whom_the_forecast_is_and_how_sure():
    words = forecast_finding(GLOBAL, form_forecast())
    assert words.startswith(
        "If alive and answering: 55 points (80 % interval 39 to 72) 3 months after the form of"
        " 16 Sep 2026; 55 points (80 % interval 38 to 72) after 6 months."
    )
    assert (
        "Chance of a score worse by 10 points or more after 3 months: 22 of 100, typical patient"
        " 15" in words
    )


def test_the_fan_starts_at_the_latest_form_and_holds_both_intervals():
    drawn = figure(panel())
    fan = next(trace for trace in drawn.data if trace.name == "80 % interval")
    assert [round(7 * week) for week in fan.x] == [88, 179, 271, 271, 179, 88]
    assert list(fan.y) == [50.0, 72.0, 72.0, pytest.approx(40 - 183 / 91), 39.0, 50.0]
    assert drawn.layout.xaxis.range[1] * 7 >= 271


def test_the_probability_of_answering_stands_beside_the_forecast():
    table = of_class(panel(), "forecast-table")[0]
    assert "alive and answering" in text_of(table)
    assert "82 of 100" in text_of(table)


def test_both_deteriorations_are_explained_in_points_that_add_up():
    shown = panel()
    details = of_class(shown, "forecast-why")
    assert [one.open for one in details] == [True, False]
    assert "typical patient" in text_of(details[0])
    assert "15.0 %" in text_of(details[0])
    assert "22.0 %" in text_of(details[0])
    assert "latest global QoL" in text_of(details[0])


def test_the_panel_says_that_it_is_association_and_where_the_models_come_from():
    words = text_of(panel())
    assert "Association, not cause" in words
    assert "trained on simulated patients" in words
    assert "often less well" in words


def test_unusual_inputs_are_named():
    assert "Outside the training range: steroid dose." in text_of(panel(unusual=("steroid_mg",)))


@pytest.mark.parametrize(
    "reason", ["the patient has died", "no form has come yet", "age, sex not known"]
)
def test_without_a_forecast_the_reason_is_said(reason):
    words = text_of(panel(forecasts=(), reason=reason))
    assert f"No forecast of global quality of life: {reason}." in words
    assert "Give a questionnaire" in words


def test_nobody_is_asked_to_give_a_form_to_somebody_who_died():
    course = replace(qol_course(), died=True)
    found = form_forecast(forecasts=(), reason="the patient has died")
    assert "Give a questionnaire" not in text_of(forecast_panel(course, qol_trajectory(), found))


def test_the_day_of_each_forecast_is_named_and_one_that_the_data_overtook_is_called_past():
    words = text_of(panel())
    assert "3 months (about 16 Dec 2026)" in words
    course = replace(qol_course(), data_date=date(2027, 1, 31))
    words = text_of(forecast_panel(course, qol_trajectory(), form_forecast()))
    assert "3 months (about 16 Dec 2026, past)" in words
    assert "6 months (about 18 Mar 2027)" in words


def test_the_day_of_an_older_score_is_said_where_the_form_has_none():
    assert "it has no score of this scale" not in text_of(panel())
    later = form_forecast(form=date(2026, 9, 26))
    words = text_of(forecast_panel(qol_course(), qol_trajectory(), later))
    assert "it has no score of this scale, the latest is of 16 Sep 2026" in words


def test_an_index_is_given_with_its_decimals():
    scale = EQ_5D_5L.scale("index")
    words = forecast_finding(scale, form_forecast())
    assert "55.000 (80 % interval 39.000 to 72.000)" in words
