"""What is asked for: by link, by question, by chips, by text, from which day."""

from __future__ import annotations

from dash import (
    ALL,
    ClientsideFunction,
    Input,
    Output,
    State,
    callback,
    clientside_callback,
    ctx,
    no_update,
)
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from components import cohort_filters, cohort_state, notices, shell
from components.cohort_ids import Ids
from data_access.cohorts import cohort_records
from data_access.errors import refused_as
from models.cohort.editing import without_condition
from models.cohort.presets import PRESET_BY_KEY
from models.cohort.variables import DOMAINS, VARIABLES
from pages.cohorts.asked import pair, refusing

NOTHING = {"a": "", "b": ""}

_CHANGED = (
    Output(Ids.STATE, "data", allow_duplicate=True),
    Output(Ids.MESSAGE, "children", allow_duplicate=True),
)
_ADDS = {Ids.ADD_A: "a", Ids.ADD_B: "b", Ids.ADD_BOTH: "ab"}


def _message(sentence: str) -> tuple[object, Component]:
    """Nothing changes, and why."""
    return no_update, notices.empty(sentence)


def _no_like(sentence: str) -> tuple[object, Component]:
    return NOTHING, notices.empty(sentence, "Begin with a question instead.")


@callback(
    *_CHANGED,
    Input(shell.Ids.SNAPSHOT, "data"),
    State(Ids.LIKE, "data"),
    State(Ids.STATE, "data"),
    prevent_initial_call="initial_duplicate",
)
@refused_as(_no_like)
def show_like(snapshot: object, token: object, state: object) -> tuple[object, object]:
    """Turn a link to one patient's like into two definitions."""
    if not snapshot or state is not None or not isinstance(token, str):
        raise PreventUpdate
    like = cohort_records().like(token)
    return cohort_state.state_of(like, cohort_state.beside(like)), None


@callback(
    *_CHANGED,
    Input(Ids.APPLY_A, "n_clicks"),
    Input(Ids.APPLY_B, "n_clicks"),
    Input(Ids.TEXT_A, "n_submit"),
    Input(Ids.TEXT_B, "n_submit"),
    State(Ids.TEXT_A, "value"),
    State(Ids.TEXT_B, "value"),
    State(Ids.STATE, "data"),
    prevent_initial_call=True,
)
@refused_as(_message)
def apply_text(*given: object) -> tuple[object, object]:
    """Take a definition as it was typed."""
    *_, text_a, text_b, state = given
    side = "a" if ctx.triggered_id in (Ids.APPLY_A, Ids.TEXT_A) else "b"
    text = (text_a if side == "a" else text_b) or ""
    if not cohort_state.is_state(state) or not isinstance(text, str):
        raise PreventUpdate
    with refusing():
        return cohort_state.typed(state, side, text), None


@callback(
    *_CHANGED,
    Input(Ids.ADD_A, "n_clicks"),
    Input(Ids.ADD_B, "n_clicks"),
    Input(Ids.ADD_BOTH, "n_clicks"),
    State(Ids.VARIABLE, "value"),
    State(Ids.LEVELS, "value"),
    State(Ids.NEGATED, "value"),
    State(Ids.STATE, "data"),
    prevent_initial_call=True,
)
@refused_as(_message)
def add_filter(*given: object) -> tuple[object, object]:
    """Add the chosen levels to one cohort or to both."""
    *_, variable, levels, negated, state = given
    words = levels if isinstance(levels, list) else []
    if not isinstance(variable, str) or not all(isinstance(word, str) for word in words):
        raise PreventUpdate
    if not cohort_state.is_state(state) or ctx.triggered_id not in list(_ADDS):
        raise PreventUpdate
    with refusing():
        asked = cohort_state.added(
            state, _ADDS[ctx.triggered_id], variable, words, negated=negated == "none"
        )
    return asked, None


@callback(
    *_CHANGED,
    Input({"type": "cohorts-chip", "side": ALL, "condition": ALL}, "n_clicks"),
    State(Ids.STATE, "data"),
    prevent_initial_call=True,
)
@refused_as(_message)
def remove_filter(clicks: object, state: object) -> tuple[object, object]:
    """Take away the condition whose chip was pressed."""
    chip = ctx.triggered_id
    if not isinstance(clicks, list) or not any(clicks) or not isinstance(chip, dict):
        raise PreventUpdate
    a, b = (
        without_condition(one, str(chip.get("condition"))) if chip.get("side") == side else one
        for side, one in zip("ab", pair(state), strict=True)
    )
    return cohort_state.state_of(a, b), None


@callback(
    *_CHANGED,
    Input(Ids.ANCHOR, "value"),
    State(Ids.STATE, "data"),
    prevent_initial_call=True,
)
@refused_as(_message)
def move_anchor(day: object, state: object) -> tuple[object, object]:
    """Count both cohorts from another day."""
    wanted = cohort_state.landmark_of(day)
    if wanted is None or not cohort_state.is_state(state):
        raise PreventUpdate
    with refusing():
        asked = cohort_state.moved(state, wanted)
    if asked == state:
        raise PreventUpdate
    return asked, None


@callback(
    *_CHANGED,
    Output(Ids.VIEW, "value", allow_duplicate=True),
    Input({"type": "cohorts-preset", "key": ALL}, "n_clicks"),
    prevent_initial_call=True,
)
def ask_preset(clicks: object) -> tuple[object, object, object]:
    """Ask the question of a card."""
    card = ctx.triggered_id
    key = card.get("key") if isinstance(card, dict) else None
    if not isinstance(key, str) or key not in PRESET_BY_KEY:
        raise PreventUpdate
    if not isinstance(clicks, list) or not any(clicks):
        raise PreventUpdate
    preset = PRESET_BY_KEY[key]
    return cohort_state.state_of(*preset.cohorts), None, preset.view


@callback(
    Output(Ids.VARIABLE, "options"),
    Output(Ids.VARIABLE, "value"),
    Input(Ids.DOMAIN, "value"),
    prevent_initial_call=True,
)
def show_variables(domain: object) -> tuple[object, object]:
    """Offer the filters of a domain."""
    if domain not in DOMAINS:
        raise PreventUpdate
    options = cohort_filters.variable_options(str(domain))
    return options, options[0]["value"]


@callback(
    Output(Ids.LEVELS, "options"),
    Output(Ids.LEVELS, "value"),
    Output(Ids.ABOUT, "children"),
    Input(Ids.VARIABLE, "value"),
    Input(shell.Ids.SNAPSHOT, "data"),
)
@refused_as(lambda sentence: ([], [], sentence))
def show_levels(name: object, snapshot: object) -> tuple[object, object, object]:
    """Offer the levels of a filter, none of them ticked."""
    if not isinstance(name, str) or name not in VARIABLES or not snapshot:
        raise PreventUpdate
    variable, records = VARIABLES[name], cohort_records()
    places = records.places() if variable.kind == "open" else {}
    options = cohort_filters.level_options(variable, places, records.snapshot.data_date)
    return options, [], cohort_filters.about_variable(variable)


clientside_callback(
    ClientsideFunction("cohorts", "swapOrReset"),
    *_CHANGED,
    Input(Ids.SWAP, "n_clicks"),
    Input(Ids.RESET, "n_clicks"),
    State(Ids.STATE, "data"),
    prevent_initial_call=True,
)
