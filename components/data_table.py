"""Plain tables for reading: headings, rows, the first cell names the row."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from dash import html


def data_table(
    label: str,
    headings: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    numbers: Collection[int] = (),
) -> html.Div:
    """Table that scrolls inside itself when it is long.

    Args:
        label: what the table holds, for screen readers.
        headings: of the columns.
        rows: text or components, one per heading.
        numbers: positions of the columns that are set right.
    """
    head = [
        html.Th(words, scope="col", className=_align(position, numbers))
        for position, words in enumerate(headings)
    ]
    body = [html.Tr([_cell(*item, numbers) for item in enumerate(row)]) for row in rows]
    table = html.Table([html.Thead(html.Tr(head)), html.Tbody(body)], className="data-table")
    return html.Div(
        table, className="table-scroll", tabIndex=0, role="region", **{"aria-label": label}
    )


def _cell(position: int, content: object, numbers: Collection[int]) -> html.Th | html.Td:
    if position == 0:
        return html.Th(content, scope="row")
    return html.Td(content, className=_align(position, numbers))


def _align(position: int, numbers: Collection[int]) -> str:
    return "number" if position in numbers else ""
