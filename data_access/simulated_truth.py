"""Simulated patients whose true risk is known: how wide intervals must be, and if they hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from data_access.simulated_rows import landmark_rows
from data_access.synthetic import chunks, true_risk
from models.arrays import Floats
from models.progress import Progress
from models.risk.interval import coverage, fit_misfit
from models.risk.labels import LandmarkRows
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


def coverages(
    predictor: Predictor, patients: int, seed: int, progress: Progress
) -> list[dict[str, Any]]:
    """How often intervals at day 0 hold the true risk, by outcome and horizon."""
    rows, truth = rows_with_truth(patients, seed, progress)
    risks = predictor.predict(rows.features, list(rows.country))
    return [
        {
            "outcome": outcome,
            "horizon_days": horizon,
            "coverage": round(
                coverage(risks.lower[:, i, j], risks.upper[:, i, j], truth[:, i, j]), 4
            ),
        }
        for i, outcome in enumerate(OUTCOMES)
        for j, horizon in enumerate(HORIZONS)
    ]
