"""What a comparison of two cohorts says: released values, ready to be shown or exported.

Everything here has passed the gate: counts are multiples of five, none stands for fewer than ten
patients, estimates lie on a grid of five patients, curves end where fewer than ten are at risk.
``None`` is a number that was held back ("under 10"); an empty tuple is a curve that was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from models.cohort.definition import Cohort

Pair = tuple["Curve", "Curve"]


@dataclass(frozen=True)
class Point:
    """One time of a curve.

    ``time_days`` is from the anchor; ``estimate``, ``lower`` and ``upper`` (95 %) are shares from
    0 to 1, or points of a scale; ``at_risk`` is rounded: patients at risk, or with a form.
    """

    time_days: int
    estimate: float
    lower: float
    upper: float
    at_risk: int


@dataclass(frozen=True)
class Curve:
    """A curve of one cohort; without points where it was held back, ``note`` then says why."""

    points: tuple[Point, ...]
    note: str = ""

    def at(self, time_days: int) -> Point | None:
        """The point at a time, None beyond the end of the curve."""
        return next((point for point in self.points if point.time_days == time_days), None)


@dataclass(frozen=True)
class Difference:
    """Cohort A minus cohort B with its 95 % interval, at ``time_days`` from the anchor."""

    time_days: int
    estimate: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Test:
    """A test of equality; ``p`` has two significant digits, and is never below 0.001."""

    __test__ = False  # not for pytest to collect

    name: str
    p: float


@dataclass(frozen=True)
class Step:
    """One step of the attrition: what was asked and how many remain, None where held back."""

    words: str
    n: int | None


@dataclass(frozen=True)
class Side:
    """One cohort: its definition as typed and in words, n (rounded) and how it came about."""

    expression: str
    definition: str
    n: int
    attrition: tuple[Step, ...]


@dataclass(frozen=True)
class Sides:
    """The two cohorts that a panel is about.

    ``anchor`` says in words from when time counts. ``overlap``: some patients are in both, so
    tests and intervals of differences are left out. ``data_date`` is the date of the data.
    """

    a: Side
    b: Side
    landmark_day: int
    anchor: str
    overlap: bool
    snapshot: str
    data_date: date | None


@dataclass(frozen=True)
class Share:
    """Patients of one level: rounded count and the percentage of the rounded cohort."""

    n: int
    percent: float


@dataclass(frozen=True)
class Characteristic:
    """One level of one variable in both cohorts.

    ``smd`` is the standardised mean difference of this level, as a share of 0 and 1, with the
    pooled standard deviation; None where a count was held back. ``level`` "not recorded" is the
    missing.
    """

    variable: str
    label: str
    level: str
    a: Share | None
    b: Share | None
    smd: float | None


@dataclass(frozen=True)
class Survival:
    """Time to one event from the anchor: ``outcome`` is "death" or "stop" (of treatment).

    ``restricted_mean`` are the days without the event up to ``restricted_to_days`` of A and B,
    ``difference`` those of A minus those of B.
    """

    outcome: str
    curves: Pair
    test: Test | None
    restricted_to_days: int | None
    restricted_mean: tuple[float, float] | None
    difference: Difference | None


@dataclass(frozen=True)
class Incidence:
    """Cumulative incidence of a first irAE with death as competing event.

    ``outcome`` is "any", "severe" or an organ; ``grade`` the least grade that counts (1 also
    counts an unrecorded grade). ``differences`` are at 90, 180 and 365 days where both curves
    reach.
    """

    outcome: str
    grade: int
    curves: Pair
    differences: tuple[Difference, ...]
    test: Test | None


@dataclass(frozen=True)
class HeatCell:
    """Share with an irAE of an organ at least of a grade one year from the anchor; None: held."""

    organ: str
    grade: int
    a: float | None
    b: float | None


@dataclass(frozen=True)
class Visit:
    """One scheduled form in one cohort: shares of the rounded cohort, None where held back.

    ``answered``, ``missed`` (alive and followed, no form), ``gone`` (out of follow-up) and
    ``died`` add up to the cohort. ``worse`` is the share, of those who answered, that is worse
    than at the start by the important difference.
    """

    day: int
    answered: float | None
    missed: float | None
    gone: float | None
    died: float | None
    worse: float | None


@dataclass(frozen=True)
class Quality:
    """One scale over the scheduled forms: mean with interval, who answered, A minus B.

    The points of ``curves`` are means in the points of the scale.
    """

    scale: str
    label: str
    higher_is_better: bool
    unit: str
    important_difference: float | None
    curves: Pair
    visits: tuple[tuple[Visit, ...], tuple[Visit, ...]]
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class RiskBin:
    """Patients with a predicted risk from ``lower`` to below ``upper`` (shares of 1).

    Shares of the cohort, then mean predicted risk and observed cumulative incidence at the
    horizon with its 95 % interval in the bin; None where held back.
    """

    lower: float
    upper: float
    share: tuple[float | None, float | None]
    predicted: tuple[float | None, float | None]
    observed: tuple[Point | None, Point | None]


@dataclass(frozen=True)
class PredictedRisk:
    """Distribution of the predicted risk of one outcome, and how it compares with what came."""

    outcome: str
    horizon_days: int
    model_version: str | None
    bins: tuple[RiskBin, ...]
    predicted: tuple[float | None, float | None]
    observed: tuple[Point | None, Point | None]
    scored: tuple[float | None, float | None]


@dataclass(frozen=True)
class BalanceRow:
    """Standardised mean difference of one level before and after weighting."""

    label: str
    level: str
    before: float
    after: float


@dataclass(frozen=True)
class Adjusted:
    """The comparison with overlap weights: an adjusted association, not an effect.

    ``effective`` are the effective sample sizes (rounded) of A and B. ``note`` says why there is
    no adjusted view, and everything else is then empty.
    """

    covariates: tuple[str, ...]
    balance: tuple[BalanceRow, ...]
    effective: tuple[int, int] | None
    survival: Pair
    incidence: Pair
    differences: Mapping[str, tuple[Difference, ...]] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True)
class Facet:
    """A comparison in one country: n (rounded) and definitions of both parts.

    ``parts`` are cohorts like any other; None, as are the numbers, where they were held back.
    """

    country: str
    n: tuple[int | None, int | None]
    parts: tuple[Cohort, Cohort] | None
