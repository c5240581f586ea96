"""The frame of the page of cohorts: tools, two definitions, the editor, the results."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.cohort_choices import GRADES, LONGEST_NAME, ORGANS, SCALES, VIEWS
from components.cohort_definition import card, start
from components.cohort_filters import filter_editor, segments
from components.cohort_ids import Ids
from components.cohort_words import grade_words
from components.panel import slot
from components.wording import outcome_words
from models.risk.outcomes import LANDMARKS, OUTCOMES, SEVERE

_SMALL = "btn btn-sm btn-outline-secondary"


def cohort_frame(stores: list[Component]) -> html.Main:
    """The page without any result; ``stores`` hold what the link asked for."""
    return html.Main(
        [
            *stores,
            dcc.Store(id=Ids.READY, storage_type="memory"),
            dcc.Store(id=Ids.PRINTED, storage_type="memory"),
            dcc.Download(id=Ids.DOWNLOAD),
            _tools(),
            html.Div([card("a"), card("b")], className="cohort-cards"),
            filter_editor(),
            html.Div(id=Ids.MESSAGE, className="cohort-message", role="alert"),
            html.Div(slot(Ids.REFUSAL, 8), className="cohort-refusal", role="alert"),
            html.Section(start(), id=Ids.START, className="panel cohort-start", hidden=True),
            html.Div(_results(), hidden=True, id=Ids.RESULTS),
        ],
        id=Ids.PAGE,
        className="page cohort-page",
    )


def _tools() -> html.Div:
    anchor = dbc.Select(
        id=Ids.ANCHOR,
        options=[{"label": _anchor(day), "value": str(day)} for day in LANDMARKS],
        value="0",
        size="sm",
    )
    return html.Div(
        [
            html.H1("Cohorts"),
            html.Div(
                [dbc.Label("Both from", html_for=Ids.ANCHOR), anchor], className="cohort-field"
            ),
            html.Button("Swap A and B", id=Ids.SWAP, type="button", className=_SMALL),
            html.Button("Reset", id=Ids.RESET, type="button", className=_SMALL),
            html.Div(className="cohort-space"),
            _saved(),
            _share(),
            html.Button("Export tables", id=Ids.EXPORT, type="button", className=_SMALL),
            html.Button("Print", id=Ids.PRINT, type="button", className=_SMALL),
            html.Span(id=Ids.EXPORTED, className="cohort-status", role="status"),
        ],
        className="cohort-tools",
    )


def _anchor(day: int) -> str:
    return "the first dose" if day == 0 else f"day {day}, those alive and followed"


def _saved() -> html.Details:
    kept = [
        dbc.Label("Saved comparisons", html_for=Ids.SAVED),
        dbc.Select(id=Ids.SAVED, options=[], size="sm", placeholder="none saved yet"),
        html.Div(
            [
                html.Button("Open", id=Ids.OPEN, type="button", className=_SMALL),
                html.Button("Delete", id=Ids.FORGET, type="button", className=_SMALL),
            ],
            className="cohort-row",
        ),
        dbc.Label("Save this comparison as", html_for=Ids.NAME),
        html.Div(
            [
                dbc.Input(
                    id=Ids.NAME, type="text", maxlength=LONGEST_NAME, autocomplete="off", size="sm"
                ),
                html.Button("Save", id=Ids.SAVE, type="button", className=_SMALL),
            ],
            className="cohort-row",
        ),
        html.P(id=Ids.SAVED_NOTE, className="cohort-status", role="status"),
    ]
    return html.Details(
        [html.Summary("Saved", className=_SMALL), html.Div(kept, className="cohort-pop")],
        className="cohort-menu",
    )


def _share() -> html.Details:
    link = [
        dbc.Label("Link to these definitions", html_for=Ids.LINK),
        html.Div(
            [
                dbc.Input(id=Ids.LINK, type="text", readonly=True, size="sm"),
                html.Button("Copy", id=Ids.COPY, type="button", className=_SMALL),
            ],
            className="cohort-row",
        ),
        html.P("It holds the filters, no result and no patient.", className="panel-note"),
        html.P(id=Ids.COPIED, className="cohort-status", role="status"),
    ]
    return html.Details(
        [html.Summary("Share", className=_SMALL), html.Div(link, className="cohort-pop")],
        className="cohort-menu",
    )


def _results() -> list[Component]:
    switch = html.Div(
        segments(Ids.VIEW, VIEWS, "irae"), role="group", **{"aria-label": "What is compared"}
    )
    main = html.Section(slot(Ids.PANEL, 12), className="panel", **{"aria-label": "Comparison"})
    heat = html.Section(
        slot(Ids.HEAT, 12),
        className="panel cohort-for for-irae not-split",
        **{"aria-label": "Organs by grade"},
    )
    return [
        html.Div([switch, *_controls(), _split()], className="cohort-switch"),
        html.P(id=Ids.ABOUT_SIDES, className="cohort-strip"),
        html.Div([main, heat], className="cohort-panels"),
    ]


def _controls() -> list[Component]:
    organs = {organ: "any organ" if organ == "any" else organ for organ in ORGANS}
    grades = {str(grade): grade_words(grade) for grade in GRADES}
    outcomes = {outcome: outcome_words(outcome) for outcome in OUTCOMES}
    return [
        _control("irae", "Organ", Ids.ORGAN, organs, "any"),
        _control("irae", "Grade", Ids.GRADE, grades, "2"),
        _control("quality", "Scale", Ids.SCALE, SCALES, "QL"),
        _control("risk", "Outcome", Ids.OUTCOME, outcomes, SEVERE),
    ]


def _split() -> dbc.Checkbox:
    return dbc.Checkbox(id=Ids.SPLIT, label="by country", value=False, className="cohort-split")


def _control(
    view: str, label: str, identity: str, choices: dict[str, str], chosen: str
) -> html.Div:
    options = [{"label": words, "value": value} for value, words in choices.items()]
    select = dbc.Select(id=identity, options=options, value=chosen, size="sm")
    return html.Div(
        [dbc.Label(label, html_for=identity), select],
        className=f"cohort-field cohort-for for-{view}",
    )
