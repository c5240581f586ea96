"""Consultation page: who, what risk, why, how sure, quality of life, course, what to discuss."""

from __future__ import annotations

from enum import StrEnum

import dash
from dash import Input, Output, callback, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from components import notices, qol_controls, shell, what_if_panel
from components.course_panel import Course, course_panel
from components.panel import panel, slot
from components.patient_bar import patient_bar
from components.qol_course import QolCourse
from components.qol_panel import qol_panel
from components.risk_panel import Landmark, risk_frame
from components.risk_view import Explained, no_risk_view, risk_view
from components.similar_panel import similar_panel
from components.what_if_panel import CONTROLS, LAB_VALUE, SCENARIOS, control_id, now_id
from components.why_panel import VIEWS, why_switch
from data_access.care import CareRecords, OpenPatient, records
from data_access.errors import NotFound, refused_as
from models.cohort.standing import DIED
from models.qol.forecast.prediction import FormDeterminants, FormForecast
from models.qol.forecast.targets import TARGET_BY_KEY
from models.qol.trajectory import trajectories
from models.risk.outcomes import HORIZONS, OUTCOMES

dash.register_page(
    __name__, path_template="/patient/<token>", name="Patient", title="Patient · Immunoboard"
)


class Ids(StrEnum):
    """Every component id this page owns: page, thing, kind."""

    LINK = "patient-link-store"
    BAR = "patient-bar"
    REFUSAL = "patient-refusal"
    PANELS = "patient-panels"
    HORIZON = "patient-horizon-input"
    OUTCOME = "patient-outcome-input"
    RISK_FROM = "patient-risk-from-text"
    RISK_FINDING = "patient-risk-finding-text"
    RISK_FOOT = "patient-risk-foot"
    SURE = "patient-sure"
    WHY = "patient-why"
    WHY_VIEW = "patient-why-view-input"
    WHAT_IF = "patient-what-if-results"
    WHAT_IF_RESET = "patient-what-if-reset-button"
    QOL_VIEW = "patient-qol-view-input"
    SCALE = "patient-scale-input"
    ONE_CONTROL = "patient-scale-control"
    SEVERAL = "patient-scales-input"
    SEVERAL_CONTROL = "patient-scales-control"
    QOL = "patient-qol"
    COURSE = "patient-course"
    DISCUSS = "patient-discuss"
    SIMILAR = "patient-similar"


def layout(token: str | None = None, **_url: str) -> html.Main:
    """The frame only; the patient arrives through callbacks."""
    quality = panel(
        "How is quality of life moving?",
        html.Div(qol_controls.scale_select(Ids.SCALE), id=Ids.ONE_CONTROL, className="qol-control"),
        html.Div(
            qol_controls.scale_checklist(Ids.SEVERAL),
            id=Ids.SEVERAL_CONTROL,
            className="qol-control",
            hidden=True,
        ),
        slot(Ids.QOL, 10),
        aside=qol_controls.view_switch(Ids.QOL_VIEW),
        class_name="panel-qol",
    )
    panels = [
        risk_frame(
            finding=Ids.RISK_FINDING,
            outcome=Ids.OUTCOME,
            foot=Ids.RISK_FOOT,
            sure=Ids.SURE,
            origin=Ids.RISK_FROM,
            horizon=Ids.HORIZON,
        ),
        panel("Why?", slot(Ids.WHY, 10), aside=why_switch(Ids.WHY_VIEW), class_name="panel-why"),
        quality,
        panel("What course so far?", slot(Ids.COURSE, 16), class_name="panel-course"),
        panel("What can be discussed?", slot(Ids.DISCUSS, 3), class_name="panel-discuss"),
        panel("Patients like this one", slot(Ids.SIMILAR, 10), class_name="panel-similar"),
        panel(
            "What if?",
            what_if_panel.what_if_frame(Ids.WHAT_IF_RESET, Ids.WHAT_IF),
            class_name="panel-what-if",
        ),
    ]
    return html.Main(
        [
            dcc.Store(id=Ids.LINK, data=token, storage_type="memory"),
            html.Div(notices.skeleton(1), id=Ids.BAR, className="patient-bar"),
            html.Div(id=Ids.REFUSAL, className="patient-refusal"),
            html.Div(panels, id=Ids.PANELS, className="patient-grid"),
        ],
        className="patient-page",
    )


def _nobody(sentence: str) -> dict[str, object]:
    refusal = notices.empty(sentence, href="/", link="Back to the worklist")
    return {"bar": None, "refusal": refusal, "hidden": True}


