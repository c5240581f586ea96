"""What the frame around every page learns from the server: the menu and who is signed in."""

from __future__ import annotations

import dash
from dash import Input, Output, callback
from flask_login import current_user

from components import navigation, shell
from data_access.record.roles import may_open


@callback(
    Output(shell.Ids.NAVIGATION, "children"),
    Output(shell.Ids.ACCOUNT, "children"),
    Input(shell.Ids.SNAPSHOT, "data"),
)
def show_viewer(_snapshot: object) -> tuple[list[object], list[object]]:
    """Menu, role and scopes of the viewer; pages without an order are in no menu."""
    viewer = current_user.viewer
    pages = [
        page
        for page in dash.page_registry.values()
        if page["order"] is not None and may_open(viewer.role, page["relative_path"])
    ]
    return (
        navigation.navigation(pages),
        navigation.account(viewer.name, viewer.role, viewer.scopes),
    )
