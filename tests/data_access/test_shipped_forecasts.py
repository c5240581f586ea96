"""What the shipped forecasts promise, read from the evaluation that is kept with them."""

from __future__ import annotations

import pytest

from data_access.forecast_models import ForecastModels
from data_access.forecast_rows import simulated_forms
from data_access.forecast_truth import against_true_quality
from data_access.settings import ROOT
from data_access.synthetic import chunks, true_quality
from models.qol.forecast.evaluation import OURS
from models.qol.forecast.references import CARRIED_FORWARD, LINEAR, MIXED
from models.qol.forecast.targets import HORIZONS_DAYS, TARGET_BY_KEY
from models.risk.inputs import DRUG_CLASS_CODES
from tests.models.risk.made_up import silent

COUNTRIES = ["ES", "FR", "NL", "PT"]
PAIRS = [(key, days) for key in TARGET_BY_KEY for days in HORIZONS_DAYS]
each_pair = pytest.mark.parametrize(("target", "days"), PAIRS)


@pytest.fixture(scope="module")
def models():
    return ForecastModels(ROOT / "models" / "qol" / "artifacts")


@pytest.fixture(scope="module")
def evaluation(models):
    return models.evaluation()


def of(entries, target, days, **wanted):
    wanted = wanted | {"target": target, "horizon_days": days}
    return [one for one in entries if all(one[key] == value for key, value in wanted.items())]


def test_the_evaluation_is_of_these_forecasts_on_patients_they_never_saw(models, evaluation):
    manifest = models.manifest()
    assert evaluation["model_version"] == manifest["version"]
    assert evaluation["seed"] != manifest["training"]["seed"]
    assert evaluation["patients"] >= 20_000


@each_pair
def test_the_interval_holds_four_fifths_of_the_scores(evaluation, target, days):
    (everybody,) = of(evaluation["coverage"], target, days, group="all")
    assert 0.78 <= everybody["coverage"] <= 0.82


@each_pair
def test_no_country_and_no_drug_class_is_held_much_less(evaluation, target, days):
    countries = of(evaluation["coverage"], target, days, group="country")
    classes = of(evaluation["coverage"], target, days, group="drug_class")
    assert [one["level"] for one in countries] == COUNTRIES
    assert {one["level"] for one in classes} <= set(DRUG_CLASS_CODES)
    assert len(classes) >= 4
    for one in countries + classes:
        assert one["coverage"] >= 0.75, one["level"]


@each_pair
def test_the_chance_of_deterioration_is_calibrated(evaluation, target, days):
    (one,) = of(evaluation["deterioration"], target, days)
    assert 0.9 <= one["slope"] <= 1.1
    assert abs(one["intercept"]) <= 0.1
    assert 0.6 < one["auroc"] < 0.9


@pytest.mark.parametrize("days", HORIZONS_DAYS)
def test_the_chance_of_an_answer_is_calibrated(evaluation, days):
    (one,) = [entry for entry in evaluation["answering"] if entry["horizon_days"] == days]
    assert 0.9 <= one["slope"] <= 1.1
    assert abs(one["intercept"]) <= 0.1


@each_pair
def test_the_bias_on_those_who_answer_is_small(evaluation, target, days):
    (ours,) = of(evaluation["accuracy"], target, days, model=OURS)
    # A third of the change that flags one patient: 3.3 points, or 0.012 of the EQ-5D index's 0.037,
    # which is below a seventh of its error.
    worse = TARGET_BY_KEY[target].worse
    assert abs(ours["bias"]) <= max(worse / 3, ours["rmse"] / 7)


@each_pair
def test_ours_is_never_worse_than_the_last_value_carried_forward(evaluation, target, days):
    (ours,) = of(evaluation["accuracy"], target, days, model=OURS)
    (simplest,) = of(evaluation["accuracy"], target, days, model=CARRIED_FORWARD)
    assert ours["rmse"] < simplest["rmse"]
    assert simplest["gain_lower"] > 0


@each_pair
def test_gain_and_tie_stand_beside_every_simpler_forecast(evaluation, target, days):
    others = [one for one in of(evaluation["accuracy"], target, days) if one["model"] != OURS]
    assert [one["model"] for one in others] == [CARRIED_FORWARD, LINEAR, MIXED]
    for one in others:
        assert one["gain_lower"] <= one["gain"] <= one["gain_upper"]
        assert isinstance(one["tie"], bool)
        assert one["gain"] > -0.03, "a simple forecast is clearly better"


@pytest.mark.slow
def test_intervals_hold_on_everybody_alive_of_patients_made_now(models):
    patients, seed = 2_000, 987_654
    rows = simulated_forms(chunks(patients, seed), patients, silent)
    found = against_true_quality(models.load(2), rows, [true_quality(patients, seed)])
    for target, days in PAIRS:
        (one,) = of(found, target, days, group="all")
        assert one["n"] > 1_000
        assert 0.74 <= one["coverage_alive"] <= 0.86, (target, days)
