"""Simpler forecasts do what their names say."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm

from models.qol.forecast import references
from models.qol.forecast.inputs import INPUT_NAMES
from models.qol.forecast.references import carried_forward, linear_regression, mixed_model
from models.qol.forecast.targets import HORIZONS_DAYS, TARGETS
from tests.models.qol.forecast.made_up import forms

GLOBAL = TARGETS[1]


@pytest.fixture(scope="module")
def some():
    rows = forms()
    return rows.select(rows.people < 400)


def test_the_last_value_is_the_same_at_every_horizon(some):
    found = carried_forward(some, GLOBAL)
    assert found.shape == (len(some), len(HORIZONS_DAYS))
    for column in found.T:
        np.testing.assert_array_equal(column, some.last(GLOBAL))


def test_linear_regression_finds_a_linear_law_again(some):
    age, crp = some.input("age_years"), some.input("crp")
    change = 5 - 0.2 * age + 0.05 * np.where(np.isnan(crp), 40, crp)
    later = some.later.copy()
    later[:, :, 1] = (some.last(GLOBAL) + change)[:, None]
    later[::3, 0, 1] = np.nan  # as where no form came
    lawful = replace(some, later=later)
    found = linear_regression(lawful, lawful, GLOBAL)
    np.testing.assert_allclose(found[:, 1], later[:, 1, 1], atol=0.1)
    np.testing.assert_allclose(found[:, 0], later[:, 1, 1], atol=0.15)


def test_linear_regression_answers_where_inputs_are_missing(some):
    empty = replace(some, inputs=np.full_like(some.inputs, np.nan))
    empty.inputs[:, INPUT_NAMES.index("last_global_qol")] = 50
    assert np.isfinite(linear_regression(some, empty, GLOBAL)).all()


def test_the_mixed_model_has_the_random_effects_of_statsmodels(some):
    fixed = references._covariates(some)
    own = references._has_score(some, GLOBAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = sm.MixedLM(some.last(GLOBAL)[own], fixed[own], groups=some.people[own]).fit(
            reml=True, method="lbfgs"
        )
    found = mixed_model(some, some, GLOBAL, seed=1)
    last = np.flatnonzero(own & (np.append(np.diff(some.people), 1) != 0))
    assert len(last) > 300
    effect = np.array([float(model.random_effects[who].iloc[0]) for who in some.people[last]])
    for place, days in enumerate(HORIZONS_DAYS):
        expected = references._covariates(some, days)[last] @ model.fe_params + effect
        np.testing.assert_allclose(found[last, place], expected, atol=0.05)


def test_a_mixed_forecast_uses_no_score_after_its_form(some):
    changed = some.inputs.copy()
    late = some.input("form_day") > 100
    changed[late, INPUT_NAMES.index("last_global_qol")] = 0
    other = replace(some, inputs=changed)
    before, after = (mixed_model(some, rows, GLOBAL, seed=1) for rows in (some, other))
    np.testing.assert_array_equal(before[~late], after[~late])
    assert (after[late] < before[late]).mean() > 0.9
