"""What is kept and taken along: saved comparisons, the link, the tables."""

from __future__ import annotations

from dash import (
    ClientsideFunction,
    Input,
    Output,
    State,
    callback,
    clientside_callback,
    dcc,
    no_update,
)
from dash.exceptions import PreventUpdate

from components import cohort_state, shell
from components.cohort_export import bundle, file_name
from components.cohort_ids import Ids
from components.cohort_panels import exports_of
from components.cohort_state import Chosen
from components.cohort_tables import ExportTable, attrition_table
from data_access.cohorts import CohortRecords, cohort_records
from data_access.errors import CohortRefused, refused_as
from models.cohort.definition import Cohort
from pages.cohorts.asked import pair

_SAID = Output(Ids.SAVED_NOTE, "children", allow_duplicate=True)


@callback(
    Output(Ids.SAVED, "options"),
    Output(Ids.SAVED, "value"),
    Input(shell.Ids.SNAPSHOT, "data"),
    Input(Ids.SAVED_NOTE, "children"),
    State(Ids.SAVED, "options"),
    State(Ids.SAVED, "value"),
)
@refused_as(lambda _sentence: ([], ""))
def show_saved(
    snapshot: object, _changed: object, offered: object, chosen: object
) -> tuple[object, object]:
    """Offer the viewer's saved comparisons by name; what was just saved is chosen."""
    if not snapshot:
        raise PreventUpdate
    names = [one.name for one in cohort_records().saved()]
    options = [{"label": name, "value": name} for name in names]
    fresh = [
        name for name, option in zip(names, options, strict=True) if option not in _list(offered)
    ]
    wanted = fresh[0] if len(fresh) == 1 else chosen
    return options, wanted if wanted in names else next(iter(names), "")


def _list(sent: object) -> list[object]:
    return sent if isinstance(sent, list) else []


@callback(
    _SAID,
    Output(Ids.NAME, "value"),
    Input(Ids.SAVE, "n_clicks"),
    Input(Ids.NAME, "n_submit"),
    State(Ids.NAME, "value"),
    State(Ids.STATE, "data"),
    prevent_initial_call=True,
)
@refused_as(lambda sentence: (sentence, no_update))
def save(_clicks: object, _submitted: object, name: object, state: object) -> tuple[object, object]:
    """Keep both definitions under a name."""
    words = cohort_state.name_of(name)
    if not words:
        return "Give it a name first.", no_update
    a, b = pair(state)
    if cohort_state.is_start((a, b)):
        return "There is no comparison to save yet.", no_update
    cohort_records().save(words, a, b)
    return f"Saved as “{words}”.", ""


@callback(
    Output(Ids.STATE, "data", allow_duplicate=True),
    Output(Ids.MESSAGE, "children", allow_duplicate=True),
    _SAID,
    Input(Ids.OPEN, "n_clicks"),
    State(Ids.SAVED, "value"),
    prevent_initial_call=True,
)
@refused_as(lambda sentence: (no_update, no_update, sentence))
def open_saved(_clicks: object, name: object) -> tuple[object, object, object]:
    """Ask again what was saved."""
    found = next((one for one in cohort_records().saved() if one.name == name), None)
    if found is None:
        return no_update, no_update, "Choose a saved comparison first."
    return {"a": found.a, "b": found.b}, None, f"Opened “{found.name}”."


@callback(
    _SAID,
    Input(Ids.FORGET, "n_clicks"),
    State(Ids.SAVED, "value"),
    State(Ids.SAVED_NOTE, "children"),
    prevent_initial_call=True,
)
@refused_as(lambda sentence: sentence)
def forget(_clicks: object, name: object, said: object) -> str:
    """Delete a saved comparison, at the second press."""
    if not isinstance(name, str) or not name:
        return "Choose a saved comparison first."
    asked = f"Press Delete again to delete “{name}”."
    if said != asked:
        return asked
    cohort_records().forget(name)
    return f"Deleted “{name}”."


@callback(
    Output(Ids.DOWNLOAD, "data"),
    Output(Ids.EXPORTED, "children"),
    Input(Ids.EXPORT, "n_clicks"),
    State(Ids.READY, "data"),
    State(Ids.ORGAN, "value"),
    State(Ids.GRADE, "value"),
    State(Ids.SCALE, "value"),
    State(Ids.OUTCOME, "value"),
    prevent_initial_call=True,
)
@refused_as(lambda sentence: (no_update, sentence))
def export(_clicks: object, ready: object, *choices: object) -> tuple[object, object]:
    """Give every table of the comparison as one file."""
    if not cohort_state.is_state(ready):
        return no_update, "There is no comparison to export yet."
    shown = cohort_state.chosen("irae", *choices, False)
    if shown is None:
        raise PreventUpdate
    records, (a, b) = cohort_records(), pair(ready)
    sides = records.sides(a, b)
    tables, left_out = _tables(records, a, b, shown)
    content = bundle(sides, [attrition_table(sides.a, sides.b), *tables], left_out)
    return dcc.send_bytes(content, file_name(sides)), f"{len(tables) + 1} tables exported."


def _tables(
    records: CohortRecords, a: Cohort, b: Cohort, shown: Chosen
) -> tuple[list[ExportTable], dict[str, str]]:
    """Every table that is given, and why the others are not."""
    tables: list[ExportTable] = []
    left_out: dict[str, str] = {}
    for name, read in exports_of(records, a, b, shown).items():
        try:
            tables += read()
        except CohortRefused as refused:
            left_out[name] = str(refused)
    return tables, left_out


clientside_callback(
    ClientsideFunction("cohorts", "address"),
    Output(Ids.LINK, "value"),
    Input(Ids.STATE, "data"),
)
clientside_callback(
    ClientsideFunction("cohorts", "copy"),
    Output(Ids.COPIED, "children"),
    Input(Ids.COPY, "n_clicks"),
    prevent_initial_call=True,
)
clientside_callback(
    ClientsideFunction("cohorts", "print"),
    Output(Ids.PRINTED, "data"),
    Input(Ids.PRINT, "n_clicks"),
    prevent_initial_call=True,
)
