"""What is released of groups of similar patients keeps the rules of the gate."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sksurv.nonparametric import cumulative_incidence_competing_risks

from models.cohort.similar_release import (
    Members,
    cumulative_incidence,
    released_outcomes,
    released_parts,
    released_quality,
    released_sizes,
    released_traits,
    said_inputs,
)
from models.risk.inputs import FEATURE_NAMES
from models.risk.outcomes import HORIZONS, OUTCOMES

COLUMN = {name: place for place, name in enumerate(FEATURE_NAMES)}


def members(*sizes: int, **changes: object) -> Members:
    """Groups of these sizes, everybody followed for two years without anything happening."""
    n = sum(sizes)
    features = np.full((n, len(FEATURE_NAMES)), np.nan)
    features[:, COLUMN["sex"]] = 0.0
    features[:, COLUMN["age_years"]] = 60.0
    parts = {
        "group": np.repeat(np.arange(len(sizes)), sizes),
        "features": features,
        "follow_up_days": np.full(n, 730.0),
        "died": np.zeros(n, dtype=bool),
        "onset_days": np.full((n, len(OUTCOMES)), np.nan),
        "quality_change": np.full((n, len(HORIZONS)), np.nan),
    }
    return Members(**(parts | changes))


@given(st.integers(0, 400), st.integers(0, 400))
def test_no_part_stands_for_fewer_than_ten_or_leaves_fewer_than_ten(part, rest):
    whole = part + rest
    (shown,) = released_parts(np.array([part]), np.array([whole]))
    if part < 10:
        assert np.isnan(shown)
    elif rest < 10:
        assert shown == (whole + 2) // 5 * 5
    else:
        assert shown % 5 == 0
        assert abs(shown - part) <= 2


def test_an_estimate_that_few_cases_stand_behind_is_held_back():
    whole = np.array([100])
    assert np.isnan(released_parts(np.array([14.2]), whole, np.array([9])))
    assert released_parts(np.array([14.2]), whole, np.array([10])) == 15


def test_sizes_are_rounded():
    assert released_sizes(members(98, 123)).values.tolist() == [[0, 100], [1, 125]]


def test_a_level_of_few_is_not_named_nor_can_it_be_worked_out():
    group = members(100)
    group.features[:, COLUMN["stage"]] = np.repeat([0, 1, 2], [60, 34, 6])
    found = released_traits(group, ("stage", "sex")).set_index(["input", "level"]).n
    assert found["stage"].to_dict() == {"I": 60}
    assert found["sex"].to_dict() == {"male": 100}


def test_levels_that_leave_nobody_over_are_all_named():
    group = members(100)
    group.features[:, COLUMN["sex"]] = np.repeat([0, 1], [55, 45])
    found = released_traits(group, ("sex",)).set_index("level").n
    assert found.to_dict() == {"male": 55, "female": 45}


def test_quartiles_are_those_of_each_group_and_need_twenty_values():
    rng = np.random.default_rng(1)
    group = members(90, 80)
    age = rng.integers(30, 90, 170).astype(float)
    group.features[:, COLUMN["age_years"]] = age
    group.features[:, COLUMN["albumin"]] = np.nan
    group.features[:19, COLUMN["albumin"]] = 4.0
    found = released_traits(group, ("age_years", "albumin"))
    assert found.group_number.tolist() == [0, 1]
    for number, here in ((0, age[:90]), (1, age[90:])):
        row = found.loc[number, ["q25", "median", "q75"]]
        assert row.tolist() == np.round(np.quantile(here, (0.25, 0.5, 0.75))).tolist()


def test_the_first_inputs_said_are_those_that_clinicians_ask_for():
    weights = np.zeros(len(FEATURE_NAMES))
    weights[COLUMN["ldh"]] = 1.0
    assert said_inputs(weights)[:6] == ("drug_class", "cancer", "age_years", "sex", "stage", "ldh")


def test_incidence_equals_that_of_scikit_survival_with_death_competing():
    rng = np.random.default_rng(7)
    n = 400
    group = rng.integers(0, 2, n)
    time = rng.integers(1, 500, n).astype(float)
    kind = rng.choice([0, 1, 2], n, p=[0.4, 0.3, 0.3])
    share, seen, at_risk = cumulative_incidence(time, kind == 1, kind == 2, group)
    for number in (0, 1):
        here = group == number
        times, curves = cumulative_incidence_competing_risks(kind[here], time[here])
        for place, horizon in enumerate(HORIZONS):
            expected = curves[1][np.searchsorted(times, horizon, side="right") - 1]
            assert share[number, place] == pytest.approx(expected, abs=1e-12)
            assert seen[number, place] == ((kind == 1) & here & (time <= horizon)).sum()
            assert at_risk[number, place] == (here & (time > horizon)).sum()


def outcomes(group: Members, outcome: str, horizon: int = 365):
    found = released_outcomes(group)
    return found[(found.outcome == outcome) & (found.horizon_days == horizon)].iloc[0]


def test_cases_are_counted_of_the_whole_group_and_deaths_compete():
    group = members(100)
    group.onset_days[:30, OUTCOMES.index("skin")] = 50.0
    group.follow_up_days[30:60], group.died[30:60] = 20.0, True
    assert outcomes(group, "skin").cases == 30
    assert outcomes(group, "death").cases == 30
    assert outcomes(group, "skin").at_risk == 40


def test_fewer_than_ten_cases_and_zero_look_the_same():
    nine, none = members(100), members(100)
    nine.onset_days[:9, OUTCOMES.index("skin")] = 50.0
    assert np.isnan(outcomes(nine, "skin").cases)
    assert np.isnan(outcomes(none, "skin").cases)


def test_an_onset_after_the_end_of_follow_up_does_not_count():
    group = members(100)
    group.onset_days[:30, OUTCOMES.index("skin")] = 800.0
    assert np.isnan(outcomes(group, "skin").cases)


def test_without_ten_people_followed_there_is_no_number():
    group = members(100)
    group.onset_days[:30, OUTCOMES.index("skin")] = 50.0
    group.follow_up_days[30:95] = 300.0
    held = outcomes(group, "skin")
    assert np.isnan(held.cases)
    assert np.isnan(held.at_risk)
    assert outcomes(group, "skin", 180).cases == 30


def test_a_mean_change_of_quality_of_life_needs_twenty_who_answered():
    group = members(100, 100)
    group.quality_change[:19, 0] = -5.0
    group.quality_change[100:130, 0] = np.linspace(-10, 0, 30)
    found = released_quality(group)
    assert found.values.tolist() == [[1, 90, 30, -5.0]]
