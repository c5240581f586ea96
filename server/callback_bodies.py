"""What a browser may send to a callback, checked at the door.

Dash believes the body of ``/_dash-update-component``: a dictionary in the shape of a component in
place of a word would come alive on somebody's screen, other inputs than the callback declared are
accepted, and malformed bodies end in a traceback. Here they end in 400. What the values mean is
checked where they are used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dash
from flask import Flask, abort, request
from flask_login import current_user

from data_access.record import may_open

ENDPOINT = "/_dash-update-component"
ROUTER = "_pages_content.children"
PAGES = "pages"
"""Package of the pages; a large page is a package in it."""

DEEPEST = 20


def mount(app: Flask, dash_app: dash.Dash) -> None:
    """Check every body before Dash sees it."""

    @app.before_request
    def check() -> None:
        if request.endpoint != ENDPOINT:
            return
        body = _body()
        if not is_well_formed(body, dash_app.callback_map):
            abort(400)
        if not (_may_call(dash_app.callback_map[body["output"]]) and _may_route(body)):
            abort(404)


def _body() -> Any:
    """What the body says; None when it is no JSON, or nested deeper than the parser reaches."""
    try:
        return request.get_json(silent=True)
    except RecursionError:
        return None


def is_well_formed(body: Any, callbacks: Mapping[str, Any]) -> bool:
    """Whether the body calls a known callback with the inputs it declared, and plain values."""
    if not isinstance(body, dict) or not isinstance(body.get("output"), str):
        return False
    if holds_component(body):
        return False
    callback = callbacks.get(body["output"])
    changed = body.get("changedPropIds", [])
    return (
        callback is not None
        and "callback" in callback  # the others run in the browser only
        and _are_declared(body.get("inputs", []), callback["inputs"])
        and _are_declared(body.get("state", []), callback["state"])
        and _outputs(body.get("outputs")) == body["output"].strip(".").split("...")
        and isinstance(changed, list)
        and all(isinstance(name, str) for name in changed)
    )


def _outputs(declared: Any) -> list[str]:
    """``id.property`` of the outputs that the body names; empty when they are malformed."""
    listed = declared if isinstance(declared, list) else [declared]
    if not all(isinstance(one, dict) for one in listed):
        return []
    return [f"{one.get('id')}.{one.get('property')}" for one in listed]


def holds_component(value: Any, depth: int = 0) -> bool:
    """Whether a component-shaped dictionary is anywhere inside, or the nesting is absurd."""
    if depth > DEEPEST:
        return True
    if isinstance(value, dict):
        if {"type", "namespace", "props"} <= value.keys():
            return True
        return any(holds_component(part, depth + 1) for part in value.values())
    return isinstance(value, list) and any(holds_component(part, depth + 1) for part in value)


def _are_declared(sent: Any, declared: Sequence[Mapping[str, Any]]) -> bool:
    return (
        isinstance(sent, list)
        and len(sent) == len(declared)
        and all(_is_declared(one, spec) for one, spec in zip(sent, declared, strict=True))
    )


def _is_declared(sent: Any, spec: Mapping[str, Any]) -> bool:
    """Ids made of patterns ({"index": ALL}) arrive as lists of dictionaries, others as words."""
    if str(spec["id"]).startswith("{"):
        return all(
            isinstance(part, dict)
            and isinstance(part.get("id"), dict)
            and part.get("property") == spec["property"]
            for part in _several(sent)
        )
    return (
        isinstance(sent, dict)
        and sent.get("id") == spec["id"]
        and sent.get("property") == spec["property"]
    )


def _several(sent: Any) -> Iterator[Any]:
    yield from sent if isinstance(sent, list) else [sent]


def _may_call(callback: Mapping[str, Any]) -> bool:
    """A page's callbacks are open to the roles that may open the page; the frame's to everybody."""
    page = page_of(callback["callback"].__module__, dash.page_registry)
    return page is None or may_open(current_user.viewer.role, page["path"])


def page_of(module: str, pages: Mapping[str, Any]) -> Any:
    """The page that a module is, or whose package it is in; None for a part of the frame."""
    package = module.rpartition(".")[0]
    inside = (page for name, page in pages.items() if name.rpartition(".")[0] == package != PAGES)
    return pages.get(module) or next(inside, None)


def _may_route(body: Mapping[str, Any]) -> bool:
    """Dash's router is a callback too: the page it is asked for must be open to the role."""
    if ROUTER not in body["output"]:
        return True
    given = {one["property"]: one.get("value") for one in body["inputs"]}
    path, search = given.get("pathname"), given.get("search") or ""
    return (
        isinstance(path, str)
        and path.startswith("/")
        and isinstance(search, str)
        and may_open(current_user.viewer.role, path)
    )
