"""Two versions of the models on the same people."""

from __future__ import annotations

from typing import Any

import numpy as np

from models.risk.labels import LandmarkRows, labels
from models.risk.metrics import (
    FEWEST_ANSWERS,
    auroc,
    calibration_slope_and_intercept,
    resamples,
)
from models.risk.outcomes import HORIZONS, OUTCOMES
from models.risk.predictor import Predictor
from models.risk.support import scorable

_DAYS = HORIZONS.index(180)


def compare_versions(
    first: Predictor, second: Predictor, rows: LandmarkRows, seed: int
) -> list[dict[str, Any]]:
    """AUROC, calibration slope and intercept of both at day 0 over 180 days.

    Args:
        first: models compared with.
        second: models that may replace them.
        rows: people at landmarks, seen by neither in training.
        seed: of the bootstrap.

    Returns:
        One entry per outcome: n, events, each metric ending in ``_first`` and ``_second``, and
        ``auroc_difference`` (second - first) with its 95 % interval from the same resamples; None
        where fewer than ten had, or had not, the outcome.
    """
    rows = rows.select((rows.landmark_day == 0) & scorable(rows.features))
    places = list(rows.country)
    risks = [each.predict(rows.features, places).risk[:, :, _DAYS] for each in (first, second)]
    answers = labels(rows)
    drawn = resamples(len(rows), np.random.default_rng(seed))
    entries = []
    for i, outcome in enumerate(OUTCOMES):
        weight, happened = answers.weight[:, i, _DAYS], answers.happened[:, i, _DAYS]
        known = weight > 0
        events = int((happened & known).sum())
        entry: dict[str, Any] = {"outcome": outcome, "n": int(known.sum()), "events": events}
        if min(events, entry["n"] - events) < FEWEST_ANSWERS:
            entries.append(entry | dict.fromkeys(_NUMBERS))
            continue
        weights = np.vstack([weight, weight * drawn])[:, known]
        pair = [auroc(risk[known, i], happened[known], weights) for risk in risks]
        lines = [
            calibration_slope_and_intercept(risk[known, i], happened[known], weights[:1])
            for risk in risks
        ]
        ends = np.nanpercentile((pair[1] - pair[0])[1:], (2.5, 97.5))
        numbers = (pair[0][0], pair[1][0], pair[1][0] - pair[0][0], *ends)
        numbers += tuple(lines[which][part][0] for part in (0, 1) for which in (0, 1))
        entries.append(
            entry | {n: round(float(v), 5) for n, v in zip(_NUMBERS, numbers, strict=True)}
        )
    return entries


_NUMBERS = (
    "auroc_first",
    "auroc_second",
    "auroc_difference",
    "auroc_difference_lower",
    "auroc_difference_upper",
    "slope_first",
    "slope_second",
    "intercept_first",
    "intercept_second",
)
