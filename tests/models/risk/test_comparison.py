import math
import sys

import numpy as np
import pytest

from models.risk import comparison
from models.risk.comparison import OURS, PUBLISHED, compare, published_score
from models.risk.inputs import FEATURE_NAMES
from models.risk.outcomes import HORIZONS
from tests.models.risk.made_up import predictor, rows, silent


def test_the_published_score_adds_up_the_ratios_that_apply():
    features = np.zeros((3, len(FEATURE_NAMES)))
    features[1, FEATURE_NAMES.index("interstitial_lung")] = 1
    features[2, FEATURE_NAMES.index("interstitial_lung")] = np.nan
    features[2, FEATURE_NAMES.index("copd_asthma")] = 1
    score = published_score("pulmonary", features)
    assert score == pytest.approx([0, math.log(5.78), math.log(2.43)])
    assert all(factor.source for factors in PUBLISHED.values() for factor in factors)


@pytest.mark.slow
def test_every_model_is_measured_on_the_same_people(monkeypatch):
    monkeypatch.setattr(comparison, "SLOW_TRAINING", 300)
    found = compare(predictor(), rows(900, seed=31), rows(900, seed=32), 1, silent)
    names = {entry["model"] for entry in found}
    assert names == {
        OURS,
        "published risk factors",
        "logistic regression",
        "Cox",
        "random survival forest",
        "gradient-boosted survival",
    }
    assert len(found) == len(names) * len(PUBLISHED) * len(HORIZONS)
    for entry in found:
        assert entry["auroc_lower"] <= entry["auroc"] <= entry["auroc_upper"]
        same = [
            e
            for e in found
            if (e["outcome"], e["horizon_days"]) == (entry["outcome"], entry["horizon_days"])
        ]
        assert len({(e["n"], e["events"]) for e in same}) == 1
        ours = next(e for e in same if e["model"] == OURS)
        assert entry["auroc_difference"] == pytest.approx(ours["auroc"] - entry["auroc"], abs=1e-4)
    assert all(
        entry["tie"] and entry["auroc_difference"] == 0 for entry in found if entry["model"] == OURS
    )
    best = {
        e["model"]: e["auroc"]
        for e in found
        if (e["outcome"], e["horizon_days"]) == ("severe", 365)
    }
    # Hazards are linear in age and class here: a Cox model finds them.
    assert best["Cox"] > best["published risk factors"] + 0.05


def test_without_the_package_there_is_one_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "sksurv.ensemble", None)
    with pytest.raises(ValueError, match="needs the package scikit-survival"):
        compare(predictor(), rows(60, seed=31), rows(60, seed=32), 1, silent)
