"""The page of cohorts: what its callbacks ask for, show, keep and refuse."""

from __future__ import annotations

import base64
import importlib
import io
import json
import zipfile
from types import ModuleType, SimpleNamespace

import pytest
from dash import Dash, no_update
from dash.exceptions import PreventUpdate
from plotly.utils import PlotlyJSONEncoder

from components.cohort_ids import Ids
from models.cohort.presets import PRESETS
from tests.components.cohort_values import TOKEN, Warehouse
from tests.components.patient_values import of_class, text_of

SNAPSHOT = {"snapshot": "s1"}
STATE = {"a": "drug_class=PD1", "b": "drug_class=PDL1"}
READY = {**STATE, "n": [1240, 310], "overlap": False}
CHOICES = ("irae", "any", "2", "QL", "severe", False)


@pytest.fixture
def page(dash_app: Dash) -> ModuleType:
    return importlib.import_module("pages.cohorts.page")


@pytest.fixture
def warehouse(page: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    invented = Warehouse()
    for module in (page, page.editing, page.keeping):
        monkeypatch.setattr(module, "cohort_records", lambda: invented)
    return invented


@pytest.fixture
def press(page: ModuleType, monkeypatch: pytest.MonkeyPatch):
    """A function that says which component the next callback is called for."""
    return lambda identity: monkeypatch.setattr(
        page.editing, "ctx", SimpleNamespace(triggered_id=identity)
    )


def names(warehouse: Warehouse) -> list[object]:
    return [name for name, *_ in warehouse.asked]


def test_the_frame_holds_what_the_link_asks_for_and_no_result(page):
    state, like = page.layout("sex=F", "sex=M").children[:2]
    assert (state.data, like.data) == ({"a": "sex=F", "b": "sex=M"}, None)
    assert {state.storage_type, like.storage_type} == {"memory"}


def test_a_link_to_a_patients_like_asks_nothing_yet(page):
    state, like = page.layout(a="sex=F", like=TOKEN).children[:2]
    assert (state.data, like.data) == (None, TOKEN)


@pytest.mark.parametrize("sent", [["sex=F", "sex=M"], None, 7])
def test_what_is_no_text_in_a_link_is_left_out(page, sent):
    assert page.layout(a=sent, b="sex=M", more="x").children[0].data == {"a": "", "b": "sex=M"}


def test_a_patients_like_becomes_two_definitions(page, warehouse):
    state, message = page.editing.show_like(SNAPSHOT, TOKEN, None)
    assert state == {"a": "sex=F;age=60-70;drug_class=PD1", "b": "age!=60-70;drug_class=PD1"}
    assert message is None


def test_another_viewers_link_is_one_sentence_and_the_questions(page, warehouse):
    state, message = page.editing.show_like(SNAPSHOT, "of-another-team", None)
    assert state == {"a": "", "b": ""}
    assert "No record of that patient in your care." in text_of(message)


@pytest.mark.parametrize(
    ("snapshot", "token", "state"), [(None, TOKEN, None), (SNAPSHOT, None, None)]
)
def test_no_like_is_looked_up_without_a_link(page, warehouse, snapshot, token, state):
    with pytest.raises(PreventUpdate):
        page.editing.show_like(snapshot, token, state)
    with pytest.raises(PreventUpdate):
        page.editing.show_like(SNAPSHOT, TOKEN, STATE)
    assert warehouse.asked == []


def test_both_sides_say_n_and_open_the_results(page, warehouse):
    shown = page.show_sides(STATE, SNAPSHOT)
    assert "n 1\N{NARROW NO-BREAK SPACE}240" in text_of(shown["a"])
    assert "n 310" in text_of(shown["b"])
    assert (shown["ready"], shown["hidden"], shown["refusal"]) == (READY, False, None)


def test_nothing_asked_reads_nothing(page, warehouse):
    shown = page.show_sides({"a": "", "b": ""}, SNAPSHOT)
    assert (shown["ready"], shown["hidden"], shown["refusal"]) == (None, True, None)
    with pytest.raises(PreventUpdate):
        page.show_sides(STATE, None)
    assert warehouse.asked == []


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ({"a": "sex=F", "b": "sex=F"}, "Both cohorts are the same: there is nothing to compare."),
        ({"a": "colour=red", "b": "sex=F"}, "Cohort A: There is no variable “colour”"),
        ({"a": "sex=F", "b": "sex=F;sex=M"}, "Cohort B: The conditions on sex exclude each other"),
        ({"a": "irae=skin", "b": "irae=none"}, "immortal time"),
        ({"a": "sex=F;landmark=21", "b": "sex=M;landmark=42"}, "choose one day for both"),
    ],
)
def test_a_refused_comparison_is_one_sentence_a_next_step_and_no_result(
    page, warehouse, state, sentence
):
    shown = page.show_sides(state, SNAPSHOT)
    assert sentence in text_of(shown["refusal"])
    assert page.NEXT_STEP in text_of(shown["refusal"])
    assert (shown["ready"], shown["hidden"]) == (None, True)


