"""Patients like this one: how close, how they fared, and what is held back said as such."""

from __future__ import annotations

from dataclasses import replace

import pytest

from components.similar_panel import CAUTION, differences, similar_finding, similar_panel
from models.cohort.similar_tables import DEATH
from tests.components import patient_values as values


def shown(found, horizon: int = 180) -> str:
    return values.text_of(similar_panel(found, 84, horizon, values.DATA_DATE, "/cohorts?like=t"))


def with_fared(found, outcome: str, **changes: object):
    return replace(
        found,
        fared=tuple(
            replace(one, **changes) if one.outcome == outcome else one for one in found.fared
        ),
    )


def test_how_the_group_fared_is_one_sentence():
    finding = similar_finding(values.similar_patients(), 180)
    assert finding == "About 30 of 200 had a severe irAE and about 25 of 200 died."


def test_what_is_held_back_is_said_as_under_ten():
    found = with_fared(values.similar_patients(), "severe", cases=None)
    assert similar_finding(found, 180).startswith("Under 10 of 200 had a severe irAE")
    assert "under 5 %" in shown(found)


def test_nearly_everybody_is_all_but_under_ten():
    found = with_fared(values.similar_patients(), DEATH, cases=200)
    assert similar_finding(found, 180).endswith("all but under 10 of 200 died.")
    assert "over 95 %" in shown(found)


def test_too_few_followed_is_not_mistaken_for_few_cases():
    found = with_fared(values.similar_patients(), "severe", cases=None, at_risk=None)
    assert "too few followed" in shown(found)
    assert "severe" not in similar_finding(found, 180)
    nobody = with_fared(found, DEATH, cases=None, at_risk=None)
    assert similar_finding(nobody, 180) == "Too few were followed this long for a number."


def test_it_says_that_it_is_no_forecast_and_whom_it_rests_on():
    text = shown(values.similar_patients())
    assert CAUTION in text
    assert "n = 200 research patients of all countries at day 84, rounded to 5" in text
    assert "Data to 30 Sep 2026." in text


@pytest.mark.parametrize(
    ("closer", "words"),
    [(80, "Close. "), (75, "Fairly close. "), (60, "Fairly close. "), (55, "Not close: ")],
)
def test_closeness_is_a_word_and_a_number(closer, words):
    text = shown(values.similar_patients(closer_than=closer))
    assert words in text
    assert f"Of 100 pairs of patients at this time, {closer} are further apart" in text


def test_where_the_group_differs_from_the_patient_is_named():
    words = differences(values.similar_patients())
    assert "sex female (shared by 35 %)" in words
    assert "(shared by under 10)" in words
    assert "albumin 3.1 g/dL (middle half 3.6 to 4.2 g/dL)" in words
    assert "age" not in words.split(";")[0]
    assert "thyroid" not in words.lower()
    assert "TSH" not in words


def test_a_patient_in_the_middle_of_the_group_differs_in_nothing_listed():
    found = values.similar_patients(shared=(), spreads=())
    assert differences(found) == "in none of the inputs listed below"


def test_change_of_quality_of_life_says_among_whom():
    assert "−3 points on average (worse) among the 110" in shown(values.similar_patients())
    assert "fewer than 20 gave a form" in shown(values.similar_patients(), 365)


def test_every_number_is_in_a_table_too():
    tables = values.of_class(
        similar_panel(values.similar_patients(), 84, 180, values.DATA_DATE, ""), "chart-table"
    )
    assert len(tables) == 2
    outcomes, inputs = (values.text_of(one) for one in tables)
    assert "death, any cause" in outcomes
    assert "not recorded" in inputs
