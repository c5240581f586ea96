"""The comparison after weighting by overlap weights: an adjusted association, not an effect."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from components.chart import chart, plot
from components.cohort_curves import (
    clipped,
    curve_columns,
    curve_figure,
    curve_rows,
    differences_table,
    highest,
    key,
    last_day,
)
from components.cohort_smd import LIMIT, smd_list, smd_row, smd_scale, smd_words
from components.cohort_words import (
    about,
    days_words,
    held_words,
    joined,
    last_common,
    listing,
    n_words,
    percent,
)
from components.notices import empty
from components.panel import note
from models.cohort.results import Adjusted, BalanceRow, Pair, Sides

LABEL = "Adjusted association, not an effect."
MOST_DRAWN = 14
UNLIKE = 1.0
"""Standardised difference from which the cohorts have little in common."""
CURVES = {
    "incidence": ("First irAE of any grade, adjusted", "with irAE, %"),
    "survival": ("Alive, adjusted", "alive, %"),
}
"""Weighted curves: title and vertical axis."""


def adjusted_panel(sides: Sides, found: Adjusted) -> list[Component]:
    """Balance before and after weighting, and the weighted curves."""
    if found.note:
        return [empty(found.note, "The other panels compare the cohorts as they are.")]
    curves = [_curves(sides, name, getattr(found, name), found) for name in CURVES]
    return [
        html.P(html.Strong(LABEL), className="cohort-label"),
        html.Div([_balance(found.balance), *curves], className="cohort-adjusted"),
        note(
            about(sides),
            f" {_unlike(found.balance)}{_effective(found)}Overlap weights from a propensity score"
            f" of {listing(found.covariates)}: what was not recorded or not measured is not"
            " adjusted for. Numbers at risk are of people, without weights.",
        ),
    ]


def _unlike(balance: Sequence[BalanceRow]) -> str:
    """A warning where the cohorts have little in common; empty otherwise."""
    largest = max((abs(row.before) for row in balance), default=0.0)
    if largest <= UNLIKE:
        return ""
    return (
        f"The cohorts differ a lot (SMD up to {largest:.2f}): what is compared are the few who"
        " could be in either. "
    )


def _effective(found: Adjusted) -> str:
    if found.effective is None:
        return ""
    a, b = found.effective
    return f"Effective sample size: A {n_words(a)}, B {n_words(b)}. "


def balance_finding(balance: Sequence[BalanceRow]) -> str:
    """Largest difference before and after weighting, as a sentence."""
    left = sum(abs(row.after) > LIMIT for row in balance)
    words = f"Largest SMD {largest_smd_words(balance)}"
    return f"{words}; {left} of {len(balance)} levels beyond {LIMIT} after it."


def largest_smd_words(balance: Sequence[BalanceRow]) -> str:
    """Largest difference before and after weighting."""
    before, after = (
        max((abs(getattr(row, when)) for row in balance), default=0.0)
        for when in ("before", "after")
    )
    return f"{before:.2f} before weighting, {after:.2f} after"


def _balance(balance: Sequence[BalanceRow]) -> Component:
    ranked = sorted(balance, key=lambda row: -abs(row.before))
    shown = ranked[:MOST_DRAWN]
    scale = smd_scale([value for row in shown for value in (row.before, row.after)])
    rows = [
        smd_row(
            scale,
            f"{row.label}: {row.level}",
            (row.before, "smd-hollow"),
            (row.after, ""),
            words=f"{smd_words(row.before)} → {smd_words(row.after)}",
        )
        for row in shown
    ]
    legend = html.P("○ before, ● after weighting; lines at ±0.1", className="cohort-keys")
    table = [
        (f"{row.label}: {row.level}", smd_words(row.before), smd_words(row.after)) for row in ranked
    ]
    return chart(
        "Balance",
        balance_finding(balance),
        html.Div([smd_list(scale, rows), legend]),
        ("characteristic", "SMD before", "SMD after"),
        table,
    )


def _curves(sides: Sides, name: str, curves: Pair, found: Adjusted) -> Component:
    title, vertical = CURVES[name]
    if not any(curve.points for curve in curves):
        return empty(f"No curve of “{title.lower()}”. {held_words(curves)}")
    finding = curves_finding(curves)
    drawn = curves if name == "survival" else clipped(curves)
    top = 100.0 if name == "survival" else highest(drawn)
    figure = curve_figure(
        drawn, title=vertical, top=top, until=last_day(drawn), days=days_words(sides), height=250
    )
    table = differences_table(f"{title}: differences", curves, found.differences.get(name, ()))
    drawing = html.Div(
        [
            plot(figure, f"{title}. {finding}", save_as=f"cohorts-adjusted-{name}"),
            key(),
            *([table] if table else []),
        ]
    )
    return chart(title, finding, drawing, curve_columns(), curve_rows(curves))


def curves_finding(curves: Pair) -> str:
    """Weighted shares on the latest reported day, as a sentence."""
    both = last_common(curves)
    if both is None:
        return joined(held_words(curves), LABEL)
    a, b = both
    return joined(
        f"Day {a.time_days}: {percent(a.estimate)} of A, {percent(b.estimate)} of B", LABEL
    )
