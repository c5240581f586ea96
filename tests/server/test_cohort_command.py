"""``flask cohort compare``: what the page shows, for programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result

from app import create_app
from data_access.cohorts import CohortRecords
from data_access.record.viewer import host_operator
from data_access.services import EXTENSION
from data_access.settings import Settings
from models.cohort.definition import parse_cohort
from models.qol.instruments import QLQ_C30
from tests.conftest import SECRET

A, B = "country=FR,NL", "country=ES,PT"


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("command")
    runner = create_app(Settings(var=folder, secret_key=SECRET)).test_cli_runner()
    for command in (
        ["record", "upgrade"],
        ["warehouse", "demo", "--patients", "400", "--seed", "5"],
    ):
        done = runner.invoke(args=command)
        assert done.exit_code == 0, done.output
    return folder


def run(clinic: Path, *args: str) -> Result:
    app = create_app(Settings(var=clinic, secret_key=SECRET))
    done = app.test_cli_runner().invoke(args=["cohort", "compare", *args])
    app.extensions[EXTENSION].record.close()
    return done


def test_the_answer_has_the_shape_that_programs_rely_on(clinic):
    done = run(clinic, "--a", A, "--b", B, "--json")
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert set(answer["cohorts"]) == {"a", "b"}
    for cohort in answer["cohorts"].values():
        assert cohort["n"] % 5 == 0
        assert cohort["definition"]
    assert {"variable", "level", "a", "b", "smd"} <= set(answer["characteristics"][0])
    assert [one["outcome"] for one in answer["incidence"]][:3] == ["any", "severe", "skin"]
    assert [one["scale"] for one in answer["qol"]] == ["QL", "SUM", "PF", "FA", "index"]
    point = answer["survival"]["a"][3]
    assert set(point) == {"time_days", "estimate", "lower", "upper", "at_risk"}
    assert point["lower"] <= point["estimate"] <= point["upper"]
    for curves in (answer["survival"], *answer["incidence"], *answer["qol"]):
        for name in ("a", "b"):
            assert all(one["at_risk"] >= 10 for one in curves[name])


def test_the_command_says_what_the_page_says(clinic):
    answer = json.loads(run(clinic, "--a", A, "--b", B, "--json").stdout)
    app = create_app(Settings(var=clinic, secret_key=SECRET))
    parts = app.extensions[EXTENSION]
    records = CohortRecords(host_operator(), parts, parts.cohort_engine.current())
    a, b = parse_cohort(A), parse_cohort(B)
    with app.app_context():
        curves = records.survival(a, b, "death").curves
        quality = records.quality(a, b, "QL")
        sides = records.sides(a, b)
    assert [point["estimate"] for point in answer["survival"]["b"]] == [
        point.estimate for point in curves[1].points
    ]
    assert [point["estimate"] for point in answer["qol"][0]["a"]] == [
        point.estimate for point in quality.curves[0].points
    ]
    assert quality.label == QLQ_C30.scale("QL").label
    assert answer["cohorts"]["a"]["n"] == sides.a.n
    parts.record.close()


def test_text_for_people_has_n_and_both_cohorts(clinic):
    done = run(clinic, "--a", A, "--b", B)
    assert done.exit_code == 0
    assert "A: country FR or NL, n about" in done.stdout
    assert "alive" in done.stdout
    assert "associations" in done.stdout


@pytest.mark.parametrize(
    ("a", "b", "told"),
    [
        ("foo=1", B, "--a: There is no variable"),
        (A, "age=55-60", "--b: age goes by fixed bands"),
        (A, A, "defined alike"),
        ("irae=skin", B, "immortal time"),
        ("cancer=Hodgkin lymphoma;sex=F;age=80-", B, "fewer than 10"),
        (f"{A};landmark=84", B, "same landmark"),
        ("sex=F;sex=M", B, "exclude each other"),
    ],
)
def test_what_cannot_be_compared_is_one_line_and_exit_code_one(clinic, a, b, told):
    done = run(clinic, "--a", a, "--b", b, "--json")
    assert done.exit_code == 1
    assert told in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_a_missing_option_is_wrong_usage(clinic):
    done = run(clinic, "--a", A)
    assert done.exit_code == 2
