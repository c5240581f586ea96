import csv
import io
import os
import re
from pathlib import Path

import pandas as pd
import pytest
from click.testing import Result
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from app import create_app
from data_access import form_files
from data_access.settings import Settings
from models.qol.instruments import CHECK_IN, FACT_G, QLQ_C30

ITEMS, SCALE_CODES = QLQ_C30.item_codes, QLQ_C30.scale_codes
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


# Any file, any questionnaire


def raw(tmp_path: Path, content: bytes) -> Path:
    file = tmp_path / "forms.csv"
    file.write_bytes(content)
    return file


HEADER = ",".join(ITEMS)
ONES = ",".join("1" for _ in ITEMS)


def test_the_order_of_the_columns_does_not_matter(app: Flask, tmp_path: Path) -> None:
    scored = score(app, VECTORS).stdout
    frame = pd.read_csv(VECTORS, dtype=str, keep_default_na=False)
    frame[["name", "source", "verified", *reversed(ITEMS)]].to_csv(
        tmp_path / "other.csv", index=False
    )
    assert score(app, tmp_path / "other.csv").stdout == scored


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_endings_marks_of_order_and_blank_lines_do_not_matter(
    app: Flask, tmp_path: Path, ending: str
) -> None:
    text = "\ufeff\n" + f"id,{HEADER}\n\na,{ONES}\n\n\nb,{ONES}"
    done = score(app, raw(tmp_path, text.replace("\n", ending).encode()))
    lines = done.stdout.splitlines()
    assert [line.split(",")[0] for line in lines] == ["id", "a", "b"]
    assert lines[1].endswith(",0.0,100.0,100.0,100.0,100.0,100.0" + ",0.0" * 9 + ",100.0")


def test_cells_with_commas_quotes_and_line_breaks_come_through(app: Flask, tmp_path: Path) -> None:
    odd = 'Léa, "said"\r\nthen, left'
    text = f'"a ""note""",{HEADER}\n"{odd.replace(chr(34), chr(34) * 2)}",{ONES}\n plain ,{ONES}\n'
    done = score(app, raw(tmp_path, text.encode()))
    rows = list(csv.reader(io.StringIO(done.stdout_bytes.decode(), newline="")))
    assert [row[0] for row in rows] == ['a "note"', odd, " plain "]
    assert {len(row) for row in rows} == {17}


def test_blanks_around_names_and_numbers_do_not_matter(app: Flask, tmp_path: Path) -> None:
    text = ", ".join(ITEMS) + "\n" + ",".join(" 1 " for _ in ITEMS) + "\n"
    assert score(app, raw(tmp_path, text.encode())).stdout.splitlines()[1].startswith("0.0,100.0")


@pytest.mark.parametrize("cell", ["1.0", "1.", "+1", "01", "1e0", "10E-1"])
def test_a_number_may_be_written_in_many_ways(app: Flask, tmp_path: Path, cell: str) -> None:
    assert score(app, forms(tmp_path, q1=cell)).stdout == score(app, forms(tmp_path)).stdout


@pytest.mark.parametrize(
    "cell", ["nan", "NaN", "NA", "null", "None", "inf", "-inf", "1_0", "0x1", "true", "１", '"1,5"']
)
def test_a_word_is_no_answer(app: Flask, tmp_path: Path, cell: str) -> None:
    done = score(app, forms(tmp_path, q7=cell))
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == (
        "Error: forms.csv, form 1, q7: the answer is not a number; leave unanswered items empty.\n"
    )


@pytest.mark.parametrize("cell", ["1e400", "-1e400", "1e300", "9" * 400, "1.5", "0", "-1"])
def test_a_number_that_is_no_answer_is_refused(app: Flask, tmp_path: Path, cell: str) -> None:
    done = score(app, forms(tmp_path, q7=cell))
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == (
        "Error: forms.csv: QLQ-C30 form 1, q7: the answer code is not one of 1 to 4.\n"
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (f"{HEADER}\n{ONES},1\n", "form 1 has 31 cells where the header has 30"),
        (f"{HEADER}\n{ONES}\n1,2\n", "has 2 cells where the header has 30"),
        (f'id,{HEADER}\na,{ONES}\n"b,{ONES}\n', "a quote is not closed"),
        (f'{HEADER},note\n{ONES},a\n{ONES},"b\n', "a quote is not closed"),
        (f'"{HEADER}\n{ONES}\n', "is not a table"),
        (f"{HEADER},q1\n{ONES},1\n", "has columns twice: q1"),
        (f"{HEADER}\n".replace(",", ";"), "is separated by semicolons: save it with commas"),
        (f"{HEADER}\n{ONES}\n\0", "is not a text file"),
        ("," * 70_000 + "\n", "is not a table"),
        (",".join(f"c{n}" for n in range(1_000_000)) + "\n", "is not a table"),
        (f'{HEADER},note\n{ONES},"{"x" * (3 << 19)}"\n', "a row is longer than 1 MiB"),
        ("\n\n\n", "is not a table"),
    ],
)
def test_what_is_no_table_of_forms_is_one_sentence(
    app: Flask, tmp_path: Path, content: str, words: str
) -> None:
    done = score(app, raw(tmp_path, content.encode()))
    assert (done.exit_code, done.stdout) == (1, "")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("content", [os.urandom(4096), b"\x80" * 10, HEADER.encode("utf-16")])
def test_a_file_that_is_no_text_is_one_sentence(app: Flask, tmp_path: Path, content: bytes) -> None:
    done = score(app, raw(tmp_path, content))
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (1, "", 1)


