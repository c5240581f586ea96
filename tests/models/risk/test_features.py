from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.laboratory import LAB_BY_CODE
from models.risk.features import landmark_features
from models.risk.inputs import FEATURE_BY_NAME, FEATURE_NAMES
from models.risk.outcomes import LANDMARKS
from tests.models.risk.clinic import START, day, features, patient, unbound_tables


def lab(code, number, value, who="p1"):
    test = LAB_BY_CODE[code]
    return {
        "patient_id": who,
        "date": day(number),
        "loinc": test.loinc,
        "value": value,
        "unit": test.unit,
    }


def medicine(atc, start, end=None, dose=None, unit=None, who="p1"):
    return {
        "patient_id": who,
        "atc": atc,
        "start_date": day(start),
        "end_date": None if end is None else day(end),
        "daily_dose": dose,
        "unit": unit,
    }


def event(organ, onset, end=None, grade=2, who="p1", immune_related=True):
    return {
        "patient_id": who,
        "onset_date": day(onset),
        "end_date": None if end is None else day(end),
        "organ": organ,
        "term": organ,
        "grade": grade,
        "immune_related": immune_related,
    }


def disease(icd10, number, kind="comorbidity", stage=None, who="p1"):
    return {
        "patient_id": who,
        "date": day(number),
        "icd10": icd10,
        "kind": kind,
        "stage": stage,
    }


def line(regimen, drug_class, start=0, end=None, number=1, who="p1"):
    return {
        "patient_id": who,
        "line": number,
        "regimen": regimen,
        "drug_class": drug_class,
        "start_date": day(start),
        "end_date": None if end is None else day(end),
    }


EXAMPLE = {
    "patient": [patient()],
    "diagnosis": [
        disease("C34.1", -60, "primary", "IV"),
        disease("J44.1", -900),
        disease("M05", -900),
        disease("E11.9", 60),
    ],
    "treatment": [line("nivolumab 3 mg/kg + ipilimumab 1 mg/kg", "PD1_CTLA4", end=63)],
    "medication": [
        medicine("A02BC01", -30),
        medicine("J01CA04", 0, 10),
        medicine("H02AB04", 50, 90, 40.0, "mg"),
        medicine("H02AB09", 60, 90, 20.0, "mg"),
    ],
    "adverse_event": [
        event("hepatic", 48, 100, grade=3),
        event("skin", 20, 40, grade=1),
        event("other", 10, immune_related=False),
    ],
    "lab": [
        lab("alt", -3, 20.0),
        lab("alt", 60, 90.0),
        lab("alt", 85, 300.0),
        lab("neutrophils", 60, 6.0),
        lab("lymphocytes", 60, 1.5),
        lab("albumin", -50, 3.9),
    ],
    "biomarker": [
        {"patient_id": "p1", "date": day(-9), "name": "tmb", "value": 12.0},
        {"patient_id": "p1", "date": day(-9), "name": "nlr", "value": 2.5},
        {"patient_id": "p1", "date": day(70), "name": "ecog", "value": 1.0},
    ],
    "lifestyle": [
        {"patient_id": "p1", "date": day(-1), "factor": "bmi", "value": "24.5"},
        {"patient_id": "p1", "date": day(-1), "factor": "smoking", "value": "ever"},
        {"patient_id": "p1", "date": day(-1), "factor": "activity", "value": "high"},
    ],
    "score": [
        {
            "patient_id": "p1",
            "date": day(0),
            "instrument": "qlq-c30",
            "scale": "QL",
            "value": 66.7,
        },
        {
            "patient_id": "p1",
            "date": day(80),
            "instrument": "qlq-c30",
            "scale": "FA",
            "value": 33.3,
        },
    ],
}
AT_START = {
    "age_years": 64,
    "sex": 1,
    "bmi": 24.5,
    "smoking": 1,
    "activity": 2,
    "cancer": 0,
    "stage": 3,
    "tmb": 12,
    "drug_class": 4,
    "ipilimumab_mg_kg": 1,
    "chemotherapy": 0,
    "line": 1,
    "days_since_stop": 0,
    "autoimmune": 1,
    "copd_asthma": 1,
    "comorbidities": 2,
    "ppi": 1,
    "antibiotic_60d": 1,
    "steroid_mg": 0,
    "nlr": 2.5,
    "alt": 20,
    "albumin": 3.9,
    "global_qol": 66.7,
    "landmark_time": 0,
}
AT_DAY_84 = AT_START | {
    "ecog": 1,
    "diabetes": 1,
    "comorbidities": 3,
    "days_since_stop": 21,
    "antibiotic_60d": 0,
    "steroid_mg": 55,
    "nlr": 4,
    "lymphocytes": 1.5,
    "alt": 90,
    "alt_ratio": 4.5,
    "irae_count": 2,
    "irae_worst_grade": 1,  # the hepatic event goes on, so its grade is not final
    "irae_active": 1,
    "irae_hepatic": 1,
    "irae_skin": 1,
    "fatigue": 33.3,
    "landmark_time": 84,
}
del AT_DAY_84["albumin"]  # its only value is 134 days old