@pytest.mark.parametrize("sent", [None, "sex=F", {}, {"a": 1, "b": ""}, [STATE]])
def test_what_is_no_comparison_is_ignored(page, warehouse, sent):
    with pytest.raises(PreventUpdate):
        page.show_sides(sent, SNAPSHOT)
    with pytest.raises(PreventUpdate):
        page.show_definitions(sent)
    assert warehouse.asked == []


def test_definitions_are_shown_before_any_result_is_known(page, warehouse):
    shown = page.show_definitions(STATE)
    assert len(of_class(shown["chips_a"], "cohort-chip")) == 1
    assert shown["hidden"] is True
    assert warehouse.asked == []


def test_only_the_chosen_view_is_read(page, warehouse):
    page.show_panel(READY, "survival", *CHOICES[1:])
    assert names(warehouse) == ["survival", "survival"]
    with pytest.raises(PreventUpdate):
        page.show_heat_map(READY, "survival", False)
    assert "heat_map" not in names(warehouse)


def test_the_heat_map_stands_beside_the_curves(page, warehouse):
    assert "Organs by grade" in text_of(page.show_heat_map(READY, "irae", False))


def test_no_panel_is_read_before_the_cohorts_are_released(page, warehouse):
    with pytest.raises(PreventUpdate):
        page.show_panel(None, *CHOICES)
    with pytest.raises(PreventUpdate):
        page.show_heat_map(None, "irae", False)
    assert warehouse.asked == []


@pytest.mark.parametrize("n", [None, [], [1240], ["1240", "310"], [True, 5], {"a": 1}])
def test_a_panel_needs_what_was_released(page, warehouse, n):
    with pytest.raises(PreventUpdate):
        page.show_panel({**READY, "n": n}, *CHOICES)
    assert warehouse.asked == []


@pytest.mark.parametrize("place", range(6))
@pytest.mark.parametrize("sent", [None, "liver", 2, {}, {"type": "Div"}])
def test_a_choice_that_was_not_offered_is_ignored(page, warehouse, place, sent):
    choices = [*CHOICES]
    choices[place] = sent
    with pytest.raises(PreventUpdate):
        page.show_panel(READY, *choices)
    assert warehouse.asked == []


def test_a_refused_panel_is_a_sentence_in_its_place(page, warehouse):
    warehouse.refusals = {"incidence": "Too few patients for this organ."}
    said = text_of(page.show_panel(READY, *CHOICES))
    assert said == "Too few patients for this organ. The other views are not affected."


def test_a_typed_definition_is_taken(page, warehouse, press):
    press(Ids.TEXT_B)
    state, message = page.editing.apply_text(None, None, None, 1, "", "sex = F", STATE)
    assert (state, message) == ({"a": "drug_class=PD1", "b": "sex=F"}, None)


def test_a_typed_definition_that_cannot_be_used_changes_nothing(page, warehouse, press):
    press(Ids.APPLY_A)
    state, message = page.editing.apply_text(1, None, None, None, "sex=X", "", STATE)
    assert state is no_update
    assert "Cohort A: sex has no level “X”" in text_of(message)


def test_levels_are_added_to_one_or_both(page, warehouse, press):
    press(Ids.ADD_BOTH)
    state, _ = page.editing.add_filter(None, None, 1, "country", ["FR"], "none", STATE)
    assert state == {"a": "country!=FR;drug_class=PD1", "b": "country!=FR;drug_class=PDL1"}
    press(Ids.ADD_A)
    state, _ = page.editing.add_filter(1, None, None, "sex", ["F"], "any", STATE)
    assert state == {"a": "sex=F;drug_class=PD1", "b": "drug_class=PDL1"}


@pytest.mark.parametrize(
    ("variable", "levels", "sentence"),
    [
        ("sex", [], "Choose at least one level"),
        ("irae", ["skin"], "immortal time"),
        ("colour", ["red"], "There is no variable"),
        ("sex", ["F;ppi=yes"], "has none of the characters"),
    ],
)
def test_a_filter_that_cannot_be_added_says_why(page, warehouse, press, variable, levels, sentence):
    press(Ids.ADD_A)
    state, message = page.editing.add_filter(1, None, None, variable, levels, "any", STATE)
    assert state is no_update
    assert sentence in text_of(message)


def test_a_chip_takes_its_condition_away_from_its_cohort(page, warehouse, press):
    state = {"a": "sex=F;ppi=yes", "b": "sex=F"}
    press({"type": "cohorts-chip", "side": "a", "condition": "sex=F"})
    assert page.editing.remove_filter([1], state)[0] == {"a": "ppi=yes", "b": "sex=F"}


def test_chips_that_only_appear_remove_nothing(page, warehouse, press):
    press({"type": "cohorts-chip", "side": "a", "condition": "drug_class=PD1"})
    with pytest.raises(PreventUpdate):
        page.editing.remove_filter([None, None], STATE)


def test_the_day_moves_for_both(page, warehouse):
    state, _ = page.editing.move_anchor("84", STATE)
    assert state == {"a": "drug_class=PD1;landmark=84", "b": "drug_class=PDL1;landmark=84"}
    with pytest.raises(PreventUpdate):
        page.editing.move_anchor("0", STATE)


