from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.risk.calibration import Affine
from models.risk.outcomes import OUTCOMES
from models.risk.version_comparison import compare_versions
from tests.models.risk.made_up import predictor, rows


@pytest.fixture(scope="module")
def people():
    return rows(900, seed=61)


def test_the_same_models_do_not_differ(people):
    for entry in compare_versions(predictor(), predictor(), people, seed=1):
        assert entry["auroc_first"] == entry["auroc_second"]
        assert entry["auroc_difference_lower"] == entry["auroc_difference_upper"] == 0


def test_a_shifted_calibration_shows_in_the_intercept_alone(people):
    shifted = {
        outcome: {place: Affine(line.intercept + 1, line.slope) for place, line in places.items()}
        for outcome, places in predictor().calibrations.items()
    }
    other = replace(predictor(), calibrations=shifted)
    for entry in compare_versions(predictor(), other, people, seed=1):
        assert entry["auroc_difference"] == pytest.approx(0, abs=0.01)
        assert entry["intercept_second"] == pytest.approx(entry["intercept_first"] - 1, abs=1e-3)
        assert entry["slope_second"] == pytest.approx(entry["slope_first"], abs=1e-3)


def test_too_few_events_have_no_figures(people):
    nothing = replace(people, onset_days=np.full_like(people.onset_days, np.nan))
    found = compare_versions(predictor(), predictor(), nothing, seed=1)
    assert [entry["outcome"] for entry in found] == list(OUTCOMES)
    assert all(entry["auroc_first"] is None for entry in found)
