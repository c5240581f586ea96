"""How good forecasts are on patients they have not seen: error, coverage, calibration, truth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from models.arrays import Bools, Floats
from models.progress import Progress
from models.qol.forecast.forecaster import Forecaster
from models.qol.forecast.references import (
    CARRIED_FORWARD,
    LINEAR,
    MIXED,
    carried_forward,
    linear_regression,
    mixed_model,
)
from models.qol.forecast.rows import ForecastRows, sampled
from models.qol.forecast.targets import HORIZONS_DAYS, TARGETS, Target
from models.risk.inputs import DRUG_CLASS_CODES
from models.risk.metrics import performance, resamples

OURS = "Immunoboard"
LOW_SHARE = 0.25
"""Part of the later scores that counts as low: the worst quarter."""

TIE_SHARE = 0.02
"""Differences of the error below this share of it matter to nobody."""


def evaluate_forecasts(
    forecaster: Forecaster,
    train: ForecastRows,
    test: ForecastRows,
    seed: int,
    progress: Progress,
) -> dict[str, list[dict[str, Any]]]:
    """Every figure of the forecasts and of simpler ones on the same forms.

    Args:
        forecaster: our models, trained on others than ``test``.
        train: all forms of the patients that simpler models learn from.
        test: all forms of the patients that all are tested on.
        seed: of the choice of forms and of the bootstrap, which resamples patients.
        progress: told the name of a step and the share of it that is done.

    Returns:
        ``accuracy``: per target, horizon and model n, patients, rmse with interval, mae, r2, bias
        and bias_low (mean of forecast minus score, positive when too good; among the worst
        quarter of the scores), gain (share of the rmse that ours is below theirs) with interval,
        ``tie``. ``coverage``: per target, horizon and group n, coverage and mean width of the
        80 % interval. ``deterioration`` and ``answering``: discrimination and calibration.
    """
    rng = np.random.default_rng(seed)
    chosen = sampled(test, rng)
    rows = test.select(chosen)
    people = rows.people
    drawn = resamples(int(people.max()) + 1, rng)[:, people]
    ours = forecaster.predict(rows.inputs)
    found: dict[str, list[dict[str, Any]]] = {"accuracy": [], "coverage": [], "deterioration": []}
    for place, target in enumerate(TARGETS):
        progress("evaluation of forecasts", place / len(TARGETS))
        others = {
            CARRIED_FORWARD: carried_forward(rows, target),
            LINEAR: linear_regression(train, rows, target),
            MIXED: mixed_model(train, test, target, seed)[chosen],
        }
        models = {OURS: ours.middle[:, :, place], **others}
        for h, days in enumerate(HORIZONS_DAYS):
            head = {"target": target.key, "horizon_days": days}
            later = rows.later[:, h, place]
            known = ~np.isnan(later) & ~np.isnan(rows.last(target))
            predicted = {name: values[known, h] for name, values in models.items()}
            entries = _accuracy(target, predicted, later[known], people[known], drawn[:, known])
            found["accuracy"] += [head | entry for entry in entries]
            ends = ours.lower[:, h, place], ours.upper[:, h, place]
            found["coverage"] += [head | one for one in _coverage(rows, known, *ends, later)]
            worse = target.is_worse(later - rows.last(target))
            chance = ours.deterioration[:, h, place]
            found["deterioration"].append(head | _probability(chance, worse, known, drawn))
    found["answering"] = [
        {"horizon_days": days}
        | _probability(
            ours.answering[:, h],
            rows.alive[:, h] & rows.answered[:, h],
            rows.observed[:, h] & rows.due[:, h],
            drawn,
        )
        for h, days in enumerate(HORIZONS_DAYS)
    ]
    progress("evaluation of forecasts", 1)
    return found


def _accuracy(
    target: Target,
    predicted: Mapping[str, Floats],
    later: Floats,
    people: np.ndarray,
    drawn: Floats,
) -> list[dict[str, Any]]:
    better = 1.0 if target.scale.higher_is_better else -1.0
    low = better * later <= np.quantile(better * later, LOW_SHARE)
    weights = np.vstack([np.ones(len(later)), drawn])
    rmse = {
        name: np.sqrt(weights @ (values - later) ** 2 / weights.sum(axis=1))
        for name, values in predicted.items()
    }
    spread = np.sum((later - later.mean()) ** 2)
    entries = []
    for name, values in predicted.items():
        off = better * (values - later)
        gain = 1 - rmse[OURS] / rmse[name]
        lower, upper = np.percentile(gain[1:], (2.5, 97.5))
        entry: dict[str, Any] = {
            "model": name,
            "n": len(later),
            "patients": len(np.unique(people)),
            **_with_interval("rmse", rmse[name]),
            "mae": _rounded(np.abs(off).mean()),
            "r2": _rounded(1 - np.sum(off**2) / spread),
            "bias": _rounded(off.mean()),
            "bias_low": _rounded(off[low].mean()),
        }
        if name != OURS:
            entry |= _with_interval("gain", gain)
            entry["tie"] = bool(lower <= 0 <= upper or abs(gain[0]) < TIE_SHARE)
        entries.append(entry)
    return entries


def _coverage(
    rows: ForecastRows, known: Bools, lower: Floats, upper: Floats, later: Floats
) -> list[dict[str, Any]]:
    held = (later >= lower) & (later <= upper)
    entries = []
    for group, level, members in groups_of_forms(rows):
        here = known & members
        if here.any():
            entries.append(
                {
                    "group": group,
                    "level": level,
                    "n": int(here.sum()),
                    "coverage": _rounded(held[here].mean()),
                    "width": _rounded((upper - lower)[here].mean()),
                }
            )
    return entries


def groups_of_forms(rows: ForecastRows) -> list[tuple[str, str, Bools]]:
    """Everybody, each country and each drug class, with the rows of each."""
    country = rows.country.astype(str)
    groups = [("all", "all", np.ones(len(rows), dtype=bool))]
    groups += [("country", str(name), country == name) for name in np.unique(country)]
    code = rows.input("drug_class")
    groups += [("drug_class", word, code == at) for at, word in enumerate(DRUG_CLASS_CODES)]
    return groups


def _probability(chance: Floats, happened: Bools, known: Bools, drawn: Floats) -> dict[str, Any]:
    known = known & ~np.isnan(chance)
    weight = np.ones(int(known.sum()))
    found = performance(chance[known], happened[known], weight, drawn[:, known])
    entry: dict[str, Any] = {"n": int(known.sum()), "events": int(happened[known].sum())}
    for name in ("auroc", "brier", "slope", "intercept"):
        estimate = getattr(found, name)
        entry |= {
            name: _rounded(estimate.value),
            f"{name}_lower": _rounded(estimate.lower),
            f"{name}_upper": _rounded(estimate.upper),
        }
    return entry


def _with_interval(name: str, values: Floats) -> dict[str, float | None]:
    """The first value, and the middle 95 % of the others, which come from resamples."""
    lower, upper = np.percentile(values[1:], (2.5, 97.5))
    return {
        name: _rounded(values[0]),
        f"{name}_lower": _rounded(lower),
        f"{name}_upper": _rounded(upper),
    }


def _rounded(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 4)