@pytest.mark.parametrize(("landmark", "expected"), [(0, AT_START), (84, AT_DAY_84)])
def test_the_features_of_the_example_patient_are_those_worked_by_hand(landmark, expected):
    found = features(EXAMPLE).loc[("p1", landmark)]
    assert found[list(expected)].to_dict() == pytest.approx(expected)
    unlisted = found.drop(list(expected)).dropna()
    assert (unlisted == 0).all()


def test_every_input_is_produced_in_order():
    assert landmark_features(unbound_tables()).columns == (
        "patient_id",
        "landmark_day",
        *FEATURE_NAMES,
    )


def test_a_patient_is_seen_at_landmarks_up_to_the_last_contact():
    rows = {
        "patient": [
            patient("followed", end_date=day(126)),
            patient("died", end_date=day(300), death_date=day(50)),
            patient("one-visit", end_date=None),
            patient("withdrawn", consent="withdrawn"),
        ]
    }
    seen = features(rows).reset_index().groupby("patient_id").landmark_day.apply(list)
    assert seen.to_dict() == {
        "followed": [0, 21, 42, 84, 126],
        "died": [0, 21, 42],
        "one-visit": [0],
    }


@pytest.mark.parametrize(
    ("regimen", "drug_class", "dose"),
    [
        ("nivolumab 1 mg/kg + ipilimumab 3 mg/kg", "PD1_CTLA4", 3),
        ("Ipilimumab 10mg/kg", "CTLA4", 10),
        ("ipilimumab", "CTLA4", np.nan),
        ("PD1_CTLA4", "PD1_CTLA4", np.nan),
        ("durvalumab + tremelimumab 300 mg", "PD1_CTLA4", 0),
        ("pembrolizumab 2 mg/kg", "PD1", 0),
    ],
)
def test_the_ipilimumab_dose_is_read_from_the_regimen(regimen, drug_class, dose):
    rows = {"patient": [patient()], "treatment": [line(regimen, drug_class)]}
    found = features(rows, (0,)).ipilimumab_mg_kg.iloc[0]
    assert found == pytest.approx(dose, nan_ok=True)


@pytest.mark.parametrize(
    ("regimen", "expected"),
    [("pembrolizumab + carboplatin", 1), ("pembrolizumab", 0), ("PD1", np.nan)],
)
def test_chemotherapy_is_unknown_when_only_the_class_is_named(regimen, expected):
    rows = {"patient": [patient()], "treatment": [line(regimen, "PD1")]}
    found = features(rows, (0,)).chemotherapy.iloc[0]
    assert found == pytest.approx(expected, nan_ok=True)


def test_the_latest_line_counts_and_other_classes_are_unknown():
    rows = {
        "patient": [patient()],
        "treatment": [line("nivolumab", "PD1"), line("cell therapy", "CAR_T", 100, number=2)],
    }
    found = features(rows).drug_class
    assert found.loc[("p1", 84)] == 1
    assert np.isnan(found.loc[("p1", 126)])


def test_absence_counts_only_where_the_site_delivers_by_then():
    rows = {
        "patient": [patient("quiet"), patient("treated"), patient("elsewhere", site="Nice")],
        "medication": [medicine("A02BC01", 30, who="treated")],
    }
    ppi = features(rows).ppi.unstack("patient_id").loc[[21, 42]]
    expected = {
        "elsewhere": [np.nan, np.nan],
        "quiet": [np.nan, 0],
        "treated": [np.nan, 1],
    }
    pd.testing.assert_frame_equal(ppi, pd.DataFrame(expected, ppi.index), check_names=False)


def test_a_steroid_without_a_known_dose_leaves_the_dose_unknown():
    rows = {
        "patient": [patient()],
        "medication": [medicine("H02AB07", 0, 30, 10.0, "mg"), medicine("H02AB07", 25, 60)],
    }
    found = features(rows).steroid_mg
    assert found.loc[("p1", 21)] == 10
    assert np.isnan(found.loc[("p1", 42)])
    assert found.loc[("p1", 84)] == 0


def test_the_worst_grade_is_unknown_when_no_event_was_graded():
    rows = {"patient": [patient()], "adverse_event": [event("skin", 5, 15, grade=None)]}
    found = features(rows).loc[("p1", 21)]
    assert found.irae_count == 1
    assert np.isnan(found.irae_worst_grade)


