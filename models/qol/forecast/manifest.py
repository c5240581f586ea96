"""What is written beside the forecast models: meaning of inputs, margins, calibration, data."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import lightgbm
import numpy as np

from models.arrays import Floats
from models.qol.forecast.inputs import INPUTS
from models.qol.forecast.rows import ForecastRows
from models.qol.forecast.targets import HORIZONS_DAYS, LEVEL, TARGETS, WINDOW_DAYS
from models.qol.forecast.training import ForecastPlan, TrainedForecasts
from models.risk.inputs import Feature

RANGE_PERCENTILES = (0.5, 99.5)
"""Values outside these percentiles of the training forms are named as unusual."""

LIMITATIONS: tuple[str, ...] = (
    "Trained on simulated patients: forecasts for real ones are a demonstration.",
    "A forecast is of the score if the person is alive and answers then; those who do not answer"
    " are often less well.",
    "Forms by which a deterioration is known come at different times: a horizon is met within"
    " 30 days.",
    "What a score goes with is association, not cause.",
)


def file_name(booster: str) -> str:
    """File of a booster."""
    return f"{booster}.txt"


def forecast_files(trained: TrainedForecasts) -> dict[str, bytes]:
    """Content of every model file, by name."""
    return {file_name(name): text.encode("utf-8") for name, text in trained.texts.items()}


def describe_forecasts(
    rows: ForecastRows,
    trained: TrainedForecasts,
    plan: ForecastPlan,
    source: Mapping[str, Any],
    version: str,
) -> dict[str, Any]:
    """Content of the manifest, except for the fingerprints of the files.

    Args:
        rows: everything training was given.
        trained: what it produced.
        plan: its settings.
        source: fingerprint of the data.
        version: version of the models.
    """
    country = np.array(rows.country, dtype=str)
    people = np.unique(rows.patient_id.astype(str), return_index=True)[1]
    names, counts = np.unique(country[people], return_counts=True)
    return {
        "version": version,
        "limitations": list(LIMITATIONS),
        "targets": [target.key for target in TARGETS],
        "horizons_days": list(HORIZONS_DAYS),
        "window_days": WINDOW_DAYS,
        "level": LEVEL,
        "inputs": [_described(one, rows.inputs[:, place]) for place, one in enumerate(INPUTS)],
        "boosters": {name: file_name(name) for name in trained.texts},
        "margins": {
            name: {days: round(margin, 6) for days, margin in by_horizon.items()}
            for name, by_horizon in trained.margins.items()
        },
        "calibration": {name: asdict(line) for name, line in trained.calibrations.items()},
        "training": {
            **source,
            "patients": len(people),
            "patients_by_country": dict(zip(names.tolist(), counts.tolist(), strict=True)),
            "forms": len(rows),
            "later_scores": trained.rows,
            "settings": asdict(plan),
            "rounds": trained.rounds,
        },
        "libraries": {
            "python": platform.python_version(),
            "lightgbm": lightgbm.__version__,
            "numpy": np.__version__,
        },
    }


def _described(feature: Feature, values: Floats) -> dict[str, Any]:
    known = values[~np.isnan(values)]
    described = {
        "name": feature.name,
        "label": feature.label,
        "unit": feature.unit,
        "missing_share": round(1 - len(known) / max(len(values), 1), 4),
    }
    if feature.labels:
        return described | {"labels": list(feature.labels)}
    low, high = np.percentile(known, RANGE_PERCENTILES) if len(known) else (0.0, 0.0)
    return described | {"range": [float(low), float(high)]}
