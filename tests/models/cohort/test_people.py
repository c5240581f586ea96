"""The cohort table from an invented clinic, in an engine of its own."""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import pandas as pd
import pyarrow as pa
import pytest

from models.cohort.people import COHORT, COHORT_TABLES, cohort_people
from models.cohort.variables import VARIABLES
from models.risk.features import FEATURE_TABLES, landmark_features
from models.schema import TABLES, unbound

START = date(2024, 2, 1)
DATA_DATE = date(2025, 12, 31)


def day(number: int) -> date:
    return START + timedelta(days=number)


def patient(patient_id: str, **changes: object) -> dict[str, object]:
    return {
        "patient_id": patient_id,
        "country": "FR",
        "site": "Lyon",
        "sex": "F",
        "birth_year": 1960,
        "index_date": START,
        "end_date": day(400),
        "consent": "research",
    } | changes


CLINIC = {
    "patient": [
        patient("a", death_date=day(300), end_date=day(300)),
        patient("b", entry_date=day(40), birth_year=1985, sex="M"),
        patient("c", site="Paris", country="FR"),
        patient("care", consent="care"),
        patient("gone", consent="withdrawn"),
    ],
    "treatment": [
        {
            "patient_id": "a",
            "line": 1,
            "regimen": "nivolumab 1 mg/kg + ipilimumab 3 mg/kg",
            "drug_class": "PD1_CTLA4",
            "start_date": START,
            "end_date": day(60),
        },
        {
            "patient_id": "a",
            "line": 2,
            "regimen": "pembrolizumab",
            "drug_class": "PD1",
            "start_date": day(100),
        },
        {
            "patient_id": "b",
            "line": 4,
            "regimen": "anti-PD-1",
            "atc": "L01FF02",
            "drug_class": "PD1",
            "start_date": START,
            "end_date": day(900),
        },
    ],
    "adverse_event": [
        {"patient_id": "a", "onset_date": day(50), "organ": "skin", "grade": 1},
        {"patient_id": "a", "onset_date": day(70), "organ": "skin", "grade": 3},
        {"patient_id": "a", "onset_date": day(20), "organ": "hepatic", "grade": None},
        {"patient_id": "a", "onset_date": day(10), "organ": "renal", "immune_related": False},
        {"patient_id": "b", "onset_date": day(-3), "organ": "skin", "grade": 2},
        {"patient_id": "b", "onset_date": day(450), "organ": "cardiac", "grade": 2},
    ],
    "medication": [
        {"patient_id": "a", "atc": "H02AB06", "start_date": day(-5), "end_date": day(5)},
        {"patient_id": "a", "atc": "H02AB07", "start_date": day(25)},
        {"patient_id": "b", "atc": "A02BC01", "start_date": day(-30)},
    ],
    "encounter": [
        {"patient_id": "a", "date": day(-20), "kind": "inpatient", "days": 4.0},
        {"patient_id": "b", "date": day(-20), "kind": "outpatient"},
    ],
    "response": [
        {"patient_id": "a", "date": day(80), "recist": "PR"},
        {"patient_id": "a", "date": day(160), "recist": "PD"},
        {"patient_id": "b", "date": day(90), "recist": "SD"},
    ],
    "score": [
        {"date": day(when), "instrument": form, "scale": "QL", "value": value, "patient_id": "a"}
        for when, form, value in (
            (-60, "qlq-c30", 10.0),
            (-2, "qlq-c30", 50.0),
            (6, "qlq-short", 60.0),
            (80, "qlq-short", 70.0),
            (100, "qlq-c30", 75.0),
            (102, "qlq-c30", 80.0),
            (170, "qlq-c30", 33.0),
        )
    ],
    "diagnosis": [
        {"patient_id": "a", "date": day(-90), "icd10": "C43.5", "kind": "primary", "stage": "IV"},
        {"patient_id": "b", "date": day(-90), "icd10": "C99", "kind": "primary"},
    ],
    "lab": [],
    "biomarker": [],
    "lifestyle": [],
    "prediction": [
        {
            "patient_id": "a",
            "landmark_day": landmark,
            "outcome": "severe",
            "horizon_days": 180,
            "risk": risk,
            "lower": 0.0,
            "upper": 1.0,
            "with_care": False,
            "model_version": "test/1",
        }
        for landmark, risk in ((0, 0.25), (84, 0.125))
    ],
}


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    """Rows of the cohort table by patient."""
    engine = ibis.duckdb.connect()
    names = {*COHORT_TABLES, *FEATURE_TABLES} - {"features"}
    for name in names:
        rows = CLINIC[name]
        if name == "adverse_event":
            rows = [{"immune_related": True} | row for row in rows]
        arrow = pa.Table.from_pylist(list(rows), schema=TABLES[name].schema.to_pyarrow())
        engine.con.register(name, arrow)
    tables = {name: unbound(name) for name in names}
    tables["features"] = landmark_features(tables, (0,))
    query = engine.compile(cohort_people(tables, DATA_DATE))
    found = engine.con.execute(query).df()
    return found.set_index("patient_id")


