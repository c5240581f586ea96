"""The frame around every page: skip link, navigation, notices, page, footer.

The frame is the same for everybody and is shipped before anything is known about the
viewer, so it names no user, no role and no snapshot: those arrive by callback.
"""

from __future__ import annotations

from enum import StrEnum

import dash
import dash_bootstrap_components as dbc
from dash import ClientsideFunction, Input, Output, State, clientside_callback, dcc, html

SNAPSHOT_POLL_MS = 5_000
DISPLAY_MODES = {"light": "Light", "dark": "Dark", "shared": "Shared screen"}

INDEX = """<!DOCTYPE html>
<html lang="en">
    <head>
        {%metas%}
        <title>{%title%}</title>
        <link rel="icon" type="image/svg+xml" href="/assets/mark.svg">
        {%css%}
        <script src="/assets/display.js"></script>
    </head>
    <body>
        {%app_entry%}
        {%config%}
        {%scripts%}
        {%renderer%}
    </body>
</html>"""
"""Dash's page with a language, and with the display mode set before the first paint."""

ASSETS_IGNORE = r"^display\.js$"
"""Scripts that ``INDEX`` loads itself; Dash must not add them a second time."""


class Ids(StrEnum):
    """Every component id of the frame: app, thing, kind."""

    NAVIGATION = "app-navigation"
    ACCOUNT = "app-account"
    DISPLAY = "app-display-input"
    SIGN_OUT = "app-sign-out-button"
    NOTICE = "app-notice"
    NOTICE_CLOSE = "app-notice-close-button"
    SNAPSHOT = "app-snapshot"
    SNAPSHOT_POLL = "app-snapshot-interval"
    FOOTER = "app-footer-text"
    IDLE = "app-idle-dialog"
    STAY = "app-stay-button"
    CONTENT = "app-content"


def shell() -> html.Div:
    """The whole frame, with Dash's page container inside."""
    return html.Div(
        [
            html.A("Skip to the content", href=f"#{Ids.CONTENT}", className="skip-link"),
            _header(),
            _notice_region(),
            html.Div(dash.page_container, id=Ids.CONTENT, className="app-content", tabIndex=-1),
            _footer(),
            _idle_dialog(),
            dcc.Store(id=Ids.SNAPSHOT, storage_type="memory"),
            dcc.Interval(id=Ids.SNAPSHOT_POLL, interval=SNAPSHOT_POLL_MS),
        ],
        className="app",
    )


def _header() -> html.Header:
    return html.Header(
        [
            dcc.Link("Immunoboard", href="/", className="app-brand"),
            html.Nav(id=Ids.NAVIGATION, className="app-navigation", **{"aria-label": "Pages"}),
            html.Div(id=Ids.ACCOUNT, className="app-account"),
            _display_switch(),
            html.Button(
                "Sign out",
                id=Ids.SIGN_OUT,
                type="button",
                className="btn btn-sm btn-outline-secondary",
            ),
        ],
        className="app-header",
    )


def _display_switch() -> html.Div:
    modes = dbc.RadioItems(
        id=Ids.DISPLAY,
        options=[{"label": label, "value": mode} for mode, label in DISPLAY_MODES.items()],
        className="segments",
        input_class_name="btn-check",
        label_class_name="segment",
        label_checked_class_name="active",
    )
    return html.Div(modes, role="group", className="app-display", **{"aria-label": "Display"})


def _notice_region() -> html.Div:
    return html.Div(
        [
            html.Div(id=Ids.NOTICE, role="alert", **{"aria-live": "assertive"}),
            html.Button(
                "Close", id=Ids.NOTICE_CLOSE, type="button", className="btn btn-sm btn-link"
            ),
        ],
        className="app-notice",
    )


def _footer() -> html.Footer:
    return html.Footer(
        [
            html.Strong("Research software, not a medical device"),
            html.Span(id=Ids.FOOTER),
        ],
        className="app-footer",
    )


def _idle_dialog() -> html.Dialog:
    return html.Dialog(
        [
            html.H2("Still there?", id="app-idle-title"),
            html.P("For the safety of your patients you will be signed out in two minutes."),
            html.Button("Stay signed in", id=Ids.STAY, type="button", className="btn btn-primary"),
        ],
        id=Ids.IDLE,
        className="app-idle",
        **{"aria-labelledby": "app-idle-title"},
    )


clientside_callback(
    ClientsideFunction("session", "poll"),
    Output(Ids.SNAPSHOT, "data"),
    Input(Ids.SNAPSHOT_POLL, "n_intervals"),
    State(Ids.SNAPSHOT, "data"),
)
clientside_callback(
    ClientsideFunction("session", "footer"),
    Output(Ids.FOOTER, "children"),
    Input(Ids.SNAPSHOT, "data"),
)
clientside_callback(
    ClientsideFunction("session", "signOut"),
    Output(Ids.SIGN_OUT, "disabled"),
    Input(Ids.SIGN_OUT, "n_clicks"),
    prevent_initial_call=True,
)
clientside_callback(
    ClientsideFunction("session", "stay"),
    Output(Ids.STAY, "disabled"),
    Input(Ids.STAY, "n_clicks"),
    prevent_initial_call=True,
)
clientside_callback(
    ClientsideFunction("display", "choose"),
    Output(Ids.DISPLAY, "value"),
    Input(Ids.DISPLAY, "value"),
)
clientside_callback(
    ClientsideFunction("page", "arrive"),
    Output(Ids.NOTICE, "children"),
    Input("_pages_store", "data"),
    Input(Ids.SNAPSHOT, "data"),
    Input(Ids.NOTICE_CLOSE, "n_clicks"),
    prevent_initial_call=True,
)
