"""Quality of life: figures by data and axes, sentences, views, and patients without forms."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.qol_controls import (
    FIRST_SCALES,
    MOST_SMALL,
    VIEWS,
    Choice,
    choice,
    controls,
    is_offered,
    scale_checklist,
    scale_options,
    scale_select,
    view_switch,
)
from components.qol_figure import qol_figure, small_figure, spread, strip_figure
from components.qol_marks import NEAR_NARROW, irae_marks
from components.qol_panel import qol_panel
from components.qol_words import band_words, change_words, group_words, latest_words, sizes_words
from models.cohort.comparable import Group
from models.qol.instrument import Instrument, Item, Scale
from models.qol.instruments import BUILT_IN, EQ_5D_5L, QLQ_C30
from models.qol.trajectory import Change, trajectories
from tests.components.patient_values import (
    MISSED,
    WOMEN,
    adverse_events,
    band,
    band_rows,
    frame,
    no_adverse_events,
    of_class,
    qol_course,
    qol_trajectory,
    steroids,
    text_of,
    trajectory,
)

QL = "qlq-c30:QL"
INDEX = trajectory((0, 0.91), (90, 0.5), scale="index", instrument=EQ_5D_5L)
FACT = Instrument(
    "fact-g",
    "FACT-G",
    "4",
    "ask the site",
    (Item("a", "energy", 0, 4),),
    (Scale("PWB", "physical well-being", "sum", higher_is_better=True, high=28.0),),
    "the site",
)


def drawn(course, scale=None):
    """As Plotly's own object, which refuses names and values that it does not know."""
    shown = course.trajectories[scale or next(iter(course.trajectories))]
    return go.Figure(qol_figure(course, shown))


def trace(figure, name):
    return next(trace for trace in figure.data if trace.name == name)


def finding(course):
    return latest_words(course, next(iter(course.trajectories.values())))


def view(course, name, scale=QL, several=()):
    return qol_panel(course, Choice(name, scale, tuple(several)))


def one(course):
    return view(course, "one", next(iter(course.trajectories)))


def test_full_and_short_forms_differ_by_marker():
    figure = drawn(qol_course())
    np.testing.assert_allclose(trace(figure, "QLQ-C30").x, [0, 88 / 7])
    np.testing.assert_allclose(trace(figure, "QLQ-C30").y, [75, 50])
    assert trace(figure, "QLQ-C30").marker.symbol == "circle"
    assert trace(figure, "short form").marker.symbol == "diamond"


def test_a_point_says_its_week_and_date():
    said = trace(drawn(qol_course()), "QLQ-C30").customdata
    assert list(said) == ["week 0, 20 Jun 2026", "week 12, 16 Sep 2026"]


def test_the_line_is_broken_at_a_missed_form():
    line = trace(drawn(qol_course()), "line")
    np.testing.assert_allclose(line.y, [75, 66.7, np.nan, 50])
    assert line.connectgaps is False
    whole = trajectory((0, 75.0), (88, 50.0))
    assert not np.isnan(trace(drawn(qol_course(whole)), "line").y).any()


def test_the_axis_shows_the_whole_scale():
    axis = drawn(qol_course()).layout.yaxis
    assert axis.range[0] <= 0
    assert axis.range[1] >= 100
    assert axis.title.text == "points"
    fact = trajectory((0, 20.0), scale="PWB", instrument=FACT)
    assert drawn(qol_course(fact)).layout.yaxis.range[1] < 30


def test_an_index_below_zero_is_inside_the_axis():
    low = trajectory((0, 0.4), (30, -0.3), scale="index", instrument=EQ_5D_5L)
    course = qol_course(low, bands={})
    assert drawn(course).layout.yaxis.range[0] < -0.3
    assert -0.1 < drawn(qol_course(INDEX, bands={})).layout.yaxis.range[0] < 0


def test_the_band_runs_from_the_10th_to_the_90th_percentile():
    figure = drawn(qol_course())
    np.testing.assert_allclose(trace(figure, "10th percentile").y, band_rows()["p10"])
    np.testing.assert_allclose(trace(figure, "90th percentile").y, band_rows()["p90"])
    assert trace(figure, "90th percentile").fill == "tonexty"


