"""The frame of a panel, the places in it that callbacks fill, and its small print."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component

from components.notices import skeleton


def panel(
    title: str, *children: Component, aside: Component | None = None, class_name: str = ""
) -> html.Section:
    """Section with a heading; ``aside`` stands beside the heading (a switch, a select)."""
    # A component without children counts as false.
    beside = [] if aside is None else [aside]
    heading = [html.H2(title, className="panel-title"), *beside]
    return html.Section(
        [html.Div(heading, className="panel-head"), *children],
        className=f"panel {class_name}".strip(),
        **{"aria-label": title},
    )


def slot(identity: str, lines: int) -> dcc.Loading:
    """Place that a callback fills; grey lines while the answer takes over 300 ms."""
    return dcc.Loading(
        html.Div(skeleton(lines), id=identity),
        delay_show=300,
        custom_spinner=skeleton(lines),
        overlay_style={"visibility": "visible", "opacity": 0.4},
        parent_className="slot",
    )


def note(*parts: Component | str) -> html.P:
    """Small print under a panel: n, source, data date."""
    return html.P(list(parts), className="panel-note")
