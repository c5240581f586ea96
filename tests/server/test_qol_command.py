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


def score(app: Flask, file: Path) -> Result:
    arguments = ["qol", "score", "--instrument", "qlq-c30", str(file)]
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
