"""About the models: what the risk models are, how well they do, and where they stop."""

from __future__ import annotations

from enum import StrEnum

import dash
import dash_bootstrap_components as dbc
from dash import Input, Output, callback, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from components import model_card, notices, performance, shell
from components.calibration_panel import calibration_panel
from components.comparison_panel import comparison_panel, held_out_countries
from components.decision_panel import decision_panel
from components.drift_panel import drift_panel
from components.forecast_panel import forecast_panel, unavailable
from components.panel import panel, slot
from components.use_panel import use_panel
from components.wording import HORIZON_WORDS, outcome_words
from data_access.errors import ModelsUnavailable
from data_access.model_drift import drift
from data_access.services import services
from models.risk.net_benefit import THRESHOLDS
from models.risk.outcomes import HORIZONS, OUTCOMES, SEVERE

dash.register_page(
    __name__, path="/models", name="Models", title="About the models · Immunoboard", order=7
)


class Ids(StrEnum):
    """Every component id this page owns: page, thing, kind."""

    FACTS = "models-facts"
    PERFORMANCE = "models-performance"
    HORIZON = "models-horizon-input"
    GROUP = "models-group-input"
    OVERALL = "models-overall"
    BY_GROUP = "models-by-group"
    OUTCOME = "models-outcome-input"
    THRESHOLD = "models-threshold-input"
    CALIBRATION = "models-calibration"
    DECISION = "models-decision"
    ATTAINED = "models-attained"
    ELSEWHERE = "models-elsewhere"
    OTHERS = "models-others"
    USE = "models-use"
    DRIFT = "models-drift"
    FORECASTS = "models-forecasts"
    CARD = "models-card"
    INPUTS = "models-inputs"


def layout(**_url: str) -> html.Main:
    """The frame only; manifest and evaluation arrive through callbacks."""
    return html.Main(
        [
            html.H1("About the models"),
            html.P(
                "Risk models for immune-related adverse events (irAE). For research: they are not "
                "a medical device and do not replace a clinician's judgement.",
                className="lead",
            ),
            html.Div(notices.skeleton(6), id=Ids.FACTS),
            html.Div(_performance(), id=Ids.PERFORMANCE, hidden=True),
            panel("How good are the forecasts of quality of life?", slot(Ids.FORECASTS, 6)),
            html.Div(id=Ids.CARD),
            html.Div(id=Ids.INPUTS),
        ],
        className="page page-read",
    )


def _performance() -> list[Component]:
    horizons = _segments(Ids.HORIZON, "Within", HORIZON_WORDS, 180)
    groups = _segments(Ids.GROUP, "By", performance.GROUPS, "country")
    return [
        panel("How well they do", html.Div(id=Ids.OVERALL), aside=horizons),
        panel("For whom", html.Div(id=Ids.BY_GROUP), aside=groups),
        panel(
            "How well risks agree with what happened",
            html.Div(id=Ids.CALIBRATION),
            aside=_select(
                Ids.OUTCOME, "Outcome", {name: outcome_words(name) for name in OUTCOMES}, SEVERE
            ),
        ),
        panel(
            "What a threshold would bring",
            html.Div(id=Ids.DECISION),
            aside=_select(
                Ids.THRESHOLD,
                "Flag from a risk of",
                {f"{at:.2f}": f"{100 * at:.0f} %" for at in THRESHOLDS},
                "0.10",
            ),
        ),
        panel("In a country they never saw", html.Div(id=Ids.ELSEWHERE)),
        panel("Beside other models", html.Div(id=Ids.OTHERS)),
        panel("What could be attained at best", html.Div(id=Ids.ATTAINED)),
        panel("What the models use", html.Div(id=Ids.USE)),
        panel("Have the patients changed?", slot(Ids.DRIFT, 4)),
    ]


def _select(identity: str, label: str, choices: dict[str, str], chosen: str) -> html.Label:
    options = [{"label": words, "value": value} for value, words in choices.items()]
    select = dbc.Select(id=identity, options=options, value=chosen, class_name="models-select")
    return html.Label([html.Span(f"{label} ", className="quiet"), select], className="models-pick")


