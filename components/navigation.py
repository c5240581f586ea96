"""What the header says about the viewer: the pages open to the role, role and scopes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import dash_bootstrap_components as dbc
from dash import html


def navigation(pages: Iterable[Mapping[str, str]]) -> list[dbc.NavLink]:
    """Links to pages, each with its ``name`` and ``relative_path``, in the order given."""
    return [dbc.NavLink(page["name"], href=page["relative_path"], active="exact") for page in pages]


def account(name: str, role: str, scopes: Sequence[str]) -> list[html.Span]:
    """Who is signed in, as what, for whose patients."""
    return [
        html.Span(scope_words(scopes), className="app-scope"),
        html.Span(role, className="app-role"),
        html.Span(f"signed in as {name}", className="visually-hidden"),
    ]


def scope_words(scopes: Sequence[str]) -> str:
    """Scopes in one short phrase: places by name, single patients only as a number."""
    places = sorted(scope for scope in scopes if not scope.startswith("patient:"))
    patients = len(scopes) - len(places)
    parts = [", ".join(places[:3]) + (f" and {len(places) - 3} more" if len(places) > 3 else "")]
    if patients:
        parts.append(f"{patients} single patient{'s' if patients > 1 else ''}")
    return " + ".join(part for part in parts if part) or "no patients"
