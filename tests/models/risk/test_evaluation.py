import json

import numpy as np

from models.risk.evaluation import curves, evaluate
from models.risk.outcomes import HORIZONS, OUTCOMES
from tests.models.risk.made_up import predictor, rows, silent

PROMISED = {
    "outcome",
    "horizon_days",
    "group",
    "level",
    "n",
    "events",
    "auroc",
    "auroc_lower",
    "auroc_upper",
    "auprc",
    "brier",
    "slope",
    "intercept",
}


def test_every_outcome_horizon_and_group_has_an_entry():
    entries = evaluate(predictor(), rows(300, seed=21), 1, silent)
    assert all(set(entry) >= PROMISED for entry in entries)
    groups = {(entry["group"], entry["level"]) for entry in entries}
    assert {("all", "all"), ("country", "FR"), ("sex", "female"), ("landmark", "84")} <= groups
    assert len(entries) == len(groups) * len(OUTCOMES) * len(HORIZONS)
    json.dumps(entries, allow_nan=False)


def test_groups_other_than_landmarks_are_counted_at_the_first_dose():
    patients = rows(300, seed=21)
    patients.follow_up_days[:] = 900
    found = {
        (entry["group"], entry["level"]): entry["n"]
        for entry in evaluate(predictor(), patients, 1, silent)
        if entry["outcome"] == "severe" and entry["horizon_days"] == 180
    }
    assert found[("all", "all")] == 300
    assert found[("country", "ES")] + found[("country", "FR")] == 300
    assert found[("landmark", "0")] == found[("landmark", "84")] == 300


def test_patients_that_cannot_be_scored_are_left_out():
    patients = rows(300, seed=21)
    patients.features[:100] = np.nan  # the first fifty people
    patients.follow_up_days[:] = 900
    entry = evaluate(predictor(), patients, 1, silent)[0]
    assert entry["n"] == 250


def test_groups_of_few_people_are_left_out():
    entries = evaluate(predictor(), rows(120, seed=21), 1, silent)
    assert all(entry["n"] <= 120 for entry in entries)
    levels = {(entry["group"], entry["level"]) for entry in entries}
    assert not {level for group, level in levels if group == "drug_class"}


def test_curves_are_drawn_for_everybody_and_by_country():
    found = curves(predictor(), rows(1500, seed=21), 1, silent)
    drawn = {(c["group"], c["level"]) for c in found["calibration_curves"]}
    assert drawn == {("all", "all"), ("country", "ES"), ("country", "FR")}
    days = {c["horizon_days"] for c in found["calibration_curves"] if c["outcome"] == "severe"}
    assert days == set(HORIZONS)
    assert {c["horizon_days"] for c in found["calibration_curves"] if c["outcome"] == "skin"} == {
        180
    }
    assert len(found["net_benefit"]) == len(OUTCOMES) * len(HORIZONS)
    for one in found["net_benefit"]:
        for point in one["points"]:
            both = point["true_alarms"] + point["false_alarms"]
            assert abs(point["flagged"] - both) < 1e-4
    json.dumps(found, allow_nan=False)


def test_the_same_seed_gives_the_same_intervals():
    first, second = (evaluate(predictor(), rows(200, seed=22), 5, silent) for _ in range(2))
    assert first == second