def _segments(identity: str, label: str, choices: dict[object, str], chosen: object) -> html.Div:
    choice = dbc.RadioItems(
        id=identity,
        options=[{"label": words, "value": value} for value, words in choices.items()],
        value=chosen,
        className="segments",
        input_class_name="btn-check",
        label_class_name="segment",
        label_checked_class_name="active",
    )
    return html.Div(choice, role="group", **{"aria-label": label})


@callback(
    Output(Ids.FACTS, "children"),
    Output(Ids.CARD, "children"),
    Output(Ids.INPUTS, "children"),
    Output(Ids.PERFORMANCE, "hidden"),
    Input(shell.Ids.SNAPSHOT, "data"),
)
def show_models(snapshot: object) -> tuple[object, object, object, bool]:
    """Read the manifest, or say why there are no models to use."""
    if not snapshot:
        raise PreventUpdate
    models = services().models
    problem = models.status().problem
    if problem:
        return notices.empty(problem, "Everything else keeps working."), None, None, True
    manifest = models.manifest()
    return (
        model_card.what_they_are(manifest),
        model_card.on_paper(manifest, models.evaluation(), services().versions.table()),
        model_card.what_goes_in(manifest),
        False,
    )


@callback(
    Output(Ids.OVERALL, "children"),
    Output(Ids.BY_GROUP, "children"),
    Input(Ids.PERFORMANCE, "hidden"),
    Input(Ids.HORIZON, "value"),
    Input(Ids.GROUP, "value"),
    prevent_initial_call=True,
)
def show_performance(
    hidden: object, horizon: object, group: object
) -> tuple[list[Component], list[Component]]:
    """Results of the evaluation over one horizon, for everybody and by one group."""
    if hidden or horizon not in HORIZONS or group not in list(performance.GROUPS):
        raise PreventUpdate
    evaluation = services().models.evaluation() or {}
    results = evaluation.get("results", [])
    held = performance.intervals(evaluation.get("interval_coverage", []), horizon)
    overall = performance.overall(results, horizon) + held
    return overall, performance.by_group(results, horizon, group)


@callback(
    Output(Ids.CALIBRATION, "children"),
    Output(Ids.DECISION, "children"),
    Output(Ids.ATTAINED, "children"),
    Output(Ids.ELSEWHERE, "children"),
    Output(Ids.OTHERS, "children"),
    Output(Ids.USE, "children"),
    Input(Ids.PERFORMANCE, "hidden"),
    Input(Ids.HORIZON, "value"),
    Input(Ids.OUTCOME, "value"),
    Input(Ids.THRESHOLD, "value"),
    prevent_initial_call=True,
)
def show_decisions(
    hidden: object, horizon: object, outcome: object, threshold: object
) -> tuple[list[Component], ...]:
    """Everything about one outcome over one horizon: calibration, decisions, other models, use."""
    offered = [f"{at:.2f}" for at in THRESHOLDS]
    if hidden or horizon not in HORIZONS or outcome not in OUTCOMES or threshold not in offered:
        raise PreventUpdate
    evaluation = services().models.evaluation() or {}
    return (
        calibration_panel(evaluation, outcome, horizon) or _none(),
        decision_panel(evaluation, outcome, horizon, float(threshold)) or _none(),
        performance.attained(evaluation.get("ceiling", []), horizon) or _none(),
        held_out_countries(evaluation, outcome, horizon) or _none(),
        comparison_panel(evaluation, horizon) or _none(),
        use_panel(evaluation, outcome) or _none(),
    )


@callback(
    Output(Ids.DRIFT, "children"),
    Input(Ids.PERFORMANCE, "hidden"),
    prevent_initial_call=True,
)
def show_drift(hidden: object) -> list[Component]:
    """The snapshot's patients beside those of training; counts from the disclosure gate only."""
    if hidden:
        raise PreventUpdate
    return drift_panel(drift(services().warehouse.current(), services().models.manifest()))


@callback(Output(Ids.FORECASTS, "children"), Input(shell.Ids.SNAPSHOT, "data"))
def show_forecasts(snapshot: object) -> list[Component]:
    """The forecasts of quality of life have files of their own: the rest stands without them."""
    if not snapshot:
        raise PreventUpdate
    forecasts = services().forecasts
    try:
        return forecast_panel(forecasts.evaluation(), forecasts.manifest()["limitations"])
    except ModelsUnavailable as error:
        return unavailable(str(error))


def _none() -> list[Component]:
    return [notices.empty("These models came without this part of the evaluation.")]
