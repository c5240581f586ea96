"""Course: one time axis, events by row and shape, laboratory values against their limits."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from components.course_events import daily_steroid_mg, event_rows, events_finding
from components.course_labs import beyond, chosen_tests, lab_range, labs_finding
from components.course_panel import course_figure, course_panel
from models.laboratory import LAB_BY_CODE, LABS
from tests.components import patient_values as patient

NOTHING = {
    "treatments": patient.treatments().iloc[:0],
    "events": patient.no_adverse_events(),
    "steroids": patient.steroids().iloc[:0],
    "labs": patient.labs().iloc[:0],
}


def drawn(course):
    """As Plotly's own object, which refuses names and values that it does not know."""
    return go.Figure(course_figure(course))


def trace(figure, name):
    return next(trace for trace in figure.data if trace.name == name)


def test_rows_run_from_treatment_over_organs_by_onset_to_admissions():
    rows = event_rows(patient.treatments(), patient.adverse_events())
    assert rows == ["treatment", "skin", "gastrointestinal", "admission"]
    assert list(drawn(patient.course()).layout.yaxis.ticktext) == rows


def test_all_rows_share_one_time_axis_in_weeks():
    figure = drawn(patient.course())
    assert {trace.xaxis for trace in figure.data} == {None}
    assert figure.layout.xaxis.title.text == "weeks since first dose"
    assert figure.layout.xaxis.range[0] < -3 / 7
    assert figure.layout.xaxis.range[1] > 83 / 7


def test_an_open_treatment_runs_to_the_end_of_observation():
    ongoing = patient.course(treatments=patient.treatments().assign(end_day=np.nan))
    assert ongoing.last_day == 98
    assert max(trace(drawn(ongoing), "treatment").x[:2]) == 14


def test_the_first_year_is_shown_even_when_nothing_happened_in_it():
    quiet = patient.course(**(NOTHING | {"treatments": patient.treatments()}), until_day=900.0)
    assert quiet.last_day == 365


def test_grade_is_said_by_number_and_size_before_colour():
    events = trace(drawn(patient.course()), "event")
    assert list(events.text) == ["2", "3"]
    assert list(events.marker.size) == [10, 14]
    assert set(events.marker.symbol) == {"triangle-up"}


def test_events_that_are_not_immune_related_have_another_shape():
    events = patient.adverse_events().assign(immune_related=[True, None])
    assert list(trace(drawn(patient.course(events=events)), "event").marker.symbol) == [
        "triangle-up",
        "circle-open",
    ]


def test_a_grade_that_is_not_recorded_is_never_grade_0():
    events = patient.adverse_events().assign(grade=[np.nan, np.nan])
    assert list(trace(drawn(patient.course(events=events)), "event").text) == ["?", "?"]
    assert "grade not recorded" in events_finding(events, patient.steroids())


def test_steroid_doses_are_steps_from_zero():
    dose = trace(drawn(patient.course()), "steroid")
    np.testing.assert_allclose(dose.x * 7, [62, 69, 70, 84])
    np.testing.assert_allclose(dose.y, [70, 90, 20, 0])
    assert dose.line.shape == "hv"


def test_overlapping_steroids_add_up_and_an_unknown_dose_leaves_a_gap():
    both = patient.frame(
        atc=["H02AB07", "H02AB02", "H02AB07", "H02AB99"],
        day=[0, 10, 20, 30],
        end_day=[np.nan, 19.0, 29.0, 39.0],
        daily_dose=[5.0, 6.0, np.nan, 10.0],
        unit=["mg", "mg/d", "mg", "mg"],
    )
    days, doses = daily_steroid_mg(both, 98.0)
    np.testing.assert_allclose(doses[[0, 1, 2, -1]], [5, 45, np.nan, 0])
    np.testing.assert_allclose(days[[0, 1, 2, -1]], [0, 10, 20, 98])


def test_domains_neither_overlap_nor_leave_the_page():
    layout = drawn(patient.course()).layout
    domains = sorted(layout[name].domain for name in layout if name.startswith("yaxis"))
    assert domains[0][0] >= 0
    assert domains[-1][1] <= 1
    assert all(low[1] < high[0] for low, high in pairwise(domains))


def test_values_beyond_the_limits_point_out_of_them():
    alt = trace(drawn(patient.course()), "ALT")
    assert list(alt.marker.symbol) == ["circle", "circle", "triangle-up"]
    assert beyond(LAB_BY_CODE["albumin"], 3.1) == "↓"
    assert beyond(LAB_BY_CODE["albumin"], 4.0) == ""


def test_limits_are_inside_the_drawn_range():
    low, high = lab_range(LAB_BY_CODE["alt"], patient.frame(value=[20.0, 25.0]))
    assert low < 7
    assert high > 40


def test_eight_tests_at_most_always_in_the_same_order():
    codes = patient.frame(loinc=list(LABS)[::-1])
    assert [test.code for test in chosen_tests(codes)][:3] == ["alt", "creatinine", "tsh"]
    assert len(chosen_tests(codes)) == 8
    few = patient.frame(loinc=["777-3", "1751-7"])
    assert [test.code for test in chosen_tests(few)] == ["albumin", "platelets"]


def test_the_finding_names_what_is_beyond_the_limits_now():
    assert labs_finding(patient.labs()) == "Latest beyond the limits: ALT 180 U/L."
    assert events_finding(patient.adverse_events(), patient.steroids()) == (
        "2 irAE, worst grade 3 (gastrointestinal, week 8); steroids given."
    )


def test_unverified_limits_are_called_that():
    assert "not verified" in patient.text_of(course_panel(patient.course()))


def test_a_patient_without_anything_gets_sentences():
    words = patient.text_of(course_panel(patient.course(**NOTHING)))
    assert "No treatment, event or medicine" in words
    assert "No laboratory values" in words


def test_laboratory_values_alone_are_drawn():
    alone = patient.course(**(NOTHING | {"labs": patient.labs()}))
    assert [trace.name for trace in drawn(alone).data] == ["ALT", "albumin"]


def test_the_table_holds_the_same_numbers():
    words = patient.text_of(course_panel(patient.course()))
    assert "irAE gastrointestinal, Colitis, grade 3 8" in words
    assert "ALT latest 180 U/L, 30 to 180, n = 3; 7 to 40 U/L before 9" in words


@pytest.mark.parametrize("dtype", ["boolean", "object"])
def test_unknown_flags_do_not_break_the_rows(dtype):
    events = patient.adverse_events().assign(
        immune_related=pd.array([None, True], dtype=dtype),
        hospitalised=pd.array([None, None], dtype=dtype),
        term=[None, None],
    )
    assert patient.text_of(course_panel(patient.course(events=events)))


def test_odd_doses_and_values_do_not_break_the_figure():
    odd_doses = patient.steroids().assign(daily_dose=[np.nan, np.nan], end_day=[np.nan, 83.0])
    huge = patient.labs().assign(value=[1e12, 0.0, 1e-9, 4.0])
    assert drawn(patient.course(steroids=odd_doses, labs=huge)).data
    unknown = patient.labs().assign(loinc="0-0")
    assert patient.text_of(course_panel(patient.course(labs=unknown)))


def test_words_from_a_site_are_never_markup():
    odd = "<a href='https://x.example'>nivolumab</a>"
    treatments = patient.treatments().assign(regimen=odd)
    events = patient.adverse_events().assign(term=odd)
    figure = drawn(patient.course(treatments=treatments, events=events))
    for written in (*trace(figure, "treatment").text, *trace(figure, "event").customdata):
        assert "<" not in written
