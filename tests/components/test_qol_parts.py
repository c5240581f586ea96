"""What a score goes with: waterfall, sentence, and forms without the score."""

from __future__ import annotations

from dataclasses import replace

from components.qol_parts import UNEXPLAINED, parts_finding, parts_panel
from models.qol.instruments import QLQ_C30
from tests.components.patient_values import (
    form_determinants,
    of_class,
    qol_course,
    qol_trajectory,
    text_of,
)

GLOBAL, FATIGUE = QLQ_C30.scale("QL"), QLQ_C30.scale("FA")
SPLIT = form_determinants().determinants


def panel(**changes):
    return parts_panel(qol_course(), qol_trajectory(), form_determinants(**changes))


def test_the_sentence_compares_with_a_typical_patient_and_names_the_largest_parts():
    words = parts_finding(GLOBAL, SPLIT, 88)
    assert words == (
        "50 points in week 12 (latest full form), 12 points worse than a typical patient's. Goes"
        " most with irAE (−9) and steroids (−4); not explained by these inputs: +1."
    )


def test_what_is_not_explained_comes_first_where_it_is_the_most():
    words = parts_finding(GLOBAL, replace(SPLIT, unexplained=-18.0), 88)
    assert words.endswith(
        "Mostly not explained by these inputs (−18); what is goes most with irAE (−9) and"
        " steroids (−4)."
    )


def test_lower_fatigue_is_better():
    assert "12 points better" in parts_finding(FATIGUE, SPLIT, 88)


def test_the_same_score_as_a_typical_patient_is_said_so():
    words = parts_finding(GLOBAL, replace(SPLIT, typical=50.0), 88)
    assert "as high as a typical patient's" in words


def test_bars_run_from_the_typical_patient_to_this_one():
    words = text_of(panel())
    assert words.index("typical patient") < words.index("62.0 points") < words.index("this patient")
    assert "50.0 points" in words
    assert UNEXPLAINED in words


def test_a_part_for_the_worse_looks_like_a_rising_risk_where_higher_is_better():
    marks = of_class(panel(), "mark-bar")
    assert "mark-up" in marks[0].className
    assert "mark-down" in marks[-1].className


def test_it_is_called_association():
    assert "not cause" in text_of(panel())


def test_without_a_full_form_the_next_step_is_said():
    assert "No full form" in text_of(panel(determinants=None))
    assert "No full form" in text_of(panel(form=None, determinants=None))
