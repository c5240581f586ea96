"""Waterfall and sentence: the bars add up, the words follow the numbers."""

from __future__ import annotations

import math
import re
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.grammar import PATTERNS
from components.why_panel import (
    SHOWN,
    change_panel,
    group_steps,
    steps,
    why_panel,
    why_sentence,
)
from components.why_panel import waterfall as drawn
from models.risk.prediction import Contribution
from tests.components.patient_values import (
    DATA_DATE,
    contributions,
    of_class,
    outcome_risk,
    text_of,
)


def waterfall(risk):
    return drawn(("typical", risk.baseline_risk), steps(risk.contributions), ("this", risk.risk))


PARTS = contributions(5.1, 2.2, 1.4, -0.9, 0.5, 0.3, -0.3, 0.2, 0.1, -0.4, -0.1, -0.1)


def test_the_eight_largest_inputs_have_a_bar_and_the_rest_share_one():
    shown = steps(PARTS)
    assert len(shown) == SHOWN + 1
    assert (shown[0].label, shown[0].value, shown[0].points) == ("drug class", "PD-1 + CTLA-4", 5.1)
    assert shown[-1].label == "4 others"
    assert shown[-1].points == pytest.approx(0.2 + 0.1 - 0.1 - 0.1)


def test_the_bars_add_up_from_the_typical_patient_to_this_one():
    total = sum(step.points for step in steps(PARTS))
    assert total == pytest.approx(8.0)


@given(st.lists(st.floats(-20, 20), max_size=40))
def test_the_bars_add_up_for_any_number_of_inputs(points):
    parts = [Contribution("albumin", 3.1, "g/dL", part / 10, part) for part in points]
    assert sum(step.points for step in steps(parts)) == pytest.approx(sum(points), abs=1e-9)


def test_each_bar_starts_where_the_one_above_ends():
    rows = of_class(waterfall(outcome_risk(parts=PARTS)), "mark-bar")
    first, second = rows[0].style, rows[1].style
    end = float(first["left"][:-1]) + float(first["width"][:-1])
    assert float(second["left"][:-1]) == pytest.approx(end, abs=0.02)


def test_raising_and_lowering_inputs_differ_by_shape_and_sign():
    drawing = waterfall(outcome_risk(parts=PARTS))
    assert len(of_class(drawing, "mark-up")) + len(of_class(drawing, "mark-down")) == 9
    assert "−0.9" in text_of(drawing)


def test_the_sentence_names_both_risks_and_the_main_reasons():
    assert why_sentence(outcome_risk(parts=PARTS)) == (
        "14 of 100 rather than 6 of 100, mostly because of drug class PD-1 + CTLA-4"
        " and albumin 3.1 g/dL."
    )


def test_the_sentence_names_a_strong_input_on_the_other_side():
    sentence = why_sentence(outcome_risk(parts=contributions(12.0, -4.0, 0.0, -6.5)))
    assert sentence.endswith("partly offset by age 63 years.")


def test_a_lower_risk_is_explained_by_what_lowers_it():
    risk = outcome_risk(risk=0.03, baseline=0.08, parts=contributions(1.0, -6.0))
    assert why_sentence(risk) == (
        "3 of 100 rather than 8 of 100, mostly because of albumin 3.1 g/dL."
    )


def test_no_difference_is_called_that():
    risk = outcome_risk(risk=0.061, baseline=0.06, parts=contributions(3.0, -2.9))
    assert why_sentence(risk) == (
        "6 of 100, about the same as a typical patient."
        " Raised by drug class PD-1 + CTLA-4, lowered by albumin 3.1 g/dL."
    )


def test_association_is_never_called_cause():
    words = text_of(why_panel(outcome_risk(parts=PARTS), 84, DATA_DATE))
    assert "Association, not cause." in words
    assert "Inputs as known by day 84; data to 30 Sep 2026." in words
    assert "log-odds" in words


