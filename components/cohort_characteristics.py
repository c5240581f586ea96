"""Who is in the cohorts: every level of every variable, and where they differ most."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from components.chart import chart
from components.cohort_smd import DEFINITION, LIMIT, smd_list, smd_row, smd_scale, smd_words
from components.cohort_words import about, listing, n_words
from components.notices import empty
from components.panel import note
from models.cohort.results import Characteristic, Share, Sides

MOST_DRAWN = 14
_MOST_NAMED = 3
_NOT_RECORDED = "not recorded"


def characteristics_panel(sides: Sides, found: Sequence[Characteristic]) -> list[Component]:
    """The largest differences as dots, and table one."""
    if not found:
        return [empty("No characteristic has enough patients.", "Widen the cohorts.")]
    ranked = sorted(
        (one for one in found if one.smd is not None), key=lambda one: -abs(one.smd or 0.0)
    )
    finding = characteristics_finding(ranked)
    columns = ("characteristic", "A", "B", "SMD")
    rows = [(_name(one), *_cells(one)) for one in ranked]
    drawing = _dots(ranked[:MOST_DRAWN])
    return [
        html.Div(
            [
                html.Div(chart("Largest differences", finding, drawing, columns, rows)),
                html.Div(table_one(found), className="cohort-table-one"),
            ],
            className="chart-pair",
        ),
        note(DEFINITION, " Percentages are of rounded counts. ", about(sides)),
    ]


def characteristics_finding(ranked: Sequence[Characteristic]) -> str:
    """How many levels are out of balance, and which most, as a sentence."""
    out = [one for one in ranked if abs(one.smd or 0.0) > LIMIT]
    if not out:
        return f"No level differs by more than {LIMIT} standard deviations."
    named = listing([f"{_name(one)} ({smd_words(one.smd)})" for one in out[:_MOST_NAMED]])
    levels = "1 level differs" if len(out) == 1 else f"{len(out)} levels differ"
    return f"{levels} by more than {LIMIT} standard deviations, most: {named}."


def table_one(found: Sequence[Characteristic]) -> html.Div:
    """Levels under their variables: counts with percentages and the difference."""
    heads = [html.Th(words, scope="col") for words in ("", "A", "B", "SMD")]
    bodies = []
    for variable in dict.fromkeys(one.variable for one in found):
        levels = [one for one in found if one.variable == variable]
        title = html.Th(levels[0].label, colSpan=4, scope="rowgroup")
        bodies.append(html.Tbody([html.Tr(title), *(_level(one) for one in levels)]))
    table = html.Table([html.Thead(html.Tr(heads)), *bodies], className="data-table cohort-levels")
    return html.Div(
        table,
        className="table-scroll",
        tabIndex=0,
        role="region",
        **{"aria-label": "Characteristics of both cohorts"},
    )


def _level(one: Characteristic) -> html.Tr:
    a, b, smd = _cells(one)
    quiet = "quiet" if one.level == _NOT_RECORDED else ""
    beyond = "cohort-beyond" if abs(one.smd or 0.0) > LIMIT else ""
    return html.Tr(
        [
            html.Th(one.level, scope="row", className=quiet),
            html.Td(a, className="number"),
            html.Td(b, className="number"),
            html.Td(smd, className=f"number {beyond}".strip()),
        ]
    )


def _cells(one: Characteristic) -> tuple[str, str, str]:
    return _share(one.a), _share(one.b), smd_words(one.smd)


def _share(share: Share | None) -> str:
    return n_words(None) if share is None else f"{n_words(share.n)} ({share.percent:.0f} %)"


def _dots(ranked: Sequence[Characteristic]) -> html.Div:
    scale = smd_scale([one.smd or 0.0 for one in ranked])
    rows = [
        smd_row(
            scale,
            _name(one),
            (one.smd or 0.0, "smd-beyond" if abs(one.smd or 0.0) > LIMIT else ""),
            words=smd_words(one.smd),
        )
        for one in ranked
    ]
    legend = "◆ beyond ±0.1, the broken lines; right of 0: more in A"
    return html.Div([smd_list(scale, rows), html.P(legend, className="cohort-keys")])


def _name(one: Characteristic) -> str:
    return f"{one.label}: {one.level}"
