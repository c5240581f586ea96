from __future__ import annotations

import tracemalloc

import pytest

from data_access.errors import ImportRefused
from data_access.importers.files import read_folder, read_rows
from models.schema import TABLES
from tests.data_access.importers.conftest import PATIENT_COLUMNS, patients

LAB = "patient_id,date,loinc,value,unit\n"


@pytest.fixture
def folder(tmp_path):
    return tmp_path


def refusal(folder, **files: str | bytes) -> str:
    for name, content in files.items():
        text = content if isinstance(content, bytes) else content.encode()
        (folder / f"{name}.csv").write_bytes(text)
    with pytest.raises(ImportRefused) as refused:
        read_folder(folder)
    return str(refused.value)


def rows_of(folder, content: str | bytes):
    text = content if isinstance(content, bytes) else content.encode()
    (folder / "lab.csv").write_bytes(text)
    (file,) = read_folder(folder)
    return list(read_rows(file))


def test_a_missing_or_empty_folder_is_said(folder):
    assert "There is no CSV file" in refusal(folder)
    with pytest.raises(ImportRefused, match="There is no folder nowhere"):
        read_folder(folder / "nowhere")


def test_an_unknown_file_is_named_and_other_kinds_of_files_are_left_alone(folder):
    (folder / "README.md").write_text("About these data")
    assert refusal(folder, patients="a\n").startswith("patients.csv is not the name of a table")


def test_files_come_in_the_order_of_the_tables_whatever_their_case(folder):
    (folder / "lab.csv").write_text(LAB)
    (folder / "Patient.CSV").write_text(patients("p1"))
    assert [file.table.name for file in read_folder(folder)] == ["patient", "lab"]


