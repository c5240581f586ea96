"""Definitions on the page: what is kept, what is shown as chips, what can be added."""

from __future__ import annotations

from datetime import date

import pytest

from components import cohort_filters, cohort_state
from components.cohort_definition import chips, definitions, side_line, start
from components.cohort_frame import cohort_frame
from components.cohort_ids import Ids
from components.cohort_words import p_words, percent, strip_words
from models.cohort.definition import Unusable, parse_cohort
from models.cohort.presets import PRESETS
from models.cohort.results import Test
from models.cohort.variables import DOMAINS, VARIABLES
from tests.components import cohort_values as values
from tests.components.patient_values import of_class, parts_of, text_of

PLACES = {"country": ("ES", "FR"), "site": ("FR/Lyon",)}
TODAY = date(2026, 9, 30)


def test_every_condition_is_a_chip_that_can_be_removed() -> None:
    cohort = parse_cohort("sex=F;ppi!=yes")
    buttons = of_class(chips("b", cohort), "cohort-chip-remove")
    assert [one.id["condition"] for one in buttons] == ["sex=F", "ppi!=yes"]
    assert {one.id["side"] for one in buttons} == {"b"}
    labels = [one.to_plotly_json()["props"]["aria-label"] for one in buttons]
    assert labels[1] == "Remove from B: proton-pump inhibitor not yes"


def test_no_condition_is_everybody() -> None:
    assert text_of(chips("a", parse_cohort(""))) == "everybody"


def test_a_side_says_n_and_how_it_came_about() -> None:
    said = text_of(side_line(values.sides().a))
    assert said.startswith("n 1\N{NARROW NO-BREAK SPACE}240 Attrition")
    assert "all with research consent 3\N{NARROW NO-BREAK SPACE}000" in said


def test_definitions_are_shown_as_chips_and_text_with_their_day() -> None:
    found = definitions({"a": "age = 50-70 ; landmark=84", "b": ""})
    assert found["text_a"] == "age=50-60,60-70;landmark=84"
    assert found["text_b"] == "landmark=84"
    assert (found["anchor"], found["hidden"]) == ("84", True)


def test_nothing_asked_shows_the_questions() -> None:
    assert definitions({"a": "", "b": "landmark=84"})["hidden"] is False
    assert len(of_class(start(), "cohort-question")) == len(PRESETS)


def test_an_unusable_text_stays_so_that_it_can_be_mended() -> None:
    found = definitions({"a": "sex=X", "b": "ppi=yes"})
    assert (found["text_a"], found["hidden"]) == ("sex=X", True)
    assert "cannot be used" in text_of(found["chips_a"])
    assert text_of(found["chips_b"]).startswith("proton-pump inhibitor")


def test_both_are_counted_from_the_same_day() -> None:
    a, b = cohort_state.parsed({"a": "sex=F;landmark=42", "b": "sex=M"})
    assert (a.landmark_day, b.landmark_day) == (42, 42)
    with pytest.raises(Unusable, match="start on different days"):
        cohort_state.parsed({"a": "sex=F;landmark=42", "b": "sex=M;landmark=84"})


def test_a_sentence_names_the_cohort_that_it_is_about() -> None:
    with pytest.raises(Unusable, match=r"^Cohort B: There is no variable “colour”"):
        cohort_state.parsed({"a": "sex=F", "b": "colour=red"})


def test_a_typed_landmark_holds_for_both() -> None:
    state = cohort_state.typed({"a": "sex=F;landmark=42", "b": "sex=M;landmark=42"}, "b", "sex=U")
    assert state == {"a": "sex=F", "b": "sex=U"}
    state = cohort_state.typed(state, "a", "irae=skin;landmark=84")
    assert state == {"a": "irae=skin;landmark=84", "b": "sex=U;landmark=84"}


def test_one_definition_can_be_typed_while_the_other_cannot_be_used() -> None:
    assert cohort_state.typed({"a": "sex=X", "b": ""}, "b", "sex=M") == {"a": "", "b": "sex=M"}


def test_a_filter_goes_to_one_cohort_or_to_both() -> None:
    state = {"a": "sex=F", "b": "sex=M"}
    both = cohort_state.added(state, "ab", "country", ["FR"], negated=True)
    assert both == {"a": "country!=FR;sex=F", "b": "country!=FR;sex=M"}
    one = cohort_state.added(state, "b", "ppi", ["yes"], negated=False)
    assert one == {"a": "sex=F", "b": "sex=M;ppi=yes"}


def test_moving_the_day_mends_two_different_ones() -> None:
    state = {"a": "sex=F;landmark=42", "b": "sex=M;landmark=84"}
    assert cohort_state.moved(state, 0) == {"a": "sex=F", "b": "sex=M"}
    assert cohort_state.moved({"a": "irae=skin", "b": "irae=none"}, 84) == {
        "a": "irae=skin;landmark=84",
        "b": "irae=none;landmark=84",
    }


