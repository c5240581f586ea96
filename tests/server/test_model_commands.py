import functools
import json
import re
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from app import create_app
from data_access.artifacts import EVALUATION, MANIFEST, as_json, write_models
from data_access.services import services
from data_access.settings import Settings
from models.risk.training import TrainingPlan
from tests.conftest import PASSWORD
from tests.models.risk.made_up import artefacts


def run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=list(arguments))


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return create_app(Settings(var=tmp_path, artifacts=tmp_path / "artifacts"))


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "artifacts"
    manifest, files = artefacts()
    evaluation = {"model_version": "test/1", "data": "nobody", "patients": 0, "seed": 1}
    write_models(folder, manifest, files | {EVALUATION: as_json(evaluation | {"results": []})})
    return folder


def test_status_verifies_and_describes_the_models(app: Flask, models: Path) -> None:
    done = run(app, "models", "status", "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["model_version"] == "test/1"
    assert "model_version  test/1" in run(app, "models", "status").stdout


@pytest.mark.parametrize("command", ["status", "evaluate"])
def test_a_changed_file_is_one_line_and_exit_code_1(app: Flask, models: Path, command: str) -> None:
    (models / "skin-1.txt").write_text("tree")
    done = run(app, "models", command)
    assert done.exit_code == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "skin-1.txt differs" in done.stderr


def test_the_patients_of_training_are_refused_for_evaluation(app: Flask, models: Path) -> None:
    done = run(app, "models", "evaluate", "--seed", "1")
    assert done.exit_code == 1
    assert "were used in training" in done.stderr


def test_evaluation_prints_what_is_promised(app: Flask, models: Path) -> None:
    done = run(app, "models", "evaluate", "--json", "--patients", "200")
    assert done.exit_code == 0
    evaluation = json.loads(done.stdout)
    assert evaluation["model_version"] == "test/1"
    groups = {entry["group"] for entry in evaluation["results"]}
    assert {"all", "country", "sex", "age_band", "landmark"} <= groups
    assert set(evaluation) >= {"calibration_curves", "net_benefit", "ceiling", "interval_coverage"}


def test_an_evaluation_can_be_kept(app: Flask, models: Path) -> None:
    done = run(app, "models", "evaluate", "--save", "--patients", "200")
    assert done.exit_code == 0
    assert json.loads((models / EVALUATION).read_text())["patients"] == 200
    assert run(app, "models", "status").exit_code == 0


def test_measures_that_exclude_each_other_are_refused(app: Flask, models: Path) -> None:
    done = run(app, "models", "evaluate", "--benefit", "--save")
    assert done.exit_code == 2
    assert "each stand alone" in done.stderr


def test_too_few_patients_to_train_on_change_nothing(app: Flask, models: Path) -> None:
    before = (models / MANIFEST).read_bytes()
    done = run(app, "models", "train", "--patients", "1000")
    assert done.exit_code == 1
    assert "use more patients" in done.stderr.splitlines()[-1]
    assert (models / MANIFEST).read_bytes() == before


@pytest.mark.slow
def test_training_writes_models_with_their_evaluation(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = functools.partial(TrainingPlan, bags=2, most_rounds=10)
    monkeypatch.setattr("models.risk.training.TrainingPlan", small)
    monkeypatch.setattr("models.risk.training.FEWEST_EVENTS", 1)
    monkeypatch.setattr("server.commands.model_training.EVALUATION_PATIENTS", 200)
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        done = run(app, "models", "train", "--patients", "1000", "--out", str(folder))
        assert done.exit_code == 0, done.output
        assert re.search(r"trained on 9\d\d simulated patients", done.stdout)
    first, second = (
        {path.name: path.read_bytes() for path in folder.iterdir()} for folder in folders
    )
    assert first == second
    manifest = json.loads(first[MANIFEST])
    assert manifest["training"]["patients_simulated"] == 1000
    assert len(manifest["training"]["parameters_sha256"]) == 64
    evaluation = json.loads(first[EVALUATION])
    assert evaluation["model_version"] == manifest["version"]
    assert evaluation["seed"] != manifest["training"]["seed"]


@pytest.fixture
def people(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A record store with a steward and an administrator."""
    monkeypatch.setenv("IMMUNOBOARD_PASSWORD", PASSWORD)
    assert run(app, "record", "upgrade").exit_code == 0
    for name, role in (("stef", "steward"), ("ada", "administrator")):
        assert run(app, "users", "add", name, "--role", role).exit_code == 0


@pytest.fixture
def cohort(app: Flask) -> None:
    """A snapshot of simulated patients."""
    assert run(app, "warehouse", "demo", "--patients", "1500", "--unscored").exit_code == 0


def versions(app: Flask) -> dict[str, bool]:
    """Version to whether it is in use."""
    listed = json.loads(run(app, "models", "list", "--json").stdout)["versions"]
    return {one["version"]: one["in_use"] for one in listed}


def test_recalibrated_proposed_approved_and_rolled_back(
    app: Flask, models: Path, cohort: None, people: None
) -> None:
    done = run(app, "models", "recalibrate", "--country", "FR", "--json")
    assert done.exit_code == 0, done.output
    made = json.loads(done.stdout)
    assert made["country"] == "FR"
    changed = [entry for entry in made["outcomes"] if entry["changed"]]
    assert changed
    assert all(entry["events"] >= 40 for entry in changed)
    fresh = made["version"]
    assert versions(app) == {"test/1": True, fresh: False}
    asked = ("--as", "stef", "--reason", "France was off")
    assert run(app, "models", "propose", fresh, *asked).exit_code == 0
    refused = run(app, "models", "approve", "--as", "stef")
    assert refused.exit_code == 1
    assert "Only an administrator" in refused.stderr
    assert versions(app)["test/1"]
    done = run(app, "models", "approve", "--as", "ada")
    assert done.exit_code == 0
    assert "flask warehouse rescore" in done.stdout
    assert versions(app) == {"test/1": False, fresh: True}
    assert json.loads(run(app, "models", "status", "--json").stdout)["model_version"] == fresh
    done = run(app, "models", "compare", "test/1", fresh, "--warehouse", "--json")
    assert done.exit_code == 0, done.output
    assert f"which {fresh} had seen" in json.loads(done.stdout)["data"]
    severe = json.loads(done.stdout)["results"][0]
    assert severe["outcome"] == "severe"
    assert severe["auroc_first"] is not None
    done = run(app, "models", "evaluate", "--version", fresh, "--patients", "200", "--save")
    assert done.exit_code == 0, done.output
    assert versions(app)[fresh]
    assert run(app, "models", "status").exit_code == 0
    assert f"risk models {fresh}" in run(app, "models", "card").stdout
    assert "Recalibrated for FR" in run(app, "models", "card", "--version", fresh).stdout
    done = run(app, "models", "rollback", "--as", "ada", "--reason", "no better")
    assert done.exit_code == 0
    assert versions(app) == {"test/1": True, fresh: False}
    assert "rolled back by ada" in run(app, "models", "list").stdout


def test_an_interrupted_approval_is_told(app: Flask, models: Path, people: None) -> None:
    assert run(app, "models", "list").stderr == ""
    with app.app_context():
        kept = services().versions
        manifest, files = artefacts()
        kept.use(kept.add(manifest | {"version": "test/2"}, files))
    assert run(app, "models", "status").exit_code == 1
    done = run(app, "models", "list")
    assert "The files name models test/2 as in use, the record the shipped ones" in done.stderr


@pytest.mark.parametrize(
    ("country", "sentence"), [("XX", "nobody of XX"), ("PT", "needs 40 people with an outcome")]
)
def test_a_country_that_cannot_be_recalibrated_changes_nothing(
    app: Flask, models: Path, country: str, sentence: str
) -> None:
    assert run(app, "warehouse", "demo", "--patients", "400", "--unscored").exit_code == 0
    done = run(app, "models", "recalibrate", "--country", country)
    assert done.exit_code == 1
    assert sentence in done.stderr
    assert "nothing was changed" in done.stderr
    assert done.stderr.count("\n") == 1
    assert versions(app) == {"test/1": True}


@pytest.mark.parametrize("country", ["", "E", "Spain", "E$"])
def test_a_country_is_two_letters(app: Flask, models: Path, country: str) -> None:
    done = run(app, "models", "recalibrate", "--country", country)
    assert done.exit_code == 2
    assert "a country is two letters" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [("propose", "test/7", "--as", "stef", "--reason", "x"), ("compare", "test/1", "test/7")],
)
def test_a_version_that_is_not_there_is_one_sentence(
    app: Flask, models: Path, people: None, arguments: tuple[str, ...]
) -> None:
    done = run(app, "models", *arguments)
    assert done.exit_code == 1
    assert "There is no version of that name" in done.stderr


def test_a_wrong_password_proposes_nothing(
    app: Flask, models: Path, people: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMMUNOBOARD_PASSWORD", "not the password")
    done = run(app, "models", "propose", "test/1", "--as", "stef", "--reason", "x")
    assert done.exit_code == 1
    assert "Sign-in failed" in done.stderr


def test_without_a_terminal_the_password_has_to_be_given(
    app: Flask, models: Path, people: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("IMMUNOBOARD_PASSWORD")
    done = run(app, "models", "approve", "--as", "ada")
    assert done.exit_code == 1
    assert "set IMMUNOBOARD_PASSWORD" in done.stderr


@pytest.mark.slow
def test_training_on_the_warehouse_makes_a_version_that_is_not_in_use(
    app: Flask, models: Path, cohort: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = functools.partial(TrainingPlan, bags=2, most_rounds=10)
    monkeypatch.setattr("models.risk.training.TrainingPlan", small)
    monkeypatch.setattr("models.risk.training.FEWEST_EVENTS", 1)
    done = run(app, "models", "train", "--warehouse")
    assert done.exit_code == 0, done.output
    assert "Not in use" in done.stdout
    (fresh,) = [name for name, used in versions(app).items() if not used]
    manifest = app_models(app, fresh)
    assert manifest["training"]["source"].startswith("warehouse, snapshot")
    assert "widened as for models test/1" in manifest["interval"]["meaning"]
    assert "simulated" in manifest["limitations"][0]


def app_models(app: Flask, version: str) -> dict:
    """Manifest of a version."""
    with app.app_context():
        return dict(services().versions.get(version).manifest)


def test_a_scheduler_without_its_engine_is_wrong_usage(app: Flask, models: Path) -> None:
    done = run(app, "models", "train", "--scheduler", "tcp://127.0.0.1:1")
    assert done.exit_code == 2
    assert "--engine dask" in done.stderr


def test_drift_of_a_snapshot_is_said_by_country(app: Flask, models: Path) -> None:
    assert run(app, "warehouse", "demo", "--patients", "1500").exit_code == 0
    done = run(app, "models", "drift", "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert {entry["country"] for entry in found["countries"]} == {"ES", "FR", "NL", "PT"}
    # Models of made-up patients: those of the generator are others.
    assert "Changed since training" in run(app, "models", "drift").stdout


def test_the_card_is_also_for_programs(app: Flask, models: Path) -> None:
    titles = [
        section["title"]
        for section in json.loads(run(app, "models", "card", "--json").stdout)["sections"]
    ]
    assert titles[:2] == ["Intended use", "TRIPOD+AI"]


def test_a_version_is_not_compared_with_itself(app: Flask, models: Path) -> None:
    assert run(app, "models", "compare", "test/1", "test/1").exit_code == 2


def test_looking_at_a_cohort_to_evaluate_on_is_logged(
    app: Flask, models: Path, cohort: None, people: None
) -> None:
    assert run(app, "models", "evaluate", "--external").exit_code == 0
    logged = json.loads(run(app, "access", "list", "--json").stdout)["entries"]
    assert logged[0]["action"] == "evaluate models"
