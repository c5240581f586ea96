"""Forecasts against what everybody alive would have answered: simulated patients only.

A forecast is of the score "if alive and answering". Those who would not answer feel worse, so for
all who are alive it comes out too good; by how much is measured here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from models.arrays import Bools, Floats
from models.qol.forecast.evaluation import groups_of_forms
from models.qol.forecast.forecaster import Forecaster
from models.qol.forecast.inputs import FORM_DAY
from models.qol.forecast.rows import ForecastRows
from models.qol.forecast.targets import HORIZONS_DAYS, TARGETS, WINDOW_DAYS, Target


def against_true_quality(
    forecaster: Forecaster, rows: ForecastRows, truth: Sequence[pd.DataFrame]
) -> list[dict[str, Any]]:
    """Coverage and bias on everybody alive at the horizon, by target, horizon and group.

    Args:
        forecaster: the models.
        rows: forms of simulated patients.
        truth: ``true_quality`` of the same patients, in portions.

    Returns:
        Per entry n, ``coverage_alive``: share of the scores that could have come held by the
        interval; ``bias_alive``: mean of the median forecast minus the true expected score,
        positive when too good; ``bias_answering``: the same among those who answered.
    """
    true = pd.concat(truth).sort_values("day", kind="stable")
    found = forecaster.predict(rows.inputs)
    entries = []
    for h, days in enumerate(HORIZONS_DAYS):
        then = _nearest(rows, true, days)
        for place, target in enumerate(TARGETS):
            possible = then[target.scale.code].to_numpy(np.float64)
            expected = then[f"expected_{target.scale.code}"].to_numpy(np.float64)
            middle = found.middle[:, h, place]
            held = (possible >= found.lower[:, h, place]) & (possible <= found.upper[:, h, place])
            better = 1.0 if target.scale.higher_is_better else -1.0
            off = better * (middle - expected)
            known = ~np.isnan(possible) & ~np.isnan(middle)
            answered = known & ~np.isnan(rows.later[:, h, place])
            for group, level, members in groups_of_forms(rows):
                entries.append(
                    {"target": target.key, "horizon_days": days, "group": group, "level": level}
                    | _figures(target, known & members, answered & members, held, off)
                )
    return entries


def _figures(
    target: Target, known: Bools, answered: Bools, held: Bools, off: Floats
) -> dict[str, Any]:
    decimals = target.scale.decimals + 2
    return {
        "n": int(known.sum()),
        "coverage_alive": _mean(held[known], 4),
        "bias_alive": _mean(off[known], decimals),
        "bias_answering": _mean(off[answered], decimals),
    }


def _mean(values: Floats | Bools, decimals: int) -> float | None:
    return round(float(values.mean()), decimals) if len(values) else None


def _nearest(rows: ForecastRows, true: pd.DataFrame, days: int) -> pd.DataFrame:
    """The true scores nearest to a horizon of each row, NaN where nobody was alive then."""
    wanted = pd.DataFrame(
        {
            "patient_id": rows.patient_id,
            "day": rows.input(FORM_DAY.name) + days,
            "place": np.arange(len(rows)),
        }
    ).sort_values("day", kind="stable")
    matched = pd.merge_asof(
        wanted, true, on="day", by="patient_id", direction="nearest", tolerance=WINDOW_DAYS
    )
    return matched.sort_values("place")
