"""What a row must be like, and the reason that stands beside one that is not."""

from __future__ import annotations

import pytest

from models.biomarkers import MARKERS
from tests.data_access.importers.conftest import LAB, PATIENT_COLUMNS, patients

MARKER = "patient_id,date,name,value\n"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"country": "France"}, "country: not a valid value (country of treatment"),
        ({"country": ""}, "country: missing"),
        ({"sex": "X"}, "sex: not one of F, M, U"),
        ({"birth_year": "19x0"}, "birth_year: not a whole number from 1900 to 2100"),
        ({"birth_year": "1960.5"}, "birth_year: not a whole number from 1900 to 2100"),
        ({"birth_year": "1860"}, "birth_year: not a whole number from 1900 to 2100"),
        ({"birth_year": "2025"}, "birth_year: after index_date"),
        ({"index_date": "01/02/2024"}, "index_date: not a date (YYYY-MM-DD)"),
        ({"index_date": "2024-02-30"}, "index_date: not a date (YYYY-MM-DD)"),
        ({"end_date": "2199-01-01"}, "end_date: not a date (YYYY-MM-DD) from 1900 to next year"),
        ({"end_date": "2023-12-31"}, "end_date: before index_date"),
        ({"death_date": "2023-12-31"}, "death_date: before index_date"),
        ({"death_date": "2024-06-01"}, "end_date: more than 30 days after death_date"),
        ({"consent": "maybe"}, "consent: not one of care, research, withdrawn"),
        ({"patient_id": "p 9!"}, "patient_id: not a valid value (pseudonym"),
        ({"patient_id": "p1"}, "repeats line 2 (same patient_id) with other values: keep one"),
    ],
)
def test_a_bad_patient_is_set_aside_with_its_reason(clinic, changes, reason):
    good = patients(*(f"p{number}" for number in range(1, 30)))
    values = dict(
        zip(
            PATIENT_COLUMNS.split(","),
            "p99,FR,Lyon,F,1960,2024-01-01,2024-12-31,,care".split(","),
            strict=True,
        )
    )
    report = clinic.deliver(patient=good + ",".join((values | changes).values()) + "\n")
    assert report.files[0].counts.quarantined == 1
    (line,) = clinic.set_aside("patient")
    assert line.split(",patient.csv,31,", 1)[1].strip('"').startswith(reason)
    assert len(clinic.table("patient")) == 29


