"""The same comparison in every country, as small charts on one scale."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from components.chart import chart, plot
from components.cohort_choices import CURVES
from components.cohort_curves import clipped, curve_figure, highest, key, last_day
from components.cohort_words import (
    ASSOCIATION,
    HELD,
    about,
    last_common,
    n_words,
    percent,
    percent_with_interval,
)
from components.notices import empty
from components.panel import note
from models.cohort.results import Facet, Pair, Sides

_VERTICAL = {"incidence": "irAE, %", "survival": "alive, %"}


def facets_panel(sides: Sides, found: Sequence[Facet], curve: str) -> list[Component]:
    """One small chart per country; a country with too few patients is named below."""
    drawn = [(one, pair) for one in found for pair in [_pair(one, curve)] if _has(pair)]
    if not drawn:
        return [empty("No country has enough patients in both cohorts.", "Widen the cohorts.")]
    pairs = [pair for _, pair in drawn]
    top = 100.0 if curve == "survival" else highest(*pairs)
    until = last_day(*pairs)
    cells = [
        html.Div([_heading(one), _small(one, pair, curve, top, until)], className="cohort-facet")
        for one, pair in drawn
    ]
    title, finding = f"By country: {CURVES[curve]}", facets_finding(drawn)
    drawing = html.Div([html.Div(cells, className="cohort-facets"), key()])
    columns = ("country", "n A", "n B", "day", "A (95 % interval)", "B (95 % interval)")
    left = [one.country for one in found if not _has(_pair(one, curve))]
    missing = f" {', '.join(left)}: {HELD}, too few patients." if left else ""
    return [
        chart(title, finding, drawing, columns, [_row(*one) for one in drawn]),
        note(about(sides), " One scale for all countries.", missing),
    ]


def facets_finding(drawn: Sequence[tuple[Facet, Pair]]) -> str:
    """Both shares in every country, as a sentence."""
    parts = []
    for one, pair in drawn:
        both = last_common(pair)
        if both:
            a, b = both
            shares = f"A {percent(a.estimate)}, B {percent(b.estimate)}"
            parts.append(f"{one.country} {shares} (day {a.time_days})")
    return f"{'; '.join(parts) or 'Too few patients in one cohort'}. {ASSOCIATION}"


def _pair(one: Facet, curve: str) -> Pair:
    return one.survival if curve == "survival" else clipped(one.incidence)


def _has(pair: Pair) -> bool:
    return any(curve.points for curve in pair)


def _heading(one: Facet) -> html.P:
    words = f" A n {n_words(one.n[0])}, B n {n_words(one.n[1])}"
    return html.P([html.Strong(one.country), html.Span(words, className="quiet")])


def _small(one: Facet, pair: Pair, curve: str, top: float, until: int) -> Component:
    figure = curve_figure(pair, title=_VERTICAL[curve], top=top, until=until, height=170)
    return plot(
        figure,
        f"{one.country}: {facets_finding([(one, pair)])}",
        save_as=f"cohorts-{one.country}-{curve}",
    )


def _row(one: Facet, pair: Pair) -> tuple[str, ...]:
    both = last_common(pair)
    cells = (
        (str(both[0].time_days), *(percent_with_interval(point) for point in both))
        if both
        else ("", "", "")
    )
    return (one.country, n_words(one.n[0]), n_words(one.n[1]), *cells)
