"""A view of a comparison in every country: small charts on one scale, or one table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dash import html
from dash.development.base_component import Component

from components.chart import Figure, chart, plot
from components.cohort_curves import (
    clipped,
    curve_columns,
    curve_figure,
    curve_rows,
    highest,
    key,
    last_day,
)
from components.cohort_words import (
    ASSOCIATION,
    HELD,
    about,
    last_common,
    n_words,
    percent,
)
from components.notices import empty
from components.panel import note
from models.cohort.results import Facet, Pair, Sides

_HEIGHT = 170
_WHY = "too few patients, or too near to what can be worked out of cohorts that you have seen"
_NONE = ("", HELD, "", HELD, "")
"""Row of a country without curves."""


@dataclass(frozen=True)
class Drawn:
    """One country: its n, a small figure, what it shows in words, and its rows of the table.

    ``apart`` says how far apart A and B are; empty where that is not told.
    """

    facet: Facet
    figure: Figure
    finding: str
    rows: Sequence[tuple[str, ...]]
    apart: str = ""


@dataclass(frozen=True)
class Curves:
    """What is drawn by country as curves: title, vertical axis, and what each country shows.

    ``pairs`` are the curves of a country with the words of ``Drawn.apart``.
    """

    title: str
    vertical: str
    pairs: Sequence[tuple[Facet, Pair, str]]
    falling: bool = False


def by_country(
    sides: Sides, found: Sequence[Facet], draw: Callable[[list[Facet]], list[Component]]
) -> list[Component]:
    """Panels of the countries that may be shown; the others are named below them.

    Args:
        sides: the comparison over all countries.
        found: its parts.
        draw: the panels of those that have parts.
    """
    shown = [one for one in found if one.parts]
    held = [one.country for one in found if not one.parts]
    if not found:
        return [empty("The definitions have no country in common.", "Change their countries.")]
    if not shown:
        return [empty("No country has enough patients in both cohorts.", "Widen the cohorts.")]
    missing = f" {', '.join(held)}: {HELD}, {_WHY}." if held else ""
    compared = " Each country is compared for itself."
    return [*draw(shown), note(about(sides), compared, missing)]


def curves_by_country(panels: Sequence[Curves], name: str) -> list[Component]:
    """Small curves of each panel; ``name`` begins the names of saved figures."""
    return [_curves(one, f"{name}-{place}") for place, one in enumerate(panels)]


def small_multiples(
    title: str, drawn: Sequence[Drawn], columns: Sequence[str], legend: html.P, name: str
) -> Component:
    """One chart of small figures with a common table."""
    cells = [
        html.Div(
            [
                facet_heading(one.facet),
                *([html.P(one.apart, className="cohort-apart")] if one.apart else []),
                plot(
                    one.figure,
                    f"{one.facet.country}: {one.finding}",
                    save_as=f"{name}-{one.facet.country}",
                ),
            ],
            className="cohort-facet",
        )
        for one in drawn
    ]
    finding = f"{'; '.join(f'{one.facet.country} {one.finding}' for one in drawn)}. {ASSOCIATION}"
    rows = [
        (one.facet.country, n_words(one.facet.n[0]), n_words(one.facet.n[1]), *row)
        for one in drawn
        for row in one.rows
    ]
    drawing = html.Div(
        [html.Div(cells, className="cohort-facets"), legend], className="cohort-multiples"
    )
    return chart(title, finding, drawing, ("country", "n A", "n B", *columns), rows)


def facet_heading(one: Facet) -> html.P:
    """A country with the n of both parts."""
    words = f" A n {n_words(one.n[0])}, B n {n_words(one.n[1])}"
    return html.P([html.Strong(one.country), html.Span(words, className="quiet")])


def _curves(panel: Curves, name: str) -> Component:
    title = f"{panel.title}, by country"
    drawn_of = [pair if panel.falling else clipped(pair) for _, pair, _ in panel.pairs]
    if not any(curve.points for pair in drawn_of for curve in pair):
        return empty(f"No curve of “{panel.title}” in any country.", "Widen the cohorts.")
    top = 100.0 if panel.falling else highest(*drawn_of)
    until = last_day(*drawn_of)
    drawn = [
        Drawn(
            facet,
            curve_figure(small, title=panel.vertical, top=top, until=until, height=_HEIGHT),
            _shares(pair),
            curve_rows(pair) or [_NONE],
            apart,
        )
        for (facet, pair, apart), small in zip(panel.pairs, drawn_of, strict=True)
    ]
    return small_multiples(title, drawn, curve_columns(), key(), name)


def _shares(pair: Pair) -> str:
    """Both shares on the latest reported day, as the end of a sentence."""
    both = last_common(pair)
    if not both:
        notes = [
            f"{side} {curve.note}" for side, curve in zip("AB", pair, strict=True) if curve.note
        ]
        return ", ".join(notes) or "without a common day"
    a, b = both
    return f"A {percent(a.estimate)}, B {percent(b.estimate)} (day {a.time_days})"
