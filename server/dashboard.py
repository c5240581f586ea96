"""Dash, mounted on the server: pages, assets and settings; no debugging, no side doors."""

from __future__ import annotations

from importlib import import_module

from dash import Dash
from flask import Flask

from components import shell
from data_access.settings import ROOT
from server.failures import callback_failed
from server.headers import CSRF_COOKIE

BOOTSTRAP = "/bootstrap/static/css/bootstrap.min.css"


def mount_dashboard(app: Flask) -> Dash:
    """The pages; the Dash object is kept as ``app.extensions["dash"]``."""
    dash_app = Dash(
        "app",
        server=app,
        title="Immunoboard",
        update_title=None,
        use_pages=True,
        pages_folder=str(ROOT / "pages"),
        assets_folder=str(ROOT / "assets"),
        assets_ignore=shell.ASSETS_IGNORE,
        index_string=shell.INDEX,
        external_stylesheets=[BOOTSTRAP],
        # Without it Dash runs every page's layout once, for the first visitor, and ships the
        # results to all later ones.
        suppress_callback_exceptions=True,
        serve_locally=True,
        on_error=callback_failed,
        enable_mcp=False,
        csrf_token_name=CSRF_COOKIE,
        csrf_header_name="X-CSRFToken",
    )
    dash_app.layout = shell.shell
    import_module("server.frame")  # registers the callbacks of the frame
    app.extensions["dash"] = dash_app
    _finish_setting_up(app)
    return dash_app


def _finish_setting_up(app: Flask) -> None:
    """Run what Dash leaves for the first request.

    It marks that work as done before it is, so a second request at the same moment would find no
    callbacks; and the content policy needs the hashes of all scripts.
    """
    with app.app_context():
        for prepare in app.before_request_funcs.get(None, []):
            prepare()
