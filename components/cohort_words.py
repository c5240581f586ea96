"""Numbers of a comparison in words: counts, shares, differences, tests, and what they are of."""

from __future__ import annotations

from collections.abc import Sequence

from components.wording import count_words, date_words, signed
from models.cohort.results import Curve, Difference, Pair, Point, Sides, Test

HELD = "held back"
"""In place of a number that stands for fewer than ten patients."""

ASSOCIATION = "Association, not cause."
REPORT_DAYS = (90, 180, 365)
_TESTS = {"log-rank": "Log-rank test", "Gray": "Gray’s test"}
_SHORT = 90
"""Characters of a definition in small print."""

_SHORTLY = 10
"""Days by which a released day may lie before the day asked for."""


def n_words(n: int | None) -> str:
    """Rounded count; "held back" when it is not given: for itself, or because of others."""
    return HELD if n is None else count_words(n)


def percent(share: float | None) -> str:
    """Share as "24 %", with one decimal under 10 %; "held back" without one."""
    if share is None:
        return HELD
    value = 100 * share
    text = f"{value:.1f}" if 0 < abs(value) < 9.95 else f"{value:.0f}"
    return f"{text} %"


def percent_with_interval(point: Point | None) -> str:
    """Share with its interval, "24 % (20 to 28)"; empty beyond the end of a curve."""
    if point is None:
        return ""
    return f"{percent(point.estimate)} ({100 * point.lower:.0f} to {100 * point.upper:.0f})"


def points_words(found: Difference) -> str:
    """Difference of two shares in percentage points, with its interval."""
    ends = f"{signed(100 * found.lower)} to {signed(100 * found.upper)}"
    return f"{signed(100 * found.estimate)} points ({ends})"


def gap_words(differences: Sequence[Difference]) -> str:
    """The last difference of two shares with its day; empty without any."""
    return (
        f"Day {differences[-1].time_days}: A − B {points_words(differences[-1])}"
        if differences
        else ""
    )


def p_words(test: Test | None) -> str:
    """Test with its p-value; empty without one."""
    if test is None:
        return ""
    value = "≤ 0.001" if test.p <= 0.001 else f"= {test.p:.2g}"
    return f"{_TESTS.get(test.name, test.name)} p {value}"


def grade_words(grade: int) -> str:
    """Least grade that counts."""
    return "any grade" if grade <= 1 else f"grade {grade} or more"


def organ_words(outcome: str) -> str:
    """Outcome of a cumulative incidence as a noun."""
    return {"any": "irAE of any organ", "severe": "severe irAE"}.get(outcome, f"{outcome} irAE")


def last_common(curves: Pair) -> tuple[Point, Point] | None:
    """Points of both curves on the latest day, of a year and sooner, that both have."""
    a, b = ({point.time_days: point for point in curve.points} for curve in curves)
    days = [day for day in set(a) & set(b) if day <= REPORT_DAYS[-1]]
    return (a[max(days)], b[max(days)]) if days else None


def near(curve: Curve, day: int) -> str:
    """Share on a day; where a curve has no such day, that of a day shortly before, said so."""
    before = [point for point in curve.points if day - _SHORTLY <= point.time_days <= day]
    if not before:
        return ""
    last = before[-1]
    when = "" if last.time_days == day else f" (day {last.time_days})"
    return f"{percent(last.estimate)}{when}"


def held_words(curves: Pair) -> str:
    """Which of two curves are not given, and why; empty when both are."""
    parts = [
        f"{name}: {curve.note or 'no curve, too few patients'}"
        for name, curve in zip("AB", curves, strict=True)
        if not curve.points or curve.note
    ]
    return "; ".join(part.rstrip(".") for part in parts) + ("." if parts else "")


def reached(curve: Curve) -> int:
    """Last day of a curve; 0 when it was held back."""
    return curve.points[-1].time_days if curve.points else 0


def short(definition: str) -> str:
    """Definition in at most about ninety characters."""
    return definition if len(definition) <= _SHORT else f"{definition[:_SHORT].rstrip()}…"


def about(sides: Sides, days: str = "") -> str:
    """N and definition of both cohorts, from when time counts (``days``), of when the data are."""
    return (
        f"A: n {count_words(sides.a.n)}, {short(sides.a.definition)}."
        f" B: n {count_words(sides.b.n)}, {short(sides.b.definition)}."
        f" {(days or days_words(sides)).capitalize()}. Data to {date_words(sides.data_date)}."
    )


def strip_words(sides: Sides) -> str:
    """What holds for every panel: the day that time counts from, the data, the rounding."""
    overlap = " Some patients are in both cohorts." if sides.overlap else ""
    return (
        f"{anchor_words(sides)}.{overlap} Data to {date_words(sides.data_date)}. Counts are rounded"
        " to 5, nothing under 10 is given; curves are to the nearest 5 patients."
    )


def anchor_words(sides: Sides) -> str:
    """From when time counts, as the beginning of a sentence."""
    return f"Time counts {sides.anchor}".rstrip(".")


def days_words(sides: Sides) -> str:
    """Title of a time axis."""
    day = sides.landmark_day
    return f"days from day {day} of treatment" if day else "days from the first dose"


def moment_words(sides: Sides, day: int) -> str:
    """A day of a curve: "day 365", or "365 days after day 84" of treatment."""
    return f"{day} days after day {sides.landmark_day}" if sides.landmark_day else f"day {day}"


def followed_words(curves: Pair) -> str:
    """How many are in the curves from their first day: fewer than n where some cannot be."""
    first = [n_words(curve.points[0].at_risk) if curve.points else HELD for curve in curves]
    return f" In the curves from the start: A {first[0]}, B {first[1]}."


def no_difference_words(sides: Sides) -> str:
    """Why there are no differences or tests between the cohorts."""
    if sides.overlap:
        return "Some patients are in both cohorts, so differences and tests are left out."
    return "No difference is given: too few patients are followed that long in both cohorts."


def joined(*sentences: str) -> str:
    """Sentences that are not empty, each with its full stop."""
    return " ".join(f"{one.rstrip('.')}." for one in sentences if one)


def listing(words: Sequence[str]) -> str:
    """Words with commas and a last "and"."""
    return " and ".join((", ".join(words[:-1]), words[-1])) if words[1:] else "".join(words)
