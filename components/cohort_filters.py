"""The editor of filters: a domain, a variable of it, its levels, and to which cohort they go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import dash_bootstrap_components as dbc
from dash import html

from components.cohort_ids import Ids
from models.cohort.definition import NONE
from models.cohort.variables import DOMAINS, FIRST_YEAR, MISSING, VARIABLES, Variable

FIRST_DOMAIN = DOMAINS[0]
NEGATED = {"any": "any of", "none": "none of"}
"""Whether the levels are wanted or excluded."""

_YEARS = 10
_MOST_PLACES = 200


def filter_editor() -> html.Details:
    """Folded editor; it works on cohort A, on B, or on both at once."""
    return html.Details(
        [
            html.Summary("Add a filter"),
            html.Div(
                [
                    _named("Domain", segments(Ids.DOMAIN, {d: d for d in DOMAINS}, FIRST_DOMAIN)),
                    html.Div(
                        [
                            _labelled("Filter", Ids.VARIABLE, _variables()),
                            _named("Levels", segments(Ids.NEGATED, NEGATED, "any")),
                            html.P(id=Ids.ABOUT, className="cohort-about-variable"),
                        ],
                        className="cohort-editor-row",
                    ),
                    _named("Levels", dbc.Checklist(id=Ids.LEVELS, value=[], inline=True)),
                    html.Div(
                        [
                            _button("Add to A", Ids.ADD_A),
                            _button("Add to B", Ids.ADD_B),
                            _button("Add to both", Ids.ADD_BOTH),
                        ],
                        className="cohort-editor-row",
                    ),
                ],
                className="cohort-editor",
            ),
        ],
        className="cohort-add",
    )


def segments(identity: str, choices: Mapping[str, str], chosen: str) -> dbc.RadioItems:
    """Choice among a few as one row."""
    return dbc.RadioItems(
        id=identity,
        options=[{"label": words, "value": value} for value, words in choices.items()],
        value=chosen,
        className="segments",
        input_class_name="btn-check",
        label_class_name="segment",
        label_checked_class_name="active",
    )


def variable_options(domain: str) -> list[dict[str, str]]:
    """Variables of a domain."""
    return [
        {"label": one.label, "value": one.name}
        for one in VARIABLES.values()
        if one.domain == domain
    ]


def level_options(
    variable: Variable, places: Mapping[str, Sequence[str]], data_date: date | None
) -> list[dict[str, str]]:
    """Levels that can be ticked, "not recorded" last.

    Places are those of the data, calendar quarters are offered by year.
    """
    if variable.kind == "open":
        return [_option(word, word) for word in places.get(variable.name, ())[:_MOST_PLACES]]
    if variable.kind == "quarter":
        last = data_date.year if data_date else FIRST_YEAR + _YEARS
        return [
            _option(str(year), f"{year}Q1-{year}Q4")
            for year in range(max(FIRST_YEAR, last - _YEARS + 1), last + 1)
        ]
    options = [_option(level.label, level.word) for level in variable.levels]
    if variable.kind == "set":
        options.append(_option("none of these", NONE))
    return [*options, _option("not recorded", MISSING)]


def about_variable(variable: Variable) -> str:
    """What a reader should know of how a variable is measured."""
    later = "after the first dose: needs a landmark" if variable.after_start else ""
    return "; ".join(part for part in (variable.note, later) if part)


def _option(label: str, value: str) -> dict[str, str]:
    return {"label": label, "value": value}


def _variables() -> dbc.Select:
    options = variable_options(FIRST_DOMAIN)
    return dbc.Select(id=Ids.VARIABLE, options=options, value=options[0]["value"], size="sm")


def _named(label: str, control: dbc.RadioItems | dbc.Checklist) -> html.Div:
    return html.Div(control, role="group", **{"aria-label": label})


def _labelled(label: str, identity: str, control: dbc.Select) -> html.Div:
    return html.Div([dbc.Label(label, html_for=identity), control], className="cohort-field")


def _button(words: str, identity: str) -> html.Button:
    return html.Button(
        words, id=identity, type="button", className="btn btn-sm btn-outline-secondary"
    )
