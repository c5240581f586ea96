from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.qol.important_differences import (
    CLINICAL_IMPORTANCE,
    calls_for_attention,
    higher_is_better,
    size_of_change,
)
from models.qol.qlq_c30 import SCALE_CODES


@pytest.mark.parametrize(
    ("points", "size"),
    [
        (0, "hardly any"),
        (4.9, "hardly any"),
        (5, "small"),
        (-9.9, "small"),
        (10, "moderate"),
        (-19.9, "moderate"),
        (20, "large"),
        (-100, "large"),
    ],
)
def test_size_classes_of_osoba(points, size):
    assert size_of_change(points) == size


@given(st.floats(-100, 100))
def test_direction_does_not_change_the_size(points):
    assert size_of_change(points) == size_of_change(-points)


def test_attention_runs_with_the_direction_of_the_scale():
    assert calls_for_attention("PF", 82.9)
    assert not calls_for_attention("PF", 83)
    assert calls_for_attention("FA", 39.1)
    assert not calls_for_attention("FA", 39)


def test_scales_without_a_threshold_never_call():
    assert not calls_for_attention("QL", 0)
    assert not calls_for_attention("SUM", 0)
    assert set(SCALE_CODES) - set(CLINICAL_IMPORTANCE) == {"QL", "SUM"}


def test_numbers_that_were_not_seen_say_so():
    assert not any(threshold.verified for threshold in CLINICAL_IMPORTANCE.values())


def test_directions():
    assert higher_is_better("SUM")
    assert higher_is_better("QL")
    assert not higher_is_better("FA")