@pytest.mark.parametrize("sent", ["85", 84, None, {}, "day 84"])
def test_a_day_that_was_not_offered_is_ignored(page, warehouse, sent):
    with pytest.raises(PreventUpdate):
        page.editing.move_anchor(sent, STATE)


def test_a_question_fills_both_cohorts_and_chooses_the_view(page, warehouse, press):
    for preset in PRESETS:
        press({"type": "cohorts-preset", "key": preset.key})
        state, message, view = page.editing.ask_preset([None, 1])
        assert (message, view) == (None, preset.view)
        assert page.show_sides(state, SNAPSHOT)["hidden"] is False


@pytest.mark.parametrize("card", [None, "x", {"key": "other"}, {"key": ["regimen"]}, {}])
def test_a_question_that_was_not_offered_is_ignored(page, warehouse, press, card):
    press(card)
    with pytest.raises(PreventUpdate):
        page.editing.ask_preset([1])


def test_the_editor_offers_places_of_the_data_and_levels_of_a_variable(page, warehouse):
    options, ticked, note = page.editing.show_levels("site", SNAPSHOT)
    assert [one["value"] for one in options] == ["ES/Madrid", "FR/Lyon"]
    assert (ticked, note) == ([], "country/site, for example FR/Lyon")
    options, value = page.editing.show_variables("lifestyle")
    assert value == "smoking"
    assert {one["value"] for one in options} == {"smoking", "bmi", "activity"}
    with pytest.raises(PreventUpdate):
        page.editing.show_variables("other")


def test_a_comparison_is_saved_opened_and_deleted(page, warehouse):
    keeping = page.keeping
    assert keeping.save(1, None, " Mine ", STATE) == ("Saved as “Mine”.", "")
    mine = [{"label": "Mine", "value": "Mine"}]
    assert keeping.show_saved(SNAPSHOT, None, [], "") == (mine, "Mine")
    assert keeping.open_saved(1, "Mine")[0] == STATE
    asked = keeping.forget(1, "Mine", "Saved as “Mine”.")
    assert asked == "Press Delete again to delete “Mine”."
    assert keeping.forget(2, "Other", asked) == "Press Delete again to delete “Other”."
    assert keeping.show_saved(SNAPSHOT, None, mine, "Mine") == (mine, "Mine")
    assert keeping.forget(3, "Mine", asked) == "Deleted “Mine”."
    assert keeping.show_saved(SNAPSHOT, None, mine, "Mine") == ([], "")


def test_what_cannot_be_saved_says_why(page, warehouse):
    assert page.keeping.save(1, None, "", STATE)[0] == "Give it a name first."
    nothing = {"a": "", "b": "landmark=84"}
    assert page.keeping.save(1, None, "Mine", nothing)[0] == "There is no comparison to save yet."
    unusable = {"a": "sex=X", "b": ""}
    assert page.keeping.save(1, None, "Mine", unusable)[0].startswith("Cohort A: sex has no level")
    warehouse.refusals = {"save": "You have saved as many as can be kept."}
    said, name = page.keeping.save(1, None, "Mine", STATE)
    assert (said, name) == ("You have saved as many as can be kept.", no_update)
    assert page.keeping.open_saved(1, {"x": 1})[2] == "Choose a saved comparison first."
    assert page.keeping.forget(1, None, None) == "Choose a saved comparison first."


def test_the_export_is_one_file_with_every_table(page, warehouse):
    warehouse.refusals = {"adjusted": "Some patients are in both cohorts."}
    download, said = page.keeping.export(1, STATE, "skin", "3", "QL", "hepatic")
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(download["content"]))) as archive:
        files = archive.namelist()
        readme = archive.read("README.txt").decode("utf-8")
    assert {"README.txt", "attrition.csv", "incidence_skin_grade3_curves.csv"} <= set(files)
    assert "- adjusted: Some patients are in both cohorts." in readme
    assert said == f"{len(files) - 1} tables exported."


def test_nothing_is_exported_before_there_is_a_comparison(page, warehouse):
    found = page.keeping.export(1, None, "any", "2", "QL", "severe")
    assert found == (no_update, "There is no comparison to export yet.")
    with pytest.raises(PreventUpdate):
        page.keeping.export(1, STATE, "liver", "2", "QL", "severe")


def test_no_pseudonym_and_no_token_is_in_what_the_page_keeps(page, warehouse):
    state, _ = page.editing.show_like(SNAPSHOT, TOKEN, None)
    shown = page.show_sides(state, SNAPSHOT)
    assert TOKEN not in json.dumps([state, shown], cls=PlotlyJSONEncoder)


def test_what_was_just_saved_is_chosen(page, warehouse):
    keeping = page.keeping
    warehouse.kept = {"Before": ("", "sex=F"), "New": ("", "sex=M")}
    before = [{"label": "Before", "value": "Before"}]
    assert keeping.show_saved(SNAPSHOT, None, before, "Before")[1] == "New"
    both = [*before, {"label": "New", "value": "New"}]
    assert keeping.show_saved(SNAPSHOT, None, both, "Before")[1] == "Before"
