"""How long: survival, and time on treatment."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from components.chart import chart, plot
from components.cohort_curves import curve_columns, curve_figure, curve_rows, key, last_day
from components.cohort_words import (
    ASSOCIATION,
    about,
    days_words,
    held_words,
    joined,
    last_common,
    moment_words,
    no_difference_words,
    p_words,
    percent,
)
from components.notices import empty
from components.panel import note
from components.wording import signed
from models.cohort.results import Sides, Survival

TITLES = {"death": "Alive", "stop": "Still on treatment"}
"""Outcomes of the panel, as what is left without them."""


def survival_panel(sides: Sides, found: Sequence[Survival]) -> list[Component]:
    """One chart per outcome, beside each other."""
    return [
        html.Div([_one(sides, one) for one in found], className="chart-pair"),
        note(
            about(sides),
            " Kaplan–Meier with Greenwood's variance, log-log 95 % intervals; restricted mean: area"
            " under the curve up to the day named, in days. Who had stopped before the landmark is"
            " not in “still on treatment”.",
        ),
    ]


def _one(sides: Sides, found: Survival) -> Component:
    title = TITLES[found.outcome]
    if not any(curve.points for curve in found.curves):
        return empty(
            f"No curve of “{title.lower()}”. {held_words(found.curves)}", "Widen the cohorts."
        )
    finding = survival_finding(sides, found)
    figure = curve_figure(
        found.curves,
        title=f"{title.lower()}, %",
        top=100,
        until=last_day(found.curves),
        days=days_words(sides),
    )
    drawing = html.Div(
        [
            plot(figure, f"{title}. {finding}", save_as=f"cohorts-{found.outcome}"),
            key(),
            html.P(restricted_words(found), className="cohort-sum"),
        ]
    )
    return chart(title, finding, drawing, curve_columns(), curve_rows(found.curves))


def survival_finding(sides: Sides, found: Survival) -> str:
    """Both shares on the latest reported day and the test, as a sentence."""
    both = last_common(found.curves)
    if both is None:
        return joined(held_words(found.curves), no_difference_words(sides))
    words = (
        f"{'At' if sides.landmark_day else 'On'} {moment_words(sides, both[0].time_days)},"
        f" {percent(both[0].estimate)} of A and"
        f" {percent(both[1].estimate)} of B"
    )
    test = p_words(found.test) or no_difference_words(sides)
    return joined(words, test, held_words(found.curves), ASSOCIATION)


def restricted_words(found: Survival) -> str:
    """Restricted mean of both, and their difference; empty where there is none."""
    if found.restricted_mean is None:
        return ""
    a, b = found.restricted_mean
    words = f"Restricted mean to day {found.restricted_to_days}: A {a:.0f} days, B {b:.0f} days"
    gap = restricted_gap_words(found)
    return f"{words}; {gap}." if gap else f"{words}."


def restricted_gap_words(found: Survival) -> str:
    """Difference of the restricted means; empty where there is none."""
    gap = found.difference
    if gap is None:
        return ""
    return (
        f"A − B {signed(gap.estimate, 0)} days ({signed(gap.lower, 0)} to {signed(gap.upper, 0)})"
    )
