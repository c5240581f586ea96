from __future__ import annotations

import pandas as pd
import pytest

from models.cohort.comparable import Group, group_of, narrowest_band
from models.cohort.disclosure import ALL


@pytest.mark.parametrize(
    ("age", "sex", "band"),
    [
        (39, "F", "under 40"),
        (40, "F", "40-49"),
        (69, "M", "60-69"),
        (70, "M", "70-79"),
        (80, "M", "80 and over"),
        (104, "F", "80 and over"),
    ],
)
def test_ages_fall_into_ten_year_bands(age, sex, band):
    assert group_of("PD1", age, sex) == Group("PD1", band, sex)


@pytest.mark.parametrize(("age", "sex"), [(None, "F"), (63, "U"), (63, ""), (-1, "F")])
def test_without_age_or_sex_the_whole_class_is_the_group(age, sex):
    assert group_of("PD1", age, sex) == Group("PD1")
    assert not group_of("PD1", age, sex).is_narrow


def released(own: int, everybody: int) -> pd.DataFrame:
    rows = [("60-69", "F", 30 * month) for month in range(own)]
    rows += [(ALL, ALL, 30 * month) for month in reversed(range(everybody))]
    frame = pd.DataFrame(rows, columns=["age_band", "sex", "day"])
    return frame.assign(n=20, p10=1.0, median=2.0, p90=3.0)


WOMEN = Group("PD1", "60-69", "F")


@pytest.mark.parametrize(
    ("own", "everybody", "narrow"),
    [(3, 6, True), (2, 5, False), (3, 5, True), (0, 5, False), (6, 6, True), (0, 0, False)],
)
def test_the_narrow_group_needs_half_of_the_months_of_the_class(own, everybody, narrow):
    band = narrowest_band(released(own, everybody), WOMEN)
    assert band.group == (WOMEN if narrow else WOMEN.whole_class)
    assert band.fell_back is not narrow
    assert len(band.rows) == (own if narrow else everybody)
    assert band.rows.day.is_monotonic_increasing


def test_rows_of_another_group_are_never_taken():
    band = narrowest_band(released(6, 6), Group("PD1", "60-69", "M"))
    assert band.group == Group("PD1")
    assert len(band.rows) == 6


def test_a_form_stands_beside_the_nearest_month_of_a_quarter_at_most():
    band = narrowest_band(released(0, 3).assign(median=[60.0, 30.0, 0.0]), Group("PD1"))
    assert band.at(44)[1] == 30.0
    assert band.at(46)[1] == 60.0
    assert band.at(151) == (1.0, 60.0, 3.0)
    assert band.at(152) is None
    assert narrowest_band(released(0, 0), Group("PD1")).at(0) is None
