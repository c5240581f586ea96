"""From raw numbers to released ones: minimum cell, rounding, and the end of curves.

Counts are released when they stand for at least ten patients, and for at least ten who are not
the viewer's own: those the viewer knows one by one and could subtract. Estimates are rounded to a
grid of five patients of the cohort, intervals outwards. Which cohorts may be counted at all is
for ``models.cohort.audit``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.arrays import Floats, Integers
from models.cohort.disclosure import MINIMUM_CELL, ROUNDING
from models.cohort.results import Curve, Difference, Point, Share, Test
from models.cohort.step_curve import LEVEL, StepCurve, TwoSampleTest, quantile

STEP_DAYS = 30
"""Curves are released at every thirtieth day."""

SMALLEST_P = 0.001

UNDER = f"under {MINIMUM_CELL}"
FEW_EVENTS = f"{UNDER} events"
FEW_PATIENTS = f"{UNDER} patients"

COARSEST = 1 / 6
"""Largest step of a curve that is drawn: five of thirty patients."""

TOO_COARSE = "under 30 patients, too coarse to draw"


@dataclass(frozen=True)
class Tally:
    """A count of patients, and how many of them are not the viewer's own."""

    n: int
    others: int


@dataclass(frozen=True)
class Protection:
    """The rules for one cohort: its patients, and how many of them are not the viewer's own.

    ``own``: its definition itself admits the viewer's own patients only. That none of the others
    happen to belong would be news of them and does not count.
    """

    n: int
    others: int
    own: bool = False

    def holds(self, tally: Tally) -> bool:
        """Whether a count of patients of the cohort may be released."""
        return tally.n >= MINIMUM_CELL and (self.own or tally.others >= MINIMUM_CELL)

    @property
    def is_enough(self) -> bool:
        """Whether anything of the cohort may be released."""
        return self.holds(Tally(self.n, self.others))

    @property
    def released_n(self) -> int:
        """Patients of the cohort, rounded."""
        return rounded(self.n)

    @property
    def grid(self) -> float:
        """Five patients as a share of the cohort: the precision of released shares."""
        return ROUNDING / max(self.released_n, ROUNDING)

    def count(self, tally: Tally) -> int | None:
        """A rounded count; None where it is held back."""
        return rounded(tally.n) if self.holds(tally) else None

    def share(self, tally: Tally) -> float | None:
        """Rounded count by rounded cohort, at most 1; None where it is held back."""
        count = self.count(tally)
        return None if count is None else min(count / self.released_n, 1.0)

    def on_grid(self, value: float) -> float:
        """A share of the cohort rounded to five patients."""
        return float(np.clip(round(value / self.grid) * self.grid, 0.0, 1.0))


def rounded(count: float) -> int:
    """The nearest multiple of five; halves go up."""
    return int((count + ROUNDING / 2) // ROUNDING * ROUNDING)


def level_shares(tallies: Sequence[Tally], cohort: Protection) -> list[Share | None]:
    """Shares of levels that add up to the cohort, with complementary suppression.

    Where a level is held back, levels that could be released are held back too, the smallest
    first, until those that are hidden hold at least ten patients together and are not alone:
    otherwise the rest of the cohort would tell the one that is missing.
    """
    shown = [cohort.holds(tally) for tally in tallies]
    smallest_first = sorted(range(len(tallies)), key=lambda level: tallies[level].n)
    for level in smallest_first:
        hidden = [tallies[i] for i, seen in enumerate(shown) if not seen]
        together = Tally(sum(t.n for t in hidden), sum(t.others for t in hidden))
        if not hidden or (len(hidden) > 1 and cohort.holds(together)):
            break
        shown[level] = False
    return [
        _share(tally, cohort) if seen else None for tally, seen in zip(tallies, shown, strict=True)
    ]


def _share(tally: Tally, cohort: Protection) -> Share:
    count = rounded(tally.n)
    return Share(count, min(100.0, 100 * count / cohort.released_n))


def released_curve(
    curve: StepCurve,
    events: Tally,
    at_risk: Sequence[Tally],
    left: Sequence[Tally],
    days: Integers,
    cohort: Protection,
) -> Curve:
    """A curve on the grid of days and of shares, cut where fewer than ten are at risk.

    Args:
        curve: the curve, shares of 1.
        events: events behind it; with fewer than ten, zero among them, nothing is drawn.
        at_risk: patients at risk on each of ``days``.
        left: those still at risk after it: where nobody is, all of them ended alike.
        days: shape (d,), the days of the released curve.
        cohort: the rules of the cohort.
    """
    if not cohort.is_enough:
        return Curve((), FEW_PATIENTS)
    if cohort.grid > COARSEST:
        return Curve((), TOO_COARSE)
    if not cohort.holds(events):
        return Curve((), FEW_EVENTS)
    seen = 0
    while seen < len(days) and cohort.holds(at_risk[seen]) and cohort.holds(left[seen]):
        seen += 1
    points = released_points(curve, days[:seen], at_risk[:seen], cohort.grid)
    return Curve(points, "" if seen else FEW_PATIENTS)


def released_points(
    curve: StepCurve, days: Integers, at_risk: Sequence[Tally], grid: float
) -> tuple[Point, ...]:
    """A curve on some days on a grid of shares, its interval rounded outwards."""
    steps = curve.at(days)
    values = (
        np.round(steps.estimate / grid) * grid,
        outward(steps.lower, grid, up=False),
        outward(steps.upper, grid, up=True),
    )
    columns = [np.clip(value, 0.0, 1.0).tolist() for value in values]
    people = [rounded(tally.n) for tally in at_risk]
    return tuple(map(Point, days.tolist(), *columns, people))


def outward(values: npt.ArrayLike, grid: float, *, up: bool) -> Floats:
    """The next multiples of a grid; what lies on the grid stays there."""
    steps = np.asarray(values, dtype=np.float64) / grid
    # + 0.0: no minus zero.
    return np.asarray(grid * (np.ceil(steps - 1e-9) if up else np.floor(steps + 1e-9)) + 0.0)


def released_difference(day: int, estimate: float, half_width: float, step: float) -> Difference:
    """A difference of released values with its interval, whose half width is rounded up.

    Args:
        day: days from the anchor.
        estimate: released value of A minus that of B.
        half_width: of the 95 % interval.
        step: what the half width is a multiple of.
    """
    half = float(outward(half_width, step, up=True))
    return Difference(day, estimate + 0.0, estimate - half, estimate + half)


def released_test(name: str, result: TwoSampleTest) -> Test | None:
    """A p value with two significant digits, not below 0.001; None where nothing was compared."""
    if np.isnan(result.p):
        return None
    return Test(name, max(float(f"{result.p:.2g}"), SMALLEST_P))


def released_mean(
    total: float, squares: float, tally: Tally, cohort: Protection
) -> tuple[float, float, float] | None:
    """Mean and its 95 % interval to three significant digits; None where it is held back.

    Args:
        total: sum of the values.
        squares: sum of their squares.
        tally: who they are of.
        cohort: the rules of the cohort.
    """
    if not cohort.holds(tally):
        return None
    mean = total / tally.n
    variance = max(squares / tally.n - mean**2, 0.0) * tally.n / (tally.n - 1)
    half = quantile(LEVEL) * (variance / tally.n) ** 0.5
    return significant(mean), significant(mean - half), significant(mean + half)


def significant(value: float) -> float:
    """A value with three significant digits."""
    return float(f"{value:.3g}")
