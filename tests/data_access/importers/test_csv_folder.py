from __future__ import annotations

import pytest

from data_access.errors import ImportRefused, WarehouseUnavailable
from models.schema import TABLES
from tests.data_access.importers.conftest import LAB, lab, many, patients


def test_rows_of_every_kind_of_column_are_taken_over(clinic):
    report = clinic.deliver(
        patient=patients("p1"),
        adverse_event=(
            "patient_id,onset_date,end_date,organ,term,grade,immune_related,hospitalised\n"
            'p1,2024-02-01,,skin,"rash, itching",2.0,True,no\n'
            "p1,2024-03-01,2024-03-09,hepatic,,,,\n"
        ),
    )
    assert [file.counts.new for file in report.files] == [1, 2]
    events = clinic.table("adverse_event").sort_values("onset_date")
    assert events.term.tolist()[0] == "rash, itching"
    assert events.grade.tolist()[0] == 2
    assert events.immune_related.tolist() == [True, None]
    assert events.hospitalised.tolist() == [False, None]
    assert events[["term", "grade"]].iloc[1].isna().all()


def test_missing_tables_and_missing_optional_columns_are_fine(clinic):
    columns = "patient_id,country,site,sex,index_date,consent"
    clinic.deliver(patient=f"{columns}\np1,FR,Besançon,F,2024-01-01,care\n")
    patient = clinic.table("patient").iloc[0]
    assert patient.site == "Besançon"
    assert patient[["birth_year", "end_date"]].isna().all()


def test_convertible_units_become_canonical_and_are_counted(clinic):
    report = clinic.deliver(
        patient=patients("p1"),
        lab=lab("p1,2024-02-01,2160-0,88.4,umol/L", "p1,2024-02-02,6690-2,5.5,10*3/uL"),
    )
    assert report.files[1].counts.converted == 2
    values = clinic.table("lab").sort_values("date")
    assert values.unit.tolist() == ["mg/dL", "10*9/L"]
    assert values.value.tolist() == pytest.approx([1.0, 5.5], rel=1e-3)


def test_text_that_looks_like_a_formula_is_kept(clinic):
    clinic.deliver(
        patient=patients("p1"),
        treatment="patient_id,regimen,drug_class,start_date\np1,=SUM(A1),PD1,2024-01-01\n",
    )
    assert clinic.table("treatment").regimen.tolist() == ["=SUM(A1)"]


@pytest.mark.parametrize(("bad", "switched"), [(5, True), (6, False)])
def test_five_per_cent_of_bad_rows_are_let_pass_and_more_are_not(filled, bad, switched):
    before = filled.store.current_id()
    rows = [f"{day},1742-6,30,U/L" for day in many(100 - bad)]
    content = lab(*rows, *["p1,never,1742-6,30,U/L"] * bad)
    if switched:
        report = filled.deliver(lab=content)
        assert report.files[0].counts.quarantined == bad
        assert filled.store.current_id() == report.snapshot != before
    else:
        with pytest.raises(ImportRefused) as refused:
            filled.deliver(lab=content)
        assert "lab.csv: 6 of 100 rows are bad, mostly date: not a date" in str(refused.value)
        assert filled.store.current_id() == before
    assert len(filled.set_aside("lab")) == bad


def test_one_bad_table_stops_all_and_each_bad_table_has_its_line(filled):
    before = filled.store.current_id()
    with pytest.raises(ImportRefused) as refused:
        filled.deliver(
            patient=patients("p3"), lab=lab("p1,x,y,z,u"), response="patient_id,date,recist\np1,,\n"
        )
    sentences = str(refused.value).splitlines()
    assert [sentence.split(":")[0] for sentence in sentences[:2]] == ["lab.csv", "response.csv"]
    assert sentences[2].startswith("Nothing was imported")
    assert filled.store.current_id() == before


def test_rows_are_added_to_the_current_cohort(filled):
    filled.deliver(patient=patients("p3"), lab=lab("p1,2024-02-01,1742-6,30,U/L"))
    assert sorted(filled.table("patient").patient_id) == ["p1", "p2", "p3"]
    assert len(filled.table("lab")) == 1
    assert sorted(filled.table("source").file) == ["lab.csv", "patient.csv", "patient.csv"]


def test_replace_leaves_only_what_was_delivered(filled):
    filled.deliver(patient=patients("p3"), replace=True)
    assert filled.table("patient").patient_id.tolist() == ["p3"]
    assert len(filled.table("source")) == 1


def test_replace_does_not_know_patients_of_the_old_cohort(filled):
    with pytest.raises(ImportRefused, match="nor in the warehouse"):
        filled.deliver(lab=lab("p1,2024-02-01,1742-6,30,U/L"), replace=True)


@pytest.mark.parametrize("replace", [False, True])
def test_importing_the_same_files_again_changes_nothing(clinic, replace):
    files = {"patient": patients("p1"), "lab": lab("p1,2024-02-01,1742-6,30,U/L")}
    clinic.deliver(**files)
    before = (clinic.store.snapshots(), {name: len(clinic.table(name)) for name in TABLES})
    report = clinic.deliver(**files, replace=replace)
    assert report.snapshot is None
    assert report.already == ("patient.csv", "lab.csv")
    assert (clinic.store.snapshots(), {name: len(clinic.table(name)) for name in TABLES}) == before


