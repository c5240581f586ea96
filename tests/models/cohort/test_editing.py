"""Changes that a filter panel makes to a definition."""

from __future__ import annotations

import pytest

from models.cohort.definition import Unusable, parse_cohort
from models.cohort.editing import from_landmark, with_condition, without_condition


def test_a_condition_is_added_in_canonical_order() -> None:
    cohort = with_condition(parse_cohort("ppi=yes"), "sex", ["F"], negated=False)
    assert cohort.expression == "sex=F;ppi=yes"


def test_a_condition_on_the_same_variable_is_replaced() -> None:
    cohort = with_condition(parse_cohort("sex=F"), "sex", ["M"], negated=False)
    assert cohort.expression == "sex=M"


def test_a_negated_condition_stands_beside_a_wanted_one() -> None:
    cohort = with_condition(parse_cohort("cancer!=melanoma"), "cancer", ["missing"], negated=True)
    assert cohort.expression == "cancer!=missing"
    both = with_condition(parse_cohort("drug=nivolumab"), "drug", ["ipilimumab"], negated=True)
    assert both.expression == "drug=nivolumab;drug!=ipilimumab"


def test_what_excludes_everybody_is_refused() -> None:
    with pytest.raises(Unusable, match="exclude each other"):
        with_condition(parse_cohort("sex=F"), "sex", ["F"], negated=True)


def test_no_level_is_refused() -> None:
    with pytest.raises(Unusable, match="at least one level"):
        with_condition(parse_cohort(""), "sex", [], negated=False)


@pytest.mark.parametrize("word", ["F;country=FR", "F,M", "F=M"])
def test_a_level_brings_no_other_condition_along(word: str) -> None:
    with pytest.raises(Unusable, match="has none of the characters"):
        with_condition(parse_cohort(""), "sex", [word], negated=False)


def test_what_happens_later_needs_a_landmark_to_be_added() -> None:
    with pytest.raises(Unusable, match="immortal time"):
        with_condition(parse_cohort(""), "irae", ["skin"], negated=False)
    cohort = with_condition(parse_cohort("landmark=84"), "irae", ["skin"], negated=False)
    assert cohort.expression == "irae=skin;landmark=84"


def test_a_condition_is_taken_away_by_its_text() -> None:
    cohort = parse_cohort("sex=F;ppi!=yes;landmark=21")
    assert without_condition(cohort, "ppi!=yes").expression == "sex=F;landmark=21"
    assert without_condition(cohort, "ppi=yes") == cohort


def test_the_landmark_moves() -> None:
    assert from_landmark(parse_cohort("sex=F"), 84).expression == "sex=F;landmark=84"
    assert from_landmark(parse_cohort("sex=F;landmark=84"), 0).expression == "sex=F"


def test_the_landmark_stays_while_something_later_is_asked() -> None:
    with pytest.raises(Unusable, match="immortal time"):
        from_landmark(parse_cohort("irae=skin;landmark=84"), 0)
    with pytest.raises(Unusable, match="A landmark is one of"):
        from_landmark(parse_cohort("sex=F"), 85)
