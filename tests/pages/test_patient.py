"""Consultation page: what its callbacks ask for, show and refuse."""

from __future__ import annotations

import importlib
import json
from dataclasses import dataclass, field
from datetime import date
from types import ModuleType, SimpleNamespace

import pandas as pd
import pytest
from dash import Dash, no_update
from dash.exceptions import PreventUpdate
from plotly.utils import PlotlyJSONEncoder

from components.qol_controls import FIRST_SCALES
from data_access.errors import ModelsUnavailable, NotFound, RecordsError, WarehouseUnavailable
from models.benefit.loris import loris
from models.cohort.comparable import Group
from models.cohort.similar_view import SimilarPatients
from models.qol.instruments import BUILT_IN, QLQ_C30
from tests.components import patient_values as values

SNAPSHOT = {"snapshot": "s1", "data_date": "2026-09-30", "model_version": "m1"}
TOKEN = "a-link-of-this-viewer"
WHO = SimpleNamespace(
    patient_id="FR-7Q2K",
    age_years=63,
    sex="F",
    country="FR",
    cancer="lung cancer",
    stage="IV",
    regimen="nivolumab",
    drug_class="PD1",
    week=14,
    index_date=date(2026, 6, 20),
    last_contact=date(2026, 9, 28),
    data_date=date(2026, 9, 30),
    state="on treatment",
)


@dataclass
class Patient:
    """Stands in for the rows of one patient."""

    who: SimpleNamespace = field(default_factory=lambda: WHO)
    last_day: int = 98
    form_rows: tuple = ((0, "QL", 75.0), (88, "QL", 50.0), (88, "FA", 20.0))
    lab_rows: pd.DataFrame = field(default_factory=values.labs)

    def treatments(self):
        return values.treatments()

    def adverse_events(self):
        return values.adverse_events()

    first_drug_class = "PDL1"
    events_delivered = True

    def steroids(self):
        return values.steroids()

    def labs(self):
        return self.lab_rows

    @property
    def scores(self):
        return [(day, "qlq-c30", scale, value) for day, scale, value in self.form_rows]

    def forms_missed(self):
        return [(60, "qlq-short")]

    def answered_forms(self):
        return {(day, "qlq-c30") for day, _, _ in self.form_rows}

    comparable = Group("PDL1", "60-69", "F")


@dataclass
class Clinic:
    """Stands in for the records of one viewer; keeps what was asked."""

    patient: Patient = field(default_factory=Patient)
    risks: list = field(default_factory=values.all_risks)
    risk_refusal: RecordsError | None = None
    asked: list = field(default_factory=list)
    bands_of: list = field(default_factory=list)
    forecast_refusal: RecordsError | None = None
    similar: SimilarPatients | None = field(default_factory=values.similar_patients)
    instruments = BUILT_IN

    def open_forecast(self, token, wanted):
        if self.forecast_refusal:
            raise self.forecast_refusal
        return self.open(token, f"forecast {wanted.key}"), values.form_forecast(wanted.key)

    def open_determinants(self, token, wanted):
        return self.open(token, f"parts {wanted.key}"), values.form_determinants(wanted.key)

    def open(self, token, action, shown=()):
        self.asked.append(action)
        if token != TOKEN:
            raise NotFound
        return self.patient

    def what_if(self, token, horizon_days, asked):
        self.asked.append(asked)
        if token != TOKEN:
            raise NotFound
        return SimpleNamespace(
            inputs={"ppi": 1.0, "drug_class": 1.0},
            regimens=(),
            scenarios=tuple("ALT needs a number." if one else None for one in asked),
        )

    def open_risk(self, token, horizon_days, *, compare=False):
        self.asked.append(horizon_days)
        if self.risk_refusal:
            raise self.risk_refusal
        if token != TOKEN:
            raise NotFound
        return SimpleNamespace(
            patient=self.patient,
            landmark_day=84,
            drug_class="PD1",
            features={"ldh": 900.0},
            risks=tuple(self.risks),
            reference=values.quartiles("skin"),
            benefit=loris({}),
            previous=(42, tuple(self.risks)) if compare else None,
        )

    def open_similar(self, token):
        return self.open(token, "similar"), 84, self.similar

    def score_bands(self, wanted, scales):
        self.bands_of.append((wanted, scales))
        return {scale: values.band() for scale in scales}


@pytest.fixture
def page(dash_app: Dash) -> ModuleType:
    return importlib.import_module("pages.patient")


