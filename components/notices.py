"""Sentences in place of content: nothing there, not possible, still loading."""

from __future__ import annotations

from dash import dcc, html


def empty(sentence: str, next_step: str = "", *, href: str = "", link: str = "") -> html.Div:
    """One sentence on what is not there, one on what to do about it, and perhaps a link."""
    lines = [html.P(sentence, className="notice-sentence")]
    if next_step:
        lines.append(html.P(next_step, className="notice-next"))
    if href:
        lines.append(html.P(dcc.Link(link, href=href), className="notice-next"))
    return html.Div(lines, className="notice")


def skeleton(lines: int = 3) -> html.Div:
    """Grey lines where content will be; the stylesheet draws them only while it loads."""
    return html.Div(
        [html.Span(className="skeleton-line") for _ in range(lines)],
        className="skeleton",
        **{"aria-hidden": "true"},
    )
