"""Plain tables for reading: headings, rows, the first cell names the row."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from dash import html


def data_table(
    headings: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    numbers: Collection[int] = (),
    caption: str = "",
) -> html.Div:
    """Table that scrolls inside itself when it is long; columns in ``numbers`` are set right."""
    parts = [html.Caption(caption, className="visually-hidden")] if caption else []
    head = [
        html.Th(words, scope="col", className=_align(position, numbers))
        for position, words in enumerate(headings)
    ]
    body = [html.Tr([_cell(*item, numbers) for item in enumerate(row)]) for row in rows]
    table = html.Table(
        [*parts, html.Thead(html.Tr(head)), html.Tbody(body)], className="data-table"
    )
    return html.Div(table, className="table-scroll", tabIndex=0)


def _cell(position: int, content: object, numbers: Collection[int]) -> html.Th | html.Td:
    if position == 0:
        return html.Th(content, scope="row")
    return html.Td(content, className=_align(position, numbers))


def _align(position: int, numbers: Collection[int]) -> str:
    return "number" if position in numbers else ""
