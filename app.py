"""Builds the program: ``create_app`` for commands, ``create_server`` for the web. Wiring only."""

from __future__ import annotations

from click import UsageError
from flask import Flask

import server.commands
from data_access.errors import NotConfigured
from data_access.services import EXTENSION, build_services
from data_access.settings import Settings, read_settings


def create_app(settings: Settings | None = None) -> Flask:
    """The application that the ``flask`` command finds: services and commands, no web part.

    Needs no secret key and opens nothing.

    Raises:
        UsageError: a setting in the environment cannot be used (exit code 2 for a command).
    """
    try:
        settings = settings or read_settings()
    except NotConfigured as error:
        raise UsageError(str(error)) from error
    app = Flask(
        __name__, static_folder=None, static_url_path="/static", template_folder="server/templates"
    )
    app.extensions[EXTENSION] = build_services(settings)
    server.commands.register(app)
    return app


def create_server(settings: Settings | None = None) -> Flask:
    """The web server: sign-in, guard, headers, health, and the Dash pages behind them.

    One Dash application can exist per process.

    Raises:
        NotConfigured: there is no usable secret key.
    """
    from server.dashboard import mount_dashboard
    from server.edge import mount_edge

    app = create_app(settings)
    mount_dashboard(app)
    mount_edge(app)
    return app
