from __future__ import annotations

from components.notices import empty, skeleton


def test_a_notice_is_a_sentence_and_a_next_step() -> None:
    notice = empty("Nothing here.", "Ask somebody.", href="/", link="Back")
    sentence, step, way = notice.children
    assert (sentence.children, step.children) == ("Nothing here.", "Ask somebody.")
    assert (way.children.children, way.children.href) == ("Back", "/")


def test_a_notice_can_be_one_sentence() -> None:
    assert len(empty("Nothing here.").children) == 1


def test_a_skeleton_is_not_read_aloud() -> None:
    waiting = skeleton(4).to_plotly_json()["props"]
    assert len(waiting["children"]) == 4
    assert waiting["aria-hidden"] == "true"
