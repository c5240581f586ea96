"""What is forecast, and when a change flags one patient."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.qol.forecast.targets import TARGET_BY_KEY, TARGETS, Target

SUMMARY, GLOBAL, PHYSICAL, FATIGUE, INDEX = TARGETS


def test_five_scales_are_forecast_under_the_names_of_the_page():
    assert list(TARGET_BY_KEY) == [
        "qlq-c30:SUM",
        "qlq-c30:QL",
        "qlq-c30:PF",
        "qlq-c30:FA",
        "eq-5d-5l:index",
    ]


@pytest.mark.parametrize("target", TARGETS, ids=lambda one: one.name)
def test_a_change_of_exactly_the_difference_flags_and_a_smaller_one_does_not(target):
    worse = -target.worse if target.scale.higher_is_better else target.worse
    changes = np.array([worse, 0.999 * worse, 0.0, -2 * worse, np.nan])
    assert target.is_worse(changes).tolist() == [True, False, False, False, False]


def test_every_difference_is_that_of_the_description():
    for target in TARGETS:
        assert target.worse == target.scale.individual.points
    assert GLOBAL.worse == PHYSICAL.worse == FATIGUE.worse == 10


def test_ten_points_between_fractions_that_binary_cannot_hold_count():
    start, later = 100 * (1 - 0.8 / 12), 100 * (1 - 2 / 12)
    assert start - later < 10  # a whisker, in binary
    assert GLOBAL.is_worse(np.array([later - start])).all()


def test_fatigue_gets_worse_upwards():
    assert FATIGUE.is_worse(np.array([11.1, -11.1])).tolist() == [True, False]
    assert GLOBAL.is_worse(np.array([11.1, -11.1])).tolist() == [False, True]


def test_the_step_is_the_distance_between_two_values_of_a_scale():
    assert GLOBAL.step == pytest.approx(100 / 12)  # two items, 1 to 7
    assert PHYSICAL.step == pytest.approx(100 / 15)  # five items, 1 to 4
    assert FATIGUE.step == pytest.approx(100 / 9)
    assert SUMMARY.step == INDEX.step == 0


def test_a_scale_without_a_difference_for_one_patient_flags_nobody():
    bare = Target("x", GLOBAL.instrument, replace(GLOBAL.scale, individual=None))
    with pytest.raises(ValueError, match="no important difference"):
        bare.is_worse(np.array([1.0]))
