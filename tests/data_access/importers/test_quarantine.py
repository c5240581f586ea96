from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta

import pytest

from data_access.errors import ImportRefused
from data_access.importers.quarantine import KEPT_DAYS, remove_older, write_quarantine
from tests.data_access.importers.conftest import PATIENT_COLUMNS, lab, many, patients


def test_only_text_is_marked_and_numbers_stay(tmp_path):
    path = write_quarantine(
        tmp_path / "batch", "lab.csv", ("a", "b"), [("=1+1", "-3.5", 2, "a: x")]
    )
    with path.open(newline="") as text:
        _, row = csv.reader(text)
    assert row == ["'=1+1", "-3.5", "lab.csv", "2", "a: x"]


def test_a_batch_in_use_is_kept_whatever_its_age(tmp_path):
    now = datetime(2026, 9, 30, 12, tzinfo=UTC)
    ages = (KEPT_DAYS + 200, KEPT_DAYS + 1, KEPT_DAYS - 1, 0)
    days = [now - timedelta(days=age) for age in ages]
    batches = [tmp_path / f"{day:%Y-%m-%dT%H%M%S}-0123abcd" for day in days]
    for batch in batches:
        batch.mkdir()
    remove_older(tmp_path, now, [batches[0]])
    assert sorted(tmp_path.iterdir()) == [batches[0], *batches[2:]]


def test_nothing_is_removed_where_nothing_was_set_aside(tmp_path):
    remove_older(tmp_path / "quarantine", datetime.now(UTC), [tmp_path / "quarantine" / "batch"])
    assert list(tmp_path.iterdir()) == []


def test_quarantined_values_stand_as_they_were_but_no_formula_and_only_for_the_owner(clinic):
    odd = 'p9,FR," Lyon ",Q,1960,2024-01-01,,,"=1+1\nnext"\n'
    report = clinic.deliver(patient=patients(*(f"p{n}" for n in range(25))) + odd)
    (path,) = report.quarantine.iterdir()
    assert ' Lyon ,Q,1960,2024-01-01,,,"\'=1+1\nnext",patient.csv,27,' in path.read_text()
    assert path.read_text().startswith(f"{PATIENT_COLUMNS},file,line,reason")
    assert path.stat().st_mode & 0o077 == 0
    assert report.quarantine.stat().st_mode & 0o077 == 0


def test_a_mended_quarantine_file_is_imported_as_it_is(filled):
    columns = "patient_id,regimen,drug_class,start_date\n"
    good = "".join(f"p1,nivolumab,PD1,{day[3:]}\n" for day in many(20))
    report = filled.deliver(treatment=f"{columns}{good}p2,=SUM(A1),PD2,2024-01-01\n")
    text = (report.quarantine / "treatment.csv").read_text()
    assert "p2,'=SUM(A1),PD2,2024-01-01,treatment.csv,22," in text
    filled.deliver(treatment=text.replace("PD2", "PD1"))
    treatment = filled.table("treatment").set_index("patient_id")
    assert treatment.loc["p2", "regimen"] == "=SUM(A1)"


def test_a_quarantine_file_that_is_still_wrong_comes_back_the_same(filled):
    columns = "patient_id,regimen,drug_class,start_date\n"
    with pytest.raises(ImportRefused):
        filled.deliver(treatment=f"{columns}p1,=SUM(A1),PD2,2024-01-01\n")
    (path,) = filled.quarantine.glob("*/treatment.csv")
    first = path.read_text()
    path.unlink()
    with pytest.raises(ImportRefused):
        filled.deliver(treatment=first)
    (path,) = filled.quarantine.glob("*/treatment.csv")
    assert path.read_text() == first


def test_an_import_deletes_rows_set_aside_by_imports_long_ago(filled):
    old = [filled.quarantine / f"2021-0{month}-01T120000-0123abcd" for month in (1, 2, 3)]
    own = filled.quarantine / "2026-letters-to-sites"
    for folder in (*old, own):
        folder.mkdir(parents=True)
        (folder / "lab.csv").touch()
    with pytest.raises(ImportRefused):
        filled.deliver(lab=lab("p1,never,1742-6,30,U/L"))
    batches = sorted(filled.quarantine.glob("*T*"))
    assert len(batches) == 1
    assert batches[0] not in old
    assert (own / "lab.csv").exists()
