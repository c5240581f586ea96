"""Dictionary: every table and column of the warehouse, as the schema defines it."""

from __future__ import annotations

from enum import StrEnum

import dash
import dash_bootstrap_components as dbc
from dash import Input, Output, callback, html
from dash.development.base_component import Component

from components import data_dictionary
from models.schema import TABLES

dash.register_page(
    __name__, path="/dictionary", name="Dictionary", title="Dictionary · Immunoboard", order=8
)


class Ids(StrEnum):
    """Every component id this page owns: page, thing, kind."""

    SEARCH = "dictionary-search-input"
    TABLES = "dictionary-tables"


def layout(**_url: str) -> html.Main:
    """The whole dictionary: it holds no data of patients."""
    tables = TABLES.values()
    return html.Main(
        [
            html.H1("Data dictionary"),
            html.P(
                "The tables of the warehouse. A site delivers one CSV file per table; dates are "
                "ISO dates and an empty cell is a missing value.",
                className="lead",
            ),
            dbc.Label("Search tables and columns", html_for=Ids.SEARCH),
            dbc.Input(
                id=Ids.SEARCH,
                type="search",
                placeholder="Name, meaning, unit or value",
                autocomplete="off",
                class_name="page-search",
            ),
            data_dictionary.anchors(tables),
            html.Div(data_dictionary.table_sections(tables), id=Ids.TABLES),
        ],
        className="page page-read",
    )


@callback(Output(Ids.TABLES, "children"), Input(Ids.SEARCH, "value"), prevent_initial_call=True)
def show_tables(words: object) -> list[Component]:
    """Only the tables in which all words are found."""
    wanted = words if isinstance(words, str) else ""
    return data_dictionary.table_sections(data_dictionary.matching(TABLES.values(), wanted))
