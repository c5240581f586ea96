"""Definitions of cohorts: what is understood, what is refused, and in which words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.cohort.definition import Cohort, Unusable, parse_cohort
from models.cohort.variables import DOMAINS, MISSING, VARIABLES, quarter_code, quarter_words


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("", ""),
        (" drug_class = PD1 ", "drug_class=PD1"),
        ("age=50-70;country=FR,ES;drug_class=PD1", "country=ES,FR;age=50-60,60-70;drug_class=PD1"),
        ("age=80-", "age=80-"),
        ("age=-40", "age=-40"),
        ("cancer=Melanoma", "cancer=melanoma"),
        ("stage!=IV,missing", "stage!=IV,missing"),
        ("start=2022Q4-2023Q1", "start=2022Q4,2023Q1"),
        ("landmark=84;irae=severe,skin", "irae=skin,severe;landmark=84"),
        ("sex=F;sex=F", "sex=F"),
        ("albumin=-3.5", "albumin=-3.5"),
    ],
)
def test_an_expression_has_one_canonical_form(typed, canonical):
    assert parse_cohort(typed).expression == canonical
    assert parse_cohort(canonical) == parse_cohort(typed)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("foo=1", "no variable “foo”; known are country"),
        ("drug_class=XX", "no level “XX”; known are PD1"),
        ("drug_class", "no condition"),
        ("drug_class=", "names no level"),
        ("age=55-70", "fixed bands: limits are 40, 50"),
        ("age=70-60", "wrong order"),
        ("age=-", "fixed bands"),
        ("sex=F;sex=M", "exclude each other"),
        ("sex=F;sex!=F", "exclude each other"),
        ("country=France", "written as FR"),
        ("site=Lyon", "written as FR/Lyon"),
        ("start=2023", "2022Q1-2022Q4"),
        ("start=2023Q2-2023Q1", "2022Q1-2022Q4"),
        ("landmark=85", "one of the days 0, 21"),
        ("landmark!=84", "one of the days"),
        ("irae=skin", "immortal time"),
        ("steroid_after=yes", "immortal time"),
        ("response=responder", "immortal time"),
        ("x" * 2001, "too long"),
        ("start=2010Q1-2039Q4;start!=2010Q1-2039Q4;cancer!=melanoma", "exclude each other"),
        ("sex=" + ",".join(["F"] * 61), "too many levels"),
    ],
)
def test_what_cannot_be_used_is_refused_in_a_sentence(typed, told):
    with pytest.raises(Unusable, match=told) as refused:
        parse_cohort(typed)
    assert "\n" not in str(refused.value)


@given(st.text(max_size=200))
def test_any_text_is_a_cohort_or_a_sentence(text):
    refused = ""
    try:
        cohort = parse_cohort(text)
    except Unusable as refusal:
        refused = str(refusal)
        cohort = Cohort()
    assert refused.isprintable()
    assert parse_cohort(cohort.expression) == cohort


def test_words_say_what_the_expression_means():
    cohort = parse_cohort("age=50-70;stage!=missing;drug=ipilimumab")
    assert cohort.words == (
        "age 50 to 59 years or 60 to 69 years; stage is recorded; drug ipilimumab"
    )
    assert Cohort().words == "everybody"


def test_every_variable_belongs_to_one_of_the_six_domains_and_has_levels_of_one_code():
    for variable in VARIABLES.values():
        assert variable.domain in DOMAINS
        codes = [level.code for level in variable.levels]
        assert len(set(codes)) == len(codes)
        assert MISSING not in {level.word for level in variable.levels}
        if variable.kind == "coded":
            assert codes == list(range(len(codes)))
            assert len(variable.edges) in (0, len(codes) - 1)
        if variable.kind == "set":
            assert codes == [1 << bit for bit in range(len(codes))]
    assert {variable.domain for variable in VARIABLES.values()} == set(DOMAINS)


def test_quarters_have_codes_and_words():
    assert quarter_words(quarter_code(2023, 4)) == "2023Q4"
    assert quarter_code(2024, 1) - quarter_code(2023, 4) == 1
