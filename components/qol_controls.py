"""What of quality of life is shown: the view, one scale or several."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import dash_bootstrap_components as dbc
from dash import html

from models.qol.forecast.targets import TARGET_BY_KEY
from models.qol.instrument import Instrument
from models.qol.trajectory import Trajectory, scale_key

VIEWS = {
    "one": "one scale",
    "several": "several",
    "all": "all scales",
    "forecast": "forecast",
    "parts": "goes with",
}
"""Ways to look at the course, and their words."""

FORECAST_VIEWS = ("forecast", "parts")
"""Views of the scales that are forecast."""

FIRST_SCALE = "qlq-c30:QL"
FIRST_SCALES = ("qlq-c30:SUM", "qlq-c30:PF", "qlq-c30:FA", "eq-5d-5l:index")
"""What is shown before anything was chosen, as far as the patient has it."""

MOST_SMALL = 8
"""Scales that are drawn side by side at most."""


def view_switch(identity: str) -> html.Div:
    """One scale, several, or all of them."""
    switch = dbc.RadioItems(
        id=identity,
        options=[{"label": words, "value": view} for view, words in VIEWS.items()],
        value="one",
        className="segments",
        input_class_name="btn-check",
        label_class_name="segment",
        label_checked_class_name="active",
    )
    return html.Div(switch, role="group", **{"aria-label": "Quality of life shown as"})


def scale_select(identity: str) -> dbc.Select:
    """One of the patient's scales; its options come with the patient."""
    return dbc.Select(
        id=identity, options=[], value=FIRST_SCALE, size="sm", class_name="qol-select"
    )


def scale_checklist(identity: str) -> html.Details:
    """Some of the patient's scales; its options come with the patient."""
    boxes = dbc.Checklist(
        id=identity, options=[], value=list(FIRST_SCALES), className="qol-choices"
    )
    return html.Details([html.Summary("Choose scales"), boxes], className="qol-choose")


def scale_options(trajectories: Mapping[str, Trajectory]) -> list[dict[str, str]]:
    """The scales by their full names, with the questionnaire's where two share a name."""
    labels = [one.scale.label for one in trajectories.values()]
    return [
        {
            "label": one.scale.label
            if labels.count(one.scale.label) == 1
            else f"{one.scale.label} ({one.instrument.title})",
            "value": key,
        }
        for key, one in trajectories.items()
    ]


@dataclass(frozen=True)
class Choice:
    """What is shown: a view, the scale of the first and those of the second."""

    view: str
    scale: str
    several: tuple[str, ...]

    @property
    def drawn(self) -> tuple[str, ...]:
        """The scales that the view compares with other patients."""
        if self.view in ("one", "forecast"):
            return (self.scale,)
        return self.several[:MOST_SMALL] if self.view == "several" else ()


def is_offered(
    view: object, scale: object, several: object, instruments: Mapping[str, Instrument]
) -> bool:
    """Whether a view and scales of the known questionnaires were asked for, and nothing else."""
    keys = [scale_key(one, each) for one in instruments.values() for each in one.scales]
    return (
        view in list(VIEWS)
        and scale in keys
        and isinstance(several, list)
        and all(key in keys for key in several)
    )


def choice(
    view: str, scale: str, several: Collection[str], trajectories: Mapping[str, Trajectory]
) -> Choice:
    """What can be shown of what was asked for.

    A scale that the patient does not have gives way to the first one; of several, those that the
    patient has are left, in the order of the first choice and then of the list.
    """
    order = dict.fromkeys((*FIRST_SCALES, *trajectories))
    some = tuple(key for key in order if key in several and key in trajectories)
    offered = _offered(view, trajectories)
    one = scale if scale in offered else next(iter(offered), scale)
    return Choice(view, one, some)


def controls(shown: Choice, trajectories: Mapping[str, Trajectory]) -> dict[str, object]:
    """Options and values of the controls, and which of them are hidden in the view."""
    options = scale_options(trajectories)
    return {
        "scales": scale_options(_offered(shown.view, trajectories)),
        "scale": shown.scale,
        "choices": options,
        "several": list(shown.several),
        "hidden": [
            shown.view in ("several", "all") or not trajectories,
            shown.view != "several" or not trajectories,
        ],
    }


def _offered(view: str, trajectories: Mapping[str, Trajectory]) -> dict[str, Trajectory]:
    """The scales that a view can show one of."""
    return {
        key: one
        for key, one in trajectories.items()
        if view not in FORECAST_VIEWS or key in TARGET_BY_KEY
    }