def test_two_files_of_one_table_are_refused_in_one_sentence(folder):
    for name in ("Patient.CSV", "patient.csv"):
        (folder / name).write_text(patients("p1"))
    with pytest.raises(ImportRefused) as refused:
        read_folder(folder)
    assert (
        str(refused.value) == "Patient.CSV and patient.csv are files of the same table: keep one."
    )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "lab.csv is empty: the first line must name the columns."),
        ("\n\n", "lab.csv is empty"),
        ("patient_id;date;loinc;value;unit\n", "lab.csv is separated by semicolons"),
        ("patient_id\tdate\tloinc\tvalue\tunit\n", "lab.csv is separated by tabs"),
        ("patient_id,date,loinc,value,unit,mood,\n", "unknown columns: mood, (no name)"),
        ("patient_id,date,value\n", "lab.csv lacks required columns: loinc, unit."),
        ("patient_id,date,loinc,value,unit,unit\n", "lab.csv has columns twice: unit."),
        ('"patient_id,date\n', "the first line is not a CSV header"),
        (LAB + "p1,2024-01-01,1742-6,30,\udcff", "lab.csv is not UTF-8 text in line 2"),
        (LAB.encode("utf-16"), "lab.csv is not a text file"),
        (LAB + "p1\0", "lab.csv is not a text file"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_one_sentence(folder, content, sentence):
    if isinstance(content, str):
        content = content.encode(errors="surrogateescape")
    assert sentence in refusal(folder, lab=content)


@pytest.mark.parametrize(
    "column", ["name", "Surname", "e-mail", "PHONE", "ssn", "NIR", "dni", "bsn", "date_of_birth"]
)
def test_columns_that_may_identify_a_person_are_refused(folder, column):
    words = refusal(folder, patient=f"{PATIENT_COLUMNS},{column}\n")
    assert f"may identify a person ({column})" in words


def test_every_unreadable_file_gets_its_own_line(folder):
    words = refusal(folder, patient="", lab="a\n", unknown="a\n")
    assert len(words.splitlines()) == 3


def test_a_bad_byte_far_into_a_large_file_is_found_with_its_line(folder):
    line = b"p1,2024-01-01,1742-6,30,U/L\n"
    content = LAB.encode() + line * 100_000 + b"\xe9\n" + line
    assert "not UTF-8 text in line 100002" in refusal(folder, lab=content)


def test_lines_are_those_of_the_file_with_quoted_newlines_blank_lines_and_a_mark(folder):
    content = f'\ufeff{LAB}"p1","2024\n-01-01",a,1,b\n\np2,2024-01-01,c,2,d\r\n'
    (rows,) = rows_of(folder, content)
    assert rows.lines == [2, 5]
    assert rows.values[0] == ["p1", "2024\n-01-01", "a", "1", "b"]
    assert rows.malformed == [None, None]


def test_ragged_rows_are_kept_with_what_is_wrong(folder):
    (rows,) = rows_of(folder, LAB + "p1,2024-01-01\np1,2024-01-01,c,2,d,e\n")
    assert rows.malformed == [
        "2 values where the header has 5",
        "6 values where the header has 5",
    ]
    assert rows.values == [["p1", "2024-01-01", "", "", ""], ["p1", "2024-01-01", "c", "2", "d"]]


def test_rows_come_in_portions_with_the_share_that_was_read(folder):
    portions = rows_of(folder, LAB + "p1,2024-01-01,1742-6,30,U/L\n" * 45_000)
    assert [len(rows.values) for rows in portions] == [20_000, 20_000, 5_000]
    assert portions[-1].lines[-1] == 45_001
    assert 0 < portions[0].share < portions[1].share <= portions[2].share == 1


def test_a_quote_that_is_never_closed_is_refused_with_its_line(folder):
    with pytest.raises(ImportRefused, match="is not CSV from line 3 on"):
        rows_of(folder, LAB + 'p1,2024-01-01,1742-6,30,U/L\np1,"2024\n')


@pytest.mark.parametrize("more", [",", ",a", ",unknown_column"])
def test_a_very_wide_header_is_refused_in_one_short_sentence(folder, more):
    words = refusal(folder, lab=LAB.strip() + more * 10_000 + "\n")
    assert len(words.splitlines()) == 1
    assert len(words) < 500
    assert words.startswith("lab.csv")


def giant(folder, text: str, times: int) -> tuple[str, int]:
    """Words of the refusal of a file that repeats a text, and how much of it was held at once."""
    with (folder / "lab.csv").open("w") as lab:
        lab.write(LAB + "p1,2024-01-01,1742-6,30,U/L\n" + 'p2,2024-01-01,"')
        lab.writelines(text for _ in range(times))
    (file,) = read_folder(folder)
    tracemalloc.start()
    try:
        with pytest.raises(ImportRefused) as refused:
            list(read_rows(file))
        return str(refused.value), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("text", ["x" * 1000, "x" * 1000 + "\n", 'x\n","'])
def test_a_gigantic_row_is_refused_before_it_is_read(folder, text):
    words, held = giant(folder, text, 20_000_000 // len(text))
    assert words.startswith("lab.csv: the row in line 3 has more than 65,536 characters")
    assert held < 4_000_000


def test_long_rows_come_in_small_portions(folder):
    row = "p1,2024-01-01,1742-6,30," + "U" * 60_000 + "\n"
    portions = rows_of(folder, LAB + row * 600)
    assert sum(len(rows.values) for rows in portions) == 600
    assert max(len(rows.values) for rows in portions) < 300


def test_marks_of_formulas_are_taken_off_and_other_apostrophes_stay(folder):
    (rows,) = rows_of(folder, LAB + "p1,'=1+1,O'Brien,'-3.5,'\n")
    assert rows.values == [["p1", "=1+1", "O'Brien", "'-3.5", "'"]]


def test_file_line_and_reason_of_a_quarantine_file_are_left_out(folder):
    header = LAB.strip() + ",file,line,reason\n"
    (rows,) = rows_of(folder, header + "p1,2024-01-01,c,2,d,lab.csv,7,unit\np1,2024-01-01,c,2,d\n")
    assert rows.values == [["p1", "2024-01-01", "c", "2", "d"]] * 2
    assert rows.malformed == [None, "5 values where the header has 8"]


def test_the_known_columns_are_those_of_the_schema(folder):
    words = refusal(folder, lab="patient_id,colour\n")
    assert ", ".join(TABLES["lab"].names) in words
