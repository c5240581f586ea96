"""Whatever a file holds: it is imported or refused in words, and never half taken over."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_access.errors import RecordsError
from data_access.importers import csv_folder
from data_access.importers.csv_folder import ImportReport
from data_access.importers.rules import checked_cells
from models.schema import IMPORTED, TABLES
from tests.data_access.importers.conftest import NOW, Clinic, patients

_CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "p1",
            "p2",
            "FR",
            "2024-02-01",
            "2024-02-30",
            "1742-6",
            "U/L",
            "30",
            "1e308",
            "-0",
            "inf",
            "NaN",
            "qlq-c30",
            "q1",
            "skin",
            "true",
            '"',
            "''; DROP TABLE patient; --",
            "\u202e",
            "=1+1",
            "'=1+1",
            "9" * 400,
        ]
    ),
)


def quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


@st.composite
def files(draw: st.DrawFn) -> tuple[str, bytes]:
    """A table name and content: mostly CSV with odd cells, sometimes any bytes."""
    name = draw(st.sampled_from(IMPORTED))
    if draw(st.integers(0, 9)) == 0:
        return name, draw(st.binary(max_size=200))
    table = TABLES[name]
    required = [column.name for column in table.columns if column.required]
    others = [column for column in table.names if column not in required]
    columns = required + draw(
        st.lists(st.sampled_from(others), unique=True) if others else st.just([])
    )
    width = len(columns) + draw(st.sampled_from([0, 0, 0, 0, 1, -1]))
    rows = draw(st.lists(st.lists(_CELLS, min_size=width, max_size=width), max_size=8))
    write = draw(st.sampled_from([quoted, str]))
    lines = [",".join(columns), *(",".join(map(write, row)) for row in rows)]
    ending = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    return name, ending.join(lines).encode("utf-8", errors="replace")


@pytest.fixture(autouse=True)
def without_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_folder, "derive", lambda *_: None)
    monkeypatch.setattr(csv_folder, "stand", lambda *_: None)


@pytest.fixture(scope="module")
def two_patients(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse to start every example from."""
    root = tmp_path_factory.mktemp("two")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_folder, "derive", lambda *_: None)
        patch.setattr(csv_folder, "stand", lambda *_: None)
        Clinic(root).deliver(patient=patients("p1", "p2"))
    return root


@given(file=files(), share=st.sampled_from([0.05, 1.0]))
@settings(deadline=None, max_examples=30)
def test_any_file_is_imported_or_refused_in_words(two_patients, file, share):
    name, content = file
    with tempfile.TemporaryDirectory() as root, pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_folder, "MOST_BAD", share)
        shutil.copytree(two_patients, root, dirs_exist_ok=True)
        clinic = Clinic(Path(root))
        before = clinic.store.current_id()
        try:
            report = clinic.deliver(**{name: content})
        except RecordsError:
            report = ImportReport(None, (), (), None)
        assert clinic.store.current_id() == (report.snapshot or before)
        for counts in (file.counts for file in report.files):
            decided = counts.new + counts.updated + counts.unchanged
            decided += counts.repeated + counts.quarantined
            assert counts.rows == decided
            assert not counts.quarantined or clinic.set_aside(name)
        assert not list(clinic.store.folder.glob("*.building*"))


@pytest.mark.parametrize("name", IMPORTED)
def test_a_refused_row_of_every_table_has_a_reason(clinic, name):
    table = TABLES[name]
    header = ",".join(table.names)
    good = clinic.deliver(patient=patients("p1")).snapshot
    content = f"{header}\n" + ",".join(["\x07"] * len(table.names)) + "\n"
    with pytest.raises(RecordsError, match="1 of 1 rows are bad"):
        clinic.deliver(**{name: content})
    assert clinic.store.current_id() == good
    (line,) = clinic.set_aside(name)
    for column in table.columns:
        if column.required and not (name == "lab" and column.name == "unit"):
            assert f"{column.name}: not " in line


def test_the_rules_are_expressions_that_touch_no_database():
    import ibis

    raw = ibis.table(
        {"file_line": "int64", "malformed": "string", "patient_id": "string"}, name="raw"
    )
    rows = checked_cells(raw, TABLES["response"], ("patient_id",), NOW.date())
    assert rows.columns == ("file_line", *TABLES["response"].names, "converted", "reason")