def test_treatment_events_steroids_and_missed_forms_have_a_row_each():
    figure = drawn(qol_course())
    assert list(figure.layout.yaxis2.ticktext) == ["treatment", "irAE", "steroid", "missed"]
    assert list(trace(figure, "irAE").text) == ["2", "3"]
    assert list(trace(figure, "missed form").marker.symbol) == ["diamond-open", "circle-open"]
    assert len(trace(figure, "steroid").x) == 6
    assert "ipilimumab + nivolumab" in [note.text for note in figure.layout.annotations]


def test_a_form_without_this_score_is_marked_apart_from_a_missed_one():
    course = qol_course(trajectory((0, 75.0), (30, None), (88, 50.0), missed=MISSED[1:]))
    marks = trace(drawn(course), "missed form")
    assert list(marks.marker.symbol) == ["circle-open", "x-thin-open"]
    assert "without this score" in marks.customdata[1]


def test_a_steroid_without_an_end_lasts_to_the_end_of_observation():
    open_ended = steroids().assign(end_day=[np.nan, np.nan])
    ends = trace(drawn(qol_course(steroids=open_ended)), "steroid").x
    assert np.nanmax(ends) == pytest.approx(98 / 7)


def test_events_close_together_share_a_mark_with_the_worst_grade():
    events = frame(
        day=[20, 21, 22, 80],
        organ=["skin", "hepatic", "renal", "skin"],
        grade=[1.0, 3.0, None, None],
        immune_related=[True] * 4,
    )
    marks = irae_marks(qol_course(events=events), NEAR_NARROW)
    assert [mark.text for mark in marks] == ["3 +2", "?"]
    assert "renal, grade not recorded" in marks[0].words
    assert drawn(qol_course(events=events)).layout.shapes[0].x0 == pytest.approx(20 / 7)


def test_a_long_name_of_a_line_is_shortened_to_its_room():
    lines = frame(day=[0, 7], end_day=[6.0, 90.0], regimen=["a very long regimen", "b <script>"])
    texts = [note.text for note in drawn(qol_course(treatments=lines)).layout.annotations]
    assert "a very long regimen" not in texts
    assert "b &lt;script&gt;" in texts


@pytest.mark.parametrize(
    ("died", "last_day", "words"),
    [
        (False, 98.0, "last contact week 14"),
        (True, 98.0, "died week 14"),
        (True, 900.0, "died week 128 →"),
    ],
)
def test_how_observation_ended_stands_on_the_chart(died, last_day, words):
    figure = drawn(qol_course(died=died, last_day=last_day))
    assert words in [note.text for note in figure.layout.annotations]
    assert figure.layout.xaxis.range[1] < 20


def test_the_change_that_flags_one_person_is_a_shaded_band_and_the_threshold_a_line():
    course = qol_course(trajectory((0, 75.0), (88, 30.0), scale="PF"))
    shapes = {shape.type: shape for shape in drawn(course).layout.shapes if shape.xref == "paper"}
    assert (shapes["rect"].y0, shapes["rect"].y1) == (65, 85)
    assert (shapes["line"].y0, shapes["line"].line.dash) == (83, "dashdot")
    said = text_of(one(course))
    assert "within 10 of the start: too little to flag one person (Snyder 2015)" in said
    assert "clinically important below 83 (Giesinger 2020, unverified)" in said
    assert "beyond the threshold for clinical importance (unverified)" in said


def test_no_band_around_the_start_lies_outside_the_scale():
    shapes = drawn(qol_course(trajectory((0, 95.0)))).layout.shapes
    assert [(s.y0, s.y1) for s in shapes if s.type == "rect"] == [(85, 100)]
    assert not [
        s for s in drawn(qol_course(trajectory((30, 95.0)))).layout.shapes if s.type == "rect"
    ]


def test_labels_beside_the_chart_do_not_lie_on_each_other():
    placed = spread({"start": 80, "threshold": 83}, 7)
    assert placed == [("start", 80), ("threshold", 87)]
    assert spread({"start": 20, "threshold": 83}, 7) == [("start", 20), ("threshold", 83)]


def test_the_finding_says_size_direction_and_source():
    assert finding(qol_course()) == (
        "Latest 50 points (week 12, 16 Sep 2026);"
        " moderate deterioration since the form before, 17 points, Osoba 1998;"
        " large deterioration since the start, 25 points, Osoba 1998;"
        " a single form so far: not confirmed;"
        " median of comparable patients 62; 2 due forms missed; no form after week 12;"
        " last contact week 14."
    )


