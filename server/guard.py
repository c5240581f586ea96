"""The gate: nobody signed out reaches anything but the few endpoints named here."""

from __future__ import annotations

import re

from flask import Flask, abort, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from data_access.record import may_open
from data_access.record.roles import first_page

STATIC = frozenset(
    {
        "bootstrap.static",
        "_dash_assets.static",
        "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>",
        "/_favicon.ico",
    }
)
"""Files of the program itself; by endpoint, so that what is checked is what answers."""

OPEN = STATIC | {"sign_in", "healthz", "readyz", "csp_report"}

# One slash, then neither a second one nor a backslash: browsers read both as another host.
_LOCAL = re.compile(r"/(?![/\\])[^\\]*")

PAGES = frozenset({"/", "/<path:path>"})
"""Dash's two endpoints that answer with the frame around every page."""


def mount(app: Flask) -> None:
    """Ask the gate before every request."""
    app.before_request(gate)


def gate() -> ResponseReturnValue | None:
    """Refuse what the person behind the request may not have; None lets it pass."""
    if request.endpoint in OPEN:
        return None
    if not current_user.is_authenticated:
        return _to_sign_in()
    if request.endpoint in PAGES and not may_open(current_user.viewer.role, request.path):
        return _other_page()
    return None


def local_path(target: str) -> str | None:
    """The target when it is a path on this server, else None."""
    return target if _LOCAL.fullmatch(target) and target.isprintable() else None


def wants_json() -> bool:
    """Whether a program asks, not a person who follows a link."""
    return request.is_json or request.path.startswith(("/_", "/snapshot", "/readyz"))


def _to_sign_in() -> ResponseReturnValue:
    if wants_json():
        return jsonify(error="Sign in again."), 401
    target = local_path(request.full_path.rstrip("?")) if request.method == "GET" else None
    return redirect(url_for("sign_in", next=target if target != "/" else None))


def _other_page() -> ResponseReturnValue:
    role = current_user.viewer.role
    if request.path == "/":
        return redirect(first_page(role))
    abort(404)
