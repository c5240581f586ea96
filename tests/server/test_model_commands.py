import functools
import json
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from app import create_app
from data_access.artifacts import EVALUATION, MANIFEST, as_json, write_models
from data_access.settings import Settings
from models.risk.training import TrainingPlan
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
    write_models(folder, manifest, files | {EVALUATION: as_json({"results": []})})
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
    monkeypatch.setattr("server.commands.models.EVALUATION_PATIENTS", 200)
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        done = run(app, "models", "train", "--patients", "1000", "--out", str(folder))
        assert done.exit_code == 0, done.output
        assert "trained on 1,000 simulated patients" in done.stdout
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