def test_a_fall_of_a_symptom_is_an_improvement():
    course = qol_course(trajectory((0, 75.0), (88, 50.0), scale="FA"))
    assert "large improvement since the start, 25 points" in finding(course)
    assert "Fatigue: higher is worse" in text_of(one(course))


def test_two_bad_forms_in_a_row_are_said_to_confirm():
    course = qol_course(trajectory((0, 80.0), (30, 60.0), (60, 62.0)))
    assert "deterioration confirmed by two forms in a row" in finding(course)


def test_equal_changes_are_said_once():
    course = qol_course(trajectory((0, 80.0), (30, 80.0), (60, 60.0)))
    assert "since the form before and the start, 20 points" in finding(course)


@pytest.mark.parametrize(
    ("scale", "difference", "words"),
    [
        ("QL", 0.2, "unchanged since the start"),
        ("QL", -3.0, "hardly changed since the start, 3 points worse (under 5, Osoba 1998)"),
        ("QL", 8.0, "small improvement since the start, 8 points, Osoba 1998"),
        ("FA", 8.0, "small deterioration since the start, 8 points, Osoba 1998"),
    ],
)
def test_a_change_in_words(scale, difference, words):
    of = QLQ_C30.scale(scale)
    assert change_words(Change("the start", difference, of.size_of_change(difference)), of) == words


def test_an_index_has_its_own_sizes_and_nothing_of_groups_is_applied_to_one_person():
    said = text_of(one(qol_course(INDEX)))
    assert "important deterioration since the start, 0.410, Bourke 2024" in said
    assert "For groups only, not for one person: 0.037 (McClure 2017, unverified)" in said
    assert "value set of France" in said


def test_differences_of_groups_are_said_by_direction_and_their_source_once():
    said = text_of(one(qol_course()))
    assert said.count("Cocks 2012") == 1
    assert "improvement small from 5, medium or more from 8; deterioration small from 5" in said


def test_the_value_set_is_not_guessed_for_delivered_scores_or_unknown_countries():
    bare = text_of(one(qol_course(INDEX, answered=set())))
    assert "2 forms, all delivered as scores without answers" in bare
    assert "did not say by which value set" in bare
    assert "no value set of this country" in text_of(one(qol_course(INDEX, country="ZZ")))


def test_a_scale_without_published_sizes_says_so():
    course = qol_course(trajectory((0, 20.0), (60, 12.0), scale="PWB", instrument=FACT))
    assert "8 points worse since the start (no published sizes of change)" in finding(course)
    assert "no published sizes" in sizes_words(FACT.scale("PWB"))
    assert not [s for s in drawn(course).layout.shapes if s.xref == "paper"]


def test_without_a_form_at_the_start_there_is_no_start():
    course = qol_course(trajectory((30, 75.0), (88, 60.0)))
    assert "no form at the start to compare with" in finding(course)
    assert "since the start," not in finding(course)
    assert "within 10 of the start" not in text_of(one(course))


def test_one_form_has_no_change():
    assert finding(qol_course(trajectory((0, 75.0)))) == (
        "Latest 75 points (week 0, 20 Jun 2026); median of comparable patients 67."
    )


def test_a_form_before_the_first_dose_is_inside_the_axis():
    course = qol_course(trajectory((-6, 75.0), (88, 50.0)))
    assert drawn(course).layout.xaxis.range[0] < -6 / 7
    assert finding(qol_course(trajectory((-6, 75.0)))).startswith(
        "Latest 75 points (before the first dose, 14 Jun 2026)"
    )


@pytest.mark.parametrize(
    ("group", "words"),
    [
        (WOMEN, "women of 60 to 69 who began with PD-1 + CTLA-4"),
        (Group("PD1", "under 40", "M"), "men under 40 who began with PD-1"),
        (Group("PD1", "80 and over", "F"), "women of 80 and over who began with PD-1"),
        (Group("PD1"), "all who began with PD-1"),
    ],
)
def test_comparable_patients_in_words(group, words):
    assert group_words(group) == words


