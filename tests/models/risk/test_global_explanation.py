import sys

import numpy as np
import pytest

from models.risk.explanation import EXPLAINED
from models.risk.global_explanation import HORIZON_DAYS, _points, global_explanation
from models.risk.inputs import BOOSTER_COLUMNS, FEATURE_NAMES
from models.risk.outcomes import HORIZONS, OUTCOMES
from tests.models.risk.made_up import predictor, rows, silent


@pytest.fixture(scope="module")
def people():
    return rows(600, seed=41, landmarks=(0,))


@pytest.fixture(scope="module")
def found(people):
    return global_explanation(predictor(), people, silent)


def test_what_the_hazards_depend_on_comes_first(found):
    for outcome in OUTCOMES:
        first = [e["feature"] for e in found["importance"] if e["outcome"] == outcome][:2]
        assert set(first) == {"age_years", "drug_class"}


def test_dependence_rises_where_the_hazard_does(found):
    age = next(
        e for e in found["dependence"] if (e["outcome"], e["feature"]) == ("severe", "age_years")
    )
    everybody = age["lines"][0]
    assert everybody["level"] == "all"
    points = [part["points"] for part in everybody["bins"]]
    assert points[0] < 0 < points[-1]
    assert age["partner"] in set(EXPLAINED) - {"age_years"}
    assert age["interaction"] >= 0
    assert len(age["lines"]) == 3


def test_bins_hold_everybody_once(found, people):
    for entry in found["dependence"]:
        assert sum(part["n"] for part in entry["lines"][0]["bins"]) <= len(people)


def test_points_are_those_that_the_pages_show(people):
    """shap's values through the same link as the waterfall of one patient."""
    some = people.features[:3]
    matrix = np.column_stack([some, np.full(3, float(HORIZON_DAYS))])
    points, pairs = _points(predictor(), "severe", matrix)
    assert pairs.shape == (len(EXPLAINED), len(EXPLAINED))
    assert matrix.shape[1] == len(BOOSTER_COLUMNS)
    for row, ours in zip(some, points, strict=True):
        inputs = {
            name: None if value != value else value
            for name, value in zip(FEATURE_NAMES, row.tolist(), strict=True)
        }
        risks = predictor().explain(inputs, "")
        shown = next(
            risk
            for risk in risks
            if risk.outcome == "severe" and risk.horizon_days == HORIZONS[HORIZONS.index(180)]
        )
        by_name = {part.feature: part.points for part in shown.contributions}
        for name, value in by_name.items():
            assert ours[EXPLAINED.index(name)] == pytest.approx(value, abs=1e-6)


def test_without_the_package_there_is_one_sentence(monkeypatch, people):
    monkeypatch.setitem(sys.modules, "shap", None)
    with pytest.raises(ValueError, match="need the package shap"):
        global_explanation(predictor(), people, silent)


def test_nobody_to_explain_is_one_sentence(people):
    with pytest.raises(ValueError, match="use more people"):
        global_explanation(predictor(), people.select(people.landmark_day > 0), silent)