def test_a_patients_like_is_set_beside_others_of_the_same_drug_class() -> None:
    like = parse_cohort("age=60-70;cancer=melanoma;drug_class=PD1")
    assert cohort_state.beside(like).expression == "cancer!=melanoma;drug_class=PD1"
    like = parse_cohort("age=60-70;sex=F;drug_class=PD1")
    assert cohort_state.beside(like).expression == "age!=60-70;drug_class=PD1"
    assert cohort_state.beside(parse_cohort("drug_class=PD1")).expression == "drug_class!=PD1"
    assert cohort_state.beside(parse_cohort("sex=F;landmark=84")).expression == "landmark=84"


@pytest.mark.parametrize(
    "choice",
    [
        ("irae", "liver", "2", "QL", "severe", False),
        ("irae", "any", 2, "QL", "severe", False),
        ("everything", "any", "2", "QL", "severe", False),
        ({}, [], None, "QL", "severe", False),
        ("irae", "any", "2", "QL", "death", False),
    ],
)
def test_a_choice_that_was_not_offered_is_none(choice: tuple[object, ...]) -> None:
    assert cohort_state.chosen(*choice) is None


def test_a_choice_that_was_offered_is_taken() -> None:
    found = cohort_state.chosen("irae", "skin", "3", "FA", "hepatic", True)
    assert found == cohort_state.Chosen("irae", "skin", 3, "FA", "hepatic", True)


@pytest.mark.parametrize("sent", [None, "", "  ", "x" * 61, "a\nb", 7, ["name"]])
def test_a_name_is_short_and_printable(sent: object) -> None:
    assert cohort_state.name_of(sent) == ""
    assert cohort_state.name_of("  My comparison ") == "My comparison"


def test_a_link_holds_two_texts_and_nothing_else() -> None:
    assert cohort_state.from_link("sex=F", ["x", "y"]) == {"a": "sex=F", "b": ""}


def test_every_variable_is_in_a_domain_of_the_editor() -> None:
    offered = [
        one["value"] for domain in DOMAINS for one in cohort_filters.variable_options(domain)
    ]
    assert sorted(offered) == sorted(VARIABLES)


@pytest.mark.parametrize("name", VARIABLES)
def test_every_level_of_the_editor_can_be_added(name: str) -> None:
    options = cohort_filters.level_options(VARIABLES[name], PLACES, TODAY)
    assert options
    state = {"a": "landmark=84", "b": ""}
    for option in options:
        added = cohort_state.added(state, "a", name, [option["value"]], negated=False)
        assert added["a"].startswith(name)


def test_every_year_of_the_editor_together_is_still_a_definition() -> None:
    options = cohort_filters.level_options(VARIABLES["start"], PLACES, TODAY)
    words = [one["value"] for one in options]
    added = cohort_state.added({"a": "", "b": ""}, "a", "start", words, negated=False)
    assert parse_cohort(added["a"]).expression == added["a"]


def test_the_editor_says_how_a_variable_is_measured_and_what_it_needs() -> None:
    said = cohort_filters.about_variable(VARIABLES["steroid_after"])
    assert said == "started after the first dose; after the first dose: needs a landmark"


def test_every_input_of_the_frame_has_a_label() -> None:
    frame = cohort_frame([])
    parts = list(parts_of(frame))
    labelled = {getattr(part, "html_for", None) for part in parts}
    for identity in (Ids.ANCHOR, Ids.TEXT_A, Ids.TEXT_B, Ids.VARIABLE, Ids.SAVED, Ids.NAME):
        assert identity in labelled
    for identity in (Ids.LINK, Ids.ORGAN, Ids.GRADE, Ids.SCALE, Ids.OUTCOME):
        assert identity in labelled


def test_the_strip_says_what_holds_for_every_panel() -> None:
    said = strip_words(values.sides(overlap=True))
    assert said == (
        "Time counts from the first dose. Some patients are in both cohorts. Data to 30 Sep 2026."
        " Counts are rounded to 5, nothing under 10 is given; curves are to the nearest 5 patients."
    )


def test_shares_and_tests_in_words() -> None:
    assert [percent(share) for share in (0.0, 0.034, 0.2449, None)] == [
        "0 %",
        "3.4 %",
        "24 %",
        "held back",
    ]
    assert p_words(Test("log-rank", 0.001)) == "Log-rank test p ≤ 0.001"
    assert p_words(Test("log-rank", 0.34)) == "Log-rank test p = 0.34"
    assert p_words(None) == ""
