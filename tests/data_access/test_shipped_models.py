"""What the shipped models promise, read from the evaluation that is kept with them."""

from __future__ import annotations

import pytest

from data_access.artifacts import RiskModels
from data_access.settings import ROOT
from data_access.simulated_truth import against_truth
from models.risk.evaluation import SUSPICIOUS
from tests.models.risk.made_up import silent

COUNTRIES = ["ES", "FR", "NL", "PT"]


@pytest.fixture(scope="module")
def models():
    return RiskModels(ROOT / "models" / "artifacts")


@pytest.fixture(scope="module")
def evaluation(models):
    return models.evaluation()


def chosen(rows, **wanted):
    return [row for row in rows if all(row[key] == value for key, value in wanted.items())]


def test_the_evaluation_is_of_these_models_on_patients_they_never_saw(models, evaluation):
    manifest = models.manifest()
    assert evaluation["model_version"] == manifest["version"]
    assert evaluation["seed"] != manifest["training"]["seed"]
    assert evaluation["patients"] >= 20_000


def test_severe_attains_nine_tenths_of_what_the_true_risk_does(evaluation):
    (row,) = chosen(evaluation["ceiling"], outcome="severe", horizon_days=180, group="all")
    assert row["share"] >= 0.90
    assert row["mean_absolute_error"] < 0.03


def test_severe_is_calibrated_in_every_country(evaluation):
    rows = chosen(evaluation["results"], outcome="severe", horizon_days=180, group="country")
    assert [row["level"] for row in rows] == COUNTRIES
    for row in rows:
        assert 0.9 <= row["slope"] <= 1.1, row["level"]
        assert abs(row["intercept"]) < 0.1, row["level"]


def test_no_discrimination_is_too_good_without_an_explanation(evaluation):
    explained = {
        (row["outcome"], row["horizon_days"], row["group"], row["level"])
        for row in evaluation["high_discrimination"]
    }
    for row in evaluation["results"]:
        if row["group"] in ("all", "landmark") and (row["auroc"] or 0) > SUSPICIOUS:
            key = (row["outcome"], row["horizon_days"], row["group"], row["level"])
            assert key in explained
    assert all(row["auroc"] <= SUSPICIOUS for row in chosen(evaluation["results"], group="all"))


def assert_intervals_hold(rows):
    """Between 75 and 85 of 100 over all, 70 or more for every outcome and in every country."""

    def held(some):
        return sum(row["coverage"] for row in some) / len(some)

    everybody = chosen(rows, group="all")
    assert 0.75 <= held(everybody) <= 0.85
    for outcome in {row["outcome"] for row in everybody}:
        assert held(chosen(everybody, outcome=outcome)) >= 0.70, outcome
    for country in COUNTRIES:
        assert held(chosen(rows, group="country", level=country)) >= 0.70, country


def test_intervals_hold_the_true_risk_as_often_as_they_say(evaluation):
    assert_intervals_hold(evaluation["interval_coverage"])


def test_every_part_of_the_card_was_evaluated(evaluation):
    assert {row["held_out"] for row in evaluation["internal_external"]} == set(COUNTRIES)
    assert len({row["model"] for row in evaluation["comparison"]}) == 6
    assert evaluation["importance"]
    assert evaluation["dependence"]
    groups = {row["group"] for row in evaluation["results"]}
    assert groups == {"all", "country", "sex", "age_band", "drug_class", "cancer", "landmark"}


def test_a_reference_for_drift_came_with_every_country(models):
    assert set(models.manifest()["reference"]["shares"]) == {"all", *COUNTRIES}


@pytest.mark.slow
def test_intervals_hold_on_patients_made_now(models):
    found = against_truth(models.load(2), 4_000, 987_654, silent)
    assert_intervals_hold(found["interval_coverage"])
