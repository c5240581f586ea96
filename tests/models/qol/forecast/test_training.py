"""Training: reproducible, right on average, refused where there is too little to learn."""

from __future__ import annotations

import numpy as np
import pytest

from models.qol.forecast.boosters import booster_names
from models.qol.forecast.rows import sampled
from models.qol.forecast.targets import HORIZONS_DAYS, TARGETS
from models.qol.forecast.training import train_forecasts
from tests.models.qol.forecast.made_up import PLAN, artefacts, forecaster, forms, trained
from tests.models.risk.made_up import silent


def test_a_complete_set_comes_out():
    assert set(trained().texts) == set(booster_names())
    assert set(trained().margins) == set(trained().rows) == {one.name for one in TARGETS}
    assert all(set(by) == set(map(str, HORIZONS_DAYS)) for by in trained().margins.values())
    assert set(artefacts()[0]["boosters"].values()) == set(artefacts()[1])


def test_the_same_rows_and_plan_give_the_same_texts():
    again = train_forecasts(forms(), PLAN, silent)
    assert again == trained()


def test_too_few_later_scores_are_refused_in_a_sentence():
    few = forms().select(np.arange(600))
    with pytest.raises(ValueError, match=r"needs 200 later scores .* use more patients\.$"):
        train_forecasts(few, PLAN, silent)


@pytest.fixture(scope="module")
def fresh():
    """Forms of other patients, and the forecasts from them."""
    rows = forms(1_500, 4_321)
    rows = rows.select(sampled(rows, np.random.default_rng(1)))
    return rows, forecaster().predict(rows.inputs)


@pytest.mark.parametrize("target", TARGETS, ids=lambda one: one.name)
def test_even_small_forecasts_hold_beside_the_last_value_on_fresh_patients(fresh, target):
    rows, found = fresh
    at = TARGETS.index(target)
    later, last = rows.later[:, :, at], rows.last(target)[:, None]
    known = ~np.isnan(later) & ~np.isnan(last)
    held = (later >= found.lower[:, :, at]) & (later <= found.upper[:, :, at])
    assert 0.75 <= held[known].mean() <= 0.85
    ours = np.sqrt(np.mean((later - found.middle[:, :, at])[known] ** 2))
    theirs = np.sqrt(np.mean((later - last)[known] ** 2))
    assert ours < 0.97 * theirs
    worse = target.is_worse(later - last)[known]
    assert found.deterioration[:, :, at][known].mean() == pytest.approx(worse.mean(), abs=0.03)


def test_the_chance_of_an_answer_is_right_on_average_on_fresh_patients(fresh):
    rows, found = fresh
    asked = rows.observed & rows.due
    came = (rows.alive & rows.answered)[asked]
    assert found.answering[asked].mean() == pytest.approx(came.mean(), abs=0.03)
