"""Recalibration of models in one country on patients they meet there.

An affine line per outcome, fitted to all of the country's people and shrunk to the line in use;
what it changes is measured by fitting to one half of the people and looking at the other.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from models.arrays import Bools, Floats
from models.risk.calibration import MINIMUM_EVENTS, PRIOR_EVENTS, Affine, fit_affine, probability
from models.risk.labels import LandmarkRows, labels
from models.risk.metrics import calibration_slope_and_intercept, resamples
from models.risk.outcomes import HORIZONS, OUTCOMES
from models.risk.predictor import Predictor
from models.risk.support import scorable

MEASURED_DAYS = 180
_MEASURED = HORIZONS.index(MEASURED_DAYS)


@dataclass(frozen=True)
class Recalibration:
    """New lines by outcome, and per outcome what they change; see ``recalibrate``."""

    country: str
    people: int
    lines: Mapping[str, Affine]
    outcomes: list[dict[str, Any]]


def recalibrate(predictor: Predictor, rows: LandmarkRows, country: str, seed: int) -> Recalibration:
    """Lines of the outcomes that at least ``MINIMUM_EVENTS`` people of a country had.

    Args:
        predictor: the models in use.
        rows: people at landmarks; those of other countries, or without the minimum of inputs, are
            left out.
        country: code of the country.
        seed: of the halves and of the bootstrap.

    Returns:
        ``outcomes`` has an entry per outcome: people with the event, ``changed``, and where it is
        so intercept and slope of the line, and calibration slope and intercept of the risk within
        180 days at all landmarks, before and after, on the half that the line measured was not
        fitted to, with 95 % intervals from resampling people.

    Raises:
        ValueError: nobody of the country can be scored, or no outcome has enough people.
    """
    rows = rows.select((rows.country.astype(str) == country) & scorable(rows.features))
    if not len(rows):
        raise ValueError(
            f"There is nobody of {country} with research consent and the inputs that a risk needs:"
            " nothing was changed."
        )
    names, person = np.unique(rows.patient_id.astype(str), return_inverse=True)
    rng = np.random.default_rng(seed)
    half = (rng.random(len(names)) < 0.5)[person]
    measured_on = ~half
    drawn = resamples(len(names), rng)[:, person[measured_on]]
    margins = predictor.ensemble.margins(rows.features).mean(axis=0)
    answers = labels(rows)
    lines: dict[str, Affine] = {}
    entries: list[dict[str, Any]] = []
    most = (0, "")
    for i, outcome in enumerate(OUTCOMES):
        happened, weight = answers.happened[:, i], answers.weight[:, i]
        events = len(np.unique(person[(happened & (weight > 0)).any(axis=1)]))
        most = max(most, (events, outcome))
        head = {"outcome": outcome, "events": events, "changed": events >= MINIMUM_EVENTS}
        if events < MINIMUM_EVENTS:
            entries.append(head)
            continue
        before = predictor.calibration(outcome, country)
        per_event = (happened & (weight > 0)).sum() / events
        fit = (margins[:, i], happened, weight, before, per_event)
        lines[outcome] = _line(*fit, np.ones(len(rows), dtype=bool))
        measured = _line(*fit, half)
        entries.append(
            head
            | {"line_before": asdict(before), "line_after": asdict(lines[outcome])}
            | _change(
                margins[measured_on, i, _MEASURED],
                happened[measured_on, _MEASURED],
                weight[measured_on, _MEASURED],
                drawn,
                before,
                measured,
            )
        )
    if not lines:
        raise ValueError(
            f"Recalibration needs {MINIMUM_EVENTS} people with an outcome, and {country} has at"
            f" most {most[0]} ({most[1] or 'none'}): nothing was changed."
        )
    return Recalibration(country, len(names), lines, entries)


def _line(
    margins: Floats,
    happened: Bools,
    weight: Floats,
    towards: Affine,
    per_event: float,
    here: Bools,
) -> Affine:
    return fit_affine(
        margins[here].ravel(),
        happened[here].ravel(),
        weight[here].ravel(),
        towards=towards,
        prior=PRIOR_EVENTS * per_event,
    )


def _change(
    margins: Floats,
    happened: Bools,
    weight: Floats,
    drawn: Floats,
    before: Affine,
    after: Affine,
) -> dict[str, Any]:
    weights = np.vstack([weight, weight * drawn])
    found: dict[str, Any] = {}
    for when, line in (("before", before), ("after", after)):
        measures = calibration_slope_and_intercept(probability(line(margins)), happened, weights)
        for name, values in zip(("slope", "intercept"), measures, strict=True):
            known = values[~np.isnan(values)]
            ends = np.percentile(known, (2.5, 97.5)) if len(known) else (math.nan, math.nan)
            for end, value in zip(("", "_lower", "_upper"), (values[0], *ends), strict=True):
                number = float(value)
                found[f"{name}_{when}{end}"] = None if math.isnan(number) else round(number, 4)
    return found


def with_recalibration(
    manifest: Mapping[str, Any],
    done: Recalibration,
    source: Mapping[str, Any],
    version: str,
) -> dict[str, Any]:
    """The manifest as a new version with the lines, what they changed and on whom they rest."""
    calibration = {
        outcome: places
        | ({done.country: asdict(done.lines[outcome])} if outcome in done.lines else {})
        for outcome, places in manifest["calibration"].items()
    }
    entry = {
        **source,
        "country": done.country,
        "people": done.people,
        "from_version": manifest["version"],
        "outcomes": done.outcomes,
    }
    kept = {key: value for key, value in manifest.items() if key not in ("files", "sha256")}
    return {
        **kept,
        "version": version,
        "calibration": calibration,
        "recalibrations": [*manifest.get("recalibrations", []), entry],
    }
