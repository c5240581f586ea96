"""Quality of life of two cohorts at the scheduled forms."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.cohort.pairing import Half, Pairing, halves
from models.cohort.people import VISITS
from models.cohort.release import (
    Protection,
    Tally,
    level_shares,
    released_mean,
    rounded,
    significant,
)
from models.cohort.results import Curve, Difference, Point, Quality, Visit
from models.cohort.step_curve import difference
from models.qol.instrument import Scale


def quality_panel(rows: pd.DataFrame, pairing: Pairing, scale: Scale) -> Quality:
    """Means with intervals, who answered, who was worse than at the start, and A minus B.

    Forms that are scheduled before a landmark are left out.

    Args:
        rows: result of ``models.cohort.counts.visits``.
        pairing: of the two cohorts.
        scale: what is looked at; who is worse is told by the change that flags one person.
    """
    days = [day for day in VISITS if day >= pairing.landmark_day]
    both = [(half, half.rules) for half in halves(rows)]
    a, b = (_curve(half, cohort, days) for half, cohort in both)
    visits = tuple(tuple(_visit(half, cohort, day) for day in days) for half, cohort in both)
    apart = () if pairing.overlap else _differences(both, (a, b), days)
    return Quality(
        scale.code,
        scale.label,
        scale.higher_is_better,
        scale.unit,
        scale.individual.points if scale.individual else None,
        (a, b),
        (visits[0], visits[1]),
        apart,
    )


def _curve(half: Half, cohort: Protection, days: list[int]) -> Curve:
    points = []
    for day in days:
        answered = half.tally(f"answered:{day}")
        found = released_mean(
            half.total(f"total:{day}"),
            half.total(f"squares:{day}"),
            answered,
            cohort,
        )
        if found:
            points.append(Point(day, *found, rounded(answered.n)))
    return Curve(tuple(points), "" if points else "under 10 patients with a form")


def _visit(half: Half, cohort: Protection, day: int) -> Visit:
    """Who answered and who did not; the smallest parts are held back, see ``release``."""
    parts = [half.tally(f"{part}:{day}") for part in ("answered", "gone", "died")]
    missed = Tally(
        cohort.n - sum(part.n for part in parts), cohort.others - sum(p.others for p in parts)
    )
    shares = level_shares((*parts, missed), cohort)
    answered, gone, died, left = (None if one is None else one.percent / 100 for one in shares)
    return Visit(day, answered, left, gone, died, _worse(half, cohort, day))


def _worse(half: Half, cohort: Protection, day: int) -> float | None:
    """Share of those with a score now and at the start."""
    if f"worse:{day}" not in half.columns or day == VISITS[0]:
        return None
    compared, lost = half.tally(f"both:{day}"), half.tally(f"worse:{day}")
    kept = Tally(compared.n - lost.n, compared.others - lost.others)
    if not all(cohort.holds(one) for one in (compared, lost, kept)):
        return None
    return min(rounded(lost.n) / rounded(compared.n), 1.0)


def _differences(
    both: list[tuple[Half, Protection]], curves: tuple[Curve, Curve], days: list[int]
) -> tuple[Difference, ...]:
    found = []
    for day in days:
        if not (curves[0].at(day) and curves[1].at(day)):
            continue
        (mean_a, of_a), (mean_b, of_b) = (_moments(half, day) for half, _ in both)
        apart = difference((mean_a, mean_b), (of_a, of_b))
        values = (apart.estimate, apart.lower, apart.upper)
        estimate, lower, upper = (significant(float(value[0])) for value in values)
        found.append(Difference(day, estimate, lower, upper))
    return tuple(found)


def _moments(half: Half, day: int) -> tuple[float, float]:
    """Mean and its variance."""
    n = half.total(f"answered:{day}")
    mean = half.total(f"total:{day}") / n
    spread = max(half.total(f"squares:{day}") / n - mean**2, 0.0)
    return mean, float(np.divide(spread, n - 1))
