"""Worklist: the viewer's patients, the highest risk of a severe irAE first."""

from __future__ import annotations

from enum import StrEnum

import dash
import dash_bootstrap_components as dbc
from dash import ClientsideFunction, Input, Output, callback, clientside_callback, dcc, html
from dash.exceptions import PreventUpdate

from components import notices, shell, worklist_grid
from data_access.care import records

dash.register_page(__name__, path="/", name="Worklist", title="Worklist · Immunoboard", order=1)


class Ids(StrEnum):
    """Every component id this page owns: page, thing, kind."""

    COUNTS = "worklist-counts-text"
    LIST = "worklist-list"
    SEARCH = "worklist-search-input"
    CHIPS = "worklist-chips-input"
    RESET = "worklist-reset-button"
    SHOWN = "worklist-shown-text"
    ROWS = "worklist-rows-store"
    GRID = "worklist-grid"
    EMPTY = "worklist-empty"


def layout(**_url: str) -> html.Main:
    """The frame only; patients arrive through callbacks."""
    return html.Main(
        [
            html.Div(
                [
                    html.H1("Worklist"),
                    html.P(notices.skeleton(1), id=Ids.COUNTS, className="counts"),
                ],
                className="page-head",
            ),
            html.Div(id=Ids.EMPTY),
            dcc.Store(id=Ids.ROWS, storage_type="memory"),
            html.Div(
                [_filters(), worklist_grid.worklist_grid(Ids.GRID), _legend()],
                id=Ids.LIST,
                className="worklist is-waiting",
            ),
        ],
        className="page page-fill",
    )


def _filters() -> html.Div:
    return html.Div(
        [
            dbc.Label("Search", html_for=Ids.SEARCH, class_name="visually-hidden"),
            dbc.Input(
                id=Ids.SEARCH,
                type="search",
                placeholder="Patient, cancer, regimen, organ",
                autocomplete="off",
                class_name="worklist-search",
            ),
            dbc.RadioItems(
                id=Ids.CHIPS,
                value="all",
                className="segments",
                input_class_name="btn-check",
                label_class_name="segment",
                label_checked_class_name="active",
                options=worklist_grid.chip_options(),
            ),
            html.Button("Reset", id=Ids.RESET, type="button", className="btn btn-sm btn-link"),
            html.Span(id=Ids.SHOWN, className="worklist-shown", **{"aria-live": "polite"}),
        ],
        className="worklist-filters",
    )


def _legend() -> html.P:
    return html.P(
        [
            "Bars: risk with its 80 % interval; △ use with care, the patient page says why. ",
            "Against cohort: risk of a grade 2 or higher irAE of that organ, divided by the "
            "median of the same drug class at the same time. ",
            "Change: percentage points since the previous landmark. ",
            html.Kbd("↓"),
            " in the search goes to the list, ",
            html.Kbd("↑"),
            html.Kbd("↓"),
            " move, ",
            html.Kbd("Enter"),
            " opens the patient, ",
            html.Kbd("Esc"),
            " clears the search.",
        ],
        className="legend",
    )


@callback(
    Output(Ids.ROWS, "data"),
    Output(Ids.GRID, "columnDefs"),
    Output(Ids.CHIPS, "options"),
    Output(Ids.COUNTS, "children"),
    Output(Ids.LIST, "className"),
    Output(Ids.EMPTY, "children"),
    Input(shell.Ids.SNAPSHOT, "data"),
)
def show_worklist(snapshot: object) -> tuple[object, ...]:
    """Read the viewer's patients whenever the snapshot changes."""
    if not snapshot:
        raise PreventUpdate
    care = records()
    rows = worklist_grid.worklist_rows(care.worklist())
    anybody = not rows.empty
    return (
        worklist_grid.rows_text(rows),
        worklist_grid.column_defs(worklist_grid.risk_scale(rows)),
        worklist_grid.chip_options(rows),
        worklist_grid.counts_line(rows, care.snapshot.data_date),
        "worklist" if anybody else "worklist is-waiting",
        None if anybody else _nobody(),
    )


def _nobody() -> html.Div:
    return notices.empty(
        "No patients are in your care yet.",
        "Ask the administrator for a care team or for the country, site or patient you treat.",
    )


clientside_callback(
    ClientsideFunction("worklist", "rows"),
    Output(Ids.GRID, "rowData"),
    Input(Ids.ROWS, "data"),
    prevent_initial_call=True,
)
clientside_callback(
    ClientsideFunction("worklist", "filter"),
    Output(Ids.GRID, "dashGridOptions"),
    Input(Ids.SEARCH, "value"),
    Input(Ids.CHIPS, "value"),
    prevent_initial_call=True,
)
clientside_callback(
    ClientsideFunction("worklist", "reset"),
    Output(Ids.SEARCH, "value"),
    Output(Ids.CHIPS, "value"),
    Input(Ids.RESET, "n_clicks"),
    prevent_initial_call=True,
)