def _no_risk(sentence: str) -> dict[str, object]:
    return no_risk_view(sentence, "The other panels are not affected.")


def _no_panel(sentence: str) -> list[Component]:
    return [notices.empty(sentence)]


def _link(token: object, snapshot: object) -> str:
    """The link's token, once it is known which data are there."""
    if not snapshot:
        raise PreventUpdate
    if not isinstance(token, str):
        raise NotFound
    return token


@callback(
    output={
        "bar": Output(Ids.BAR, "children"),
        "refusal": Output(Ids.REFUSAL, "children"),
        "hidden": Output(Ids.PANELS, "hidden"),
    },
    inputs={"token": Input(Ids.LINK, "data"), "snapshot": Input(shell.Ids.SNAPSHOT, "data")},
)
@refused_as(_nobody)
def show_who(token: object, snapshot: object) -> dict[str, object]:
    """Name the patient on top of the page, or say that there is none and hide the rest."""
    patient = records().open(_link(token, snapshot), "patient")
    return {"bar": patient_bar(patient.who), "refusal": None, "hidden": False}


@callback(
    output={
        "rows": Output(Ids.OUTCOME, "options"),
        "from": Output(Ids.RISK_FROM, "children"),
        "finding": Output(Ids.RISK_FINDING, "children"),
        "foot": Output(Ids.RISK_FOOT, "children"),
        "sure": Output(Ids.SURE, "children"),
        "why": Output(Ids.WHY, "children"),
        "discuss": Output(Ids.DISCUSS, "children"),
    },
    inputs={
        "token": Input(Ids.LINK, "data"),
        "snapshot": Input(shell.Ids.SNAPSHOT, "data"),
        "horizon": Input(Ids.HORIZON, "value"),
        "outcome": Input(Ids.OUTCOME, "value"),
        "why": Input(Ids.WHY_VIEW, "value"),
    },
)
@refused_as(_no_risk)
def show_risk(
    token: object, snapshot: object, horizon: object, outcome: object, why: object
) -> dict[str, object]:
    """Draw all outcomes over the horizon and, for the chosen one, why and how sure."""
    if horizon not in HORIZONS or outcome not in OUTCOMES or why not in list(VIEWS):
        raise PreventUpdate
    view = records().open_risk(_link(token, snapshot), horizon, compare=why == "change")
    who = view.patient.who
    landmark = Landmark(
        view.landmark_day,
        view.drug_class,
        who.data_date,
        last_day=(who.last_contact - who.index_date).days,
        data_day=(who.data_date - who.index_date).days if who.data_date else None,
        died=who.state == DIED,
    )
    explained = Explained(landmark, view.features, view.risks, view.benefit, view.previous)
    return risk_view(explained, view.reference, horizon, outcome, why)


@callback(
    Output(Ids.SIMILAR, "children"),
    inputs={
        "token": Input(Ids.LINK, "data"),
        "snapshot": Input(shell.Ids.SNAPSHOT, "data"),
        "horizon": Input(Ids.HORIZON, "value"),
    },
)
@refused_as(_no_panel)
def show_similar(token: object, snapshot: object, horizon: object) -> list[Component]:
    """Say how the nearest group of patients fared."""
    if horizon not in HORIZONS:
        raise PreventUpdate
    link = _link(token, snapshot)
    patient, day, found = records().open_similar(link)
    compare = f"/cohorts?like={link}"
    return similar_panel(found, day, horizon, patient.who.data_date, compare)


_NOW = [control for control in CONTROLS if control != LAB_VALUE]


def _no_scenario(sentence: str) -> dict[str, object]:
    blank = dict.fromkeys(_NOW, "")
    options = dict.fromkeys(SCENARIOS, what_if_panel.regimen_options(()))
    return {"now": blank, "regimens": options, "results": notices.empty(sentence)}


