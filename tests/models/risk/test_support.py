import dataclasses

import pytest

from models.risk.inputs import LAB_INPUTS, MINIMUM_LAB_INPUTS, REQUIRED
from models.risk.outcomes import OUTCOMES
from models.risk.support import age_band, judge, kind_of_patient, landmark_to_show
from tests.models.risk.made_up import patient, predictor


def known(**changes):
    return {
        name: float("nan") if value is None else value for name, value in patient(**changes).items()
    }


def rules(**changes):
    """Rules that find nothing to say about the made-up patient, but for the changes."""
    values = known()
    kind = kind_of_patient(values["cancer"], values["drug_class"], values["age_years"])
    lenient = {
        "ranges": dict.fromkeys(predictor().applicability.ranges, (-1000000000.0, 1000000000.0)),
        "similar": {kind: 500},
        "missing_limit": dict.fromkeys(OUTCOMES, 1.0),
        "density_limit": {outcome: {"84": 0.2} for outcome in OUTCOMES},
    }
    return dataclasses.replace(predictor().applicability, **(lenient | changes))


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
    ("changes", "density", "words"),
    [
        (
            {"missing_limit": dict.fromkeys(OUTCOMES, -0.01)},
            0.5,
            "Missing inputs usually carry 0% of this risk.",
        ),
        (
            {"ranges": dict.fromkeys(("alt", "tsh"), (-2.0, -1.0))},
            0.5,
            "Outside the range of training: ALT, TSH.",
        ),
        ({"similar": {}}, 0.5, "Fewer than 10 similar patients in training."),
        ({}, 0.1, "Few training patients with such inputs together."),
    ],
)
def test_each_reason_for_care_is_said(changes, density, words):
    values = known()
    if "ranges" in changes:
        changes["ranges"] = rules().ranges | changes["ranges"]
    complete = {name: 1.0 if value != value else value for name, value in values.items()}
    found = rules(**changes).support(complete, "skin", density)
    assert (found.support, found.support_reason) == ("with care", words)


def test_without_a_reason_for_care_a_risk_is_supported():
    assert judge([])[0] == "supported"
    complete = {name: 1.0 if value != value else value for name, value in known().items()}
    assert rules().support(complete, "skin", 0.5).support == "supported"


def test_several_reasons_make_one_sentence():
    assert judge(["one thing", "another"]) == ("with care", "One thing; another.")


def test_missing_inputs_lead_to_care_only_where_they_matter():
    applicability = dataclasses.replace(
        predictor().applicability,
        importance={outcome: {"tsh": 1.0, "alt": 3.0} for outcome in OUTCOMES},
    )
    assert applicability.missing_share(("tsh",), "skin") == 0.25
    assert applicability.missing_share(("alt", "tsh"), "skin") == 1


def test_the_limits_of_care_are_those_of_the_training_patients():
    limits = predictor().manifest["with_care"]
    assert set(limits["missing_share"]) == set(OUTCOMES) == set(limits["density"])
    assert all(0 <= share < 1 for share in limits["missing_share"].values())
    assert all(set(days) == {"0", "84"} for days in limits["density"].values())


def test_missing_inputs_are_sorted_by_what_measuring_them_would_narrow():
    explained = predictor().explain(patient(tsh=None, crp=None, drug_class=3.0), "FR")
    for of in explained:
        assert len(of.narrowing) == len(of.missing) >= 2
        assert list(of.narrowing) == sorted(of.narrowing, reverse=True)
        assert all(points >= 0 for points in of.narrowing)


def test_predictions_start_from_the_latest_landmark_with_enough_inputs():
    enough = dict.fromkeys(REQUIRED, 1.0) | dict.fromkeys(LAB_INPUTS[:MINIMUM_LAB_INPUTS], 1.0)
    few = enough | {LAB_INPUTS[0]: None}
    assert landmark_to_show({0: enough, 21: enough, 42: few}) == 21
    assert landmark_to_show({0: few, 84: few}) == 84
    assert landmark_to_show({0: {}}) == 0
