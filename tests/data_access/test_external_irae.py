"""First irAEs of real patients; where they are absent these tests are skipped."""

from __future__ import annotations

import pytest

from data_access.artifacts import RiskModels
from data_access.external_irae import NoAdverseEvents, first_irae
from data_access.settings import ROOT
from tests.data_access.test_benefit_evaluation import imported, needs_real_data


@pytest.fixture(scope="module")
def predictor():
    return RiskModels(ROOT / "models" / "artifacts").predictor


@needs_real_data
def test_real_irae_patients_lack_the_inputs_and_that_is_said(tmp_path, predictor):
    """283 rows (one twice), 122 with a first irAE, no laboratory value at all."""
    found = first_irae(imported(tmp_path, "irae_real"), predictor, seed=1)
    assert found["patients"] == 282
    assert found["scored"] == 0
    known = {entry["input"] for entry in found["inputs_known"]}
    assert {"age_years", "sex", "drug_class"} <= known
    assert not known & {"alt", "tsh", "creatinine", "ldh"}
    by_group = {(row["group"], row["horizon_days"]): row for row in found["results"]}
    assert by_group["scored", 180] == {
        "group": "scored",
        "horizon_days": 180,
        "n": 0,
        "events": 0,
        "auroc": None,
        "auroc_lower": None,
        "auroc_upper": None,
    }
    year = by_group["all", 365]
    assert 80 <= year["events"] <= 122
    # Without laboratory values the models do no better than chance here, which is what is said.
    assert year["auroc_lower"] < 0.5 < year["auroc_upper"]


@needs_real_data
def test_patients_without_irae_are_one_sentence(tmp_path, predictor):
    with pytest.raises(NoAdverseEvents, match="import patients who have them"):
        first_irae(imported(tmp_path, "icb_real"), predictor, seed=1)