def test_importing_the_same_files_with_bad_rows_again_changes_nothing(clinic):
    files = {"patient": patients(*(f"p{n}" for n in range(25))) + "bad,,,,,,,,\n"}
    clinic.deliver(**files)
    before = clinic.store.current_id()
    report = clinic.deliver(**files)
    assert (report.snapshot, report.files, report.quarantine) == (None, (), None)
    assert clinic.store.current_id() == before
    assert len(clinic.set_aside("patient")) == 1


def test_a_file_is_tried_again_when_its_patients_may_have_come(filled):
    days = [f"{day},1742-6,30,U/L" for day in many(30)]
    files = {"lab": lab(*days, "p3,2024-02-01,1742-6,30,U/L")}
    assert filled.deliver(**files).files[0].counts.quarantined == 1
    filled.deliver(patient=patients("p3"))
    report = filled.deliver(**files)
    assert (report.files[0].counts.new, report.files[0].counts.unchanged) == (1, 30)
    assert len(filled.table("lab")) == 31


def test_the_same_rows_in_another_file_are_unchanged(filled):
    before = filled.store.current_id()
    report = filled.deliver(patient=patients("p2", "p1"))
    assert report.files[0].counts.unchanged == 2
    assert filled.store.current_id() == before


def test_a_row_with_the_same_key_and_other_values_replaces_the_old_one(filled):
    content = patients("p1", "p3").replace("p1,FR,Lyon,F,1960", "p1,FR,Lyon,F,1961")
    counts = filled.deliver(patient=content).files[0].counts
    assert (counts.new, counts.updated, counts.unchanged) == (1, 1, 0)
    years = filled.table("patient").set_index("patient_id").birth_year
    assert years.to_dict() == {"p1": 1961, "p2": 1960, "p3": 1960}


def test_columns_that_a_file_does_not_have_keep_their_values(filled):
    columns = "patient_id,country,site,sex,index_date,consent"
    filled.deliver(patient=f"{columns}\np1,FR,Lyon,F,2024-01-01,care\n")
    patient = filled.table("patient").set_index("patient_id").loc["p1"]
    assert (patient.birth_year, patient.consent) == (1960, "care")


def test_keys_with_missing_parts_are_compared_as_they_are(filled):
    columns = "patient_id,atc,start_date,daily_dose,unit\n"
    filled.deliver(medication=columns + "p1,H02AB07,2024-02-01,,\n")
    counts = filled.deliver(medication=columns + "p1,H02AB07,2024-02-01,,mg\n").files[0].counts
    assert (counts.new, counts.updated) == (0, 1)
    assert filled.table("medication").unit.tolist() == ["mg"]


def answers(value: int, day: str = "2024-02-01") -> str:
    items = "".join(f"p1,{day},qlq-c30,q{number},{value}\n" for number in range(1, 31))
    return "patient_id,date,instrument,item,value\n" + items


def test_answers_are_scored_and_scored_again_when_they_change(filled):
    filled.deliver(answer=answers(1))
    scores = filled.table("score").set_index("scale").value
    assert (len(scores), scores["QL"], scores["PF"]) == (16, 0, 100)
    filled.deliver(answer=answers(4))
    scores = filled.table("score").set_index("scale").value
    assert (len(scores), scores["QL"], scores["PF"]) == (16, 50, 0)
    filled.deliver(answer=answers(2, "2024-03-01"))
    assert len(filled.table("score")) == 32


def test_a_source_row_tells_where_rows_came_from(filled):
    source = filled.table("source").iloc[0]
    assert (source.batch_id, source.file) == (filled.store.current_id(), "patient.csv")
    assert (source.rows_accepted, source.rows_quarantined) == (2, 0)
    assert len(source.sha256) == 64


def test_a_file_with_a_header_only_changes_nothing(filled):
    before = filled.store.current_id()
    report = filled.deliver(lab=LAB)
    assert report.snapshot is None
    assert filled.store.current_id() == before


def test_the_first_import_needs_patients(clinic):
    with pytest.raises(ImportRefused, match="patient_id: neither"):
        clinic.deliver(lab=lab("p1,2024-02-01,1742-6,30,U/L"))
    assert clinic.store.current() is None


def test_a_withdrawn_consent_stays_withdrawn_when_an_older_file_comes_again(clinic):
    before = patients("p1", "p2")
    clinic.deliver(patient=before)
    clinic.deliver(
        patient=before.replace(
            "p1,FR,Lyon,F,1960,2024-01-01,2024-12-31,,research",
            "p1,FR,Lyon,F,1960,2024-01-01,2024-12-31,,withdrawn",
        )
    )
    clinic.deliver(patient=before + "p3,FR,Lyon,F,1960,2024-01-01,2024-12-31,,research\n")
    consent = clinic.table("patient").set_index("patient_id").consent
    assert consent.to_dict() == {"p1": "withdrawn", "p2": "research", "p3": "research"}


def test_going_back_to_before_a_withdrawal_is_refused(clinic):
    clinic.deliver(patient=patients("p1"))
    clinic.deliver(patient=patients("p1").replace("research", "withdrawn"))
    with pytest.raises(WarehouseUnavailable, match="withdrawn their consent"):
        clinic.store.rollback()
    assert list(clinic.table("patient").consent) == ["withdrawn"]


def test_a_file_without_a_header_is_refused_without_repeating_its_first_line(clinic):
    with pytest.raises(ImportRefused) as refused:
        clinic.deliver(patient=patients("p1").split("\n", 1)[1])
    assert "names no column of this table" in str(refused.value)
    assert "p1" not in str(refused.value)
