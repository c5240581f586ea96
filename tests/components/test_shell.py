from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from dash import Dash
from plotly.utils import PlotlyJSONEncoder

from components.shell import ASSETS_IGNORE, DISPLAY_MODES, INDEX, Ids, shell


@pytest.fixture(scope="module")
def tree(dash_app: Dash) -> str:
    """The frame as the browser gets it."""
    return json.dumps(shell(), cls=PlotlyJSONEncoder)


def parts(node: object) -> Iterator[dict]:
    """Every component of a tree of dictionaries."""
    if isinstance(node, dict):
        if "type" in node and "props" in node:
            yield node
        for value in node.values():
            yield from parts(value)
    elif isinstance(node, list):
        for value in node:
            yield from parts(value)


def test_the_frame_names_no_user_no_snapshot_and_no_model(tree: str) -> None:
    for marker in ("oncologist", "FR", "snapshot-", "risk models"):
        assert marker not in tree.replace(Ids.SNAPSHOT, "").replace(Ids.SNAPSHOT_POLL, "")


def test_every_id_is_there_once(tree: str) -> None:
    found = [part["props"].get("id") for part in parts(json.loads(tree))]
    for identity in Ids:
        assert found.count(str(identity)) == 1, identity


def test_the_research_notice_is_in_the_footer_of_every_page(tree: str) -> None:
    footer = next(part for part in parts(json.loads(tree)) if part["type"] == "Footer")
    assert "Research software, not a medical device" in json.dumps(footer)


def test_the_skip_link_is_first_and_leads_to_the_content(tree: str) -> None:
    first = json.loads(tree)["props"]["children"][0]
    assert (first["type"], first["props"]["href"]) == ("A", f"#{Ids.CONTENT}")


def test_notices_are_read_aloud_at_once(tree: str) -> None:
    notice = next(p for p in parts(json.loads(tree)) if p["props"].get("id") == Ids.NOTICE)
    assert (notice["props"]["role"], notice["props"]["aria-live"]) == ("alert", "assertive")


def test_nothing_is_kept_in_the_browser(tree: str) -> None:
    stores = [part["props"] for part in parts(json.loads(tree)) if part["type"] == "Store"]
    kept = [store for store in stores if store.get("id") == Ids.SNAPSHOT]
    assert [store["storage_type"] for store in kept] == ["memory"]
    assert '"persistence"' not in tree


def test_the_page_has_a_language_and_no_script_of_its_own() -> None:
    assert '<html lang="en">' in INDEX
    assert INDEX.count("<script") == 1
    assert '<script src="/assets/display.js"></script>' in INDEX


def test_the_display_script_is_loaded_once() -> None:
    import re

    assert re.search(ASSETS_IGNORE, "display.js")
    assert not re.search(ASSETS_IGNORE, "session.js")


def test_the_display_script_knows_the_modes_on_offer(assets: dict[str, str]) -> None:
    listed = json.dumps(list(DISPLAY_MODES))
    assert f"const MODES = {listed};" in assets["display.js"]
