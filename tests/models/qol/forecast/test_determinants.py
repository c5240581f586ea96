"""A score taken apart by hand."""

from __future__ import annotations

import numpy as np
import pytest

from models.qol.forecast.boosters import level_inputs
from models.qol.forecast.determinants import GROUPS, determinants
from models.qol.forecast.targets import TARGETS
from models.risk.prediction import InexactExplanation

VALUES = {"crp": 12.0, "ecog": 2.0, "irae_active": 1.0, "steroid_mg": None, "form_day": 91.0}
PARTS = np.array([-1.0, -4.0, -6.0, 2.0, 3.0, 60.0])
GLOBAL = TARGETS[1]


def taken_apart(expected=54.0):
    return determinants(GLOBAL, 50.0, expected, VALUES, PARTS)


def test_time_belongs_to_the_typical_score_and_the_rest_to_groups():
    found = taken_apart()
    assert (found.typical, found.unexplained) == (63.0, -4.0)
    points = {part.group: part.points for part in found.parts if part.inputs}
    assert points == {"disease": -5.0, "irAE": -6.0, "steroids": 2.0}
    assert [part.group for part in found.parts] == list(GROUPS)


def test_the_largest_input_of_a_group_comes_first_and_a_missing_value_is_none():
    parts = {part.group: part.inputs for part in taken_apart().parts}
    assert parts["disease"] == (("ecog", 2.0, -4.0), ("crp", 12.0, -1.0))
    assert parts["steroids"] == (("steroid_mg", None, 2.0),)


@pytest.mark.parametrize("expected", [54.001, 53.0, np.nan])
def test_parts_that_miss_the_expected_score_are_refused(expected):
    with pytest.raises(InexactExplanation, match="do not add up"):
        taken_apart(expected)


@pytest.mark.parametrize("target", TARGETS, ids=lambda one: one.name)
def test_every_input_of_the_level_has_a_group(target):
    names = level_inputs(target)
    parts = np.ones(len(names) + 1)
    found = determinants(target, 1.0, float(parts.sum()), dict.fromkeys(names, 1.0), parts)
    assert sum(len(part.inputs) for part in found.parts) == len(names) - 1  # all but the time


def test_a_start_that_is_not_known_belongs_to_the_typical_score():
    parts = np.array([5.0, -2.0, 60.0])
    for start, typical in ((70.0, 60.0), (None, 65.0)):
        values = {"start_global_qol": start, "crp": 12.0}
        assert determinants(GLOBAL, 63.0, 63.0, values, parts).typical == typical