@settings(max_examples=60, deadline=None)
@given(content=st.one_of(st.binary(max_size=300), st.text(f'{ITEMS[0]}1,"\n\r ', max_size=200)))
def test_any_rest_of_a_file_is_scored_or_refused_in_words(tmp_path_factory, content) -> None:
    rest = content if isinstance(content, bytes) else content.encode()
    place = tmp_path_factory.mktemp("any")
    done = score(
        create_app(Settings(var=place)), raw(place, f"id,{HEADER}\na,{ONES}\n".encode() + rest)
    )
    assert done.exit_code in (0, 1)
    if done.exit_code:
        assert (done.stdout, done.stderr.count("\n")) == ("", 1)


def test_a_file_of_several_batches_counts_its_forms_through(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(form_files, "LARGEST_ROW", 1 << 12)
    lines = [f"p{n},{ONES}" for n in range(2000)]
    file = raw(tmp_path, "\n".join([f"id,{HEADER}", *lines]).encode())
    scored = score(app, file).stdout.splitlines()
    assert [line.split(",")[0] for line in scored] == ["id", *(f"p{n}" for n in range(2000))]
    lines[1500] = lines[1500].replace(",1", ",9", 1)
    done = score(app, raw(tmp_path, "\n".join([f"id,{HEADER}", *lines]).encode()))
    assert (done.exit_code, done.stdout) == (1, "")
    assert "form 1501, q1: the answer code is not" in done.stderr
    lines[1500] = f"p1500,x{ONES[1:]}"
    assert "form 1501, q1: the answer is not a number" in (
        score(app, raw(tmp_path, "\n".join([f"id,{HEADER}", *lines]).encode())).stderr
    )


def test_a_header_alone_gives_a_header_alone(app: Flask, tmp_path: Path) -> None:
    assert score(app, raw(tmp_path, f"id,{HEADER}".encode())).stdout == (
        "id," + ",".join(SCALE_CODES) + "\n"
    )


def test_a_folder_is_wrong_usage(app: Flask, tmp_path: Path) -> None:
    assert score(app, tmp_path).exit_code == 2


def test_an_unknown_questionnaire_is_wrong_usage_and_the_known_ones_are_named(app: Flask) -> None:
    done = score(app, VECTORS, "qlq-c31")
    assert done.exit_code == 2
    assert "there are qlq-c30, qlq-short, eq-5d-5l, fact-g, check-in." in done.stderr


def test_fact_g_is_scored(app: Flask, tmp_path: Path) -> None:
    """Every answer 2: half of each range; without five items the total still stands."""
    codes = FACT_G.item_codes
    some = ["" if code in ("gp1", "gs1", "ge1", "gf1", "gf2") else "2" for code in codes]
    text = f"id,{','.join(codes)}\na,{','.join('2' for _ in codes)}\nb,{','.join(some)}\n"
    done = score(app, raw(tmp_path, text.encode()), "fact-g")
    assert done.stdout == (
        "id,PWB,SWB,EWB,FWB,TOTAL\na,14.0,14.0,12.0,14.0,54.0\nb,14.0,14.0,12.0,14.0,54.0\n"
    )


def test_answers_that_are_scales_by_themselves_are_passed_through(
    app: Flask, tmp_path: Path
) -> None:
    codes = CHECK_IN.item_codes
    text = f"id,{','.join(codes)}\na,{','.join('1' for _ in codes)}\n"
    done = score(app, raw(tmp_path, text.encode()), "check-in")
    assert done.stdout == f"id,{','.join(codes)},BURDEN\na,{','.join('1' for _ in codes)},25.0\n"
    wrong = score(app, raw(tmp_path, text.replace("1,1\n", "1,5\n").encode()), "check-in")
    assert "form 1, overall: the answer code is not one of 0 to 4" in wrong.stderr


def site(tmp_path: Path) -> Flask:
    folder = tmp_path / "instruments"
    folder.mkdir()
    (folder / "own.toml").write_text(
        'name="own"\ntitle="Own"\nversion="1"\nlicence="free"\nsource="us"\n'
        '[[items]]\ncode="a"\ntopic="a"\nlow=0\nhigh=10\n'
        '[[scales]]\ncode="A"\nlabel="a"\nrule="mean"\nhigher_is_better=true\nitems=["a"]\n'
        "least_answered=1\n"
    )
    return create_app(Settings(var=tmp_path))


def test_a_questionnaire_of_the_site_is_scored_and_listed(tmp_path: Path) -> None:
    app = site(tmp_path)
    assert score(app, raw(tmp_path, b"a\n7\n"), "own").stdout == "A\n70.0\n"
    listed = app.test_cli_runner().invoke(args=["qol", "instruments"]).stdout
    assert re.search(r"^own +1 +1 +1 +site +free$", listed, re.MULTILINE)
    assert re.search(r"^fact-g +4 +27 +5 +program +FACIT", listed, re.MULTILINE)


def test_a_described_questionnaire_can_be_copied(tmp_path: Path) -> None:
    app = site(tmp_path)
    shown = app.test_cli_runner().invoke(args=["qol", "instruments", "fact-g"]).stdout
    copy = shown.replace('"fact-g"', '"fact-g-ours"')
    (tmp_path / "instruments" / "copy.toml").write_text(copy)
    again = create_app(Settings(var=tmp_path)).test_cli_runner()
    assert again.invoke(args=["qol", "instruments", "fact-g-ours"]).stdout == copy
    index = again.invoke(args=["qol", "instruments", "eq-5d-5l"]).stdout
    assert index.startswith("# Scored by value sets")


def test_a_wrong_description_is_one_sentence(tmp_path: Path) -> None:
    app = site(tmp_path)
    (tmp_path / "instruments" / "own.toml").write_text("name = 3")
    done = score(app, VECTORS)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: own.toml: ")
