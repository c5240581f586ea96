from __future__ import annotations

import importlib
from types import ModuleType

import pytest
from dash import Dash

from models.schema import TABLES


@pytest.fixture
def page(dash_app: Dash) -> ModuleType:
    return importlib.import_module("pages.dictionary")


def test_a_search_leaves_the_tables_that_match(page: ModuleType) -> None:
    (lab,) = page.show_tables("loinc")
    assert lab.children[0].children[0].children == "lab"


@pytest.mark.parametrize("sent", [None, "", {"type": "Button", "props": {}}, 7])
def test_anything_but_words_shows_every_table(page: ModuleType, sent: object) -> None:
    assert len(page.show_tables(sent)) == len(TABLES)
