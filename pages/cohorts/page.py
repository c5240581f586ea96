"""Two cohorts side by side: who, how often irAEs come, how long, how well, by country."""

from __future__ import annotations

import dash
from dash import ClientsideFunction, Input, Output, callback, clientside_callback, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from components import cohort_definition, cohort_state, notices, shell
from components.cohort_frame import cohort_frame
from components.cohort_ids import Ids
from components.cohort_incidence import heat_panel
from components.cohort_panels import panel_of
from components.cohort_words import strip_words
from data_access.cohorts import CohortRecords, cohort_records
from data_access.errors import refused_as
from models.cohort.definition import Cohort
from models.cohort.results import Sides
from pages.cohorts import editing, keeping
from pages.cohorts.asked import pair

dash.register_page(
    __name__, path="/cohorts", name="Cohorts", title="Cohorts · Immunoboard", order=3
)

PARTS = (editing, keeping)
"""Modules whose callbacks belong to this page."""

NEXT_STEP = "Change a filter above, or reset and begin with a question."


def layout(a: object = None, b: object = None, like: object = None, **_url: object) -> html.Main:
    """The frame, and what the link asks for: two definitions, or one patient's like."""
    token = like if isinstance(like, str) else None
    asked = None if token else cohort_state.from_link(a, b)
    return cohort_frame(
        [
            dcc.Store(id=Ids.STATE, data=asked, storage_type="memory"),
            dcc.Store(id=Ids.LIKE, data=token, storage_type="memory"),
        ]
    )


@callback(
    output={
        "chips_a": Output(Ids.CHIPS_A, "children"),
        "chips_b": Output(Ids.CHIPS_B, "children"),
        "text_a": Output(Ids.TEXT_A, "value"),
        "text_b": Output(Ids.TEXT_B, "value"),
        "anchor": Output(Ids.ANCHOR, "value"),
        "hidden": Output(Ids.START, "hidden"),
    },
    inputs={"state": Input(Ids.STATE, "data")},
)
def show_definitions(state: object) -> dict[str, object]:
    """Show both definitions as chips and as text, and the questions while nothing is asked."""
    if not cohort_state.is_state(state):
        raise PreventUpdate
    return cohort_definition.definitions(state)


def _nothing(sentence: str = "") -> dict[str, object]:
    refusal = notices.empty(sentence, NEXT_STEP) if sentence else None
    return {"a": None, "b": None, "strip": None, "refusal": refusal, "ready": None, "hidden": True}


@callback(
    output={
        "a": Output(Ids.SIDE_A, "children"),
        "b": Output(Ids.SIDE_B, "children"),
        "strip": Output(Ids.ABOUT_SIDES, "children"),
        "refusal": Output(Ids.REFUSAL, "children"),
        "ready": Output(Ids.READY, "data"),
        "hidden": Output(Ids.RESULTS, "hidden"),
    },
    inputs={"state": Input(Ids.STATE, "data"), "snapshot": Input(shell.Ids.SNAPSHOT, "data")},
)
@refused_as(_nothing)
def show_sides(state: object, snapshot: object) -> dict[str, object]:
    """Say n and how both cohorts came about, or why there is no comparison of them."""
    if not snapshot:
        raise PreventUpdate
    a, b = pair(state)
    if cohort_state.is_start((a, b)):
        return _nothing()
    sides = cohort_records().sides(a, b)
    return {
        "a": cohort_definition.side_line(sides.a),
        "b": cohort_definition.side_line(sides.b),
        "strip": strip_words(sides),
        "refusal": None,
        "ready": cohort_state.ready_of(sides),
        "hidden": False,
    }


def _released(ready: object) -> tuple[CohortRecords, tuple[Cohort, Cohort], Sides]:
    """The cohorts that ``show_sides`` released; every panel asks the gate for itself."""
    records, cohorts = cohort_records(), pair(ready)
    shot = records.snapshot
    sides = cohort_state.sides_of(ready, cohorts, shot.id, shot.data_date)
    if sides is None:
        raise PreventUpdate
    return records, cohorts, sides


def _no_panel(sentence: str) -> list[Component]:
    return [notices.empty(sentence, "The other views are not affected.")]


@callback(
    Output(Ids.PANEL, "children"),
    Input(Ids.READY, "data"),
    Input(Ids.VIEW, "value"),
    Input(Ids.ORGAN, "value"),
    Input(Ids.GRADE, "value"),
    Input(Ids.SCALE, "value"),
    Input(Ids.OUTCOME, "value"),
    Input(Ids.SPLIT, "value"),
)
@refused_as(_no_panel)
def show_panel(ready: object, *choices: object) -> list[Component]:
    """Draw the chosen view, and no other."""
    shown = cohort_state.chosen(*choices)
    if shown is None or ready is None:
        raise PreventUpdate
    records, cohorts, sides = _released(ready)
    return panel_of(records, sides, cohorts, shown)


@callback(
    Output(Ids.HEAT, "children"),
    Input(Ids.READY, "data"),
    Input(Ids.VIEW, "value"),
    Input(Ids.SPLIT, "value"),
)
@refused_as(_no_panel)
def show_heat_map(ready: object, view: object, split: object) -> list[Component]:
    """Draw organs by grade beside the curves of all countries together."""
    if view != "irae" or split or ready is None:
        raise PreventUpdate
    records, cohorts, sides = _released(ready)
    return heat_panel(sides, records.heat_map(*cohorts))


clientside_callback(
    ClientsideFunction("cohorts", "view"),
    Output(Ids.RESULTS, "className"),
    Input(Ids.VIEW, "value"),
    Input(Ids.SPLIT, "value"),
)
