"""Quality of life: the trajectory by data and axes, its sentence, and patients without forms."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.qol_figure import qol_figure
from components.qol_panel import qol_finding, qol_panel, scale_select
from models.qol.qlq_c30 import SCALE_CODES
from tests.components.patient_values import (
    band,
    forms,
    no_adverse_events,
    qol_course,
    scores,
    steroids,
    text_of,
)


def drawn(course):
    """As Plotly's own object, which refuses names and values that it does not know."""
    return go.Figure(qol_figure(course))


def trace(figure, name):
    return next(trace for trace in figure.data if trace.name == name)


def test_full_and_short_forms_differ_by_marker():
    figure = drawn(qol_course())
    np.testing.assert_allclose(trace(figure, "QLQ-C30").x, [0, 88 / 7])
    np.testing.assert_allclose(trace(figure, "QLQ-C30").y, [75, 50])
    assert trace(figure, "QLQ-C30").marker.symbol == "circle"
    assert trace(figure, "short form").marker.symbol == "diamond"


def test_the_axis_shows_the_whole_scale():
    assert tuple(drawn(qol_course()).layout.yaxis.range) == (0, 102)


def test_the_band_runs_from_the_10th_to_the_90th_percentile():
    figure = drawn(qol_course())
    np.testing.assert_allclose(trace(figure, "10th percentile").y, band()["p10"])
    np.testing.assert_allclose(trace(figure, "90th percentile").y, band()["p90"])
    assert trace(figure, "90th percentile").fill == "tonexty"


def test_a_bin_with_too_few_patients_has_no_band():
    few = band()
    few.loc[2, ["p10", "median", "p90"]] = np.nan
    assert len(trace(drawn(qol_course(band=few)), "cohort median").x) == 2


def test_events_steroids_and_missed_forms_have_a_line_each():
    figure = drawn(qol_course())
    assert list(trace(figure, "irAE").text) == ["2", "3"]
    assert list(trace(figure, "missed form").marker.symbol) == ["diamond-open", "circle-open"]
    assert list(figure.layout.yaxis2.ticktext) == ["no form", "steroid", "irAE"]
    assert len(trace(figure, "steroid").x) == 6


def test_short_forms_are_missed_only_by_the_scales_they_hold():
    assert list(qol_course(scale="PF").missed.instrument) == ["qlq-c30"]
    assert list(qol_course(scale="FA").missed.instrument) == ["qlq-short", "qlq-c30"]


def test_a_steroid_without_an_end_lasts_to_the_end_of_the_axis():
    open_ended = steroids().assign(end_day=[np.nan, np.nan])
    ends = trace(drawn(qol_course(steroids=open_ended)), "steroid").x
    assert np.nanmax(ends) == pytest.approx(91 / 7)


def test_the_finding_knows_which_way_the_scale_runs():
    assert qol_finding(qol_course()) == (
        "Latest 50 points (week 12); moderate deterioration since the form before, 17 points;"
        " large deterioration since the start, 25 points;"
        " cohort median 62; 1 of 2 QLQ-C30 forms missed."
    )
    assert "moderate improvement since the form before, 17 points" in qol_finding(
        qol_course(scale="FA")
    )
    assert "unchanged" in qol_finding(
        qol_course(full=scores((0, 50.0), (88, 50.2)), short=scores())
    )


def test_two_forms_are_compared_once_with_the_start():
    finding = qol_finding(qol_course(full=scores((0, 75.0), (88, 72.0)), short=scores()))
    assert "hardly changed since the start, 3 points worse" in finding
    assert "form before" not in finding


def test_without_a_form_at_the_start_there_is_no_start():
    course = qol_course(full=scores((30, 75.0), (88, 60.0)), short=scores())
    assert course.baseline is None
    assert "since the start" not in qol_finding(course)
    assert "from the start" not in text_of(qol_panel(course))


def test_ten_points_around_the_start_and_the_threshold_are_drawn():
    course = qol_course(full=scores((0, 75.0), (88, 30.0)), short=scores(), scale="PF")
    lines = {
        shape.y0: shape.line.dash for shape in drawn(course).layout.shapes if shape.xref == "paper"
    }
    assert lines == {65.0: "dot", 85.0: "dot", 83.0: "dashdot"}
    said = text_of(qol_panel(course))
    assert "10 points from the start (Snyder 2015)" in said
    assert "clinically important below 83 (Giesinger 2020, unverified)" in said
    assert "beyond the threshold for clinical importance" in said
    assert "Osoba 1998" in said


def test_no_line_lies_outside_the_scale():
    course = qol_course(full=scores((0, 95.0)), short=scores())
    lines = [shape.y0 for shape in drawn(course).layout.shapes if shape.xref == "paper"]
    assert lines == [85.0]


def test_one_form_has_no_change():
    finding = qol_finding(qol_course(full=scores((0, 75.0)), short=scores(), expected=forms()))
    assert finding == "Latest 75 points (week 0); cohort median 67."


def test_without_any_form_there_is_a_sentence_and_a_next_step():
    words = text_of(qol_panel(qol_course(full=scores(), short=scores())))
    assert "No questionnaire of this patient" in words
    assert "next visit" in words


def test_without_comparable_patients_the_legend_says_so():
    words = text_of(qol_panel(qol_course(band=band().iloc[:0])))
    assert "fewer than 20 comparable patients" in words


def test_every_scale_can_be_chosen_by_its_full_name():
    select = scale_select("scale")
    assert {option["value"] for option in select.options} == set(SCALE_CODES)
    assert select.value == "QL"
    assert "fatigue" in {option["label"] for option in select.options}


def test_the_table_holds_the_same_numbers():
    words = text_of(qol_panel(qol_course()))
    assert "QLQ-C30 12 50 62 33 to 90" in words
    assert "missed 8" in words


@given(
    st.lists(
        st.tuples(
            st.floats(-60, 2000), st.one_of(st.floats(allow_infinity=False), st.just(np.nan))
        ),
        max_size=5,
    )
)
def test_no_score_breaks_the_panel(rows):
    course = qol_course(full=scores(*rows), events=no_adverse_events())
    assert text_of(qol_panel(course))


def test_only_irae_are_marked_as_irae():
    events = qol_course().events.assign(immune_related=[None, True])
    assert list(trace(drawn(qol_course(events=events)), "irAE").text) == ["3"]


def test_the_latest_form_counts_whichever_it_is():
    later = scores((116, 17.0))
    finding = qol_finding(qol_course(short=later))
    assert finding.startswith(
        "Latest 17 points (week 16, short form);"
        " large deterioration since the form before, 33 points"
    )


def test_a_form_before_the_first_dose_is_inside_the_axis():
    figure = drawn(qol_course(full=scores((-6, 75.0), (88, 50.0))))
    assert figure.layout.xaxis.range[0] < -6 / 7
    finding = qol_finding(qol_course(full=scores((-6, 75.0)), short=scores()))
    assert finding.startswith("Latest 75 points (before the first dose)")


def test_missing_grades_read_as_such():
    events = qol_course().events.astype({"grade": "Int64"})
    events["grade"] = pd.array([None, 3], dtype="Int64")
    assert list(trace(drawn(qol_course(events=events)), "irAE").text) == ["?", "3"]
