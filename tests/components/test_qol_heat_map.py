"""All scales by all forms: order, shades, marks, gaps, and the same as a table."""

from __future__ import annotations

import re

import pytest

from components.qol_heat_map import STEPS, form_columns, grouped, heat_map, marks_of, shade
from models.qol.instruments import EQ_5D_5L, QLQ_C30
from tests.components.patient_values import of_class, qol_course, text_of, trajectory

FATIGUE = trajectory(
    (0, 10.0), (88, 60.0), scale="FA", short=((30, 20.0),), missed=((60, "qlq-short"),)
)
ROLE = trajectory((0, 100.0), (88, 50.0), scale="RF")
SUMMARY = trajectory((0, 90.0), (88, None), scale="SUM")
INDEX = trajectory((0, 0.9), (88, -0.2), scale="index", instrument=EQ_5D_5L)


def course(**changes):
    return qol_course(SUMMARY, FATIGUE, ROLE, INDEX, **changes)


def test_functioning_comes_before_symptoms_then_compound_scores_then_other_questionnaires():
    found = grouped(qol_course(FATIGUE, SUMMARY, ROLE, INDEX).trajectories.values())
    assert [(title, [one.scale.code for one in rows]) for title, rows in found] == [
        ("QLQ-C30: higher is better", ["RF"]),
        ("QLQ-C30: higher is worse", ["FA"]),
        ("QLQ-C30 compound score: higher is better", ["SUM"]),
        ("EQ-5D-5L: higher is better", ["index"]),
    ]


def test_a_scale_without_a_score_has_no_row():
    assert grouped([trajectory((0, None))]) == []


@pytest.mark.parametrize(
    ("code", "value", "step"),
    [
        ("PF", 100, 0),
        ("PF", 81, 0),
        ("PF", 79, 1),
        ("PF", 0, 4),
        ("FA", 0, 0),
        ("FA", 100, 4),
        ("FA", 41, 2),
    ],
)
def test_dark_is_worse_whichever_way_the_scale_runs(code, value, step):
    assert shade(QLQ_C30.scale(code), value) == step


def test_an_index_is_darkest_where_it_is_as_bad_as_being_dead():
    index = EQ_5D_5L.scale("index")
    assert [shade(index, value) for value in (1.0, 0.5, 0.0, -0.5)] == [0, 2, 4, 4]


def test_marks_say_beyond_the_threshold_and_worse_than_at_the_start():
    assert marks_of(ROLE, 100) == ""
    assert marks_of(ROLE, 50) == "!▾"
    assert marks_of(ROLE, 59) == "▾"
    assert marks_of(FATIGUE, 20) == "▾"
    assert marks_of(FATIGUE, 19.9) == ""
    assert marks_of(trajectory((30, 50.0), scale="RF"), 50) == "!"


def test_columns_are_forms_and_missed_forms_in_order():
    columns = form_columns([FATIGUE, ROLE])
    assert [(column.day, column.missed) for column in columns] == [
        (0, False),
        (30, False),
        (60, True),
        (88, False),
    ]


def test_cells_carry_the_number_the_shade_and_the_gaps():
    tree = heat_map(course())
    assert len(of_class(tree, "heat-missed")) == 3  # the head, the row of fatigue, the legend
    assert [text_of(cell) for cell in of_class(tree, "heat-unscored")] == ["–"]
    assert [text_of(cell) for cell in of_class(tree, "heat-beyond")] == ["50 !▾", "60 !▾"]
    assert text_of(of_class(tree, "heat")).split()[0] == "100"
    assert "−0.20" in text_of(tree)


def test_the_finding_names_what_is_worse_and_what_calls_for_attention():
    words = text_of(heat_map(course()))
    assert (
        "3 of 4 scales worse than at the start by the change that flags one person"
        " (role functioning, fatigue, EQ-5D-5L index);"
        " 2 beyond the threshold for clinical importance (Giesinger 2020, unverified)" in words
    )
    assert "darker is worse" in words


def test_without_a_start_nothing_is_called_better_or_worse():
    words = text_of(heat_map(qol_course(trajectory((30, 50.0)))))
    assert "no form at the start to compare with" in words
    assert "threshold for clinical importance (" not in words.split("best")[0]


def test_the_same_numbers_stand_in_a_table():
    words = text_of(of_class(heat_map(course()), "chart-table"))
    assert "16 Sep 2026 12 50 !▾ 60 !▾ not scored −0.200 ▾" in words
    assert "19 Aug 2026 8  missed" in words


def test_forty_forms_over_five_years_have_a_column_each():
    long = trajectory(*((48 * form, 50.0) for form in range(40)), scale="PF")
    assert len(of_class(heat_map(qol_course(long)), "heat")) == 40


def test_a_mark_that_no_scale_can_have_is_not_explained():
    assert "clinical importance" in text_of(heat_map(course()))
    assert "clinical importance" not in text_of(heat_map(qol_course(INDEX)))


def test_numbers_stand_out_on_every_shade(assets):
    found = re.findall(
        r"\.heat-(\d) \{\s*--heat: (#\w+);\s*--heat-ink: (#\w+);", assets["patient.css"]
    )
    assert len(found) == STEPS
    darkness = [luminance(colour) for _, colour, _ in found]
    assert darkness == sorted(darkness, reverse=True)
    for _, colour, ink in found:
        light, dark = sorted((luminance(colour), luminance(ink)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
