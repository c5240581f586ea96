"""The tables: reproducible, in the schema, consistent in time, different by country."""

from __future__ import annotations

import re

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from data_access.synthetic import BLOCK, chunks, generate
from data_access.synthetic.pseudonyms import pseudonyms
from models.columns import Table
from models.laboratory import LABS
from models.schema import IMPORTED, TABLES


def _rows(warehouse, sql):
    return warehouse.execute(sql).fetchall()


def _one(warehouse, sql):
    return _rows(warehouse, sql)[0][0]


def test_the_same_seed_gives_the_same_tables():
    first, again, other = generate(200, 5), generate(200, 5), generate(200, 6)
    for name in IMPORTED:
        assert first.tables[name].equals(again.tables[name]), name
    assert not first.tables["patient"].equals(other.tables["patient"])


def test_chunks_hold_the_people_of_the_whole():
    whole = generate(BLOCK + 50, 3)
    parts = list(chunks(BLOCK + 50, 3))
    assert [part.tables["patient"].num_rows for part in parts] == [BLOCK, 50]
    for name in ("patient", "lab", "score"):
        joined = pa.concat_tables(part.tables[name] for part in parts)
        assert whole.tables[name].equals(joined), name


def test_a_later_start_gives_other_people():
    assert set(generate(300, 3).patient_ids).isdisjoint(generate(300, 3, first=300).patient_ids)


@pytest.mark.parametrize("name", IMPORTED)
def test_tables_have_the_columns_and_types_of_the_schema(cohort, name):
    assert ibis.Schema.from_pyarrow(cohort.tables[name].schema) == TABLES[name].schema


@pytest.mark.parametrize("table", [TABLES[name] for name in IMPORTED], ids=lambda table: table.name)
def test_values_are_those_the_schema_admits(cohort, table: Table):
    for column in table.columns:
        found = cohort.tables[table.name][column.name]
        assert not (column.required and found.null_count), column.name
        if column.allowed or column.pattern:
            words = [word for word in found.unique().to_pylist() if word is not None]
            assert set(words) <= set(column.allowed or words), column.name
            assert all(re.fullmatch(column.pattern or ".*", word) for word in words), column.name
        if column.minimum is not None or column.maximum is not None:
            limits = pc.min_max(found).as_py()
            assert limits["min"] >= (column.minimum or -np.inf), column.name
            assert limits["max"] <= (column.maximum or np.inf), column.name


@pytest.mark.parametrize("table", [TABLES[name] for name in IMPORTED], ids=lambda table: table.name)
def test_no_row_is_there_twice(warehouse, table: Table):
    rows = warehouse.table(table.name)
    distinct = rows.project(", ".join(table.key)).distinct()
    assert distinct.count("*").fetchall() == rows.count("*").fetchall()


@pytest.mark.parametrize(
    ("table", "day"),
    [
        (table.name, column.name)
        for table in (TABLES[name] for name in IMPORTED if name != "patient")
        for column in table.columns
        if column.kind == "date"
    ],
)
def test_nothing_happens_after_the_last_contact(warehouse, table, day):
    last = warehouse.table("patient").project("patient_id, end_date AS last")
    late = warehouse.table(table).join(last, "patient_id").filter(f"{day} > last")
    assert late.count("*").fetchall() == [(0,)]


def test_observation_ends_with_death_and_by_the_data_cut(warehouse):
    assert _one(warehouse, "SELECT count(*) FROM patient WHERE end_date < index_date") == 0
    assert _one(warehouse, "SELECT count(*) FROM patient WHERE death_date <> end_date") == 0
    latest = _one(warehouse, "SELECT max(end_date)::VARCHAR FROM patient")
    assert latest == "2026-09-30"


def test_units_and_values_of_laboratory_results_are_known_and_plausible(warehouse):
    for loinc, unit, low, high in _rows(
        warehouse, "SELECT loinc, unit, min(value), max(value) FROM lab GROUP BY ALL"
    ):
        assert LABS[loinc].unit == unit
        assert LABS[loinc].plausible[0] <= low <= high <= LABS[loinc].plausible[1]


def test_countries_differ_in_age_cancers_and_regimens(warehouse):
    mix = _rows(
        warehouse,
        """SELECT country, avg(year(index_date) - birth_year), avg((icd10 = 'C43')::INT),
                  avg((drug_class = 'PD1_CTLA4')::INT)
           FROM patient JOIN treatment USING (patient_id) JOIN diagnosis d USING (patient_id)
           WHERE d.kind = 'primary' GROUP BY country""",
    )
    age, melanoma, combination = ({row[0]: row[place] for row in mix} for place in (1, 2, 3))
    assert set(age) == {"FR", "ES", "PT", "NL"}
    assert age["PT"] > age["NL"] + 2
    assert melanoma["NL"] > 1.5 * melanoma["ES"]
    assert combination["NL"] > 1.5 * combination["PT"]


def test_sites_differ_in_what_they_record(warehouse):
    per_person = dict(
        _rows(
            warehouse,
            """SELECT site, sum((loinc = '67151-1')::INT) / count(DISTINCT patient_id)
               FROM lab JOIN patient USING (patient_id) GROUP BY site""",
        )
    )
    assert per_person["Utrecht"] > 1.5 * per_person["Sevilla"]


def test_consent_is_mostly_for_research_and_rarely_withdrawn(warehouse):
    share = dict(_rows(warehouse, "SELECT consent, count(*) / 6000 FROM patient GROUP BY 1"))
    assert share["research"] > 0.85
    assert 0.003 < share["withdrawn"] < 0.02


def test_no_table_holds_the_frailty_or_the_truth(cohort):
    names = {name for table in cohort.tables.values() for name in table.column_names}
    known = {column for name in IMPORTED for column in TABLES[name].names}
    assert names == known
    words = set(cohort.tables["biomarker"]["name"].unique().to_pylist())
    assert words == {"ecog", "tmb", "pdl1_tps", "msi"}


def test_regimens_name_dose_and_chemotherapy(warehouse):
    combinations = _rows(
        warehouse, "SELECT DISTINCT regimen FROM treatment WHERE drug_class LIKE '%CTLA4'"
    )
    assert all("mg/kg" in regimen for (regimen,) in combinations)
    platinum = _rows(warehouse, "SELECT DISTINCT regimen FROM treatment WHERE atc LIKE '%L01XA%'")
    assert platinum
    assert all("chemotherapy" in regimen for (regimen,) in platinum)


def test_pseudonyms_are_unique_and_say_only_the_country():
    codes = pseudonyms(0, np.zeros(50_000, dtype=np.int64), 1)
    assert len(set(codes)) == 50_000
    assert all(code.startswith("FR-") and len(code) == 8 for code in codes)
    assert codes[:100] != sorted(codes[:100])
    with pytest.raises(ValueError, match="pseudonyms"):
        pseudonyms(32**5, np.zeros(1, dtype=np.int64), 1)
