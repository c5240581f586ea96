"""Internal-external validation: trained in all countries but one, tested in that one.

Steyerberg EW, Harrell FE. J Clin Epidemiol 2016;69:245-7. Never imported by the web process.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from models.arrays import Bools, Floats
from models.progress import Progress
from models.risk.calibration import (
    EVERYWHERE,
    PRIOR_EVENTS,
    PRIOR_SLOPE_EVENTS,
    fit_affine,
    probability,
)
from models.risk.ensemble import Ensemble
from models.risk.labels import Labels, LandmarkRows, labels
from models.risk.metrics import performance, resamples
from models.risk.outcomes import HORIZONS, OUTCOMES
from models.risk.support import scorable
from models.risk.training import TrainingPlan, train


def internal_external(
    rows: LandmarkRows, plan: TrainingPlan, seed: int, progress: Progress
) -> list[dict[str, Any]]:
    """Performance in each country of models that never saw it, before and after recalibration.

    Recalibration is an affine line per outcome, fitted to a random half of the country's people
    and shrunk as in ``calibration.by_country``; both are measured on the other half at day 0.

    Args:
        rows: people of at least two countries.
        plan: of the training; fewer bags than the models in use will do.
        seed: of the halves and of the bootstrap.
        progress: told the name of a step and the share of it that is done.

    Returns:
        One entry per country, ``recalibrated``, outcome and horizon, with auroc, auprc, brier,
        scaled_brier, slope and intercept and their intervals; None where too few had the outcome.

    Raises:
        ValueError: there is only one country, or the others have too few events to learn from.
    """
    countries = np.unique(rows.country.astype(str))
    if len(countries) < 2:
        raise ValueError("Internal-external validation needs patients of at least two countries.")
    entries: list[dict[str, Any]] = []
    for done, country in enumerate(countries):
        progress("internal-external validation", done / len(countries))
        here = rows.country.astype(str) == country
        trained = train(rows.select(~here), plan, lambda step, share: None)
        ensemble = Ensemble.from_texts(trained.texts, plan.threads)
        start = rows.select(here & (rows.landmark_day == 0) & scorable(rows.features))
        margins = ensemble.margins(start.features).mean(axis=0)
        lines = [trained.calibrations[outcome][EVERYWHERE] for outcome in OUTCOMES]
        common = np.stack([line(margins[:, i]) for i, line in enumerate(lines)], axis=1)
        half = np.random.default_rng(seed).random(len(start)) < 0.5
        answers = labels(start)
        moved = _recalibrated(common, answers, half)
        for recalibrated, log_odds in ((False, common), (True, moved)):
            head = {"held_out": str(country), "recalibrated": recalibrated}
            entries += [head | one for one in _measured(log_odds, answers, ~half, seed)]
    return entries


def _recalibrated(log_odds: Floats, answers: Labels, half: Bools) -> Floats:
    """Each outcome moved by the line that fits the half best."""
    moved = np.empty_like(log_odds)
    for i in range(len(OUTCOMES)):
        happened = answers.happened[half, i].ravel()
        weight = answers.weight[half, i].ravel()
        line = fit_affine(
            log_odds[half, i].ravel(),
            happened,
            weight,
            prior=PRIOR_EVENTS * len(HORIZONS),
            slope_prior=PRIOR_SLOPE_EVENTS * len(HORIZONS),
        )
        moved[:, i] = line(log_odds[:, i])
    return moved


def _measured(log_odds: Floats, answers: Labels, people: Bools, seed: int) -> list[dict[str, Any]]:
    risk = probability(log_odds)
    drawn = resamples(int(people.sum()), np.random.default_rng(seed))
    entries = []
    for i, outcome in enumerate(OUTCOMES):
        for j, horizon in enumerate(HORIZONS):
            happened, weight = answers.happened[people, i, j], answers.weight[people, i, j]
            found = performance(risk[people, i, j], happened, weight, drawn)
            numbers: dict[str, Any] = {
                "outcome": outcome,
                "horizon_days": horizon,
                "n": int((weight > 0).sum()),
                "events": int((happened & (weight > 0)).sum()),
            }
            for name, estimate in vars(found).items():
                for end, value in zip(
                    ("", "_lower", "_upper"), vars(estimate).values(), strict=True
                ):
                    numbers[name + end] = None if math.isnan(value) else round(value, 5)
            entries.append(numbers)
    return entries
