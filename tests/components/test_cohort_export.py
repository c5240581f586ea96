"""The bundle of tables that a comparison is taken away as."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest

from components import cohort_tables as tables
from components.cohort_export import SUPPRESSION, bundle, csv_text, file_name
from components.cohort_tables import ExportTable
from tests.components import cohort_values as values

SIDES = values.sides("drug_class=PD1;ppi!=yes")


def unpacked(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode("utf-8") for name in archive.namelist()}


def test_the_bundle_holds_a_page_and_one_file_per_table() -> None:
    heat = tables.heat_table(values.heat_cells())
    files = unpacked(bundle(SIDES, [heat, tables.attrition_table(SIDES.a, SIDES.b)]))
    assert sorted(files) == ["README.txt", "attrition.csv", "incidence_one_year.csv"]


def test_the_page_says_filters_n_dates_and_what_was_suppressed() -> None:
    page = unpacked(bundle(SIDES, [tables.heat_table(values.heat_cells())]))["README.txt"]
    for words in (
        "drug_class=PD1;ppi!=yes",
        "Cohort A: n 1\N{NARROW NO-BREAK SPACE}240",
        "Cohort B: n 310",
        "Time counts from the first dose",
        "Data to: 30 Sep 2026",
        "Snapshot: 20261101-1",
        SUPPRESSION,
        "Kaplan-Meier, Greenwood's variance, log-log",
        "not a medical device",
        "- incidence_one_year.csv: 27 rows",
    ):
        assert words in page


def test_what_was_refused_or_is_empty_is_named_with_the_reason() -> None:
    nothing = ExportTable("countries", ("country",), ())
    files = unpacked(bundle(SIDES, [nothing], {"adjusted": "Some patients are in both cohorts."}))
    assert list(files) == ["README.txt"]
    assert "- adjusted: Some patients are in both cohorts." in files["README.txt"]
    assert "- countries: nothing could be given" in files["README.txt"]


def test_a_held_number_is_an_empty_cell() -> None:
    text = csv_text(tables.heat_table(values.heat_cells()))
    rows = list(csv.DictReader(io.StringIO(text)))
    (held,) = [row for row in rows if row["organ"] == "renal" and row["grade_at_least"] == "3"]
    assert held["a"] == ""
    assert float(held["b"]) > 0


@pytest.mark.parametrize("text", ["=1+1", "+A1", "-A1", "@SUM(A1)", "\t=1", " =1", "＝1"])
def test_text_that_a_spreadsheet_would_run_is_marked(text: str) -> None:
    table = ExportTable("t", ("what", "value"), ((text, -0.25),))
    ((what, value),) = list(csv.reader(io.StringIO(csv_text(table), newline="")))[1:]
    assert what == f"'{text}"
    assert value == "-0.25"


def test_numbers_keep_their_digits() -> None:
    found = values.incidence()
    curves, summary = tables.incidence_tables(found)
    rows = list(csv.DictReader(io.StringIO(csv_text(curves))))
    assert len(rows) == sum(len(curve.points) for curve in found.curves)
    assert float(rows[5]["estimate"]) == pytest.approx(found.curves[0].points[5].estimate)
    assert [row[0] for row in summary.rows] == ["Gray p", "A - B", "A - B", "A - B"]


def test_every_row_has_a_cell_for_every_heading() -> None:
    every = [
        tables.attrition_table(SIDES.a, SIDES.b),
        tables.characteristics_table(values.characteristics()),
        *tables.survival_tables(values.survival()),
        *tables.incidence_tables(values.incidence()),
        tables.heat_table(values.heat_cells()),
        *tables.quality_tables(values.quality()),
        tables.risk_table(values.predicted_risk()),
        *tables.adjusted_tables(values.adjusted()),
        tables.countries_table(values.facets()),
        *tables.country_tables({"ES": [tables.heat_table(values.heat_cells())]}),
    ]
    for table in every:
        assert table.rows
        assert {len(row) for row in table.rows} == {len(table.columns)}


def test_no_adjusted_view_is_no_table() -> None:
    assert tables.adjusted_tables(values.adjusted(note="Too few patients.")) == []


def test_the_same_comparison_gives_the_same_bytes() -> None:
    table = tables.heat_table(values.heat_cells())
    assert bundle(SIDES, [table]) == bundle(SIDES, [table])


def test_the_file_is_named_after_the_snapshot() -> None:
    assert file_name(SIDES) == "cohorts-20261101-1.zip"
    assert file_name(values.sides(snapshot="../x")) == "cohorts-x.zip"
