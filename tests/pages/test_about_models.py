from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from dash import Dash
from dash.exceptions import PreventUpdate
from flask import Flask

from data_access.forecast_models import ForecastModels
from tests.components.patient_values import text_of

SNAPSHOT = {"snapshot": "s1"}


@dataclass(frozen=True)
class NoModels:
    """Stands in for models whose files were changed."""

    def status(self) -> SimpleNamespace:
        return SimpleNamespace(version=None, problem="Risk is not available: a file differs.")


@dataclass(frozen=True)
class Unevaluated:
    """Stands in for models that were trained but not evaluated."""

    def evaluation(self) -> None:
        return None


@pytest.fixture
def page(dash_app: Dash) -> ModuleType:
    return importlib.import_module("pages.about_models")


def given(page: ModuleType, models: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "services", lambda: SimpleNamespace(models=models))


def test_refused_models_are_one_sentence_and_no_numbers(
    page: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(page, NoModels(), monkeypatch)
    facts, card, inputs, hidden = page.show_models(SNAPSHOT)
    assert facts.children[0].children == "Risk is not available: a file differs."
    assert (card, inputs, hidden) == (None, None, True)


def test_nothing_is_asked_while_there_are_no_models(page: ModuleType) -> None:
    with pytest.raises(PreventUpdate):
        page.show_performance(True, 180, "country")


@pytest.mark.parametrize(
    ("horizon", "group"), [(7, "country"), ("180", "country"), (180, "name"), ({}, {})]
)
def test_a_choice_that_was_not_offered_is_ignored(
    page: ModuleType, horizon: object, group: object
) -> None:
    with pytest.raises(PreventUpdate):
        page.show_performance(False, horizon, group)


def test_models_without_evaluation_say_so(
    page: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(page, Unevaluated(), monkeypatch)
    (notice,), groups = page.show_performance(False, 180, "sex")
    assert notice.children[0].children == "These models came without an evaluation."
    assert groups == []


def test_nothing_is_read_before_the_snapshot_is_known(page: ModuleType) -> None:
    with pytest.raises(PreventUpdate):
        page.show_models(None)


def test_the_shipped_forecasts_are_shown_with_their_figures(
    page: ModuleType, server: Flask
) -> None:
    with server.app_context():
        said = text_of(page.show_forecasts(SNAPSHOT))
    assert "linear regression is as good as these forecasts (tie)" in said
    assert "Summary" in said or "summary" in said


def test_damaged_forecasts_are_one_sentence_in_their_own_panel(
    page: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given = SimpleNamespace(forecasts=ForecastModels(tmp_path))
    monkeypatch.setattr(page, "services", lambda: given)
    (notice,) = page.show_forecasts(SNAPSHOT)
    assert notice.children[0].children.startswith("Forecasts are not available: ")
    with pytest.raises(PreventUpdate):
        page.show_forecasts(None)
