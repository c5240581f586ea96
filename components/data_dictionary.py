"""The warehouse schema as a document: every table and column in words."""

from __future__ import annotations

from collections.abc import Iterable

from dash import html

from components import notices
from components.data_table import data_table
from models.columns import Column, Table

KIND_WORDS = {
    "string": "text",
    "int32": "whole number",
    "float64": "number",
    "date": "date",
    "boolean": "yes or no",
    "timestamp": "time, UTC",
}
_HEADINGS = ("Column", "Meaning", "Type", "Unit", "Allowed values", "Needed")


def matching(tables: Iterable[Table], words: str) -> list[Table]:
    """Tables in which every word is found: in names, meanings, units or allowed values."""
    wanted = words.lower().split()
    return [table for table in tables if all(word in _text(table) for word in wanted)]


def _text(table: Table) -> str:
    parts = [table.name, table.domain, table.meaning]
    for column in table.columns:
        parts += [column.name, column.meaning, column.unit, *column.allowed]
    return " ".join(parts).lower()


def anchors(tables: Iterable[Table]) -> html.Nav:
    """Links to the tables on this page."""
    items = [html.Li(html.A(table.name, href=f"#{_anchor(table)}")) for table in tables]
    return html.Nav(html.Ul(items, className="anchors"), **{"aria-label": "Tables"})


def table_sections(tables: Iterable[Table]) -> list[html.Section | html.Div]:
    """One section per table, or a sentence when there is none."""
    sections = [_section(table) for table in tables]
    return sections or [notices.empty("No table or column has these words.", "Try fewer words.")]


def _section(table: Table) -> html.Section:
    heading = html.Div(
        [
            html.H2(table.name, id=_anchor(table), className="panel-title"),
            html.Span(
                f"{table.domain}, computed when a snapshot is built"
                if table.derived and table.domain != "derived"
                else table.domain,
                className="quiet",
            ),
        ],
        className="panel-head",
    )
    facts = f"{table.meaning[:1].upper()}{table.meaning[1:]}. Key: {', '.join(table.key)}."
    rows = [_cells(column) for column in table.columns]
    return html.Section(
        [heading, html.P(facts), data_table(f"Columns of {table.name}", _HEADINGS, rows)],
        className="panel",
    )


def _anchor(table: Table) -> str:
    return f"table-{table.name}"


def _cells(column: Column) -> tuple[object, ...]:
    return (
        html.Code(column.name),
        column.meaning,
        KIND_WORDS[column.kind],
        column.unit,
        allowed_values(column),
        "yes" if column.required else "",
    )


def allowed_values(column: Column) -> str | html.Code:
    """What a value may be: a list of words, a range, or a pattern for the whole value."""
    if column.allowed:
        return ", ".join(column.allowed)
    if column.minimum is not None and column.maximum is not None:
        return f"{column.minimum:g} to {column.maximum:g}"
    if column.minimum is not None:
        return f"{column.minimum:g} or more"
    return html.Code(column.pattern) if column.pattern else ""