@pytest.mark.parametrize(
    ("table", "columns", "row", "reason"),
    [
        ("lab", LAB, "nobody,2024-02-01,1742-6,30,U/L", "patient_id: neither in patient.csv"),
        ("lab", LAB, "p1,2024-02-01,9999-9,30,U/L", "loinc: not a known test"),
        ("lab", LAB, "p1,2024-02-01,1742-6,30,mg/dL", "unit: not known for this test"),
        ("lab", LAB, "p1,2024-02-01,1742-6,99999,U/L", "value: not plausible"),
        ("lab", LAB, "p1,2024-02-01,1742-6,nan,U/L", "value: not a number"),
        ("lab", LAB, "p1,2024-02-01,1742-6,1e999,U/L", "value: not a number"),
        ("lab", LAB, "p1,2024-02-01,1742-6,1_0,U/L", "value: not a number"),
        ("lab", LAB, "p1,1959-02-01,1742-6,30,U/L", "date: before birth"),
        ("lab", LAB, "dead,2024-05-02,1742-6,30,U/L", "date: more than 30 days after death"),
        ("lab", LAB, "p1,2024-02-01,1742-6", "3 values where the header has 5"),
        ("lab", LAB, "p1,2024-01-01,1742-6,31,U/L", "several values on one day: keep one; line 2"),
        (
            "biomarker",
            MARKER,
            "p1,2024-02-01,tmb,1001",
            "value: tmb is not a number from 0 to 1000",
        ),
        (
            "biomarker",
            MARKER,
            "p1,2024-02-01,pdl1_tps,-1",
            "value: pdl1_tps is not a number from 0",
        ),
        ("biomarker", MARKER, "p1,2024-02-01,nlr,501", "value: nlr is not a number from 0 to 500"),
        ("biomarker", MARKER, "p1,2024-02-01,ecog,5", "value: ecog is not a whole number from 0"),
        ("biomarker", MARKER, "p1,2024-02-01,ecog,1.5", "value: ecog is not a whole number from 0"),
        (
            "biomarker",
            MARKER,
            "p1,2024-02-01,msi,2",
            "value: msi is not a whole number from 0 to 1",
        ),
        (
            "treatment",
            "patient_id,regimen,drug_class,start_date,end_date\n",
            "p1,nivolumab,PD1,2024-02-01,2024-01-01",
            "end_date: before start_date",
        ),
        (
            "adverse_event",
            "patient_id,onset_date,end_date,organ\n",
            "p1,2024-02-01,2024-01-01,skin",
            "end_date: before onset_date",
        ),
        (
            "answer",
            "patient_id,date,instrument,item,value\n",
            "p1,2024-02-01,qlq-c30,q1,5",
            "value: q1 of qlq-c30 is not a whole number from 1 to 4",
        ),
        (
            "answer",
            "patient_id,date,instrument,item,value\n",
            "p1,2024-02-01,qlq-c30,q31,1",
            "item: not one of the items of qlq-c30",
        ),
        (
            "score",
            "patient_id,date,instrument,scale,value\n",
            "p1,2024-02-01,qlq-c30,QL,-1",
            "value: QL of qlq-c30 is not a number from 0 to 100",
        ),
        (
            "lifestyle",
            "patient_id,date,factor,value\n",
            "p1,2024-02-01,smoking,sometimes",
            "value: not one of never, former, ever, current",
        ),
        (
            "lifestyle",
            "patient_id,date,factor,value\n",
            "p1,2024-02-01,bmi,heavy",
            "value: not a body mass index",
        ),
    ],
)
def test_a_bad_row_is_set_aside_with_its_reason(clinic, table, columns, row, reason):
    people = patients("p1") + "dead,FR,Lyon,F,1960,2024-01-01,,2024-04-01,care\n"
    good = {
        "lab": "p1,{day},1742-6,30,U/L",
        "biomarker": "p1,{day},some_marker,5000",
        "treatment": "p1,nivolumab,PD1,{day},",
        "adverse_event": "p1,{day},,skin",
        "answer": "p1,{day},qlq-c30,q30,7",
        "score": "p1,{day},qlq-c30,QL,50",
        "lifestyle": "p1,{day},bmi,24.5",
    }[table]
    days = [f"20{year}-{month:02d}-01" for year in (24, 25) for month in range(1, 13)]
    content = columns + "".join(good.format(day=day) + "\n" for day in days) + row + "\n"
    report = clinic.deliver(patient=people, **{table: content})
    assert report.files[1].counts.quarantined == 1
    (line,) = clinic.set_aside(table)
    assert reason in line
    assert f"{table}.csv,26," in line
    assert len(clinic.table(table)) == 24


def test_reasons_never_repeat_the_value(clinic):
    report = clinic.deliver(patient=patients(*(f"p{n}" for n in range(25))) + "secret,,,Q,,,,,\n")
    assert all(
        "secret" not in reason and "Q" not in reason for reason, _ in report.files[0].reasons
    )


def test_a_row_with_several_faults_names_them_all(clinic):
    clinic.deliver(patient=patients(*(f"p{n}" for n in range(25))) + "x,FR,,Q,1960,,,,care\n")
    (line,) = clinic.set_aside("patient")
    assert "site: missing; sex: not one of F, M, U; index_date: missing" in line


@pytest.mark.parametrize("marker", MARKERS.values(), ids=lambda marker: marker.name)
def test_the_least_and_the_largest_plausible_marker_are_taken_over(filled, marker):
    low, high = marker.plausible
    rows = f"p1,2024-02-01,{marker.name},{low}\np1,2024-02-02,{marker.name},{high}\n"
    assert filled.deliver(biomarker=MARKER + rows).files[0].counts.new == 2
