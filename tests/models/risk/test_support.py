import dataclasses

import pytest

from models.risk.inputs import LAB_INPUTS, MINIMUM_LAB_INPUTS, REQUIRED
from models.risk.outcomes import OUTCOMES
from models.risk.support import (
    FEW_SIMILAR,
    MISSING_SHARE,
    age_band,
    judge,
    kind_of_patient,
    landmark_to_show,
)
from tests.models.risk.made_up import patient, predictor


def known(**changes):
    return {
        name: float("nan") if value is None else value for name, value in patient(**changes).items()
    }


@pytest.mark.parametrize(
    ("years", "band"), [(39.9, "under 40"), (40, "40-49"), (79, "70-79"), (80, "80 and over")]
)
def test_age_bands_begin_with_their_youngest(years, band):
    assert age_band(years) == band


def test_similar_means_same_cancer_class_and_age():
    assert kind_of_patient(0, 4, 63) == "lung cancer | PD1_CTLA4 | 60-69"


def test_missing_inputs_come_by_importance_for_the_outcome():
    missing = predictor().applicability.missing(known(tsh=None, bmi=None, crp=None), "skin")
    importance = predictor().manifest["importance"]["skin"]
    assert {"tsh", "bmi", "crp"} <= set(missing)
    assert [importance[name] for name in missing] == sorted(
        (importance[name] for name in missing), reverse=True
    )


def test_a_ratio_to_baseline_is_not_missing_at_the_first_dose():
    applicability = predictor().applicability
    absent = {"alt_ratio": None, "tsh_ratio": None}
    assert "alt_ratio" in applicability.missing(known(**absent, landmark_time=84.0), "skin")
    assert "alt_ratio" not in applicability.missing(known(**absent, landmark_time=0.0), "skin")


def test_unusual_numbers_and_unseen_codes_are_named():
    unusual = predictor().applicability.out_of_range(known(alt=9e4, cancer=20.0, crp=None))
    assert unusual == ("cancer", "alt")


def test_an_unseen_kind_of_patient_has_no_similar_ones():
    assert predictor().applicability.similar_patients(known(cancer=20.0)) is None


@pytest.mark.parametrize(
    ("share", "unusual", "similar", "words"),
    [
        (MISSING_SHARE + 0.1, (), 200, "Missing inputs usually carry 25% of this risk."),
        (0.1, ("alt", "tsh"), 200, "Outside the range of training: ALT, TSH."),
        (0.1, (), FEW_SIMILAR - 5, "About 45 similar patients in training."),
        (0.1, (), None, "Fewer than 10 similar patients in training."),
    ],
)
def test_each_reason_for_care_is_said(share, unusual, similar, words):
    assert judge(share, unusual, similar) == ("with care", words)


def test_without_a_reason_for_care_a_risk_is_supported():
    assert judge(MISSING_SHARE, (), FEW_SIMILAR)[0] == "supported"


def test_missing_inputs_lead_to_care_only_where_they_matter():
    applicability = dataclasses.replace(
        predictor().applicability,
        importance={outcome: {"tsh": 1.0, "alt": 3.0} for outcome in OUTCOMES},
    )
    assert applicability.missing_share(("tsh",), "skin") == 0.25
    assert applicability.missing_share(("alt", "tsh"), "skin") == 1


def test_predictions_start_from_the_latest_landmark_with_enough_inputs():
    enough = dict.fromkeys(REQUIRED, 1.0) | dict.fromkeys(LAB_INPUTS[:MINIMUM_LAB_INPUTS], 1.0)
    few = enough | {LAB_INPUTS[0]: None}
    assert landmark_to_show({0: enough, 21: enough, 42: few}) == 21
    assert landmark_to_show({0: few, 84: few}) == 84
    assert landmark_to_show({0: {}}) == 0