def test_falling_back_on_the_whole_class_is_said_and_stands_out():
    wide = band(group=WOMEN.whole_class)
    tree = one(qol_course(bands={QL: wide}))
    assert band_words(wide) == (
        "too few women of 60 to 69 who began with PD-1 + CTLA-4:"
        " all who began with PD-1 + CTLA-4, n = 40 to 355 by month"
    )
    assert text_of(of_class(tree, "band-fallback")) == band_words(wide)
    assert not of_class(one(qol_course()), "band-fallback")


def test_several_scales_say_whom_each_is_compared_with_and_how_many():
    course = qol_course(qol_trajectory(), INDEX)
    assert "percentile:  women of 60 to 69 who began with PD-1 + CTLA-4, n = 40 to 355" in text_of(
        view(course, "several", QL, course.trajectories)
    )
    mixed = {QL: band(), INDEX.key: band(group=WOMEN.whole_class)}
    words = text_of(view(qol_course(qol_trajectory(), INDEX, bands=mixed), "several", QL, mixed))
    assert "global quality of life: women of 60 to 69" in words
    assert "EQ-5D-5L index: too few women of 60 to 69" in words
    bare = qol_course(qol_trajectory(), bands={})
    assert "no band" in text_of(view(bare, "several", QL, bare.trajectories))


def test_without_comparable_patients_the_legend_says_so():
    none = band(band_rows().iloc[:0])
    assert "fewer than 20 comparable patients: no band" in text_of(
        one(qol_course(bands={QL: none}))
    )
    assert "fewer than 20 comparable patients: no band" in text_of(one(qol_course(bands={})))


def test_a_band_of_one_month_shows_its_median():
    figure = drawn(qol_course(bands={QL: band(band_rows().iloc[:1])}))
    assert trace(figure, "comparable median").mode == "markers"


def test_without_any_form_there_is_a_sentence_and_a_next_step():
    course = qol_course(trajectories={}, bands={})
    for name in VIEWS:
        words = text_of(view(course, name))
        assert "No questionnaire of this patient has a score" in words
        assert "next visit" in words


def test_a_scale_without_a_score_is_named():
    course = qol_course(trajectory((0, 75.0)), trajectory((0, None), scale="PF"))
    words = text_of(view(course, "one", "qlq-c30:PF"))
    assert "No questionnaire of this patient has a score for physical functioning" in words


def test_the_table_holds_the_same_numbers():
    words = text_of(one(qol_course()))
    assert "QLQ-C30 16 Sep 2026 12 50 25 worse 62 33 to 90" in words
    assert "missed 19 Aug 2026 8" in words


def test_several_scales_share_one_time_axis_and_say_their_direction():
    shown = [qol_trajectory(), trajectory((0, 10.0), (88, 40.0), scale="FA"), INDEX]
    course = qol_course(*shown)
    marks = irae_marks(course, NEAR_NARROW)
    axes = {
        tuple(go.Figure(figure).layout.xaxis.range)
        for figure in (
            *(small_figure(course, each, marks) for each in shown),
            strip_figure(course, shown, marks),
        )
    }
    assert len(axes) == 1
    said = text_of(view(course, "several", QL, course.trajectories))
    assert "Fatigue  (higher is worse):  40 in week 12; large deterioration since the start" in said
    assert "EQ-5D-5L index  (higher is better):  0.500 in week 12" in said
    assert "3 of 3 scales worse than at the start" in said


def test_missed_forms_below_several_scales_are_each_shown_once():
    course = qol_course(qol_trajectory(), qol_trajectory("FA"))
    figure = go.Figure(strip_figure(course, list(course.trajectories.values()), []))
    assert len(trace(figure, "missed form").x) == 2


def test_no_more_scales_are_drawn_than_can_be_read():
    every = [trajectory((0, 50.0), scale=scale.code) for scale in QLQ_C30.scales]
    course = qol_course(*every)
    keys = list(course.trajectories)
    tree = view(course, "several", QL, keys)
    assert len(of_class(tree, "plot")) == MOST_SMALL + 1
    assert f"{len(keys) - MOST_SMALL} more chosen and not drawn" in text_of(tree)
    assert list(Choice("several", QL, tuple(keys)).drawn) == keys[:MOST_SMALL]
    assert "No scale is chosen" in text_of(view(course, "several"))


