from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.qol.instruments import BUILT_IN, EQ_5D_5L, QLQ_C30
from models.qol.trajectory import Due, Form, Trajectory, trajectories

FULL, SHORT = "qlq-c30", "qlq-short"


def moved(*scores: tuple[float, float | None], scale: str = "QL", missed=()) -> Trajectory:
    forms = tuple(Form(day, FULL, value) for day, value in scores)
    due = tuple(Due(day, FULL) for day in missed)
    return Trajectory(QLQ_C30, QLQ_C30.scale(scale), forms, due)


def test_the_start_is_the_last_score_of_the_first_week_or_before():
    assert moved((-10, 50.0), (7, 60.0), (8, 70.0)).start == 60.0
    assert moved((8, 70.0)).start is None
    assert moved((-3, 50.0), (2, None), (30, 70.0)).start == 50.0


@pytest.mark.parametrize(
    ("scores", "since"),
    [
        (((0, 80.0),), []),
        (((0, 80.0), (90, 70.0)), ["the start"]),
        (((0, 80.0), (30, 75.0), (90, 70.0)), ["the form before", "the start"]),
        (((30, 80.0), (90, 70.0)), ["the form before"]),
        (((-5, 80.0), (3, 70.0)), ["the form before"]),
    ],
)
def test_changes_are_since_the_form_before_and_the_start_once_where_they_are_one(scores, since):
    assert [change.since for change in moved(*scores).changes] == since


def test_a_change_has_the_size_class_of_its_scale():
    changes = moved((0, 80.0), (30, 78.0), (90, 70.0)).changes
    assert [(change.difference, change.size.size) for change in changes] == [
        (-8.0, "small"),
        (-10.0, "moderate"),
    ]
    assert moved((0, 80.0), (90, 76.0)).changes[0].size is None


def test_binary_fractions_do_not_hide_ten_points():
    assert 32.3 - 22.3 < 10
    assert moved((0, 32.3), (90, 22.3)).is_worse(22.3)
    assert moved((0, 6.4), (90, 16.4), scale="FA").is_worse(16.4)
    assert not moved((0, 32.3), (90, 22.4)).is_worse(22.4)


def test_worse_runs_with_the_direction_of_the_scale():
    assert moved((0, 50.0), (90, 40.0)).is_worse(40.0)
    assert not moved((0, 50.0), (90, 60.0)).is_worse(60.0)
    assert moved((0, 50.0), (90, 60.0), scale="FA").is_worse(60.0)
    assert not moved((0, 50.0), (90, 40.0), scale="FA").is_worse(40.0)


@pytest.mark.parametrize(
    ("scores", "confirmed"),
    [
        (((0, 80.0), (30, 70.0), (60, 70.0)), True),
        (((0, 80.0), (30, 70.1), (60, 70.0)), False),
        (((0, 80.0), (30, 70.0), (60, 70.1)), False),
        (((0, 80.0), (30, 60.0)), False),
        (((30, 60.0), (60, 50.0)), False),
        (((0, 80.0), (30, 60.0), (45, None), (60, 60.0)), True),
    ],
)
def test_a_deterioration_is_confirmed_by_two_scores_in_a_row(scores, confirmed):
    assert moved(*scores).is_confirmed is confirmed


@pytest.mark.parametrize(
    ("missed", "values"),
    [
        ((), [80.0, 70.0, 60.0]),
        ((45,), [80.0, 70.0, None, 60.0]),
        ((10, 20, 45), [80.0, None, 70.0, None, 60.0]),
        ((-5, 70), [80.0, 70.0, 60.0]),
    ],
)
def test_the_line_is_broken_where_a_form_was_missed_and_nowhere_else(missed, values):
    line = moved((0, 80.0), (30, 70.0), (60, 60.0), missed=missed).line
    assert [value for _, value in line] == values


def test_the_line_is_broken_where_a_form_came_without_a_score():
    line = moved((0, 80.0), (30, None), (60, 60.0)).line
    assert [value for _, value in line] == [80.0, None, 60.0]


days = st.lists(st.integers(-50, 2000), unique=True, max_size=20)


@given(days, days)
def test_no_two_points_are_joined_over_a_missed_form(came, missed):
    line = moved(*((day, 50.0) for day in sorted(came)), missed=sorted(missed)).line
    for (here, value), (there, following) in pairwise(line):
        if value is not None and following is not None:
            assert not any(here < day <= there for day in missed)
    assert [day for day, value in line if value is not None] == sorted(came)


def rows(*forms: tuple[float, str, dict[str, float]]) -> list[tuple[float, str, str, float]]:
    return [(day, name, scale, value) for day, name, of in forms for scale, value in of.items()]


def test_short_forms_count_with_the_questionnaire_whose_scales_they_share():
    found = trajectories(
        rows((0, FULL, {"QL": 80, "PF": 90}), (30, SHORT, {"QL": 70, "FA": 20})),
        [(60, SHORT), (91, FULL)],
        BUILT_IN,
    )
    assert list(found)[:2] == ["qlq-c30:QL", "qlq-c30:PF"]
    assert [form.value for form in found["qlq-c30:QL"].forms] == [80, 70]
    assert [form.value for form in found["qlq-c30:PF"].forms] == [90]
    assert [due.day for due in found["qlq-c30:QL"].missed] == [60, 91]
    assert [due.day for due in found["qlq-c30:PF"].missed] == [91]
    assert [form.value for form in found["qlq-c30:FA"].forms] == [None, 20]
    assert found["qlq-c30:FI"].scores == ()


def test_of_two_forms_on_one_day_the_full_one_counts_unless_it_has_no_score():
    both = rows((5, SHORT, {"QL": 50, "FA": 10}), (5, FULL, {"QL": 60, "PF": 90}))
    found = trajectories(both, [], BUILT_IN)
    assert [(form.instrument, form.value) for form in found["qlq-c30:QL"].forms] == [(FULL, 60)]
    assert [(form.instrument, form.value) for form in found["qlq-c30:FA"].forms] == [(SHORT, 10)]


def test_only_scales_of_the_forms_that_came_are_there():
    assert trajectories([], [], BUILT_IN) == {}
    assert set(trajectories(rows((0, SHORT, {"QL": 1})), [], BUILT_IN)) == {
        "qlq-c30:QL",
        "qlq-c30:FA",
    }
    only_eq = trajectories(rows((0, EQ_5D_5L.name, {"index": 0.9})), [(0, FULL)], BUILT_IN)
    assert set(only_eq) == {"eq-5d-5l:index", "eq-5d-5l:vas"}
    assert only_eq["eq-5d-5l:index"].missed == ()
    assert trajectories(rows((0, "unheard-of", {"X": 1})), [], BUILT_IN) == {}


def test_an_index_is_judged_by_its_own_change():
    index = EQ_5D_5L.scale("index")
    forms = (Form(0, EQ_5D_5L.name, 0.91), Form(90, EQ_5D_5L.name, 0.88))
    fell = Trajectory(EQ_5D_5L, index, forms)
    assert fell.is_worse(0.88)
    assert math.isclose(fell.changes[0].difference, -0.03)
    assert fell.changes[0].size.source == "Bourke 2024"
    assert not fell.is_worse(0.881)
