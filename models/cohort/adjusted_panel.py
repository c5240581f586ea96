"""Two cohorts weighted to be alike in what is known at the first dose (overlap weights).

What remains is an association adjusted for these characteristics, and for nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from models.arrays import Floats, Integers
from models.cohort.balance import difference_of_shares
from models.cohort.competing_risks import cumulative_incidence
from models.cohort.definition import Cohort
from models.cohort.overlap_weights import OverlapWeights, design, overlap_weights
from models.cohort.pairing import Half, halves
from models.cohort.people import ANY, DEATH
from models.cohort.release import rounded
from models.cohort.results import Adjusted, BalanceRow, Curve, Pair
from models.cohort.step_curve import StepCurve
from models.cohort.survival import kaplan_meier
from models.cohort.time_counts import TimeCounts
from models.cohort.time_panels import differences, released_pair
from models.cohort.variables import VARIABLES

COVARIATES = ("sex", "age", "cancer", "stage", "line", "ecog", "autoimmune")
"""What the cohorts are made alike in: known before treatment and tied to irAE and survival."""

MISSING = -1
NOTHING: Pair = (Curve((), ""), Curve((), ""))


@dataclass(frozen=True)
class Weighting:
    """A fitted propensity model: log-odds of cohort A by the code of each covariate."""

    intercept: float
    effects: Mapping[str, Mapping[int, float]]
    effective: tuple[float, float]
    balance: tuple[BalanceRow, ...]

    @property
    def covariates(self) -> tuple[str, ...]:
        """Names of the covariates."""
        return tuple(self.effects)


def covariates(a: Cohort, b: Cohort) -> tuple[str, ...]:
    """Covariates that do not themselves define one of the cohorts."""
    asked = {condition.variable.name for cohort in (a, b) for condition in cohort.conditions}
    return tuple(name for name in COVARIATES if name not in asked)


def weighting(cells: pd.DataFrame, names: Sequence[str]) -> Weighting:
    """The propensity model and how alike the cohorts are before and after.

    Args:
        cells: result of ``models.cohort.counts.cells``.
        names: the covariates.

    Raises:
        NotComparable: the cohorts hardly overlap.
    """
    both = halves(cells)
    columns = {name: cells[name].to_numpy(np.int64) for name in names}
    _, first, cell = np.unique(_packed(columns), return_index=True, return_inverse=True)
    codes = {name: values[first] for name, values in columns.items()}
    people = cells["n"].to_numpy(np.float64)
    of_a, of_b = (_per_cell(cell, people * cells[side].to_numpy(bool)) for side in ("in_a", "in_b"))
    model = design(codes, of_a + of_b)
    fitted = overlap_weights(model.matrix, of_a, of_b)
    effects: dict[str, dict[int, float]] = {
        name: {int(code): 0.0 for code in np.unique(values)} for name, values in codes.items()
    }
    for (name, code), value in zip(model.levels, fitted.coefficients[1:], strict=True):
        effects[name][code] = float(value)
    rows = [
        row
        for name, values in codes.items()
        for row in _balance(name, values, both, (of_a, of_b), fitted)
    ]
    return Weighting(float(fitted.coefficients[0]), effects, fitted.effective, tuple(rows))


def _per_cell(cell: Integers, people: Floats) -> Floats:
    counted: Floats = np.zeros(int(cell.max(initial=-1)) + 1)
    np.add.at(counted, cell, people)
    return counted


def _packed(columns: Mapping[str, Integers]) -> Integers:
    """One number for each combination of codes, which begin at ``MISSING``."""
    code: Integers = np.zeros(len(next(iter(columns.values()))), dtype=np.int64)
    for values in columns.values():
        code = code * (values.max(initial=0) - MISSING + 1) + (values - MISSING)
    return code


def _balance(
    name: str,
    codes: Integers,
    both: tuple[Half, Half],
    people: tuple[Floats, Floats],
    fitted: OverlapWeights,
) -> list[BalanceRow]:
    """Levels that both cohorts have enough patients of."""
    rows = []
    for code in np.unique(codes).tolist():
        counted = [half.where(half[name] == code).tally() for half in both]
        if not all(half.rules.holds(one) for half, one in zip(both, counted, strict=True)):
            continue
        here = codes == code
        before = [of[here].sum() / of.sum() for of in people]
        weights = (people[0] * fitted.weight_a, people[1] * fitted.weight_b)
        after = [of[here].sum() / of.sum() for of in weights]
        variable = VARIABLES[name]
        level = "not recorded" if code == MISSING else variable.label_of(code)
        rows.append(BalanceRow(variable.label, level, _apart(before), _apart(after)))
    return rows


def _apart(shares: Sequence[float]) -> float:
    clipped = np.clip(shares, 0.0, 1.0)
    found = float(difference_of_shares(clipped[0], clipped[1]))
    return float(np.clip(round(found, 2), -9.99, 9.99)) + 0.0


def adjusted_panel(fitted: Weighting, rows: pd.DataFrame) -> Adjusted:
    """Weighted survival and weighted incidence of any irAE.

    Args:
        fitted: the weights.
        rows: result of ``models.cohort.counts.weighted_times``.
    """
    effective = (rounded(fitted.effective[0]), rounded(fitted.effective[1]))
    survival = _weighted(rows, DEATH, kaplan_meier)
    incidence = _weighted(rows, ANY, cumulative_incidence)
    return Adjusted(
        tuple(VARIABLES[name].label for name in fitted.covariates),
        fitted.balance,
        effective,
        survival[0],
        incidence[0],
        {
            "survival": differences(*survival),
            "incidence": differences(*incidence),
        },
    )


def not_adjusted(note: str) -> Adjusted:
    """Why there is no adjusted view."""
    return Adjusted((), (), None, NOTHING, NOTHING, {}, note)


def _weighted(
    rows: pd.DataFrame, outcome: str, estimate: Callable[[TimeCounts], StepCurve]
) -> tuple[Pair, list[StepCurve]]:
    both = [half.where(half["outcome"] == outcome) for half in halves(rows)]
    estimates = [estimate(_weighted_counts(half)) for half in both]
    # Who is at risk is counted without weights: the rules are about people.
    return released_pair(both, estimates), estimates


def _weighted_counts(half: Half) -> TimeCounts:
    columns = (half["time"], half["cause"])
    sums = TimeCounts.from_groups(*columns, half["weight"], half["entry"], causes=2)
    squares = TimeCounts.from_groups(*columns, half["square"], half["entry"], causes=2)
    return replace(sums, squares=squares)