@pytest.fixture
def clinic(page: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Clinic:
    invented = Clinic()
    monkeypatch.setattr(page, "records", lambda: invented)
    return invented


def words(tree: object) -> str:
    return json.dumps(tree, cls=PlotlyJSONEncoder, ensure_ascii=False)


def ask_quality(page, **asked):
    """The quality-of-life callback with the values that the page starts with."""
    given = {
        "token": TOKEN,
        "snapshot": SNAPSHOT,
        "view": "one",
        "scale": "qlq-c30:QL",
        "several": list(FIRST_SCALES),
    }
    return page.show_quality_of_life(**(given | asked))


def test_the_frame_holds_the_link_and_no_patient(page):
    frame = page.layout(TOKEN)
    assert frame.children[0].data == TOKEN
    assert frame.children[0].storage_type == "memory"
    assert "FR-" not in words(frame)


def test_the_questions_stand_in_order(page):
    titles = [part.children for part in values.of_class(page.layout(), "panel-title")]
    assert titles == [
        "What risk?",
        "How sure?",
        "Why?",
        "How is quality of life moving?",
        "What course so far?",
        "What can be discussed?",
        "Patients like this one",
        "What if?",
    ]


def test_nothing_is_read_before_the_snapshot_is_known(page, clinic):
    for ask in (page.show_who, page.show_course):
        with pytest.raises(PreventUpdate):
            ask(TOKEN, None)
    with pytest.raises(PreventUpdate):
        page.show_risk(TOKEN, None, 180, "severe", "inputs")
    with pytest.raises(PreventUpdate):
        ask_quality(page, snapshot=None)
    assert clinic.asked == []


def test_the_bar_names_the_patient_and_shows_the_panels(page, clinic):
    shown = page.show_who(TOKEN, SNAPSHOT)
    assert "FR-7Q2K" in values.text_of(shown["bar"])
    assert shown["hidden"] is False
    assert shown["refusal"] is None


@pytest.mark.parametrize("token", ["of-another-team", "", None, 7, ["t"], {"type": "Div"}])
def test_another_link_gives_one_sentence_and_the_way_back(page, clinic, token):
    shown = page.show_who(token, SNAPSHOT)
    assert "No record of that patient in your care." in values.text_of(shown["refusal"])
    assert '"href": "/"' in words(shown["refusal"])
    assert shown["hidden"] is True
    assert "FR-7Q2K" not in words(shown)


def test_risk_why_and_sure_arrive_together_for_one_question(page, clinic):
    shown = page.show_risk(TOKEN, SNAPSHOT, 180, "skin", "inputs")
    assert "6 of 100" in values.text_of([row["label"] for row in shown["rows"]])
    assert "Skin irAE, grade 2 or more, within 6 months" in values.text_of(shown["why"])
    assert "training patients" in values.text_of(shown["sure"])
    assert "n = 355" in values.text_of(shown["foot"])
    assert clinic.asked == [180]


@pytest.mark.parametrize(
    ("horizon", "outcome"),
    [(17, "skin"), (None, "skin"), ("180", "skin"), (180, "soul"), ([180], "skin"), (180, {})],
)
def test_a_horizon_or_outcome_that_is_not_offered_is_not_answered(page, clinic, horizon, outcome):
    with pytest.raises(PreventUpdate):
        page.show_risk(TOKEN, SNAPSHOT, horizon, outcome, "inputs")
    assert clinic.asked == []


def test_without_models_the_risk_says_so_and_the_rest_works(page, clinic):
    clinic.risk_refusal = ModelsUnavailable("Risk is not available: a file was changed.")
    shown = page.show_risk(TOKEN, SNAPSHOT, 180, "severe", "inputs")
    assert "Risk is not available: a file was changed." in values.text_of(shown["finding"])
    assert "not available" in values.text_of([row["label"] for row in shown["rows"]])
    assert "Since the first dose" in values.text_of(page.show_course(TOKEN, SNAPSHOT))
    assert "Latest 50 points" in values.text_of(ask_quality(page)["panel"])


def test_a_patient_with_too_few_inputs_is_not_scored_and_told_why(page, clinic):
    clinic.risks = values.all_risks(
        risk=None, baseline=None, support_reason="no laboratory value", missing=("albumin",)
    )
    shown = page.show_risk(TOKEN, SNAPSHOT, 180, "severe", "inputs")
    assert "Not scored. no laboratory value Missing: albumin." in values.text_of(shown["finding"])
    assert "Nothing to explain" in values.text_of(shown["why"])


def test_without_forms_and_laboratory_values_there_are_sentences(page, clinic):
    clinic.patient = Patient(form_rows=(), lab_rows=values.labs().iloc[:0])
    assert "No questionnaire" in values.text_of(ask_quality(page)["panel"])
    assert "No laboratory values" in values.text_of(page.show_course(TOKEN, SNAPSHOT))


@pytest.mark.parametrize(
    "asked",
    [
        *({"scale": scale} for scale in ("XX", "qlq-c30:XX", "QL", None, 3, ["qlq-c30:QL"])),
        *({"view": view} for view in ("forecasts", "", None, 1, ["one"], {})),
        *({"several": some} for some in (None, "qlq-c30:QL", [None], [["qlq-c30:QL"]], [{}], {})),
        {"several": ["qlq-c30:QL", "XX"]},
    ],
)
def test_a_view_or_scale_that_is_not_offered_is_not_answered(page, clinic, asked):
    with pytest.raises(PreventUpdate):
        ask_quality(page, **asked)
    assert clinic.asked == []


@pytest.mark.parametrize(
    ("view", "words", "hidden"),
    [
        ("one", "Latest 50 points", [False, True]),
        ("several", "1 of 1 scale worse than at the start", [True, False]),
        ("all", "darker is worse", [True, True]),
        ("forecast", "If alive and answering", [False, True]),
        ("parts", "than a typical patient", [False, True]),
    ],
)
def test_quality_of_life_has_views_with_their_own_controls(page, clinic, view, words, hidden):
    shown = ask_quality(page, view=view, several=["qlq-c30:QL", "eq-5d-5l:index"])
    assert words in values.text_of(shown["panel"])
    assert shown["hidden"] == hidden


def test_only_scales_that_are_forecast_are_offered_with_a_forecast(page, clinic):
    shown = ask_quality(page, view="forecast", scale="qlq-c30:PA")
    offered = {option["value"] for option in shown["scales"]}
    assert offered == {"qlq-c30:QL", "qlq-c30:PF", "qlq-c30:FA", "qlq-c30:SUM"}
    assert shown["scale"] == "qlq-c30:QL"
    assert clinic.asked == ["forecast qlq-c30:QL"]


def test_forecasts_that_are_not_available_take_the_other_views_not_away(page, clinic):
    clinic.forecast_refusal = ModelsUnavailable("Forecasts are not available: a file is missing.")
    shown = ask_quality(page, view="forecast")
    assert "Forecasts are not available" in values.text_of(shown["panel"])
    # One for each output: Dash refuses another shape, and the view before would stay.
    assert shown["hidden"] == [no_update, no_update]
    assert "Latest 50 points" in values.text_of(ask_quality(page)["panel"])


def test_the_scales_offered_are_those_of_the_patients_questionnaires(page, clinic):
    shown = ask_quality(page, scale="eq-5d-5l:index", several=["eq-5d-5l:index", "qlq-c30:FA"])
    offered = [option["value"] for option in shown["scales"]]
    assert offered == [f"qlq-c30:{scale.code}" for scale in QLQ_C30.scales]
    assert shown["choices"] == shown["scales"]
    assert (shown["scale"], shown["several"]) == ("qlq-c30:QL", ["qlq-c30:FA"])


def test_without_forms_there_is_nothing_to_choose(page, clinic):
    clinic.patient = Patient(form_rows=())
    shown = ask_quality(page)
    assert (shown["scales"], shown["hidden"]) == ([], [True, True])


def test_quality_of_life_of_another_team_is_refused_and_leaves_the_controls_alone(page, clinic):
    shown = ask_quality(page, token="of-another-team")
    assert "No record of that patient in your care." in values.text_of(shown["panel"])
    assert shown["scales"] is no_update
    assert "FR-7Q2K" not in words(shown["panel"])


def test_without_a_warehouse_every_panel_says_so(page, monkeypatch):
    def closed():
        raise WarehouseUnavailable("There are no patient data yet.")

    monkeypatch.setattr(page, "records", closed)
    for tree in (
        page.show_who(TOKEN, SNAPSHOT),
        page.show_risk(TOKEN, SNAPSHOT, 180, "severe", "inputs"),
        ask_quality(page)["panel"],
        page.show_course(TOKEN, SNAPSHOT),
    ):
        assert "There are no patient data yet." in words(tree)


def test_a_fault_of_the_program_is_not_mistaken_for_a_refusal(page, monkeypatch):
    def broken():
        raise ZeroDivisionError

    monkeypatch.setattr(page, "records", broken)
    with pytest.raises(ZeroDivisionError):
        page.show_course(TOKEN, SNAPSHOT)


def test_every_view_is_asked_for_under_its_own_name(page, clinic):
    page.show_who(TOKEN, SNAPSHOT)
    page.show_course(TOKEN, SNAPSHOT)
    ask_quality(page)
    assert clinic.asked == ["patient", "course", "quality of life"]


def test_the_band_is_of_comparable_patients(page, clinic):
    ask_quality(page)
    assert clinic.bands_of == [(Patient.comparable, ("qlq-c30:QL",))]


def nothing_asked(page):
    blank = {control: page.what_if_panel.untouched(control) for control in page.CONTROLS}
    return {name: dict(blank) for name in page.SCENARIOS}


@pytest.mark.parametrize("view", ["inputs", "groups", "change"])
def test_the_reasons_can_be_taken_apart_in_three_ways(page, clinic, view):
    shown = page.show_risk(TOKEN, SNAPSHOT, 180, "skin", view)
    assert "Association, not cause." in values.text_of(shown["why"])
    assert "No benefit score (LORIS)" in values.text_of(shown["discuss"])


@pytest.mark.parametrize("view", ["soul", None, ["inputs"], {}])
def test_a_view_that_is_not_offered_is_not_answered(page, clinic, view):
    with pytest.raises(PreventUpdate):
        page.show_risk(TOKEN, SNAPSHOT, 180, "skin", view)


def test_untouched_scenarios_show_only_the_present_inputs(page, clinic):
    shown = page.show_what_if(TOKEN, SNAPSHOT, 180, nothing_asked(page))
    assert clinic.asked == [[{}, {}]]
    assert shown["now"]["ppi"] == "yes"
    assert "before the start only" in shown["now"]["regimen"]
    assert "Change an input" in values.text_of(shown["results"])


def test_a_refused_scenario_says_why(page, clinic):
    given = nothing_asked(page)
    given["b"] |= {"lab": "alt", "lab-value": "much"}
    shown = page.show_what_if(TOKEN, SNAPSHOT, 180, given)
    assert clinic.asked == [[{}, {"alt": "much"}]]
    assert "ALT needs a number." in values.text_of(shown["results"])


def test_what_if_of_another_team_is_refused_like_everything_else(page, clinic):
    shown = page.show_what_if("of-another-team", SNAPSHOT, 180, nothing_asked(page))
    assert "No record of that patient in your care." in values.text_of(shown["results"])
    assert set(shown["now"].values()) == {""}


def test_reset_sets_every_control_back(page):
    values_after = page.reset_scenarios(1)
    assert len(values_after) == len(page.SCENARIOS) * len(page.CONTROLS)
    assert page.what_if_panel.asked(dict(zip(page.CONTROLS, values_after, strict=False))) == {}


def test_patients_like_this_one_follow_the_horizon_and_lead_to_cohorts(page, clinic):
    shown = page.show_similar(TOKEN, SNAPSHOT, 365)
    text = values.text_of(shown)
    assert "In the 12 months after day 84" in text
    assert "not a forecast for this person" in text
    assert f"/cohorts?like={TOKEN}" in words(shown)
    assert clinic.asked == ["similar"]


def test_no_similar_patients_is_a_sentence_with_a_way_on(page, clinic):
    clinic.similar = None
    shown = page.show_similar(TOKEN, SNAPSHOT, 180)
    assert "No group of similar patients at day 84" in values.text_of(shown)
    assert f"/cohorts?like={TOKEN}" in words(shown)


def test_similar_patients_of_another_team_are_refused_like_everything_else(page, clinic):
    shown = page.show_similar("of-another-team", SNAPSHOT, 180)
    assert "No record of that patient in your care." in values.text_of(shown)
    assert "cohorts" not in words(shown)


def test_similar_patients_over_a_horizon_that_is_not_offered_are_not_looked_up(page, clinic):
    with pytest.raises(PreventUpdate):
        page.show_similar(TOKEN, SNAPSHOT, 100)
    assert clinic.asked == []
