"""Questions to begin with."""

from __future__ import annotations

import pytest

from models.cohort.definition import parse_cohort
from models.cohort.presets import PRESET_BY_KEY, PRESETS, Preset, preset_of


@pytest.mark.parametrize("preset", PRESETS, ids=lambda one: one.key)
def test_every_question_has_two_different_cohorts_from_the_same_day(preset: Preset) -> None:
    a, b = preset.cohorts
    assert a != b
    assert a.conditions
    assert a.landmark_day == b.landmark_day


def test_keys_tell_the_questions_apart() -> None:
    assert len(PRESET_BY_KEY) == len(PRESETS)


def test_a_comparison_knows_its_question() -> None:
    assert preset_of(parse_cohort("sex=F"), parse_cohort("sex = F,F")) is None
    found = preset_of(parse_cohort("sex=female"), parse_cohort("sex=M"))
    assert found is PRESET_BY_KEY["sex"]
