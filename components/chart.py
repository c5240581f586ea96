"""One builder around every graph: title, one-sentence finding, drawing, the numbers as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_bootstrap_components as dbc
import numpy as np
import numpy.typing as npt
import pandas as pd
from dash import dcc, html
from dash.development.base_component import Component

# Okabe-Ito hues (Okabe & Ito 2008, Color Universal Design), the blue a little lighter so that
# every line keeps a contrast of 3:1 on a white and on a dark background.
BLUE = "#2A8FD0"
VERMILION = "#D55E00"
GREEN = "#009E73"
PURPLE = "#B5639B"
GREY = "#808080"
BAND = "rgba(128,128,128,0.22)"
GRID = "rgba(128,128,128,0.22)"

Figure = dict[str, Any]
"""``data`` and ``layout`` as Plotly takes them. Building Plotly's own figure objects would take
longer than reading the patient; the tests do, so that every name and value is one it knows."""

CONFIG = {
    "displayModeBar": False,
    "displaylogo": False,
    "showSendToCloud": False,
    "plotlyServerURL": "",
    "scrollZoom": False,
    "doubleClick": False,
    "responsive": True,
}
"""No mode bar, no logo, nothing that sends a figure anywhere."""

_BUTTON = {"displayModeBar": True, "modeBarButtons": [["toImage"]]}

_MONTH_WEEKS, _QUARTER_WEEKS = 4, 13
_LEAST_WEEKS = 4.0
_BASELINE_DAYS = 56.0
_MOST_TICKS = 10


def chart(
    title: str,
    finding: str,
    drawing: Component,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
) -> html.Figure:
    """Figure with its finding in words and the same numbers as a table."""
    caption = html.Figcaption(
        [html.Strong(title, className="chart-title"), html.Span(finding)],
        className="chart-finding",
    )
    return html.Figure([caption, drawing, table(columns, rows)], className="chart")


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> html.Details:
    """The numbers of a chart behind one click; also what prints and what is read aloud."""
    head = html.Thead(html.Tr([html.Th(column, scope="col") for column in columns]))
    body = html.Tbody(
        [
            html.Tr([html.Th(first, scope="row"), *(html.Td(cell) for cell in cells)])
            for first, *cells in rows
        ]
    )
    grid = dbc.Table([head, body], size="sm", className="mb-0")
    scroll = html.Div(grid, className="chart-table-scroll", tabIndex=0, role="region")
    return html.Details([html.Summary("Show as table"), scroll], className="chart-table")


def plot(figure: Figure, finding: str, *, save_as: str = "") -> html.Div:
    """Plotly figure as one named image; its height is the figure's.

    With ``save_as``, the name of a file without ending, one button keeps it as SVG.
    """
    image = {"toImageButtonOptions": {"format": "svg", "filename": save_as}}
    graph = dcc.Graph(
        figure=figure,
        config=CONFIG | _BUTTON | image if save_as else CONFIG,
        responsive=True,
        style={"height": f"{figure['layout']['height']}px"},
    )
    return html.Div(graph, role="img", className="plot", **{"aria-label": finding})


def house_figure(traces: list[dict[str, object]], height: int, **layout: object) -> Figure:
    """Figure in the house style: transparent, no legend, no zoom, text coloured by the page."""
    house: dict[str, object] = {
        "height": height,
        "autosize": True,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"size": 12, "family": "inherit"},
        "showlegend": False,
        "dragmode": False,
        "hovermode": "closest",
        "hoverdistance": 12,
    }
    return {"data": traces, "layout": house | layout}


def axis(**settings: object) -> dict[str, object]:
    """Axis in the house style: faint grid, no zero line, no zoom."""
    house: dict[str, object] = {
        "gridcolor": GRID,
        "zeroline": False,
        "fixedrange": True,
        "automargin": False,
        "ticks": "",
    }
    return house | settings


def first_day(*dated: pd.DataFrame) -> float:
    """Left end of a time axis: the earliest day, at most eight weeks before the first dose."""
    days = [float(frame["day"].min()) for frame in dated if not frame.empty]
    return max(min([0.0, *days]), -_BASELINE_DAYS)


def last_day(*days: pd.Series) -> float:
    """Right end of a time axis: the latest of the days; 0 when there are none."""
    return max((float(day) for each in days for day in [each.max()] if pd.notna(day)), default=0.0)


def weeks_axis(first_day: float, last_day: float, **settings: object) -> dict[str, object]:
    """Time axis in weeks since the first dose, ticked by quarters of a year when it is long."""
    first, last = min(first_day, 0.0) / 7, max(last_day / 7, _LEAST_WEEKS)
    step = _MONTH_WEEKS if last <= 2 * _QUARTER_WEEKS else _QUARTER_WEEKS
    while last / step > _MOST_TICKS:
        step *= 2
    margin = 0.04 * (last - first)
    return axis(range=[first - margin, last + margin], dtick=step, tick0=0, **settings)


def weeks(days: Sequence[float] | npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Days since the first dose as weeks."""
    return np.asarray(days, dtype=np.float64) / 7