def test_only_scales_that_are_drawn_need_comparable_patients():
    assert Choice("one", QL, FIRST_SCALES).drawn == (QL,)
    assert Choice("several", QL, ("a", "b")).drawn == ("a", "b")
    assert Choice("all", QL, FIRST_SCALES).drawn == ()


def test_the_patients_scales_can_be_chosen_by_their_full_names():
    found = {each.key: each for each in (qol_trajectory(), INDEX)}
    assert scale_options(found) == [
        {"label": "global quality of life", "value": QL},
        {"label": "EQ-5D-5L index", "value": "eq-5d-5l:index"},
    ]


def test_what_the_patient_does_not_have_gives_way_to_what_there_is():
    found = {each.key: each for each in (qol_trajectory(), INDEX)}
    assert choice("one", "eq-5d-5l:index", [], found).scale == "eq-5d-5l:index"
    assert choice("one", "qlq-c30:PF", [], found).scale == QL
    assert choice("one", "qlq-c30:PF", [], {}).scale == "qlq-c30:PF"
    asked = [QL, "eq-5d-5l:index", "qlq-c30:PF"]
    assert choice("several", QL, asked, found).several == ("eq-5d-5l:index", QL)


@pytest.mark.parametrize(
    ("name", "hidden"),
    [("one", [False, True]), ("several", [True, False]), ("all", [True, True])],
)
def test_each_view_has_its_own_control(name, hidden):
    found = {QL: qol_trajectory()}
    assert controls(Choice(name, QL, ()), found)["hidden"] == hidden
    assert controls(Choice(name, QL, ()), {})["hidden"] == [True, True]


def test_only_known_views_and_scales_are_offered():
    assert is_offered("one", QL, [QL, "eq-5d-5l:vas"], BUILT_IN)
    assert is_offered("all", QL, [], BUILT_IN)
    for asked in (("two", QL, []), ("one", "QL", []), ("one", QL, ["QL"]), ("one", QL, QL)):
        assert not is_offered(*asked, BUILT_IN)
    for odd in (None, 7, [], {}, [QL], {"a": 1}):
        assert not is_offered(odd, QL, [], BUILT_IN)
        assert not is_offered("one", odd, [], BUILT_IN)
        assert not is_offered("one", QL, [odd], BUILT_IN)


def test_the_first_choice_exists_and_the_controls_are_named():
    built_in = {
        f"{instrument.name}:{scale.code}"
        for instrument in BUILT_IN.values()
        for scale in instrument.scales
    }
    assert {*FIRST_SCALES, scale_select("a").value} <= built_in
    assert scale_checklist("b").children[1].value == list(FIRST_SCALES)
    switch = view_switch("c")
    assert switch.children.value == "one"
    assert getattr(switch, "aria-label") == "Quality of life shown as"


@given(
    st.lists(
        st.tuples(st.integers(-60, 2000), st.one_of(st.floats(0, 100), st.none())),
        max_size=40,
        unique_by=lambda form: form[0],
    ),
    st.sampled_from(list(VIEWS)),
)
def test_no_course_breaks_any_view(forms, name):
    shown = trajectory(*sorted(forms))
    course = qol_course(shown, events=no_adverse_events(), last_day=max([0, *dict(forms)]) * 1.0)
    assert text_of(view(course, name, QL, [QL]))


def test_only_irae_are_marked_as_irae():
    events = adverse_events().assign(immune_related=[None, True])
    assert list(trace(drawn(qol_course(events=events)), "irAE").text) == ["3"]


def test_missing_grades_read_as_such():
    events = adverse_events().astype({"grade": "Int64"})
    events["grade"] = pd.array([None, 3], dtype="Int64")
    assert list(trace(drawn(qol_course(events=events)), "irAE").text) == ["?", "3"]


def test_forms_of_the_warehouse_become_scales_of_the_panel():
    rows = [(0, "qlq-c30", "QL", 75.0), (30, "qlq-short", "QL", 66.7), (30, "qlq-short", "FA", 0.0)]
    found = trajectories(rows, [(60, "qlq-short")], BUILT_IN)
    course = qol_course(**{"trajectories": found, "index_date": date(2026, 6, 20)})
    assert "Latest 67 points (week 4, 20 Jul 2026, short form)" in text_of(view(course, "one"))
