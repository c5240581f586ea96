"""Answer for an address that no page has."""

from __future__ import annotations

import dash
from dash import html

from components import notices

dash.register_page(__name__, path="/not-found", name="Not found", title="Not found · Immunoboard")


def layout(**_url: str) -> html.Main:
    """One sentence and the way back."""
    return html.Main(
        [
            html.H1("Page not found"),
            notices.empty(
                "Immunoboard has no page at this address.",
                href="/",
                link="Go to the worklist",
            ),
        ],
        className="page",
    )
