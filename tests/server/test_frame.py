from __future__ import annotations

import importlib
from types import SimpleNamespace

import pytest
from dash import Dash

from data_access.record import Viewer
from data_access.record.roles import Role


def menu(role: Role, monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], list[str]]:
    """Pages in the menu and words on the account of somebody with this role."""
    frame = importlib.import_module("server.frame")
    viewer = Viewer(user_id=1, name="dr-a", role=role, scopes=("FR",))
    monkeypatch.setattr(frame, "current_user", SimpleNamespace(viewer=viewer))
    links, account = frame.show_viewer(None)
    return [link.children for link in links], [part.children for part in account]


def test_the_menu_of_an_oncologist_starts_with_the_worklist(
    dash_app: Dash, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages, account = menu(Role.ONCOLOGIST, monkeypatch)
    assert pages == ["Worklist", "Cohorts", "Models", "Dictionary"]
    assert account[:2] == ["FR", "oncologist"]


@pytest.mark.parametrize("role", [Role.STEWARD, Role.ADMINISTRATOR])
def test_a_role_without_patients_has_no_worklist(
    dash_app: Dash, monkeypatch: pytest.MonkeyPatch, role: Role
) -> None:
    pages, _ = menu(role, monkeypatch)
    # A steward compares cohorts too; nobody of them looks at single patients.
    cohorts = ["Cohorts"] if role is Role.STEWARD else []
    assert pages == [*cohorts, "Models", "Dictionary"]
