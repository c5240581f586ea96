"""What a change of one person's score means, and which scores call for attention."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.qol.descriptions.qlq import QLQ_C30_INDIVIDUAL
from models.qol.instruments import BUILT_IN, EQ_5D_5L, QLQ_C30


@pytest.mark.parametrize(
    ("points", "size"),
    [
        (0, None),
        (4.9, None),
        (5, "small"),
        (-9.9, "small"),
        (10, "moderate"),
        (-19.9, "moderate"),
        (20, "large"),
        (-100, "large"),
    ],
)
def test_size_classes_of_osoba(points, size):
    found = QLQ_C30.scale("QL").size_of_change(points)
    assert (found and found.size) == size
    assert found is None or (found.source, found.verified) == ("Osoba 1998", True)


@given(st.floats(-100, 100))
def test_direction_does_not_change_the_size(points):
    scale = QLQ_C30.scale("PF")
    assert scale.size_of_change(points) == scale.size_of_change(-points)


def test_attention_runs_with_the_direction_of_the_scale():
    assert QLQ_C30.scale("PF").calls_for_attention(82.9)
    assert not QLQ_C30.scale("PF").calls_for_attention(83)
    assert QLQ_C30.scale("FA").calls_for_attention(39.1)
    assert not QLQ_C30.scale("FA").calls_for_attention(39)


def test_scales_without_a_threshold_never_call():
    without = {scale.code for scale in QLQ_C30.scales if scale.importance is None}
    assert without == {"QL", "SUM"}
    assert not any(QLQ_C30.scale(code).calls_for_attention(0) for code in without)
    assert not any(scale.calls_for_attention(-1) for scale in EQ_5D_5L.scales)


def test_numbers_that_were_not_seen_say_so():
    thresholds = [scale.importance for scale in QLQ_C30.scales if scale.importance]
    assert thresholds
    assert not any(threshold.verified for threshold in thresholds)
    assert not any(one.verified for scale in EQ_5D_5L.scales for one in scale.group)


def test_directions():
    worse = {scale.code for scale in QLQ_C30.scales if not scale.higher_is_better}
    assert worse == {"FA", "NV", "PA", "DY", "SL", "AP", "CO", "DI", "FI"}
    assert all(scale.higher_is_better for scale in EQ_5D_5L.scales)


def test_one_person_is_flagged_from_ten_points():
    assert QLQ_C30_INDIVIDUAL.points == 10
    assert QLQ_C30_INDIVIDUAL.source == "Snyder 2015"
    assert {scale.individual for scale in QLQ_C30.scales} == {QLQ_C30_INDIVIDUAL}


def test_differences_between_groups_are_none_of_the_sizes_of_one_person():
    for instrument in BUILT_IN.values():
        for scale in instrument.scales:
            assert not set(scale.group) & {*scale.sizes, scale.individual}
