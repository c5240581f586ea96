import json
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from app import create_app
from data_access.artifacts import write_models
from data_access.record.tables import AccessLog
from data_access.services import EXTENSION
from data_access.settings import Settings
from models.risk.outcomes import HORIZONS, OUTCOMES
from models.schema import unbound
from tests.conftest import SECRET
from tests.models.risk.made_up import artefacts


@pytest.fixture
def app(var: Path, tmp_path: Path) -> Flask:
    write_models(tmp_path / "artifacts", *artefacts())
    return create_app(Settings(var=var, artifacts=tmp_path / "artifacts", secret_key=SECRET))


@pytest.fixture
def somebody(app: Flask) -> tuple[str, list[int]]:
    """A patient of the clinic and the landmarks reached."""
    stored = app.extensions[EXTENSION].warehouse.run(
        unbound("features").select("patient_id", "landmark_day")
    )
    longest = stored.groupby("patient_id").landmark_day.apply(sorted)
    patient_id = longest.map(len).sort_values(kind="stable").index[-1]
    return patient_id, [int(day) for day in longest[patient_id]]


def explain(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["risk", "explain", *arguments])


def test_every_risk_of_a_patient_is_explained(app: Flask, somebody: tuple[str, list[int]]) -> None:
    patient_id, landmarks = somebody
    done = explain(app, patient_id, "--json")
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert answer["patient_id"] == patient_id
    assert answer["landmark_day"] == landmarks[-1]
    assert answer["model_version"] == "test/1"
    assert len(answer["data_date"]) == 10
    assert [(of["outcome"], of["horizon_days"]) for of in answer["outcomes"]] == [
        (outcome, horizon) for outcome in OUTCOMES for horizon in HORIZONS
    ]
    for of in answer["outcomes"]:
        points = sum(bar["points"] for bar in of["contributions"])
        assert points == pytest.approx(100 * (of["risk"] - of["baseline_risk"]), abs=1e-6)
        promised = {"feature", "value", "unit", "log_odds", "points"}
        assert set(of["contributions"][0]) == promised | {"agreement"}
        assert len(of["narrowing"]) == len(of["missing"])


def test_an_earlier_landmark_can_be_asked_for(app: Flask, somebody: tuple[str, list[int]]) -> None:
    patient_id, _ = somebody
    done = explain(app, patient_id, "--json", "--landmark", "0")
    assert json.loads(done.stdout)["landmark_day"] == 0


def test_features_are_those_stored_with_the_snapshot(
    app: Flask, somebody: tuple[str, list[int]]
) -> None:
    patient_id, landmarks = somebody
    stored = unbound("features")
    row = app.extensions[EXTENSION].warehouse.run(
        stored.filter((stored.patient_id == patient_id) & (stored.landmark_day == landmarks[-1]))
    )
    answer = json.loads(explain(app, patient_id, "--json").stdout)
    values = {bar["feature"]: bar["value"] for bar in answer["outcomes"][0]["contributions"]}
    expected = row[list(values)].iloc[0]
    assert values == {
        name: None if value != value else value for name, value in expected.to_dict().items()
    }


def test_people_get_one_line_per_risk(app: Flask, somebody: tuple[str, list[int]]) -> None:
    done = explain(app, somebody[0])
    assert len(done.stdout.splitlines()) == 1 + len(OUTCOMES) * len(HORIZONS)
    assert "of 100" in done.stdout


def test_the_act_is_logged_as_the_operators(app: Flask, somebody: tuple[str, list[int]]) -> None:
    explain(app, somebody[0], "--json")
    entry = app.extensions[EXTENSION].record.entries(patient_id=somebody[0], limit=1)[0]
    assert (entry.action, entry.role) == ("risk explain", "operator")


def test_an_unknown_patient_is_one_line_and_exit_code_1(app: Flask) -> None:
    done = explain(app, "NOBODY", "--json")
    assert done.exit_code == 1
    assert done.stdout == ""
    assert done.stderr == (
        "Error: There is no such patient, or not under observation at this landmark.\n"
    )


def latest_entry(app: Flask) -> AccessLog:
    return app.extensions[EXTENSION].record.entries(limit=1)[0]


@pytest.fixture
def withdrawn(app: Flask) -> str:
    """Somebody who is in the warehouse but withdrew."""
    patient = unbound("patient")
    found = app.extensions[EXTENSION].warehouse.run(
        patient.filter(patient.consent == "withdrawn").select("patient_id").limit(1)
    )
    return str(found.patient_id.iloc[0])


def test_a_refusal_is_logged_as_refused(app: Flask, withdrawn: str) -> None:
    for patient_id in ("NOBODY", withdrawn):
        assert explain(app, patient_id).exit_code == 1
        entry = latest_entry(app)
        assert (entry.action, entry.patient_id, entry.outcome, entry.role, entry.shown_digest) == (
            "risk explain",
            patient_id,
            "refused",
            "operator",
            None,
        )
        assert entry.snapshot is not None


@pytest.mark.parametrize("typed", ["Jeanne Dupont", "x" * 65, "\udce9", ""])
def test_what_cannot_be_a_pseudonym_is_refused_and_not_written_down(app: Flask, typed: str) -> None:
    assert explain(app, typed).exit_code == 1
    entry = latest_entry(app)
    assert (entry.action, entry.patient_id, entry.outcome) == ("risk explain", None, "refused")


def test_a_landmark_that_does_not_exist_is_wrong_usage(app: Flask) -> None:
    assert explain(app, "NOBODY", "--landmark", "17").exit_code == 2
