"""Why: from a typical patient to this one, in percentage points that add up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from components.chart import chart
from components.grammar import sentence
from components.notices import empty
from components.panel import note
from components.waterfall import CHANGEABLE, Step, waterfall
from components.wording import (
    HORIZON_WORDS,
    date_words,
    input_label,
    input_phrase,
    input_value,
    input_words,
    of_hundred,
    outcome_title,
    signed,
)
from models.risk.change import RiskChange, risk_change
from models.risk.groups import MODIFIABLE, grouped
from models.risk.prediction import Contribution, OutcomeRisk

SHOWN = 8
"""Inputs with a bar of their own; the rest share one."""

_SAME_POINTS = 1.0
_SECOND_REASON_SHARE = 1 / 3
_OPPOSITE_SHARE = 1 / 2

VIEWS = {"inputs": "inputs", "groups": "groups", "change": "what changed"}
"""Ways to take one risk apart, and their words."""


def why_switch(identity: str) -> html.Div:
    """Single inputs, groups of them, or what changed since the landmark before."""
    switch = dbc.RadioItems(
        id=identity,
        options=[{"label": words, "value": view} for view, words in VIEWS.items()],
        value="inputs",
        className="segments",
        input_class_name="btn-check",
        label_class_name="segment",
        label_checked_class_name="active",
    )
    return html.Div(switch, role="group", **{"aria-label": "Taken apart by"})


def why_panel(
    risk: OutcomeRisk, landmark_day: int, data_date: date | None, view: str = "inputs"
) -> list[Component]:
    """Waterfall of one outcome with its sentence; a sentence alone when it is not scored."""
    if risk.risk is None or risk.baseline_risk is None:
        return [empty("Nothing to explain: the outcome is not scored.")]
    bars = group_steps(risk.contributions) if view == "groups" else steps(risk.contributions)
    columns = ("input", "value", "percentage points", "log-odds", "bags agree")
    begin, end = 100 * risk.baseline_risk, 100 * risk.risk
    drawing = waterfall(("typical patient", begin), bars, ("this patient", end))
    return [
        chart(_title(risk), why_sentence(risk), drawing, columns, _numbers(risk)),
        note(
            *_key(bars),
            "Association, not cause. Points add up from a typical patient at this point of"
            " treatment, over this horizon, to this patient."
            f" Inputs as known by day {landmark_day}; data to {date_words(data_date)}.",
        ),
    ]


def change_panel(
    before: OutcomeRisk | None, after: OutcomeRisk, days: tuple[int, int], data_date: date | None
) -> list[Component]:
    """Why the risk differs from that at the landmark before, in points that add up.

    Args:
        before: the risk at the earlier landmark; None when there is none.
        after: the risk shown.
        days: the earlier and the later landmark.
        data_date: of the data.
    """
    if before is None or before.risk is None or after.risk is None:
        return [empty(sentence("nothing earlier"))]
    change = risk_change(before, after)
    bars = change_steps(change)
    drawing = waterfall(
        (f"at day {days[0]}", 100 * change.before), bars, (f"at day {days[1]}", 100 * change.after)
    )
    rows = [
        (
            input_label(part.feature),
            f"{input_value(part.feature, part.before)} → {input_value(part.feature, part.after)}",
            signed(part.points, 2),
            signed(part.log_odds, 3),
        )
        for part in sorted(change.inputs, key=lambda part: -abs(part.points))
    ]
    rows.append(
        ("time on treatment", "", signed(change.time_points, 2), signed(change.time_log_odds, 3))
    )
    columns = ("input", "value", "percentage points", "log-odds")
    return [
        chart(_title(after), change_sentence(change, bars, days), drawing, columns, rows),
        note(
            "Association, not cause. Points add up from one risk to the other: what each input"
            " contributes more or less, and what passes with time on treatment alone."
            f" Data to {date_words(data_date)}."
        ),
    ]


def steps(contributions: Sequence[Contribution], shown: int = SHOWN) -> list[Step]:
    """Largest contributions first, then the sum of the others."""
    ranked = _ranked(contributions)
    own = [_single(part) for part in ranked[:shown]]
    rest = ranked[shown:]
    return [*own, _rest([part.points for part in rest])] if rest else own


def group_steps(contributions: Sequence[Contribution]) -> list[Step]:
    """Groups of related inputs, largest sum first; each opens to its inputs."""
    return [
        Step(group.name, "", group.points, inner=tuple(map(_single, group.parts)))
        for group in grouped(contributions)
        if group.parts
    ]


def change_steps(change: RiskChange, shown: int = SHOWN) -> list[Step]:
    """Time on treatment and the inputs that changed most, then the sum of the others."""
    ranked = sorted(change.inputs, key=lambda part: -abs(part.points))
    own = [
        Step(
            input_label(part.feature),
            f"{input_value(part.feature, part.before)} → {input_value(part.feature, part.after)}"
            if part.before != part.after
            else input_value(part.feature, part.after),
            part.points,
        )
        for part in ranked[:shown]
    ]
    rest = [part.points for part in ranked[shown:]]
    passing = Step("time on treatment", "", change.time_points)
    return [passing, *own, _rest(rest)] if rest else [passing, *own]


def change_sentence(change: RiskChange, bars: Sequence[Step], days: tuple[int, int]) -> str:
    """How far the risk moved and with what, in one sentence."""
    points = 100 * (change.after - change.before)
    along = [bar for bar in bars if bar.points * points > 0 and not bar.label.endswith("others")]
    when = {"earlier": str(days[0]), "day": str(days[1])}
    after = of_hundred(change.after).removesuffix(" of 100")
    if abs(points) < _SAME_POINTS or not along:
        return sentence("unchanged", after=after, **when)
    largest = max(along, key=lambda bar: abs(bar.points))
    return sentence(
        "changed",
        after=after,
        before=of_hundred(change.before).removesuffix(" of 100"),
        points=signed(points),
        first=f"{largest.label} {largest.value}".strip(),
        **when,
    )


def _title(risk: OutcomeRisk) -> str:
    return f"{outcome_title(risk.outcome)}, within {HORIZON_WORDS[risk.horizon_days]}"


def _single(part: Contribution) -> Step:
    label, value = input_words(part.feature, part.value)
    return Step(label, value, part.points, part.agreement < 1, part.feature in MODIFIABLE)


def _rest(points: Sequence[float]) -> Step:
    return Step(f"{len(points)} other{'s' if len(points) > 1 else ''}", "", sum(points))


def _key(bars: Sequence[Step]) -> list[Component | str]:
    """Explanation of the marks that the bars use."""
    all_bars = [*bars, *(inner for bar in bars for inner in bar.inner)]
    words: list[Component | str] = []
    if any(bar.uncertain for bar in all_bars):
        words += [html.Span(className="key key-uncertain"), "direction not agreed on by all bags "]
    if any(bar.modifiable for bar in all_bars):
        words += [html.Span(CHANGEABLE, className="why-changeable"), " care can change it. "]
    return words


def why_sentence(risk: OutcomeRisk) -> str:
    """Risk against the typical patient and the inputs behind the difference, in one sentence."""
    if risk.risk is None or risk.baseline_risk is None:
        return "Not scored."
    here, typical = of_hundred(risk.risk), of_hundred(risk.baseline_risk)
    difference = 100 * (risk.risk - risk.baseline_risk)
    ranked = _ranked(risk.contributions)
    if abs(difference) < _SAME_POINTS or here == typical:
        return _same(here, ranked)
    along = [part for part in ranked if part.points * difference > 0]
    against = [part for part in ranked if part.points * difference < 0]
    reasons = [part for part in along[:2] if _matters(part, along[0], _SECOND_REASON_SHARE)]
    pattern = ("differs", "one reason", "two reasons")[len(reasons)]
    slots = {
        name: input_phrase(part.feature, part.value)
        for name, part in zip(("first", "second"), reasons, strict=False)
    }
    if against and along and _matters(against[0], along[0], _OPPOSITE_SHARE):
        pattern += ", offset"
        slots["against"] = input_phrase(against[0].feature, against[0].value)
    return sentence(pattern, risk=here, typical=typical, **slots)


def _ranked(contributions: Sequence[Contribution]) -> list[Contribution]:
    return sorted(contributions, key=lambda part: -abs(part.points))


def _matters(part: Contribution, largest: Contribution, share: float) -> bool:
    return abs(part.points) >= share * abs(largest.points)


def _same(here: str, ranked: Sequence[Contribution]) -> str:
    up = next((part for part in ranked if part.points >= _SAME_POINTS), None)
    down = next((part for part in ranked if part.points <= -_SAME_POINTS), None)
    if up is None or down is None:
        return sentence("same", risk=here)
    return sentence(
        "same, both ways",
        risk=here,
        up=input_phrase(up.feature, up.value),
        down=input_phrase(down.feature, down.value),
    )


def _numbers(risk: OutcomeRisk) -> list[tuple[str, ...]]:
    return [
        (
            *input_words(part.feature, part.value),
            signed(part.points, 2),
            signed(part.log_odds, 3),
            f"{part.agreement:.0%}",
        )
        for part in _ranked(risk.contributions)
    ]