def test_flags_are_no_yes_or_missing():
    flags = [name for name in FEATURE_NAMES if FEATURE_BY_NAME[name].labels == ("no", "yes")]
    values = features(EXAMPLE)[flags].to_numpy().ravel()
    assert set(values[~np.isnan(values)]) == {0.0, 1.0}


# Small random warehouses: three patients of one site, a handful of rows per table.
WHO = st.sampled_from(["p1", "p2", "p3"])
DAY = st.integers(-100, 200)
LATER = st.one_of(st.none(), st.integers(0, 60))


def rows_of(build, *parts):
    return st.lists(st.tuples(*parts), max_size=6).map(
        lambda drawn: [build(*values) for values in drawn]
    )


def _unique(rows, *names):
    return list({tuple(row[name] for name in names): row for row in rows}.values())


CLINICS = st.fixed_dictionaries(
    {
        "patient": st.just([patient(who, end_date=day(230)) for who in ("p1", "p2", "p3")]),
        "diagnosis": rows_of(
            lambda code, number, kind, who: disease(code, number, kind, "IV", who),
            st.sampled_from(["C34.1", "C43", "J44", "E11.9"]),
            DAY,
            st.sampled_from(["primary", "comorbidity"]),
            WHO,
        ),
        "treatment": rows_of(
            lambda kind, start, length, who: line(
                f"regimen {kind}", kind, start, None if length is None else start + length, who=who
            ),
            st.sampled_from(["PD1", "PDL1", "CAR_T"]),
            DAY,
            LATER,
            WHO,
        ).map(lambda rows: _unique(rows, "patient_id", "start_date")),
        "medication": rows_of(
            lambda atc, start, length, who: medicine(
                atc, start, None if length is None else start + length, 10.0, "mg", who
            ),
            st.sampled_from(["A02BC01", "H02AB06", "J01CA04"]),
            DAY,
            LATER,
            WHO,
        ),
        "adverse_event": rows_of(
            lambda organ, onset, length, grade, who: event(
                organ, onset, None if length is None else onset + length, grade, who
            ),
            st.sampled_from(["skin", "hepatic"]),
            DAY,
            LATER,
            st.sampled_from([1, 2, 3, None]),
            WHO,
        ),
        "lab": rows_of(
            lab,
            st.sampled_from(["alt", "neutrophils", "lymphocytes", "tsh"]),
            DAY,
            st.sampled_from([1.0, 2.0, 50.0]),
            WHO,
        ).map(lambda rows: _unique(rows, "patient_id", "date", "loinc")),
    }
)
QUICK = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
START_COLUMN = {
    "diagnosis": "date",
    "treatment": "start_date",
    "medication": "start_date",
    "adverse_event": "onset_date",
    "lab": "date",
}


def rewrite_after(clinic, cut, fate):
    """The clinic with everything dated after ``cut`` changed, moved later or removed."""
    changed = {"patient": clinic["patient"]}
    for table, column in START_COLUMN.items():
        kept = [_end_after(row, cut) for row in clinic[table] if row[column] <= cut]
        later = [] if fate == "removed" else [row for row in clinic[table] if row[column] > cut]
        changed[table] = kept + [_altered(row, column, fate) for row in later]
    changed["patient"] = [row | {"death_date": day(229)} for row in clinic["patient"]]
    return changed


def _end_after(row, cut):
    ends_later = row.get("end_date") is not None and row["end_date"] > cut
    return row | {"end_date": row["end_date"] + timedelta(days=7)} if ends_later else row


def _altered(row, column, fate):
    if fate == "moved":
        return row | {column: row[column] + timedelta(days=11), "end_date": None}
    worse = {"value": 999.0, "grade": 4, "icd10": "C61", "drug_class": "CTLA4", "atc": "C03CA01"}
    return row | {name: value for name, value in worse.items() if name in row}


@QUICK
@given(CLINICS, st.sampled_from([0, 42, 126]), st.sampled_from(["changed", "moved", "removed"]))
def test_nothing_after_the_landmark_reaches_the_features(clinic, landmark, fate):
    before = features(clinic, (landmark,))
    after = features(rewrite_after(clinic, day(landmark), fate), (landmark,))
    pd.testing.assert_frame_equal(before, after)


@QUICK
@given(CLINICS)
def test_a_patient_scored_alone_has_the_features_of_the_batch(clinic):
    batch = features(clinic)
    alone = features(clinic, (84,), "p2")
    pd.testing.assert_frame_equal(alone, batch.loc[[("p2", 84)]])


def test_landmarks_are_counted_from_the_first_dose():
    later = patient("later", index_date=day(30), end_date=day(60))
    rows = {"patient": [patient(), later], "lab": [lab("alt", 25, 99.0, "later")]}
    assert features(rows).alt.loc[("later", 0)] == 99
    assert len(LANDMARKS) == 8
    assert day(0) == START
