"""Simulated patients whose true risk is known: how wide intervals must be, and if they hold."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from data_access.simulated_rows import landmark_rows
from data_access.synthetic import chunks, true_risk
from models.arrays import Floats
from models.progress import Progress
from models.risk.ceiling import ceiling
from models.risk.interval import coverage, fit_misfit
from models.risk.labels import LandmarkRows, labels
from models.risk.outcomes import HORIZONS, OUTCOMES
from models.risk.predictor import Predictor
from models.risk.support import scorable


def rows_with_truth(patients: int, seed: int, progress: Progress) -> tuple[LandmarkRows, Floats]:
    """Scorable simulated patients at day 0 and their true risks, shape (n, outcomes, horizons)."""
    cohorts = list(chunks(patients, seed))
    rows = landmark_rows(cohorts, patients, progress)
    rows = rows.select((rows.landmark_day == 0) & scorable(rows.features))
    truth = pd.concat([true_risk(cohort) for cohort in cohorts])
    wide = truth.pivot(index="patient_id", columns=["outcome", "horizon_days"], values="risk")
    order = [(outcome, horizon) for outcome in OUTCOMES for horizon in HORIZONS]
    risks = wide.loc[rows.patient_id, order].to_numpy(dtype=np.float64)
    return rows, risks.reshape(len(risks), len(OUTCOMES), len(HORIZONS))


def misfit(
    predictor: Predictor, patients: int, seed: int, progress: Progress
) -> dict[str, dict[str, float]]:
    """Log-odds to add to the spread of the bags, by outcome and horizon in days."""
    rows, truth = rows_with_truth(patients, seed, progress)
    middle, spread = predictor.log_odds(rows.features, list(rows.country))
    return {
        outcome: {
            str(days): round(fit_misfit(middle[:, i, j], spread[:, i, j], truth[:, i, j]), 6)
            for j, days in enumerate(HORIZONS)
        }
        for i, outcome in enumerate(OUTCOMES)
    }


def against_truth(
    predictor: Predictor, patients: int, seed: int, progress: Progress
) -> dict[str, list[dict[str, Any]]]:
    """How often intervals hold the true risk, and how close discrimination comes to what it has.

    Scorable patients at day 0, by outcome and horizon, for everybody and by country.

    Returns:
        ``interval_coverage`` and ``ceiling``.
    """
    rows, truth = rows_with_truth(patients, seed, progress)
    risks = predictor.predict(rows.features, list(rows.country))
    answers = labels(rows)
    country = rows.country.astype(str)
    groups = [("all", "all", np.ones(len(rows), dtype=bool))]
    groups += [("country", str(name), country == name) for name in np.unique(country)]
    covered, ceilings = [], []
    for group, level, here in groups:
        for i, outcome in enumerate(OUTCOMES):
            for j, days in enumerate(HORIZONS):
                head = {"outcome": outcome, "horizon_days": days, "group": group, "level": level}
                at = (here, i, j)
                held = coverage(risks.lower[at], risks.upper[at], truth[at])
                covered.append({**head, "n": int(here.sum()), "coverage": round(held, 4)})
                found = ceiling(risks.risk[at], truth[at], answers.happened[at], answers.weight[at])
                numbers = {name: _known(value) for name, value in asdict(found).items()}
                ceilings.append(head | numbers)
    return {"interval_coverage": covered, "ceiling": ceilings}


def _known(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 6)
