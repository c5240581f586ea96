"""What each view of a comparison shows by country."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from components.chart import chart
from components.cohort_adjusted import CURVES as ADJUSTED
from components.cohort_adjusted import LABEL, largest_smd_words
from components.cohort_curves import key
from components.cohort_facets import Curves, Drawn, curves_by_country, small_multiples
from components.cohort_incidence import incidence_title
from components.cohort_quality import (
    difference_words,
    mean_columns,
    mean_figure,
    mean_rows,
    mean_words,
    quality_title,
)
from components.cohort_risk import bin_words, observed_words, spread_figure, spread_title
from components.cohort_smd import LIMIT, smd_words
from components.cohort_survival import TITLES, restricted_gap_words
from components.cohort_words import gap_words, listing, n_words, percent
from components.notices import empty
from components.panel import note
from models.cohort.results import (
    Adjusted,
    Characteristic,
    Facet,
    Incidence,
    Point,
    PredictedRisk,
    Quality,
    Survival,
)

BARS = "■ A, ▨ B: share of the cohort by predicted risk, %; no bar: nobody, or held back"
_HEIGHT = 190
_MOST_NAMED = 3


def incidence_facets(found: Sequence[tuple[Facet, Incidence]]) -> list[Component]:
    """Cumulative incidence in each country."""
    pairs = [(facet, one.curves, gap_words(one.differences)) for facet, one in found]
    title = incidence_title(found[0][1])
    return curves_by_country([Curves(title, "with irAE, %", pairs)], "cohorts-irae")


def survival_facets(found: Sequence[tuple[Facet, Sequence[Survival]]]) -> list[Component]:
    """Survival and time on treatment in each country."""
    panels = [
        Curves(
            title,
            f"{title.lower()}, %",
            [(facet, own[place].curves, _restricted(own[place])) for facet, own in found],
            falling=True,
        )
        for place, title in enumerate(TITLES.values())
    ]
    return curves_by_country(panels, "cohorts-survival")


def adjusted_facets(found: Sequence[tuple[Facet, Adjusted]]) -> list[Component]:
    """Weighted curves in each country; a country without an adjusted view says why."""
    there = [(facet, one) for facet, one in found if not one.note]
    why: dict[str, list[str]] = {}
    for facet, one in found:
        if one.note:
            why.setdefault(one.note, []).append(facet.country)
    panels = [
        Curves(
            title,
            vertical,
            [
                (facet, getattr(one, name), gap_words(one.differences.get(name, ())))
                for facet, one in there
            ],
            falling=name == "survival",
        )
        for name, (title, vertical) in ADJUSTED.items()
    ]
    return [
        html.P(html.Strong(LABEL), className="cohort-label"),
        *(curves_by_country(panels, "cohorts-adjusted") if there else []),
        *([note(_weighted_words(there))] if there else []),
        *(note(f"{', '.join(countries)}: {words}") for words, countries in why.items()),
    ]


def _weighted_words(found: Sequence[tuple[Facet, Adjusted]]) -> str:
    """Effective sizes and largest differences after weighting, and what was adjusted for."""
    parts = [
        f"{facet.country} A {n_words(a)}, B {n_words(b)}, {largest_smd_words(one.balance)}"
        for facet, one in found
        if one.effective
        for a, b in [one.effective]
    ]
    names = dict.fromkeys(name for _, one in found for name in one.covariates)
    return (
        f"Effective sample size, largest SMD: {'; '.join(parts)}. Overlap weights in each country"
        f" from a propensity score of {listing(list(names))}. Numbers at risk are of people,"
        " without weights."
    )


def quality_facets(found: Sequence[tuple[Facet, Quality]]) -> list[Component]:
    """Means in each country."""
    there = [(facet, one) for facet, one in found if any(curve.points for curve in one.curves)]
    if not there:
        return [
            empty(
                f"No mean of {found[0][1].label} in any country: too few patients with a form.",
                "Choose another scale, or widen the cohorts.",
            )
        ]
    points = [point for _, one in there for curve in one.curves for point in curve.points]
    low, high = min(point.lower for point in points), max(point.upper for point in points)
    room = 0.08 * (high - low)
    limits = (low - room, high + room)
    drawn = [
        Drawn(
            facet,
            mean_figure(one, _HEIGHT, limits),
            _mean_ends(one),
            mean_rows(one),
            _mean_gap(one),
        )
        for facet, one in there
    ]
    title = f"{quality_title(there[0][1])}, by country"
    legend = key("bars: 95 % interval")
    return [small_multiples(title, drawn, mean_columns(), legend, "cohorts-quality")]


def risk_facets(found: Sequence[tuple[Facet, PredictedRisk]]) -> list[Component]:
    """Distribution of the predicted risk in each country, and what came of it."""
    shares = [share for _, one in found for bins in one.bins for share in bins.share if share]
    if not shares:
        return [
            empty(
                "Too few patients have a predicted risk in any country.",
                "Count from the first dose or a landmark with predictions, or widen the cohorts.",
            )
        ]
    top = 105 * max(shares)
    drawn = [
        Drawn(facet, spread_figure(one, _HEIGHT, top), _risk_words(one), _risk_rows(one))
        for facet, one in found
    ]
    title = f"{spread_title(found[0][1].outcome)}, by country"
    columns = (
        "predicted risk",
        *(f"{side} {what}" for side in "AB" for what in ("share", "predicted", "observed")),
    )
    legend = html.P(BARS, className="cohort-keys")
    return [small_multiples(title, drawn, columns, legend, "cohorts-risk")]


def characteristics_facets(
    found: Sequence[tuple[Facet, Sequence[Characteristic]]],
) -> list[Component]:
    """Table one with the shares and differences of every country beside each other."""
    by_level: dict[tuple[str, str, str], dict[str, Characteristic]] = {}
    for facet, rows in found:
        for row in rows:
            if row.variable == "country":
                continue  # everybody of a column is of one country
            level = by_level.setdefault((row.variable, row.label, row.level), {})
            level[facet.country] = row
    countries = [facet.country for facet, _ in found]
    heads = [
        f"{facet.country}: A (n {n_words(facet.n[0])}) · B (n {n_words(facet.n[1])}) · SMD"
        for facet, _ in found
    ]
    shown = {
        key: own for key, own in by_level.items() if any(one.a or one.b for one in own.values())
    }
    table = _levels_table(shown, countries, heads)
    title = "Characteristics, by country"
    columns = ("characteristic", *(f"{country}: A, B, SMD" for country in countries))
    ranked = sorted(by_level.items(), key=lambda item: -_largest(item[1]))
    rows = [
        (f"{label}: {level}", *(_cell(own.get(country)) for country in countries))
        for (_, label, level), own in ranked
    ]
    words = f"{_beyond(found)} {_left_out(len(by_level) - len(shown))}".strip()
    return [chart(title, words, table, columns, rows)]


def _levels_table(
    by_level: dict[tuple[str, str, str], dict[str, Characteristic]],
    countries: Sequence[str],
    heads: Sequence[str],
) -> html.Div:
    bodies = []
    for variable in dict.fromkeys(name for name, _, _ in by_level):
        levels = {key: own for key, own in by_level.items() if key[0] == variable}
        label = next(iter(levels))[1]
        title = html.Th(label, colSpan=1 + len(countries), scope="rowgroup")
        bodies.append(
            html.Tbody(
                [
                    html.Tr(title),
                    *(_level_row(level, own, countries) for (_, _, level), own in levels.items()),
                ]
            )
        )
    columns = [html.Th(words, scope="col", className="number") for words in heads]
    head = html.Thead(html.Tr([html.Th("", scope="col"), *columns]))
    return html.Div(
        html.Table([head, *bodies], className="data-table cohort-levels"),
        className="table-scroll cohort-country-levels",
        tabIndex=0,
        role="region",
        **{"aria-label": "Characteristics of both cohorts by country: A, B, difference"},
    )


def _level_row(level: str, own: dict[str, Characteristic], countries: Sequence[str]) -> html.Tr:
    cells = [
        html.Td(_cell(own.get(country)), className=f"number {_mark(own.get(country))}".strip())
        for country in countries
    ]
    return html.Tr([html.Th(level, scope="row"), *cells])


def _mark(one: Characteristic | None) -> str:
    return "cohort-beyond" if one and abs(one.smd or 0.0) > LIMIT else ""


def _cell(one: Characteristic | None) -> str:
    """Both shares and their standardised difference."""
    if one is None:
        return ""
    if one.a is None and one.b is None:
        return n_words(None)
    shares = [n_words(None) if part is None else f"{part.percent:.0f} %" for part in (one.a, one.b)]
    return f"{shares[0]} · {shares[1]} · {smd_words(one.smd)}"


def _largest(own: dict[str, Characteristic]) -> float:
    return max((abs(one.smd) for one in own.values() if one.smd is not None), default=0.0)


def _beyond(found: Sequence[tuple[Facet, Sequence[Characteristic]]]) -> str:
    """How many levels are out of balance in each country, and which most."""
    parts = []
    for facet, rows in found:
        out = sorted(
            (one for one in rows if abs(one.smd or 0.0) > LIMIT), key=lambda one: -abs(one.smd or 0)
        )
        named = listing([f"{one.label}: {one.level}" for one in out[:_MOST_NAMED]])
        parts.append(f"{facet.country} {len(out)} levels" + (f" (most: {named})" if out else ""))
    return f"Beyond ±{LIMIT} standard deviations: {'; '.join(parts)}."


def _left_out(levels: int) -> str:
    """How many levels only the table of all of them has."""
    if not levels:
        return ""
    words = "1 level" if levels == 1 else f"{levels} levels"
    return f"{words} held back in every country: only under “Show as table”."


def _mean_ends(found: Quality) -> str:
    """Both means on the last day that both have, as the end of a sentence."""
    a, b = ({point.time_days: point for point in curve.points} for curve in found.curves)
    day = max(set(a) & set(b), default=None)
    if day is None:
        return "without a common form"
    return f"A {mean_words(found, a[day])}, B {mean_words(found, b[day])} (day {day})"


def _mean_gap(found: Quality) -> str:
    if not found.differences:
        return ""
    gap = found.differences[-1]
    return f"Day {gap.time_days}: A − B {difference_words(found, gap)}"


def _restricted(found: Survival) -> str:
    words = restricted_gap_words(found)
    return f"Restricted mean to day {found.restricted_to_days}: {words}" if words else ""


def _risk_words(found: PredictedRisk) -> str:
    parts = [
        f"{side} predicted {percent(predicted)}, observed {observed_words(observed)}"
        for side, predicted, observed in zip("AB", found.predicted, found.observed, strict=True)
    ]
    return ", ".join(parts)


def _risk_rows(found: PredictedRisk) -> list[tuple[str, ...]]:
    """Every bin, and all of a cohort together with the share that has a prediction."""

    def row(
        name: str,
        share: Sequence[float | None],
        predicted: Sequence[float | None],
        observed: Sequence[Point | None],
    ) -> tuple[str, ...]:
        sides = zip(share, predicted, observed, strict=True)
        return (
            name,
            *(
                words
                for part, mean, seen in sides
                for words in (percent(part), percent(mean), observed_words(seen))
            ),
        )

    bins = [row(bin_words(one), one.share, one.predicted, one.observed) for one in found.bins]
    return [row("all", found.scored, found.predicted, found.observed), *bins]
