from __future__ import annotations

import importlib

from dash import Dash


def test_an_unknown_address_is_one_sentence_and_a_way_back(dash_app: Dash) -> None:
    notice = importlib.import_module("pages.not_found_404").layout().children[1]
    sentence, way = notice.children
    assert sentence.children == "Immunoboard has no page at this address."
    assert way.children.href == "/"