def test_without_a_score_there_is_nothing_to_explain():
    assert "Nothing to explain" in text_of(
        why_panel(outcome_risk(risk=None, baseline=None), 84, None)
    )


@given(
    risk=st.floats(0, 1),
    baseline=st.floats(0, 1),
    values=st.lists(st.one_of(st.none(), st.floats(allow_infinity=True)), max_size=12),
)
def test_no_input_value_breaks_the_panel(risk, baseline, values):
    share = 100 * (risk - baseline) / max(len(values), 1)
    parts = tuple(Contribution("albumin", value, "g/dL", share / 9, share) for value in values)
    assert text_of(why_panel(outcome_risk(risk=risk, baseline=baseline, parts=parts), 84, None))


def test_a_bar_that_bags_disagree_on_is_drawn_as_uncertain():
    parts = (Contribution("tsh", 2.0, "", 0.1, 8.0, agreement=0.6),)
    panel = why_panel(outcome_risk(parts=parts), 84, DATA_DATE)
    assert len(of_class(panel, "mark-uncertain")) == 1
    assert "direction not agreed on by all bags" in text_of(panel)
    assert "60%" in text_of(panel)
    agreed = why_panel(outcome_risk(parts=contributions(8.0)), 84, DATA_DATE)
    assert of_class(agreed, "mark-uncertain") == []


def test_inputs_that_care_can_change_are_marked():
    panel = why_panel(outcome_risk(parts=PARTS), 84, DATA_DATE)
    marked = {part.title for part in of_class(panel, "why-changeable") if hasattr(part, "title")}
    assert "care can change it" in marked
    albumin = why_panel(outcome_risk(parts=contributions(0.0, 8.0)[1:]), 84, DATA_DATE)
    assert of_class(albumin, "why-changeable") == []


def test_groups_open_to_their_inputs_and_add_up():
    risk = outcome_risk(parts=PARTS)
    groups = group_steps(PARTS)
    assert sum(step.points for step in groups) == pytest.approx(8.0)
    person = next(step for step in groups if step.label == "person")
    assert [inner.label for inner in person.inner] == ["age", "sex"]
    panel = why_panel(risk, 84, DATA_DATE, "groups")
    opened = of_class(panel, "why-group")
    assert opened
    assert "age 63 years" in text_of(panel)


def test_what_changed_adds_up_from_one_landmark_to_the_next():
    before = explained(0.06, 0.05, 0.1)
    after = explained(0.14, 0.06, 0.9)
    panel = change_panel(before, after, (42, 84), DATA_DATE)
    words = text_of(panel)
    assert "14 of 100 at day 84, 6 of 100 at day 42: +8.0 points" in words
    assert "time on treatment" in words
    assert "Association, not cause." in words


def test_without_an_earlier_landmark_nothing_is_compared():
    assert "no earlier day" in text_of(change_panel(None, outcome_risk(), (0, 0), DATA_DATE))


def explained(risk, baseline, _share):
    """A risk whose one contribution explains all of it in log-odds."""
    path = math.log(risk / (1 - risk)) - math.log(baseline / (1 - baseline))
    parts = (Contribution("albumin", 3.1 + risk, "g/dL", path, 100 * (risk - baseline)),)
    return outcome_risk(risk=risk, baseline=baseline, parts=parts)


def test_every_pattern_can_be_translated():
    """Words stand in patterns only: another table with the same slots is another language."""
    slots = {
        name: {slot for _, slot, _, _ in Formatter().parse(text) if slot}
        for name, text in PATTERNS.items()
    }
    assert slots["two reasons, offset"] == {"risk", "typical", "first", "second", "against"}
    sentence = why_sentence(outcome_risk(parts=PARTS))
    matching = [
        name
        for name, text in PATTERNS.items()
        if re.fullmatch(re.sub(r"\\{\w+\\}", ".+", re.escape(text)), sentence)
    ]
    assert "two reasons" in matching
