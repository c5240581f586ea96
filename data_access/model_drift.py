"""Drift of the current snapshot against the training of the models, by country."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from data_access.warehouse.reader import OpenSnapshot
from models.cohort.drift import input_counts, outcome_counts, people_counts
from models.risk.calibration import EVERYWHERE
from models.risk.drift import (
    COMPARED,
    FEWEST_NOW,
    InputDrift,
    ObservedPredicted,
    bins_of,
    input_drift,
    observed_predicted,
)
from models.risk.outcomes import OUTCOMES
from models.schema import unbound

_TABLES = ("patient", "features", "prediction", "adverse_event")


def drift(snapshot: OpenSnapshot, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Inputs and outcomes of each country beside the training of the models.

    Args:
        snapshot: where the patients are.
        manifest: of the models in use.

    Returns:
        ``countries``: per country n, ``compared_with`` (itself, or all where training had too few
        of it), ``inputs`` (largest index first), ``outcomes`` and ``alarms`` (input or outcome,
        what). A country of fewer than 200 patients has no figures. Empty for models that came
        without a reference.
    """
    reference = manifest.get("reference")
    date = snapshot.snapshot.data_date
    found: dict[str, Any] = {
        "model_version": manifest["version"],
        "scored_with": snapshot.snapshot.model_version,
        "snapshot": snapshot.snapshot.id,
        "data_date": date.isoformat() if date else None,
        "countries": [],
    }
    if not reference:
        return found
    tables = {name: unbound(name) for name in _TABLES}
    people = snapshot.run(people_counts(tables)).dropna().set_index("country").n.astype(int)
    counts = snapshot.run(input_counts(tables, reference["edges"]))
    outcomes = snapshot.run(outcome_counts(tables))
    for country in sorted(people.index):
        here = int(people[country])
        entry: dict[str, Any] = {"country": country, "n": here, "compared_with": None}
        if here >= FEWEST_NOW:
            then = country if country in reference["shares"] else EVERYWHERE
            inputs = _inputs(counts[counts.country == country], here, reference, then)
            seen = _outcomes(outcomes[outcomes.country == country])
            entry |= _told(then, inputs, seen)
        found["countries"].append(entry)
    return found


def _inputs(
    counts: pd.DataFrame, people: int, reference: Mapping[str, Any], then: str
) -> list[InputDrift]:
    by_input = {name: rows.set_index("bin").n for name, rows in counts.groupby("feature")}
    drifts = []
    for name in COMPARED:
        bins = range(-1, bins_of(name, reference["edges"]))
        # A bin without a row is empty, one without a count too small to be told.
        now = by_input[name].reindex(bins, fill_value=0).to_numpy(np.float64) / people
        drifts.append(input_drift(name, reference["shares"][then][name], now.tolist(), people))
    return sorted(drifts, key=lambda one: (-(one.index or 0), one.missing_then - one.missing_now))


def _outcomes(counts: pd.DataFrame) -> list[ObservedPredicted]:
    rows = counts.dropna().set_index("outcome")
    return [
        observed_predicted(
            name,
            int(rows.n[name]),
            int(rows.events[name]),
            float(rows.risk[name]),
        )
        for name in OUTCOMES
        if name in rows.index
    ]


def _told(then: str, inputs: list[InputDrift], outcomes: list[ObservedPredicted]) -> dict[str, Any]:
    alarms = [{"what": one.outcome, "alarm": one.alarm} for one in outcomes if one.alarm]
    alarms += [{"what": one.feature, "alarm": one.alarm} for one in inputs if one.alarm]
    return {
        "compared_with": then,
        "alarms": alarms,
        "inputs": [_rounded(asdict(one)) for one in inputs],
        "outcomes": [_rounded(asdict(one)) for one in outcomes],
    }


def _rounded(numbers: dict[str, Any]) -> dict[str, Any]:
    return {
        name: round(value, 4) if isinstance(value, float) else value
        for name, value in numbers.items()
    }
