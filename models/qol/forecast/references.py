"""Simpler forecasts on the same forms: what ours has to be better than.

statsmodels is needed, and loaded, only when the mixed model runs.
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

from models.arrays import Floats
from models.qol.forecast.inputs import INPUTS
from models.qol.forecast.rows import ForecastRows
from models.qol.forecast.targets import HORIZONS_DAYS, TARGETS, Target

CARRIED_FORWARD = "last value carried forward"
LINEAR = "linear regression"
MIXED = "linear mixed model"
SHORT_TOO = ("global_qol", "fatigue")
"""Targets that a short form holds as well."""

MIXED_PATIENTS = 2_000
"""Patients that the mixed model is fitted to: more change its few numbers next to nothing."""

_FIXED = ("years", "years2", "age_years", "sex", "ecog", "comorbidities", "combination")


def carried_forward(rows: ForecastRows, target: Target) -> Floats:
    """The latest score at every horizon, shape (n, H)."""
    return np.repeat(rows.last(target)[:, None], len(HORIZONS_DAYS), axis=1)


def linear_regression(train: ForecastRows, test: ForecastRows, target: Target) -> Floats:
    """Least squares of the change on every input, one model per horizon, shape (n, H).

    Numbers are imputed by their median with an indicator, codes become columns.
    """
    from sklearn.linear_model import Ridge

    design = _Design(train.inputs)
    found = np.empty((len(test), len(HORIZONS_DAYS)))
    learnt, asked = design(train.inputs), design(test.inputs)
    change = train.later[:, :, TARGETS.index(target)] - train.last(target)[:, None]
    for place in range(len(HORIZONS_DAYS)):
        known = ~np.isnan(change[:, place])
        model = Ridge(alpha=1.0).fit(learnt[known], change[known, place])
        found[:, place] = test.last(target) + model.predict(asked)
    return found


def mixed_model(train: ForecastRows, test: ForecastRows, target: Target, seed: int) -> Floats:
    """Random intercept per patient, linear and square time, a few covariates; shape (n, H).

    A patient's own level is the best linear unbiased prediction from the scores up to the form.
    """
    import statsmodels.api as sm

    people = train.people
    chosen = np.random.default_rng(seed).permutation(people.max() + 1)[:MIXED_PATIENTS]
    fitted_on = train.select(_has_score(train, target) & np.isin(people, chosen))
    with warnings.catch_warnings():
        # statsmodels warns of a flat likelihood near the optimum; the figures are what counts.
        warnings.simplefilter("ignore")
        model = sm.MixedLM(
            fitted_on.last(target), _covariates(fitted_on), groups=fitted_on.people
        ).fit(reml=True, method="lbfgs")
    between, within = float(np.asarray(model.cov_re)[0, 0]), float(model.scale)
    fixed = np.asarray(model.fe_params)
    total, count = _history(test, target, fixed)
    own = between * total / (within + between * count)
    later = [own + _covariates(test, days) @ fixed for days in HORIZONS_DAYS]
    return np.column_stack(later)


def _history(rows: ForecastRows, target: Target, fixed: Floats) -> tuple[Floats, Floats]:
    """Sum of a patient's residuals up to each form, and how many there are, shape (n,) each."""
    fresh = _has_score(rows, target)
    residual = np.where(fresh, rows.last(target) - _covariates(rows) @ fixed, 0.0)
    frame = pd.DataFrame(
        {"person": rows.people, "day": rows.input("form_day"), "sum": residual, "count": fresh}
    )
    order = frame.sort_values(["person", "day"], kind="stable").index
    sums = frame.loc[order].groupby("person")[["sum", "count"]].cumsum().loc[frame.index]
    return sums["sum"].to_numpy(np.float64), sums["count"].to_numpy(np.float64)


def _has_score(rows: ForecastRows, target: Target) -> np.ndarray:
    """Whether the form itself holds a score of the target."""
    known = ~np.isnan(rows.last(target))
    if target.name in SHORT_TOO:
        return known
    return np.asarray(known & (rows.input("full_form_age_days") == 0))


def _covariates(rows: ForecastRows, ahead: float = 0.0) -> Floats:
    years = (rows.input("form_day") + ahead) / 365.25
    known = {
        "years": years,
        "years2": years**2,
        "combination": (rows.input("drug_class") == 4).astype(np.float64),
    }
    columns = [known[name] if name in known else rows.input(name) for name in _FIXED]
    matrix = np.column_stack([np.ones(len(rows)), *columns])
    # The few covariates that are not recorded count as the usual value.
    usual = np.nanmedian(matrix, axis=0)
    return np.where(np.isnan(matrix), usual, matrix)


class _Design:
    """Columns for a linear model: imputed numbers, indicators of missing, codes apart."""

    def __init__(self, inputs: Floats) -> None:
        self._median = np.nan_to_num(np.nanmedian(inputs, axis=0))
        spread = np.nanstd(inputs, axis=0)
        self._spread = np.where(spread > 0, spread, 1.0)
        self._gaps = np.flatnonzero(np.isnan(inputs).any(axis=0))

    def __call__(self, inputs: Floats) -> Floats:
        columns = [np.isnan(inputs[:, self._gaps]).astype(np.float64)]
        for place, feature in enumerate(INPUTS):
            values = inputs[:, place]
            if len(feature.labels) > 2:
                codes = range(len(feature.labels))
                columns.append(np.column_stack([values == code for code in codes]).astype(float))
            else:
                filled = np.where(np.isnan(values), self._median[place], values)
                standard = (filled - self._median[place]) / self._spread[place]
                columns.append(standard[:, None])
        return np.hstack(columns)
