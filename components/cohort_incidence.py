"""How often irAEs come: cumulative incidence with death competing, and all organs by grade."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from components.chart import chart, plot
from components.cohort_choices import GRADES
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
from components.cohort_words import (
    ASSOCIATION,
    HELD,
    about,
    days_words,
    followed_words,
    grade_words,
    held_words,
    joined,
    last_common,
    moment_words,
    no_difference_words,
    organ_words,
    p_words,
    percent,
    points_words,
)
from components.notices import empty
from components.panel import note
from models.cohort.people import ANY
from models.cohort.results import HeatCell, Incidence, Sides

_SHADES = 6
_FULL = 0.30
"""Share that is drawn in the darkest shade."""


def incidence_title(found: Incidence) -> str:
    """What is counted."""
    return f"First {organ_words(found.outcome)}, {grade_words(found.grade)}"


def incidence_panel(sides: Sides, found: Incidence) -> list[Component]:
    """Curves of a first irAE, numbers at risk, differences and Gray's test."""
    if not any(curve.points for curve in found.curves):
        return [
            empty(
                f"No curve of {organ_words(found.outcome)}, {grade_words(found.grade)}."
                f" {held_words(found.curves)}",
                "Choose another organ or a lower grade, or widen the cohorts.",
            )
        ]
    title = incidence_title(found)
    finding = incidence_finding(sides, found)
    drawn = clipped(found.curves)
    figure = curve_figure(
        drawn,
        title="with irAE, %",
        top=highest(drawn),
        until=last_day(drawn),
        days=days_words(sides),
    )
    table = differences_table(f"{title}: differences", found.curves, found.differences)
    drawing = html.Div(
        [
            plot(figure, f"{title}. {finding}", save_as="cohorts-irae"),
            key(),
            *([table] if table else []),
        ]
    )
    return [
        chart(title, finding, drawing, curve_columns(), curve_rows(found.curves)),
        note(
            about(sides),
            " Cumulative incidence (Aalen–Johansen) on the days of the table, death without an irAE"
            f" competes; 95 % intervals.{followed_words(found.curves)} {held_words(found.curves)}",
        ),
    ]


def incidence_finding(sides: Sides, found: Incidence) -> str:
    """Both shares on the latest reported day, their difference and the test, as a sentence."""
    both = last_common(found.curves)
    if both is None:
        return joined(held_words(found.curves), no_difference_words(sides))
    day = both[0].time_days
    shares = f"{percent(both[0].estimate)} of A and {percent(both[1].estimate)} of B"
    words = f"By {moment_words(sides, day)}, {shares}"
    if not found.differences:
        return joined(words, no_difference_words(sides))
    gap = found.differences[-1]
    when = "" if gap.time_days == day else f" on day {gap.time_days}"
    return joined(f"{words}; A − B{when} {points_words(gap)}", p_words(found.test), ASSOCIATION)


def heat_panel(sides: Sides, cells: Sequence[HeatCell]) -> list[Component]:
    """Organs by grade, A beside B, one year from the anchor."""
    if not any(share is not None for cell in cells for share in (cell.a, cell.b)):
        return [empty("Too few patients for organs by grade.", "Widen the cohorts.")]
    finding = heat_finding(cells)
    found = {(cell.organ, cell.grade): cell for cell in cells}
    organs = list(dict.fromkeys(cell.organ for cell in cells))
    heads = [f"{side} {grade_words(grade)}" for grade in GRADES for side in "AB"]
    rows = [(organ, *(percent(share) for share in _shares(found, organ))) for organ in organs]
    return [
        chart(
            "Organs by grade, within a year",
            finding,
            _heat_table(found, organs),
            ("organ", *heads),
            rows,
        ),
        note(
            f"Cumulative incidence at 365 days, per cent. – is {HELD}: too few patients. ",
            about(sides),
        ),
    ]


def heat_finding(cells: Sequence[HeatCell]) -> str:
    """The largest difference between the cohorts among organs and grades."""
    pairs = [
        (abs(cell.a - cell.b), cell)
        for cell in cells
        if cell.a is not None and cell.b is not None and cell.organ != ANY
    ]
    if not pairs:
        return "No organ has enough patients in both cohorts."
    _, most = max(pairs, key=lambda pair: pair[0])
    return (
        f"Furthest apart: {most.organ}, {grade_words(most.grade)}, {percent(most.a)} of A and"
        f" {percent(most.b)} of B. {ASSOCIATION}"
    )


def shade(share: float) -> int:
    """Shade of a share, 0 (palest) to 5."""
    return min(int(_SHADES * share / _FULL), _SHADES - 1)


def _shares(found: dict[tuple[str, int], HeatCell], organ: str) -> list[float | None]:
    cells = [found.get((organ, grade)) for grade in GRADES]
    return [share for cell in cells for share in ((cell.a, cell.b) if cell else (None, None))]


def _heat_table(found: dict[tuple[str, int], HeatCell], organs: Sequence[str]) -> html.Div:
    grades = [
        html.Th(grade_words(grade), colSpan=2, scope="colgroup", className="cohort-heat-group")
        for grade in GRADES
    ]
    sides = [html.Th(side, scope="col") for _ in GRADES for side in "AB"]
    body = [
        html.Tr(
            [
                _row_head(organ),
                *(_cell(one) for one in _shares(found, organ)),
            ]
        )
        for organ in organs
    ]
    head = html.Thead([html.Tr([html.Td(), *grades]), html.Tr([html.Th("organ"), *sides])])
    return html.Div(
        html.Table([head, html.Tbody(body)], className="cohort-heat"), className="cohort-heat-frame"
    )


def _row_head(organ: str) -> html.Th:
    return html.Th("any organ" if organ == ANY else organ, scope="row")


def _cell(share: float | None) -> html.Td:
    if share is None:
        return html.Td("–", className="cohort-held", title=HELD)
    return html.Td(percent(share).removesuffix(" %"), className=f"cohort-shade-{shade(share)}")
