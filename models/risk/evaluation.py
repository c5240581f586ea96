"""Evaluation of a predictor on patients that training never saw."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np

from models.arrays import Bools
from models.progress import Progress
from models.risk.inputs import FEATURE_BY_NAME, FEATURE_NAMES
from models.risk.labels import LandmarkRows, labels
from models.risk.metrics import Performance, performance
from models.risk.outcomes import HORIZONS, OUTCOMES
from models.risk.predictor import Predictor
from models.risk.support import age_band

BASELINE = 0
"""Landmark of every group except the landmarks themselves: published figures are at baseline."""


def evaluate(
    predictor: Predictor, rows: LandmarkRows, seed: int, progress: Progress
) -> list[dict[str, Any]]:
    """Performance per outcome, horizon and group, in the shape of ``flask models evaluate``.

    Groups: all, country, sex and age band at landmark 0; landmark, everyone at each of them.
    Patients without the minimum of inputs are left out.

    Args:
        predictor: the models.
        rows: patients at landmarks, none of them used in training.
        seed: of the bootstrap.
        progress: told the name of a step and the share of it that is done.

    Returns:
        One entry per outcome, horizon, group and level; a metric that cannot be computed is
        None.
    """
    progress("evaluation", 0)
    risks = predictor.predict(rows.features, list(rows.country)).risk
    answers = labels(rows)
    scored = ~np.isnan(risks[:, 0, 0])
    groups = [(group, level, scored & members) for group, level, members in _groups(rows)]
    entries = []
    for done, (group, level, members) in enumerate(groups):
        progress("evaluation", done / len(groups))
        for i, outcome in enumerate(OUTCOMES):
            for j, horizon in enumerate(HORIZONS):
                happened, weight = answers.happened[members, i, j], answers.weight[members, i, j]
                found = performance(
                    risks[members, i, j], happened, weight, np.random.default_rng(seed)
                )
                head = {
                    "outcome": outcome,
                    "horizon_days": horizon,
                    "group": group,
                    "level": level,
                    "landmark_day": int(level) if group == "landmark" else BASELINE,
                    "n": int((weight > 0).sum()),
                    "events": int((happened & (weight > 0)).sum()),
                }
                entries.append(head | _numbers(found))
    return entries


def _groups(rows: LandmarkRows) -> Iterator[tuple[str, str, Bools]]:
    start = rows.landmark_day == BASELINE
    yield "all", "all", start
    country = rows.country.astype(str)
    for name in np.unique(country):
        yield "country", str(name), start & (country == name)
    sex = rows.features[:, FEATURE_NAMES.index("sex")]
    for code, label in enumerate(FEATURE_BY_NAME["sex"].labels):
        yield "sex", label, start & (sex == code)
    age = rows.features[:, FEATURE_NAMES.index("age_years")]
    bands = np.array([age_band(years) if not math.isnan(years) else "" for years in age])
    for band in sorted(set(bands) - {""}):
        yield "age_band", str(band), start & (bands == band)
    for landmark in np.unique(rows.landmark_day):
        yield "landmark", str(landmark), rows.landmark_day == landmark


def _numbers(found: Performance) -> dict[str, float | None]:
    numbers = {}
    for name, estimate in asdict(found).items():
        for end, value in zip(("", "_lower", "_upper"), estimate.values(), strict=True):
            numbers[name + end] = None if math.isnan(value) else round(value, 6)
    return numbers
