"""Two cohorts weighted to be alike in what is known at the first dose (overlap weights).

What remains is an association adjusted for these characteristics, and for nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from models.arrays import Floats
from models.cohort.balance import difference_of_shares
from models.cohort.competing_risks import cumulative_incidence
from models.cohort.definition import Cohort
from models.cohort.overlap_weights import OverlapWeights, design, overlap_weights
from models.cohort.pairing import counts_of, halves, protection, tally
from models.cohort.release import Protection, rounded
from models.cohort.results import Adjusted, BalanceRow, Curve, Pair
from models.cohort.step_curve import StepCurve
from models.cohort.survival import kaplan_meier
from models.cohort.time_counts import TimeCounts
from models.cohort.time_panels import differences, release_half
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
    a, b = (protection(half) for half in halves(cells))
    people = cells.groupby(list(names), as_index=False).agg(
        a=("n", lambda n: n[cells.loc[n.index, "in_a"].astype(bool)].sum()),
        b=("n", lambda n: n[cells.loc[n.index, "in_b"].astype(bool)].sum()),
    )
    codes = {name: people[name].to_numpy(np.int64) for name in names}
    of_a, of_b = people["a"].to_numpy(np.float64), people["b"].to_numpy(np.float64)
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
        for row in _balance(name, values, cells, (of_a, of_b), fitted, (a, b))
    ]
    return Weighting(float(fitted.coefficients[0]), effects, fitted.effective, tuple(rows))


def _balance(
    name: str,
    codes: np.ndarray,
    cells: pd.DataFrame,
    people: tuple[Floats, Floats],
    fitted: OverlapWeights,
    cohorts: tuple[Protection, Protection],
) -> list[BalanceRow]:
    """Levels that both cohorts have enough patients of."""
    rows = []
    for code in np.unique(codes).tolist():
        counted = [tally(half[half[name] == code]) for half in halves(cells)]
        if not all(cohort.holds(count) for cohort, count in zip(cohorts, counted, strict=True)):
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


def adjusted_panel(fitted: Weighting, deaths: pd.DataFrame, events: pd.DataFrame) -> Adjusted:
    """Weighted survival and weighted incidence of any irAE.

    Args:
        fitted: the weights.
        deaths: as ``survival_times`` with columns ``weight`` and ``square``, sums over each
            group of the weights and of their squares.
        events: as ``event_times`` likewise.
    """
    effective = (rounded(fitted.effective[0]), rounded(fitted.effective[1]))
    survival = _weighted(deaths, kaplan_meier)
    incidence = _weighted(events, cumulative_incidence)
    both = [protection(half) for half in halves(deaths)]
    grid = max(one.grid for one in both)
    return Adjusted(
        tuple(VARIABLES[name].label for name in fitted.covariates),
        fitted.balance,
        effective,
        survival[0],
        incidence[0],
        {
            "survival": differences(survival[0], survival[1], grid),
            "incidence": differences(incidence[0], incidence[1], grid),
        },
    )


def not_adjusted(note: str) -> Adjusted:
    """Why there is no adjusted view."""
    return Adjusted((), (), None, NOTHING, NOTHING, {}, note)


def _weighted(
    rows: pd.DataFrame, estimate: Callable[[TimeCounts], StepCurve]
) -> tuple[Pair, list[StepCurve]]:
    curves, estimates = [], []
    for half in halves(rows):
        estimates.append(estimate(_weighted_counts(half)))
        # Who is at risk is counted without weights: the rules are about people.
        curves.append(release_half(half, protection(half), counts_of(half), estimates[-1]))
    return (curves[0], curves[1]), estimates


def _weighted_counts(half: pd.DataFrame) -> TimeCounts:
    columns = (half["time"], half["cause"])
    sums = TimeCounts.from_groups(*columns, half["weight"], half["entry"], causes=2)
    squares = TimeCounts.from_groups(*columns, half["square"], half["entry"], causes=2)
    return replace(sums, squares=squares)