def level(name: str, code: float) -> str:
    return VARIABLES[name].label_of(int(code))


def test_only_research_patients_have_a_row_in_the_columns_of_the_table(people):
    assert sorted(people.index) == ["a", "b", "c"]
    assert [name for name in COHORT.names if name != "patient_id"] == list(people.columns)
    assert sorted(people.number) == [0, 1, 2]


def test_what_defines_a_cohort_is_coded_as_it_was_at_the_first_dose(people):
    a, b = people.loc["a"], people.loc["b"]
    assert level("age", a.age) == "60 to 69 years"
    assert level("age", b.age) == "under 40 years"
    assert level("cancer", a.cancer) == "melanoma"
    assert level("cancer", b.cancer) == "other cancer"
    assert level("stage", a.stage) == "IV"
    assert level("line", b.line) == "3 or later"
    assert level("drug_class", a.drug_class) == "PD-1 + CTLA-4"
    assert (a.site, a.country) == ("FR/Lyon", "FR")
    assert a.start == 4 * (2024 - 2010)


def test_drugs_are_read_from_words_and_from_codes(people):
    bits = {one.word: one.code for one in VARIABLES["drug"].levels}
    assert people.loc["a"].drug == bits["nivolumab"] + bits["ipilimumab"]
    assert people.loc["b"].drug == bits["pembrolizumab"]
    assert pd.isna(people.loc["c"].drug)


def test_follow_up_ends_with_death_or_the_last_contact_and_may_begin_late(people):
    assert people.follow_days.to_dict() == {"a": 300, "b": 400, "c": 400}
    assert people.died.to_dict() == {"a": True, "b": False, "c": False}
    assert people.entry_day.to_dict() == {"a": 0, "b": 40, "c": 0}


def test_a_stop_that_is_only_planned_is_none(people):
    assert people.loc["a"].stop_day == 60
    assert pd.isna(people.loc["b"].stop_day)


def test_first_onsets_count_by_organ_and_grade_within_follow_up(people):
    a, b = people.loc["a"], people.loc["b"]
    assert (a.skin_1, a.skin_2, a.skin_3) == (50, 70, 70)
    assert a.hepatic_1 == 20, "an event without a grade is one of any grade"
    assert pd.isna(a.hepatic_2)
    assert (a.any_1, a.any_2, a.any_3) == (20, 70, 70)
    assert pd.isna(a.renal_1), "not immune-related"
    assert b[["any_1", "skin_1", "cardiac_1"]].isna().all(), "before the dose, after the contact"


def test_a_site_that_delivers_no_events_is_known_not_to(people):
    assert people.irae_known.to_dict() == {"a": True, "b": True, "c": False}
    assert people.hospitalised.fillna(-1).to_dict() == {"a": 1, "b": 0, "c": -1}


def test_what_happens_after_the_first_dose_has_its_day(people):
    a = people.loc["a"]
    assert a.steroid_after_day == 25
    assert (a.response_day, level("response", a.response)) == (80, "CR, PR or R")
    assert level("response", people.loc["b"].response) == "SD, PD, NR or NE"


def test_each_scheduled_form_takes_the_nearest_score_and_the_full_form_of_two_equal(people):
    a = people.loc["a"]
    assert a.ql_0 == 60.0, "the last one up to the first week"
    assert a.ql_91 == 75.0, "9 days away; the short form is 11 days away"
    assert a.ql_183 == 33.0
    assert pd.isna(a.ql_365)


def test_predicted_risks_stand_by_landmark(people):
    a = people.loc["a"]
    assert (a.risk_severe_0, a.risk_severe_84) == (0.25, 0.125)
    assert pd.isna(people.loc["b"].risk_severe_0)
