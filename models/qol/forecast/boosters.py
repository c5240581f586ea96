"""Names of the boosters, and what their columns hold."""

from __future__ import annotations

import numpy as np

from models.arrays import Floats
from models.qol.forecast.inputs import BOOSTER_COLUMNS, FORM_DAY, INPUT_NAMES, SHARED
from models.qol.forecast.targets import HORIZONS_DAYS, TARGETS, Target
from models.qol.schedule import START_DAYS

QUANTILES = (0.1, 0.5, 0.9)
ANSWERS = "answers"
"""Booster of the probability of being alive and answering."""

DETERIORATION = {target.name: f"{target.name}-worse" for target in TARGETS}
LEVELS = {target.name: f"{target.name}-level" for target in TARGETS}


def quantile_name(target: Target, quantile: float) -> str:
    """Booster of one quantile of a target's change."""
    return f"{target.name}-q{round(100 * quantile)}"


def booster_names() -> tuple[str, ...]:
    """Every booster of a complete set."""
    quantiles = (quantile_name(target, quantile) for target in TARGETS for quantile in QUANTILES)
    return (*quantiles, *DETERIORATION.values(), *LEVELS.values(), ANSWERS)


def level_inputs(target: Target) -> tuple[str, ...]:
    """Inputs of the model of a target's level: all but the scores of later forms."""
    others = ("support", "response", "days_since_irae")
    return (*SHARED, *others, f"start_{target.name}", FORM_DAY.name)


def columns_of(booster: str) -> tuple[str, ...]:
    """Names of the columns that a booster sees."""
    for target in TARGETS:
        if booster == LEVELS[target.name]:
            return level_inputs(target)
    return BOOSTER_COLUMNS


def level_matrix(inputs: Floats, target: Target) -> Floats:
    """Stored inputs (n, inputs) as columns of the model of a target's level.

    A form of the first week is itself the start, so the score at the start is left out there.
    """
    names = level_inputs(target)
    columns = inputs[:, [INPUT_NAMES.index(name) for name in names]]
    at_start = columns[:, names.index(FORM_DAY.name)] <= START_DAYS
    columns[at_start, names.index(f"start_{target.name}")] = np.nan
    return columns


def with_horizon(inputs: Floats, days: Floats) -> Floats:
    """Stored inputs (n, inputs) and a horizon for each (n,) as booster columns."""
    return np.column_stack([inputs, days])


def with_horizons(inputs: Floats) -> Floats:
    """Every row once per horizon, shape (n x horizons, columns), horizons running fastest."""
    days = np.tile(np.array(HORIZONS_DAYS, dtype=np.float64), len(inputs))
    return with_horizon(np.repeat(inputs, len(HORIZONS_DAYS), axis=0), days)
