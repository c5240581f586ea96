"""The one builder around every graph."""

from __future__ import annotations

from datetime import date

import numpy as np
import plotly.graph_objects as go
import pytest
from dash import dcc, html

from components.chart import CONFIG, chart, house_figure, plot, weeks, weeks_axis
from components.panel import panel, slot
from components.patient_bar import patient_bar
from tests.components.patient_values import DATA_DATE, of_class, parts_of, text_of


class Person:
    patient_id = "FR-7Q2K"
    age_years = 63
    sex = "F"
    cancer = "lung cancer"
    stage = "IV"
    regimen = "nivolumab"
    week = 14
    last_contact = DATA_DATE
    data_date = DATA_DATE
    state = "on treatment"


def test_a_chart_has_title_finding_drawing_and_the_numbers_as_a_table():
    figure = chart("Risk", "It rose.", html.Div("drawing"), ("week", "points"), [("0", "75")])
    assert (type(figure).__name__, figure.className) == ("Figure", "chart")
    assert text_of(figure) == "Risk It rose. drawing Show as table week points 0 75"
    assert [type(part).__name__ for part in figure.children] == ["Figcaption", "Div", "Details"]


def test_a_plot_is_a_named_image():
    named = plot(house_figure([], 300), "It rose.")
    assert named.to_plotly_json()["props"]["aria-label"] == "It rose."
    assert named.role == "img"


def test_nothing_can_be_sent_away_and_nothing_advertises():
    graph = next(
        part for part in parts_of(plot(house_figure([], 300), "")) if isinstance(part, dcc.Graph)
    )
    assert graph.config == CONFIG
    assert CONFIG["showSendToCloud"] is False
    assert CONFIG["plotlyServerURL"] == ""
    assert CONFIG["displayModeBar"] is False


def test_figures_leave_background_and_text_colour_to_the_page():
    layout = go.Figure(house_figure([], 300)).layout
    assert layout.paper_bgcolor == layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert layout.font.color is None


@pytest.mark.parametrize(("days", "step"), [(30, 4), (180, 4), (365, 13), (900, 13), (4000, 104)])
def test_the_time_axis_never_has_more_ticks_than_can_be_read(days, step):
    axis = weeks_axis(0, days)
    assert axis["dtick"] == step
    assert axis["range"][0] < 0 < days / 7 < axis["range"][1]


def test_days_become_weeks():
    np.testing.assert_allclose(weeks([0, 7, 10.5]), [0, 1, 1.5])


def test_the_patient_bar_says_who():
    bar = patient_bar(Person())
    assert text_of(bar) == (
        "FR-7Q2K 63 y female lung cancer, stage IV nivolumab week 14 data to 30 Sep 2026 Close ✕"
    )
    assert [part.children for part in of_class(bar, "pseudonym")] == ["FR-7Q2K"]


def test_the_patient_bar_names_what_is_not_recorded():
    person = Person()
    person.age_years = person.sex = person.stage = person.regimen = person.week = None
    person.state = "died"
    words = text_of(patient_bar(person))
    for missing in ("age", "sex", "stage", "regimen"):
        assert f"{missing} not recorded" in words
    assert "died" in words


def test_the_patient_bar_says_when_contact_ended():
    person = Person()
    person.state, person.last_contact = "out of contact", date(2021, 9, 4)
    assert "last contact 4 Sep 2021 out of contact" in text_of(patient_bar(person))


def test_a_panel_is_a_named_region_and_waits_with_grey_lines():
    region = panel("Why?", slot("why", 3))
    assert region.to_plotly_json()["props"]["aria-label"] == "Why?"
    assert len(of_class(region, "skeleton-line")) == 3


def test_a_figure_that_may_be_kept_has_one_button_and_sends_nothing():
    graph = plot(house_figure([], 300), "It rose.", save_as="cohorts-irae").children
    assert graph.config["modeBarButtons"] == [["toImage"]]
    assert graph.config["toImageButtonOptions"] == {"format": "svg", "filename": "cohorts-irae"}
    assert graph.config["showSendToCloud"] is False
