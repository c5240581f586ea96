"""Parts of cohorts in single countries."""

from __future__ import annotations

import pytest

from models.cohort.countries import within
from models.cohort.definition import parse_cohort


@pytest.mark.parametrize(
    "whole",
    ["drug_class=PD1", "country=ES,FR;drug_class=PD1", "country!=NL;drug_class=PD1"],
)
def test_a_part_does_not_say_what_else_the_whole_names(whole):
    part = within(parse_cohort(whole), "FR")
    assert part is not None
    assert part.expression == "country=FR;drug_class=PD1"


@pytest.mark.parametrize("whole", ["country=ES;sex=F", "country!=FR;sex=F"])
def test_a_country_that_the_whole_leaves_out_has_no_part(whole):
    assert within(parse_cohort(whole), "FR") is None


def test_a_part_is_followed_from_the_same_day():
    part = within(parse_cohort("landmark=84;irae=severe"), "PT")
    assert part is not None
    assert part.landmark_day == 84
    assert part.expression == parse_cohort("landmark=84;country=PT;irae=severe").expression
