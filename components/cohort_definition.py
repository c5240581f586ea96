"""One cohort as it is asked for: chips, text, n and attrition; and the questions to begin with."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import html, no_update
from dash.development.base_component import Component

from components.cohort_ids import Ids, chip_id, preset_id
from components.cohort_state import State, is_start, parsed
from components.cohort_words import n_words
from components.wording import count_words
from models.cohort.definition import LONGEST, Cohort, Unusable, parse_cohort
from models.cohort.presets import PRESETS
from models.cohort.results import Side

_CARDS = {
    "a": (Ids.SIDE_A, Ids.CHIPS_A, Ids.TEXT_A, Ids.APPLY_A),
    "b": (Ids.SIDE_B, Ids.CHIPS_B, Ids.TEXT_B, Ids.APPLY_B),
}


def card(side: str) -> html.Section:
    """Frame of one cohort; chips, n and attrition come by callback."""
    who, chips, text, apply = _CARDS[side]
    name = side.upper()
    field = dbc.Input(
        id=text,
        type="text",
        maxlength=LONGEST,
        autocomplete="off",
        size="sm",
        placeholder="drug_class=PD1;age=50-70;ppi!=yes",
    )
    return html.Section(
        [
            html.H2(name, className=f"cohort-letter cohort-letter-{side}"),
            html.Div(id=chips, className="cohort-chips"),
            html.Div(id=who, className="cohort-side"),
            html.Details(
                [
                    html.Summary("As text"),
                    html.Div(
                        [
                            dbc.Label(
                                f"Definition of cohort {name}",
                                html_for=text,
                                class_name="visually-hidden",
                            ),
                            field,
                            html.Button(
                                "Apply",
                                id=apply,
                                type="button",
                                className="btn btn-sm btn-outline-secondary",
                            ),
                        ],
                        className="cohort-text",
                    ),
                ],
                className="cohort-as-text",
            ),
        ],
        className=f"panel cohort-card cohort-card-{side}",
        **{"aria-label": f"Cohort {name}"},
    )


def chips(side: str, cohort: Cohort) -> list[Component]:
    """One chip per condition, each with a button that takes it away."""
    if not cohort.conditions:
        return [html.Span("everybody", className="quiet")]
    return [
        html.Span(
            [
                one.label,
                html.Button(
                    "×",
                    id=chip_id(side, one.text),
                    type="button",
                    className="cohort-chip-remove",
                    **{"aria-label": f"Remove from {side.upper()}: {one.label}"},
                ),
            ],
            className="cohort-chip",
        )
        for one in cohort.conditions
    ]


def definitions(state: State) -> dict[str, object]:
    """Both definitions as chips and as text, their day, and whether questions are hidden.

    One that cannot be used keeps its text, so that it can be mended, and has no chips.
    """
    try:
        a, b = parsed(state)
    except Unusable:
        each = {f"chips_{side}": _usable_chips(side, state[side]) for side in "ab"}
        texts = {f"text_{side}": state[side] for side in "ab"}
        return {**each, **texts, "anchor": no_update, "hidden": True}
    return {
        "chips_a": chips("a", a),
        "chips_b": chips("b", b),
        "text_a": a.expression,
        "text_b": b.expression,
        "anchor": str(a.landmark_day),
        "hidden": not is_start((a, b)),
    }


def _usable_chips(side: str, text: str) -> list[Component]:
    """Chips of one definition beside another; where to mend it when it cannot be used."""
    try:
        return chips(side, parse_cohort(text))
    except Unusable:
        return [html.Span("cannot be used: mend it under “As text”", className="quiet")]


def side_line(side: Side) -> list[Component]:
    """n, and the attrition step by step behind one click."""
    steps = [
        html.Li([html.Span(step.words), html.Span(n_words(step.n), className="number")])
        for step in side.attrition
    ]
    return [
        html.Strong(f"n {count_words(side.n)}", className="cohort-n"),
        html.Details([html.Summary("Attrition"), html.Ol(steps)], className="cohort-attrition"),
    ]


def start() -> list[Component]:
    """Questions as cards, for when nothing has been asked yet."""
    cards = [
        html.Button(
            [html.Strong(one.title), html.Span(one.question)],
            id=preset_id(one.key),
            type="button",
            className="cohort-question",
        )
        for one in PRESETS
    ]
    return [
        html.H2("What do you want to compare?", className="panel-title"),
        html.Div(cards, className="cohort-questions"),
        html.P(
            "Or open “Add a filter” above and build both cohorts. Results are counts and curves of"
            " groups, never of single patients.",
            className="panel-note",
        ),
    ]
