from __future__ import annotations

import functools
import json
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from app import create_app
from data_access.artifacts import EVALUATION, MANIFEST, write_models
from data_access.settings import Settings
from models.qol.forecast.boosters import booster_names
from models.qol.forecast.targets import HORIZONS_DAYS, TARGETS
from models.qol.forecast.training import ForecastPlan
from tests.models.qol.forecast.made_up import SEED, artefacts


def run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["qol", *arguments])


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return create_app(Settings(var=tmp_path, forecasts=tmp_path / "forecasts"))


@pytest.fixture
def forecasts(tmp_path: Path) -> Path:
    write_models(tmp_path / "forecasts", *artefacts())
    return tmp_path / "forecasts"


def test_the_patients_of_training_are_refused_for_evaluation(app: Flask, forecasts: Path) -> None:
    done = run(app, "evaluate", "--seed", str(SEED))
    assert done.exit_code == 1
    assert f"The patients of seed {SEED} were used in training" in done.stderr
    assert done.stdout == ""


def test_without_forecasts_both_say_so_in_one_line(app: Flask) -> None:
    done = run(app, "evaluate")
    assert done.exit_code == 1
    assert "Forecasts are not available" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "arguments", [("train", "--patients", "3999"), ("evaluate", "--patients", "999")]
)
def test_fewer_patients_than_figures_need_are_wrong_usage(
    app: Flask, arguments: tuple[str, ...]
) -> None:
    assert run(app, *arguments).exit_code == 2


def test_what_cannot_be_learnt_changes_nothing(
    app: Flask, forecasts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.qol.forecast.training.FEWEST_ROWS", 10**9)
    before = (forecasts / MANIFEST).read_bytes()
    done = run(app, "train", "--patients", "4000")
    assert done.exit_code == 1
    assert "use more patients" in done.stderr.splitlines()[-1]
    assert (forecasts / MANIFEST).read_bytes() == before


@pytest.mark.slow
def test_training_writes_forecasts_that_can_be_evaluated(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = functools.partial(ForecastPlan, most_rounds=10)
    monkeypatch.setattr("models.qol.forecast.training.ForecastPlan", small)
    out = tmp_path / "other"
    done = run(app, "train", "--patients", "4000", "--out", str(out))
    assert done.exit_code == 0, done.output
    assert "trained on 4,000 simulated patients" in done.stdout
    assert not (tmp_path / "forecasts").exists()
    manifest = json.loads((out / MANIFEST).read_text())
    assert set(manifest["boosters"]) == set(booster_names())
    assert manifest["training"]["patients_simulated"] == 4000
    out.rename(tmp_path / "forecasts")
    done = run(app, "evaluate", "--patients", "1000", "--save", "--json")
    assert done.exit_code == 0, done.output
    evaluation = json.loads(done.stdout)
    assert evaluation == json.loads((tmp_path / "forecasts" / EVALUATION).read_text())
    assert evaluation["model_version"] == manifest["version"]
    assert evaluation["seed"] != manifest["training"]["seed"]
    pairs = {(target.key, days) for target in TARGETS for days in HORIZONS_DAYS}
    for part in ("accuracy", "coverage", "deterioration", "truth"):
        assert {(one["target"], one["horizon_days"]) for one in evaluation[part]} == pairs, part
    assert [one["horizon_days"] for one in evaluation["answering"]] == list(HORIZONS_DAYS)
