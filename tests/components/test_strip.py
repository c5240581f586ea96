"""Marks on a common scale: where they stand and that none leaves the strip."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components import strip


def test_the_scale_has_round_ends_and_holds_the_values():
    scale = strip.scale_over(0, 31.4, floor=0, ceiling=100)
    assert (scale.low, scale.high, scale.step) == (0, 40, 10)
    assert scale.ticks == [0, 10, 20, 30, 40]


def test_the_scale_never_goes_beyond_what_the_quantity_can_be():
    scale = strip.scale_over(-3, 140, floor=0, ceiling=100)
    assert (scale.low, scale.high) == (0, 100)


def test_a_value_is_drawn_at_its_share_of_the_width():
    scale = strip.Scale(0, 40, 10)
    assert scale.position(10) == 25.0
    assert strip.point(scale, 20, "mark-dot").style == {"left": "50.0%"}
    assert strip.extent(scale, 30, 10, "mark-bar").style == {"left": "25.0%", "width": "50.0%"}


def test_the_last_tick_carries_the_unit():
    labels = strip.ticks(strip.Scale(0, 20, 10), "%").children
    assert [label.children for label in labels] == ["0", "10", "20 %"]


@given(
    low=st.floats(-1e9, 1e9),
    high=st.floats(-1e9, 1e9),
    value=st.floats(allow_nan=False),
)
def test_every_mark_stays_inside(low, high, value):
    scale = strip.scale_over(min(low, high), max(low, high), floor=0, ceiling=100)
    assert scale.high > scale.low
    assert 0 <= scale.position(value) <= 100
    assert 2 <= len(scale.ticks) <= 8


@pytest.mark.parametrize("ends", [(0, 0), (5, 5), (0, 1e-12), (99.9, 100)])
def test_a_narrow_scale_is_still_a_scale(ends):
    scale = strip.scale_over(*ends, floor=0, ceiling=100)
    assert scale.high - scale.low == pytest.approx(scale.step)
    assert scale.low <= ends[0]
    assert scale.high >= ends[1]
