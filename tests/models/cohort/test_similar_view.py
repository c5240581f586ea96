from __future__ import annotations

import pandas as pd
import pytest

from models.cohort.similar_view import Shared, SimilarPatients, Spread
from models.risk.outcomes import HORIZONS


def view(features: dict[str, float | None], closer: int = 85) -> SimilarPatients:
    """The released rows of one group beside some inputs."""
    nothing = {"q25": None, "median": None, "q75": None}
    traits = [
        {"input": "sex", "level": "male", "n": 120, **nothing},
        {"input": "sex", "level": "female", "n": 80, **nothing},
        {"input": "cancer", "level": "melanoma", "n": 40, **nothing},
        {"input": "age_years", "level": "", "n": 200, "q25": 58.0, "median": 64.0, "q75": 70.0},
    ]
    outcomes = [
        {"outcome": "severe", "horizon_days": days, "cases": cases, "at_risk": at_risk}
        for days, cases, at_risk in zip(
            HORIZONS, (None, 20.0, None), (150.0, 90.0, None), strict=True
        )
    ]
    quality = [{"horizon_days": 180, "n": 95, "change": -2.0}]
    released = {
        "traits": pd.DataFrame(traits),
        "outcomes": pd.DataFrame(outcomes),
        "quality": pd.DataFrame(quality),
    }
    return SimilarPatients.from_frames(84, 200, (closer, 90), features, released)


def test_a_code_is_shared_by_those_with_the_same_word():
    found = view({"sex": 1.0, "cancer": 5.0, "age_years": 50.0})
    assert Shared("sex", 1.0, 80) in found.shared
    assert next(one.n for one in found.shared if one.name == "cancer") is None


def test_a_missing_code_is_shared_with_nobody_and_a_missing_number_stays_missing():
    found = view({"sex": None})
    assert found.shared == ()
    assert found.spreads == (Spread("age_years", None, 58.0, 64.0, 70.0),)
    assert not found.spreads[0].outside


@pytest.mark.parametrize(("age", "outside"), [(57.0, True), (58.0, False), (70.0, False)])
def test_outside_is_beyond_the_middle_half(age, outside):
    assert view({"age_years": age}).spreads[0].outside is outside


def test_what_was_held_back_is_none():
    found = view({})
    cases = {one.horizon_days: (one.cases, one.at_risk) for one in found.fared}
    assert cases == {90: (None, 150), 180: (20, 90), 365: (None, None)}
    assert found.quality_at(365) is None
    assert found.quality_at(180).n == 95


@pytest.mark.parametrize(
    ("closer", "word"), [(80, "close"), (60, "fairly close"), (0, "not close")]
)
def test_closeness_has_a_word(closer, word):
    assert view({}, closer).closeness == word
