import io
from pathlib import Path

import pandas as pd
import pytest
from click.testing import Result
from flask import Flask

from app import create_app
from data_access.settings import Settings
from models.qol.qlq_c30 import ITEMS, SCALE_CODES

VECTORS = Path(__file__).parents[1] / "data" / "qlqc30_test_vectors.csv"


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return create_app(Settings(var=tmp_path))


def score(app: Flask, file: Path, instrument: str = "qlq-c30", *options: str) -> Result:
    arguments = ["qol", "score", "--instrument", instrument, *options, str(file)]
    return app.test_cli_runner().invoke(args=arguments)


def forms(tmp_path: Path, **cells: str) -> Path:
    row = {"patient": "0012", **dict.fromkeys(ITEMS, "1"), **cells}
    file = tmp_path / "forms.csv"
    file.write_text(",".join(row) + "\n" + ",".join(row.values()) + "\n", encoding="utf-8-sig")
    return file


def test_scales_come_out_after_the_other_columns(app: Flask) -> None:
    done = score(app, VECTORS)
    assert done.exit_code == 0
    scored, expected = pd.read_csv(io.StringIO(done.stdout)), pd.read_csv(VECTORS)
    assert list(scored) == ["name", "source", "verified", *SCALE_CODES]
    pd.testing.assert_frame_equal(scored[list(SCALE_CODES)], expected[list(SCALE_CODES)], atol=2e-4)


def test_an_identifier_is_passed_through_as_it_was(app: Flask, tmp_path: Path) -> None:
    assert score(app, forms(tmp_path)).stdout.splitlines()[1].startswith("0012,0.0,100.0,")


def test_no_formula_is_passed_through_and_numbers_stay(app: Flask, tmp_path: Path) -> None:
    cells = {"patient": "=1+1", "@note": "\tx", "weight": "-3.5", "'=old": "'=1"}
    header, row = score(app, forms(tmp_path, **cells)).stdout.splitlines()
    assert header.startswith("patient,'@note,weight,'=old,QL,")
    assert row.startswith("'=1+1,'\tx,-3.5,'=1,0.0,100.0,")


def test_items_alone_are_scored(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "forms.csv"
    file.write_text(",".join(ITEMS) + "\n" + ",".join("1" for _ in ITEMS) + "\n")
    assert score(app, file).stdout.startswith("QL,PF,RF,")


def test_empty_cells_are_missing_answers(app: Flask, tmp_path: Path) -> None:
    scored = pd.read_csv(io.StringIO(score(app, forms(tmp_path, q8="")).stdout))
    assert scored[["DY", "SUM"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"q3": "5"}, "form 1, q3: the answer code is not one of 1 to 4"),
        ({"q30": "8"}, "form 1, q30: the answer code is not one of 1 to 7"),
        ({"q7": "a lot"}, "form 1, q7: the answer is not a number"),
    ],
)
def test_a_wrong_answer_is_named_and_nothing_is_written(
    app: Flask, tmp_path: Path, cells: dict[str, str], words: str
) -> None:
    done = score(app, forms(tmp_path, **cells))
    assert done.exit_code == 1
    assert done.stdout == ""
    assert words in done.stderr


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"patient,q1\n1,2\n", "lacks the columns q2, q3"),
        (b"patient\n\xff\xfe\n", "is not UTF-8 text"),
        (b"", "is not a table"),
        (b'a,b\n1,2,3,4\n"', "is not a table"),
    ],
)
def test_a_file_that_cannot_be_scored_is_one_sentence(
    app: Flask, tmp_path: Path, content: bytes, words: str
) -> None:
    file = tmp_path / "forms.csv"
    file.write_bytes(content)
    done = score(app, file)
    assert done.exit_code == 1
    assert words in done.stderr


def test_a_missing_file_is_wrong_usage(app: Flask, tmp_path: Path) -> None:
    assert score(app, tmp_path / "nothing.csv").exit_code == 2


def eq5d(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "eq5d.csv"
    file.write_text(text)
    return file


def test_an_index_by_the_country_of_each_form(app: Flask, tmp_path: Path) -> None:
    """55555 in France and Spain, as published (Andrade 2020, Ramos-Goni 2018)."""
    file = eq5d(tmp_path, "id,country,mo,sc,ua,pd,ad,vas\na,FR,5,5,5,5,5,40\nb,es,5,5,5,5,5,\n")
    done = score(app, file, "eq-5d-5l")
    assert done.exit_code == 0, done.output
    assert done.stdout == "id,country,vas,index\na,FR,40,-0.525\nb,es,,-0.416\n"


def test_an_index_by_one_country_for_all(app: Flask, tmp_path: Path) -> None:
    file = eq5d(tmp_path, "mo,sc,ua,pd,ad\n1,1,1,1,1\n2,1,1,1,1\n2,1,1,1,\n")
    done = score(app, file, "eq-5d-5l", "--country", "nl")
    assert done.stdout == 'index\n1.0\n0.918\n""\n'


@pytest.mark.parametrize(
    ("text", "options", "code", "sentence"),
    [
        ("mo,sc,ua,pd,ad\n1,1,1,1,1\n", (), 2, "no column country"),
        ("mo,sc,ua,pd,ad\n1,1,1,1,1\n", ("--country", "XX"), 1, "no value set"),
        ("country,mo,sc,ua,pd,ad\n,1,1,1,1,1\n", (), 1, "form 1, country: there is no"),
        ("mo,sc,ua,pd,ad\n1,6,1,1,1\n", ("--country", "ES"), 1, "form 1, sc: the level is not"),
        ("mo,sc,ua,pd,ad\n1,1,2.5,1,1\n", ("--country", "ES"), 1, "form 1, ua"),
        ("mo,sc,ua,pd\n1,1,1,1\n", ("--country", "ES"), 1, "lacks the columns ad"),
        ("mo,sc,ua,pd,ad,vas\n1,1,1,1,1,101\n", ("--country", "ES"), 1, "form 1, vas"),
        ("mo,sc,ua,pd,ad\n1,1,1,x,1\n", ("--country", "ES"), 1, "form 1, pd: the answer is not"),
    ],
)
def test_what_cannot_be_an_index_is_one_sentence(
    app: Flask, tmp_path: Path, text: str, options: tuple[str, ...], code: int, sentence: str
) -> None:
    done = score(app, eq5d(tmp_path, text), "eq-5d-5l", *options)
    assert done.exit_code == code
    assert sentence in done.stderr
    assert done.stdout == ""


def test_a_country_goes_with_a_value_set_only(app: Flask) -> None:
    done = score(app, VECTORS, "qlq-c30", "--country", "ES")
    assert done.exit_code == 2
    assert "goes with eq-5d-5l" in done.stderr
