"""An invented comparison for the tests of the page of cohorts and of its builders."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import SimpleNamespace

from data_access.errors import CohortRefused, NotFound
from models.cohort.definition import Cohort, parse_cohort
from models.cohort.results import (
    Adjusted,
    BalanceRow,
    Characteristic,
    Curve,
    Difference,
    Facet,
    HeatCell,
    Incidence,
    Pair,
    Point,
    PredictedRisk,
    Quality,
    RiskBin,
    Share,
    Side,
    Sides,
    Step,
    Survival,
    Test,
    Visit,
)
from models.cohort.variables import VARIABLES
from models.risk.outcomes import ORGAN_OUTCOMES

DATA_DATE = date(2026, 9, 30)
HELD_OUT = Curve((), "under 10 events")
TOKEN = "a-link-of-this-viewer"


def curve(rate: float, n: int = 1000, *, falling: bool = False, until: int = 730) -> Curve:
    """Exponential curve as it is released; ``rate`` is the share after a year."""
    points = []
    for day in sorted({*range(0, until + 1, 30), *(d for d in (365, 730) if d <= until)}):
        share = 1 - math.exp(math.log(1 - rate) * day / 365)
        estimate = 1 - share if falling else share
        half = 1.96 * math.sqrt(max(estimate * (1 - estimate), 1e-9) / n)
        at_risk = 5 * round(n * (1 - 0.7 * day / until) / 5)
        points.append(
            Point(day, estimate, max(estimate - half, 0.0), min(estimate + half, 1.0), at_risk)
        )
    return Curve(tuple(points))


def gaps(curves: Pair, days: tuple[int, ...] = (90, 180, 365)) -> tuple[Difference, ...]:
    """Differences of two curves where both have a point."""
    found = []
    for day in days:
        a, b = (one.at(day) for one in curves)
        if a and b:
            gap = a.estimate - b.estimate
            found.append(Difference(day, gap, gap - 0.04, gap + 0.04))
    return tuple(found)


def side(cohort: Cohort, n: int) -> Side:
    """A cohort with two steps of attrition and one per condition."""
    steps = [Step("all with research consent", 3000), Step("followed from the first dose", 2900)]
    steps += [Step(one.label, max(n, 10)) for one in cohort.conditions]
    return Side(cohort.expression, cohort.words, n, tuple(steps))


def sides(a: str = "drug_class=PD1", b: str = "drug_class=PDL1", **changes: object) -> Sides:
    """Two cohorts of 1240 and 310."""
    one, other = parse_cohort(a), parse_cohort(b)
    fields: dict[str, object] = {
        "a": side(one, 1240),
        "b": side(other, 310),
        "landmark_day": one.landmark_day,
        "anchor": "from the first dose",
        "overlap": False,
        "snapshot": "20261101-1",
        "data_date": DATA_DATE,
    }
    return Sides(**(fields | changes))  # type: ignore[arg-type]


def incidence(outcome: str = "any", grade: int = 2, **changes: object) -> Incidence:
    """24 and 18 per cent after a year, less of an organ."""
    part = 1.0 if outcome == "any" else 0.3
    curves = (curve(0.24 * part / grade * 2, 1240), curve(0.18 * part / grade * 2, 310, until=545))
    fields: dict[str, object] = {
        "outcome": outcome,
        "grade": grade,
        "curves": curves,
        "differences": gaps(curves),
        "test": Test("Gray", 0.021),
    }
    return Incidence(**(fields | changes))  # type: ignore[arg-type]


def survival(outcome: str = "death", **changes: object) -> Survival:
    """About 70 and 62 per cent after a year."""
    curves = (curve(0.30, 1240, falling=True), curve(0.38, 310, falling=True, until=600))
    fields: dict[str, object] = {
        "outcome": outcome,
        "curves": curves,
        "test": Test("log-rank", 0.001),
        "restricted_to_days": 545,
        "restricted_mean": (430.0, 401.0),
        "difference": Difference(545, 29.0, 8.0, 50.0),
    }
    return Survival(**(fields | changes))  # type: ignore[arg-type]


def characteristics() -> tuple[Characteristic, ...]:
    """Every coded variable, one level of each held back."""
    found = []
    for place, one in enumerate(v for v in VARIABLES.values() if v.levels):
        levels = [*(level.label for level in one.levels), "not recorded"]
        for step, level in enumerate(levels):
            held = step == len(levels) - 1 and place % 3 == 0
            percent = 100 / len(levels)
            smd = None if held else 0.35 * math.cos(place + 2 * step) / (1 + step)
            b = None if held else Share(60, percent)
            found.append(Characteristic(one.name, one.label, level, Share(240, percent), b, smd))
    return tuple(found)


def heat_cells() -> tuple[HeatCell, ...]:
    """Nine organs by three grades; renal of grade 3 held back."""
    return tuple(
        HeatCell(
            organ,
            grade,
            None if (organ, grade) == ("renal", 3) else 0.30 / (place + 1) / grade,
            0.22 / (place + 1) / grade,
        )
        for place, organ in enumerate(ORGAN_OUTCOMES)
        for grade in (1, 2, 3)
    )


def quality(scale: str = "QL", **changes: object) -> Quality:
    """Five forms with falling answers."""
    days = (0, 90, 180, 270, 365)

    def means(first: float, slope: float) -> Curve:
        return Curve(
            tuple(
                Point(
                    day,
                    value := first + slope * day / 100,
                    value - 1.5 - day / 200,
                    value + 1.5 + day / 200,
                    900 - 2 * day,
                )
                for day in days
            )
        )

    def visits(shift: float) -> tuple[Visit, ...]:
        return tuple(
            Visit(
                day,
                round(0.9 - day / 900 - shift, 2),
                0.08,
                round(0.01 + day / 1500 + shift / 2, 2),
                round(0.01 + day / 2200 + shift / 2, 2),
                None if day == 0 else 0.18 + shift + day / 3000,
            )
            for day in days
        )

    curves = (means(66.0, -0.9), means(63.0, -1.6))
    found = []
    for day in days:
        a, b = (one.at(day) for one in curves)
        found.append(Difference(day, a.estimate - b.estimate, a.lower - b.upper, a.upper - b.lower))
    fields: dict[str, object] = {
        "scale": scale,
        "label": "global quality of life",
        "higher_is_better": True,
        "unit": "points",
        "important_difference": 10.0,
        "curves": curves,
        "visits": (visits(0.0), visits(0.05)),
        "differences": tuple(found),
    }
    return Quality(**(fields | changes))  # type: ignore[arg-type]


def predicted_risk(outcome: str = "severe") -> PredictedRisk:
    """Six bins, the last one of B held back."""
    edges = (0.0, 0.05, 0.10, 0.15, 0.20, 0.30, 1.0)
    shares = (0.10, 0.25, 0.30, 0.20, 0.10, 0.05)
    bins = []
    for low, high, share in zip(edges[:-1], edges[1:], shares, strict=True):
        middle = (low + min(high, 0.45)) / 2
        last = high == 1.0
        bins.append(
            RiskBin(
                low,
                high,
                (share, None if last else 1.1 * share),
                (middle, None if last else middle + 0.005),
                (observed(1.1 * middle), None if last else observed(0.9 * middle)),
            )
        )
    came = (observed(0.15), observed(0.11))
    return PredictedRisk(
        outcome, 180, "2026-11-23/1", tuple(bins), (0.14, 0.12), came, (0.98, 0.97)
    )


def observed(share: float) -> Point:
    """Observed risk with an interval of four points."""
    return Point(180, share, max(share - 0.02, 0.0), min(share + 0.02, 1.0), 200)


def adjusted(**changes: object) -> Adjusted:
    """Balance that weighting attains, and curves closer together than before."""
    rows = characteristics()
    balance = tuple(
        BalanceRow(one.label, one.level, one.smd, 0.1 * one.smd)
        for one in rows
        if one.smd is not None and abs(one.smd) > 0.02
    )
    pairs = {
        "incidence": (curve(0.23, 600), curve(0.19, 250, until=545)),
        "survival": (curve(0.32, 600, falling=True), curve(0.35, 250, falling=True, until=600)),
    }
    fields: dict[str, object] = {
        "covariates": ("age", "sex", "cancer", "stage", "line of therapy"),
        "balance": balance,
        "effective": (580, 240),
        **pairs,
        "differences": {name: gaps(pair) for name, pair in pairs.items()},
    }
    return Adjusted(**(fields | changes))  # type: ignore[arg-type]


def facets() -> tuple[Facet, ...]:
    """Three countries with both parts; those of the last one are held back."""
    found = []
    for place, country in enumerate(("ES", "FR", "NL")):
        n = 400 - 100 * place
        parts = (part(country, "PD1"), part(country, "PDL1"))
        found.append(Facet(country, (n, n // 2), parts))
    return (*found, Facet("PT", (None, None), None))


def part(country: str, drug_class: str) -> Cohort:
    """A cohort in one country."""
    return parse_cohort(f"country={country};drug_class={drug_class}")


@dataclass
class Warehouse:
    """Stands in for the comparisons of one viewer; keeps what was asked."""

    refusals: Mapping[str, str] = field(default_factory=dict)
    asked: list[tuple[object, ...]] = field(default_factory=list)
    kept: dict[str, tuple[str, str]] = field(default_factory=dict)

    snapshot = SimpleNamespace(id="20261101-1", data_date=DATA_DATE)

    def _asked(self, name: str, *what: object) -> None:
        self.asked.append((name, *what))
        if name in self.refusals:
            raise CohortRefused(self.refusals[name])

    def places(self) -> Mapping[str, tuple[str, ...]]:
        self._asked("places")
        return {"country": ("ES", "FR"), "site": ("ES/Madrid", "FR/Lyon")}

    def sides(self, a: Cohort, b: Cohort) -> Sides:
        self._asked("sides", a, b)
        if a == b:
            raise CohortRefused("Both cohorts are the same: there is nothing to compare.")
        anchor = "from the first dose"
        if a.landmark_day:
            anchor = f"from day {a.landmark_day} after the first dose, of those followed then"
        return sides(a.expression, b.expression, anchor=anchor, landmark_day=a.landmark_day)

    def characteristics(self, a: Cohort, b: Cohort) -> tuple[Characteristic, ...]:
        self._asked("characteristics")
        return characteristics()

    def survival(self, a: Cohort, b: Cohort, outcome: str) -> Survival:
        self._asked("survival", outcome)
        return survival(outcome)

    def incidence(self, a: Cohort, b: Cohort, outcome: str, grade: int) -> Incidence:
        self._asked("incidence", outcome, grade)
        return incidence(outcome, grade)

    def heat_map(self, a: Cohort, b: Cohort) -> tuple[HeatCell, ...]:
        self._asked("heat_map")
        return heat_cells()

    def quality(self, a: Cohort, b: Cohort, scale: str) -> Quality:
        self._asked("quality", scale)
        return quality(scale)

    def predicted_risk(self, a: Cohort, b: Cohort, outcome: str) -> PredictedRisk:
        self._asked("predicted_risk", outcome)
        return predicted_risk(outcome)

    def adjusted(self, a: Cohort, b: Cohort) -> Adjusted:
        self._asked("adjusted")
        return adjusted()

    def facets(self, a: Cohort, b: Cohort) -> tuple[Facet, ...]:
        self._asked("facets")
        return facets()

    def saved(self) -> tuple[SimpleNamespace, ...]:
        return tuple(SimpleNamespace(name=name, a=a, b=b) for name, (a, b) in self.kept.items())

    def save(self, name: str, a: Cohort, b: Cohort) -> None:
        self._asked("save", name)
        self.kept[name] = (a.expression, b.expression)

    def forget(self, name: str) -> None:
        self._asked("forget", name)
        self.kept.pop(name, None)

    def like(self, token: str) -> Cohort:
        self._asked("like")
        if token != TOKEN:
            raise NotFound
        return parse_cohort("age=60-70;sex=F;drug_class=PD1")
