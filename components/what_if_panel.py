"""What if: two scenarios side by side, each a few changes and what the models then say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from components.data_table import data_table
from components.panel import note
from components.wording import (
    HORIZON_WORDS,
    input_label,
    input_value,
    of_hundred,
    outcome_words,
    signed,
    unit_words,
)
from models.risk.inputs import FEATURE_BY_NAME, LAB_INPUTS
from models.risk.what_if import CODED, FLAGS, REGIMEN, STEROID, Change, Scenario

SCENARIOS = ("a", "b")
LAB, LAB_VALUE = "lab", "lab-value"
CONTROLS = (REGIMEN, *FLAGS, STEROID, *CODED, LAB, LAB_VALUE)
"""What can be changed in a scenario; a laboratory test and its value are two controls."""

BANNER = (
    "What the models associate with such inputs, not the effect of changing treatment:"
    " people who have them differ in other ways too."
)
AS_NOW = "now"
"""Value of a choice that changes nothing."""
_AS_NOW = {"label": "as now", "value": AS_NOW}
_NO_TEST = {"label": "no test", "value": AS_NOW}


def control_id(scenario: str, control: str) -> str:
    """Id of one control of one scenario."""
    return f"patient-what-if-{scenario}-{control.replace('_', '-')}-input"


def now_id(control: str) -> str:
    """Id of the cell that shows the present value."""
    return f"patient-what-if-now-{control.replace('_', '-')}"


def what_if_frame(reset: str, results: str) -> html.Details:
    """Closed until asked for: banner, a column of controls per scenario, the results.

    Args:
        reset: id of the button that sets everything back.
        results: id of the place for the results.
    """
    head = ["Input", "Now", *(f"Scenario {name.upper()}" for name in SCENARIOS)]
    rows = [_row(control) for control in CONTROLS if control != LAB_VALUE]
    table = html.Table(
        [
            html.Thead(html.Tr([html.Th(words, scope="col") for words in head])),
            html.Tbody(rows),
        ],
        className="data-table what-if-controls",
    )
    return html.Details(
        [
            html.Summary("Change some inputs and compare two scenarios with now"),
            html.P(BANNER, className="risk-caution", role="note"),
            html.Div(
                [
                    html.Div(
                        [
                            table,
                            html.Button(
                                "Reset", id=reset, type="button", className="btn btn-sm btn-link"
                            ),
                        ]
                    ),
                    html.Div(id=results, **{"aria-live": "polite"}),
                ],
                className="what-if-columns",
            ),
        ],
        className="what-if",
    )


def _row(control: str) -> html.Tr:
    label = {REGIMEN: "regimen", LAB: "repeated laboratory value"}.get(control)
    name = label or input_label(control)
    cells = [
        html.Td(_control(scenario, control, f"{name}, scenario {scenario.upper()}"))
        for scenario in SCENARIOS
    ]
    return html.Tr([html.Th(name, scope="row"), html.Td(id=now_id(control)), *cells])


def _control(scenario: str, control: str, label: str) -> Component:
    identity = control_id(scenario, control)
    if control == STEROID:
        return _number(identity, label, "mg/d")
    if control == LAB:
        tests = [{"label": input_label(test), "value": test} for test in LAB_INPUTS]
        choice = _select(identity, [_NO_TEST, *tests], label)
        value = _number(control_id(scenario, LAB_VALUE), f"{label}: value", "value")
        return html.Div([choice, value], className="what-if-pair")
    labels = () if control == REGIMEN else FEATURE_BY_NAME[control].labels
    options = [{"label": words, "value": str(code)} for code, words in enumerate(labels)]
    return _select(identity, [_AS_NOW, *options], label)


def _select(identity: str, options: list[dict[str, str]], label: str) -> html.Label:
    select = dbc.Select(id=identity, options=options, value=AS_NOW, size="sm")
    return html.Label([html.Span(label, className="visually-hidden"), select])


def _number(identity: str, label: str, placeholder: str) -> html.Label:
    field = dbc.Input(
        id=identity,
        type="text",
        inputMode="decimal",
        placeholder=placeholder,
        value="",
        debounce=True,
        size="sm",
        autocomplete="off",
    )
    return html.Label([html.Span(label, className="visually-hidden"), field])


def asked(values: Mapping[str, object]) -> dict[str, float | str]:
    """The changes that the controls of one scenario ask for; untouched ones ask for none."""
    untouched = (None, "", AS_NOW)
    given = {name: str(value).strip() for name, value in values.items() if value not in untouched}
    test, value = given.pop(LAB, None), given.pop(LAB_VALUE, None)
    if test and value:
        given[test] = value
    return {name: value.replace(",", ".") for name, value in given.items() if value}


def untouched(control: str) -> str:
    """Value of a control that nobody touched."""
    return "" if control in (STEROID, LAB_VALUE) else AS_NOW


def regimen_options(names: Sequence[str]) -> list[dict[str, str]]:
    """Choices of regimen; only "as now" after the first dose."""
    return [_AS_NOW, *({"label": name, "value": name} for name in names)]


def now_words(inputs: Mapping[str, float | None], names: Sequence[str]) -> dict[str, str]:
    """The present value of every row of controls."""
    words = {
        control: input_value(control, inputs.get(control)) for control in (*FLAGS, STEROID, *CODED)
    }
    chosen = input_value("drug_class", inputs.get("drug_class"))
    words[REGIMEN] = chosen if names else f"{chosen}, given: can be changed before the start only"
    words[LAB] = "choose a test"
    return words


def results(scenarios: Sequence[Scenario | str | None], horizon_days: int) -> list[Component]:
    """Risks now and in each scenario over one horizon, with the other horizons behind one click."""
    told = [html.P(one, className="risk-caution") for one in scenarios if isinstance(one, str)]
    worked = [
        (name.upper(), one)
        for name, one in zip(SCENARIOS, scenarios, strict=True)
        if isinstance(one, Scenario)
    ]
    if not worked:
        return told or [note("Change an input in a scenario to see what the models then say.")]
    others = [days for days in HORIZON_WORDS if days != horizon_days]
    more = html.Details(
        [html.Summary("Other horizons"), *(_table(worked, days) for days in others)]
    )
    return [
        *told,
        _table(worked, horizon_days),
        *(note(f"{name} changes: {_changed(one)}") for name, one in worked),
        *(
            html.P(_unusual(name, one), className="risk-caution")
            for name, one in worked
            if one.out_of_range
        ),
        note(
            "In brackets the difference in percentage points with its 80 % interval, from how far"
            " the bags disagree about the difference; what they are off together is not in it."
        ),
        more,
    ]


def _table(worked: Sequence[tuple[str, Scenario]], horizon_days: int) -> html.Div:
    columns = [
        {of.outcome: of for of in one.changes if of.horizon_days == horizon_days}
        for _, one in worked
    ]
    words = HORIZON_WORDS[horizon_days]
    return data_table(
        f"Risks within {words}, now and changed",
        (f"Within {words}", "Now", *(f"Scenario {name}" for name, _ in worked)),
        [
            (outcome_words(outcome), of_hundred(of.now), *(_cell(c[outcome]) for c in columns))
            for outcome, of in columns[0].items()
        ],
        numbers=range(1, 2 + len(worked)),
    )


def _cell(of: Change) -> str:
    ends = f"{signed(of.lower)} to {signed(of.upper)}"
    return f"{of_hundred(of.risk)} ({signed(of.points)}; {ends})"


def _unusual(name: str, one: Scenario) -> str:
    labels = ", ".join(input_label(feature) for feature in one.out_of_range)
    return f"{name} leaves the range of training: {labels}. Its risks are a guess."


def _changed(one: Scenario) -> str:
    if not one.changed:
        return "nothing, the inputs are as now."
    parts = [
        f"{input_label(name)} {unit_words(input_value(name, one.inputs[name]))}"
        for name in one.changed
    ]
    return f"{', '.join(parts)}."