@callback(
    output={
        "now": {control: Output(now_id(control), "children") for control in _NOW},
        "regimens": {
            scenario: Output(control_id(scenario, "regimen"), "options") for scenario in SCENARIOS
        },
        "results": Output(Ids.WHAT_IF, "children"),
    },
    inputs={
        "token": Input(Ids.LINK, "data"),
        "snapshot": Input(shell.Ids.SNAPSHOT, "data"),
        "horizon": Input(Ids.HORIZON, "value"),
        "given": {
            scenario: {
                control: Input(control_id(scenario, control), "value") for control in CONTROLS
            }
            for scenario in SCENARIOS
        },
    },
)
@refused_as(_no_scenario)
def show_what_if(
    token: object, snapshot: object, horizon: object, given: dict[str, dict[str, object]]
) -> dict[str, object]:
    """Work out both scenarios over every horizon, beside the present inputs."""
    if horizon not in HORIZONS:
        raise PreventUpdate
    asked = [what_if_panel.asked(given[scenario]) for scenario in SCENARIOS]
    found = records().what_if(_link(token, snapshot), horizon, asked)
    options = what_if_panel.regimen_options(found.regimens)
    return {
        "now": what_if_panel.now_words(found.inputs, found.regimens),
        "regimens": dict.fromkeys(SCENARIOS, options),
        "results": what_if_panel.results(found.scenarios, horizon),
    }


@callback(
    output=[
        Output(control_id(scenario, control), "value")
        for scenario in SCENARIOS
        for control in CONTROLS
    ],
    inputs=[Input(Ids.WHAT_IF_RESET, "n_clicks")],
    prevent_initial_call=True,
)
def reset_scenarios(_clicks: object) -> list[str]:
    """Set every control back to "as now"."""
    return [what_if_panel.untouched(control) for _ in SCENARIOS for control in CONTROLS]


def _looked_at(
    care: CareRecords, token: str, view: str, scale: str
) -> tuple[OpenPatient, FormForecast | FormDeterminants | None]:
    """The patient, and what the view needs beyond the forms that came."""
    target = TARGET_BY_KEY.get(scale, TARGET_BY_KEY[qol_controls.FIRST_SCALE])
    if view == "forecast":
        return care.open_forecast(token, target)
    if view == "parts":
        return care.open_determinants(token, target)
    return care.open(token, "quality of life"), None


def _no_quality_of_life(sentence: str) -> dict[str, object]:
    kept = dict.fromkeys(("scales", "scale", "choices", "several"), no_update)
    return {"panel": [notices.empty(sentence)], **kept, "hidden": [no_update, no_update]}


@callback(
    output={
        "panel": Output(Ids.QOL, "children"),
        "scales": Output(Ids.SCALE, "options"),
        "scale": Output(Ids.SCALE, "value"),
        "choices": Output(Ids.SEVERAL, "options"),
        "several": Output(Ids.SEVERAL, "value"),
        "hidden": [Output(Ids.ONE_CONTROL, "hidden"), Output(Ids.SEVERAL_CONTROL, "hidden")],
    },
    inputs={
        "token": Input(Ids.LINK, "data"),
        "snapshot": Input(shell.Ids.SNAPSHOT, "data"),
        "view": Input(Ids.QOL_VIEW, "value"),
        "scale": Input(Ids.SCALE, "value"),
        "several": Input(Ids.SEVERAL, "value"),
    },
)
@refused_as(_no_quality_of_life)
def show_quality_of_life(
    token: object, snapshot: object, view: object, scale: object, several: object
) -> dict[str, object]:
    """Draw the chosen view, and offer the scales that the patient has."""
    care = records()
    if not qol_controls.is_offered(view, scale, several, care.instruments):
        raise PreventUpdate
    patient, looked = _looked_at(care, _link(token, snapshot), view, scale)
    found = trajectories(patient.scores, patient.forms_missed(), care.instruments)
    shown = qol_controls.choice(view, looked.key if looked else scale, several, found)
    course = QolCourse(
        trajectories=found,
        bands=care.score_bands(patient.comparable, shown.drawn),
        treatments=patient.treatments(),
        events=patient.adverse_events(),
        steroids=patient.steroids(),
        answered=patient.answered_forms(),
        country=patient.who.country,
        index_date=patient.who.index_date,
        last_day=patient.last_day,
        died=patient.who.state == DIED,
        data_date=patient.who.data_date,
    )
    return {"panel": qol_panel(course, shown, looked), **qol_controls.controls(shown, found)}


@callback(
    Output(Ids.COURSE, "children"),
    inputs={"token": Input(Ids.LINK, "data"), "snapshot": Input(shell.Ids.SNAPSHOT, "data")},
)
@refused_as(_no_panel)
def show_course(token: object, snapshot: object) -> list[Component]:
    """Draw everything dated on one time axis."""
    patient = records().open(_link(token, snapshot), "course")
    return course_panel(
        Course(
            treatments=patient.treatments(),
            events=patient.adverse_events(),
            steroids=patient.steroids(),
            labs=patient.labs(),
            until_day=patient.last_day,
            data_date=patient.who.data_date,
            events_delivered=patient.events_delivered,
        )
    )
