"""Forecasts trained quickly on a few thousand simulated patients, once for every test."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from data_access.artifacts import as_json
from data_access.forecast_rows import simulated_forms
from data_access.synthetic import chunks
from models.qol.forecast.forecaster import Forecaster
from models.qol.forecast.inputs import INPUT_NAMES
from models.qol.forecast.manifest import describe_forecasts, forecast_files
from models.qol.forecast.rows import ForecastRows
from models.qol.forecast.training import ForecastPlan, TrainedForecasts, train_forecasts
from tests.models.risk.made_up import silent

PATIENTS, SEED = 2_500, 77
PLAN = ForecastPlan(seed=3, most_rounds=10, smallest_leaf=50)


@cache
def forms(patients: int = PATIENTS, seed: int = SEED) -> ForecastRows:
    """Forms of simulated patients."""
    return simulated_forms(chunks(patients, seed), patients, silent)


@cache
def trained() -> TrainedForecasts:
    """Forecasts of few trees."""
    return train_forecasts(forms(), PLAN, silent)


def artefacts(version: str = "test/1") -> tuple[dict[str, Any], dict[str, bytes]]:
    """Manifest and files as training writes them."""
    source = {"source": "simulated", "seed": SEED, "patients_simulated": PATIENTS}
    manifest = describe_forecasts(forms(), trained(), PLAN, source, version)
    return json.loads(as_json(manifest)), forecast_files(trained())


@cache
def forecaster() -> Forecaster:
    """A forecaster of few trees."""
    return Forecaster.from_bytes(*artefacts())


def values_of(rows: ForecastRows, place: int) -> dict[str, float | None]:
    """One form as the page hands it over: None where missing."""
    row = rows.inputs[place].tolist()
    return {
        name: None if value != value else value  # NaN
        for name, value in zip(INPUT_NAMES, row, strict=True)
    }
