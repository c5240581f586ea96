"""Patients like this one: who they are, how close they are, and how they fared."""

from __future__ import annotations

from datetime import date

from dash import dcc, html
from dash.development.base_component import Component

from components import strip
from components.chart import chart, table
from components.notices import empty
from components.panel import note
from components.wording import (
    HORIZON_WORDS,
    count_words,
    date_words,
    input_label,
    input_phrase,
    input_value,
    outcome_title,
    outcome_words,
    signed,
)
from models.cohort.similar_release import ALWAYS_SAID
from models.cohort.similar_tables import DEATH
from models.cohort.similar_view import Fared, Shared, SimilarPatients, Spread
from models.risk.outcomes import OUTCOMES, SEVERE

CAUTION = "How comparable patients fared: an association, not a forecast for this person."
_FEWEST = 10  # what a number left out stands below
_LEAST_AXIS_PERCENT = 20.0
_MOST_DIFFERENCES = 5
_CLOSENESS = {
    "close": "Close",
    "fairly close": "Fairly close",
    "not close": "Not close: read with caution",
}

COMPARE = "Compare the same class, cancer and age band in cohorts"
"""Link to another group than the one shown: a definition, which can be changed there."""


def similar_panel(
    found: SimilarPatients | None,
    landmark_day: int,
    horizon_days: int,
    data_date: date | None,
    compare_href: str,
) -> list[Component]:
    """How the group fared by one horizon, beside how it resembles the patient.

    Args:
        found: the nearest group; None where there is none.
        landmark_day: where the patient's inputs are of.
        horizon_days: the horizon shown.
        data_date: of the snapshot.
        compare_href: where such patients can be compared in cohorts.
    """
    compare = dcc.Link(COMPARE, href=compare_href)
    if found is None:
        return [
            empty(
                f"No group of similar patients at day {landmark_day}: too few inputs of this"
                " patient are known, or too few patients have come this far.",
                "Cohorts can still be made by drug class, cancer and age.",
            ),
            html.P(compare, className="mb-0"),
        ]
    columns = [
        html.Div(_fared(found, horizon_days)),
        html.Div([*_alike(found), html.P(compare, className="mb-0")]),
    ]
    return [
        html.P(CAUTION, className="risk-caution", role="note"),
        html.Div(columns, className="similar-columns"),
        note(
            f"n = {count_words(found.n)} research patients of all countries at day"
            f" {landmark_day}, rounded to 5: the nearest of groups that share nobody, the same"
            " for whoever asks. Counts make up for patients lost to follow-up; death competes"
            " with irAE. No number stands for fewer than 10 patients."
            f" Data to {date_words(data_date)}."
        ),
    ]


def _fared(found: SimilarPatients, horizon_days: int) -> list[Component]:
    order = {outcome: place for place, outcome in enumerate((*OUTCOMES, DEATH))}
    fared = sorted(found.at(horizon_days), key=lambda one: order[one.outcome])
    highest = max((100 * (one.cases or 0) / found.n for one in fared), default=0.0)
    scale = strip.scale_over(0, max(highest, _LEAST_AXIS_PERCENT), floor=0, ceiling=100)
    rows = [html.Div(_cells(one, found.n, scale), className="similar-row") for one in fared]
    axis = html.Div([html.Span(), strip.ticks(scale, "%")], className="similar-row")
    title = f"In the {HORIZON_WORDS[horizon_days]} after day {found.landmark_day}"
    return [
        chart(
            title,
            similar_finding(found, horizon_days),
            html.Div([*rows, axis], className="similar-rows"),
            ("outcome", f"of {count_words(found.n)}", "per cent", "still followed without it"),
            [_numbers(one, found.n) for one in fared],
        ),
        html.P(_quality_words(found, horizon_days), className="mb-1"),
    ]


def similar_finding(found: SimilarPatients, horizon_days: int) -> str:
    """Severe irAE and death in one sentence."""
    by_outcome = {one.outcome: one for one in found.at(horizon_days)}
    size = count_words(found.n)
    parts = [
        f"{_count(by_outcome[outcome], found.n)} of {size} {words}"
        for outcome, words in ((SEVERE, "had a severe irAE"), (DEATH, "died"))
        if outcome in by_outcome and by_outcome[outcome].at_risk is not None
    ]
    if not parts:
        return "Too few were followed this long for a number."
    sentence = " and ".join(parts)
    return f"{sentence[0].upper()}{sentence[1:]}."


def _count(one: Fared, n: int) -> str:
    if one.at_risk is None:
        return "too few followed"
    if one.cases is None:
        return f"under {_FEWEST}"
    return f"all but under {_FEWEST}" if one.cases >= n else f"about {one.cases}"


def _percent(one: Fared, n: int) -> str:
    if one.at_risk is None:
        return ""
    if one.cases is None:
        return f"under {100 * _FEWEST / n:.0f} %"
    if one.cases >= n:
        return f"over {100 - 100 * _FEWEST / n:.0f} %"
    return f"{100 * one.cases / n:.0f} %"


def _name(outcome: str) -> str:
    return "death, any cause" if outcome == DEATH else outcome_words(outcome)


def _cells(one: Fared, n: int, scale: strip.Scale) -> list[Component]:
    title = "Death from any cause" if one.outcome == DEATH else outcome_title(one.outcome)
    return [
        html.Span(_name(one.outcome), className="risk-name", title=title),
        strip.strip(scale, *_marks(one, n, scale)),
        html.Span(_count(one, n), className="similar-count"),
        html.Span(_percent(one, n), className="similar-percent"),
    ]


def _marks(one: Fared, n: int, scale: strip.Scale) -> list[html.Span]:
    """A dot at the share; a band over what it may be where the number is held back."""
    if one.at_risk is None:
        return []
    edge = 100 * _FEWEST / n
    if one.cases is None:
        return [strip.extent(scale, 0, edge, "mark-band")]
    if one.cases >= n:
        return [strip.extent(scale, 100 - edge, 100, "mark-band")]
    return [strip.point(scale, 100 * one.cases / n, "mark-dot")]


def _numbers(one: Fared, n: int) -> tuple[str, ...]:
    followed = "under 10" if one.at_risk is None else count_words(one.at_risk)
    return (_name(one.outcome), _count(one, n), _percent(one, n), followed)


def _quality_words(found: SimilarPatients, horizon_days: int) -> str:
    change = found.quality_at(horizon_days)
    when = f"{HORIZON_WORDS[horizon_days]} after day {found.landmark_day}"
    if change is None:
        return f"Global quality of life: fewer than 20 gave a form {when}."
    if not change.change:
        words = "unchanged on average"
    else:
        better = "better" if change.change > 0 else "worse"
        words = f"{signed(change.change, 0)} points on average ({better})"
    return (
        f"Global quality of life {when}: {words} among the {change.n} who answered both times;"
        " a mean hides those who died or did not answer."
    )


def _alike(found: SimilarPatients) -> list[Component]:
    facts = [("Closeness", _closeness_words(found))]
    facts += [
        (f"Same {input_label(one.name)}", _shared_words(one, found.n))
        for one in found.shared
        if one.name in ALWAYS_SAID
    ]
    facts += [
        (input_label(one.name).capitalize(), _spread_words(one))
        for one in found.spreads
        if one.name in ALWAYS_SAID
    ]
    facts.append(("Where they differ", differences(found)))
    rows = [part for term, words in facts for part in (html.Dt(term), html.Dd(words))]
    return [
        html.H3("How alike are they?", className="chart-title"),
        html.Dl(rows, className="sure-facts"),
        table(("input", "this patient", "the group"), _compared(found)),
    ]


def _closeness_words(found: SimilarPatients) -> str:
    return (
        f"{_CLOSENESS[found.closeness]}. Of 100 pairs of patients at this time,"
        f" {found.closer_than} are further apart than this patient and the group, by the inputs"
        f" that the models use, each weighted by its importance; those known here carry"
        f" {found.compared} % of the weight"
    )


def _shared_words(one: Shared, n: int) -> str:
    words = input_value(one.name, one.value)
    if one.n is None:
        return f"{words}, under {_FEWEST} of {count_words(n)}"
    if one.n >= n:
        return f"{words}, all but under {_FEWEST} of {count_words(n)}"
    return f"{words}, {one.n} of {count_words(n)} ({100 * one.n / n:.0f} %)"


def _spread_words(one: Spread) -> str:
    return f"{input_value(one.name, one.value)}; {_middle_half(one)}"


def _middle_half(one: Spread) -> str:
    ends = (input_value(one.name, one.q25), input_value(one.name, one.q75))
    unit = ends[1].partition(" ")[2]
    low = ends[0].removesuffix(f" {unit}") if unit else ends[0]
    return f"middle half {low} to {ends[1]}"


def differences(found: SimilarPatients) -> str:
    """Inputs of the patient that few of the group share, or that lie outside its middle half."""
    words = [
        f"{input_phrase(one.name, one.value)} (shared by {_few(one, found.n)})"
        for one in found.shared
        if one.n is None or 2 * one.n < found.n
    ]
    words += [
        f"{input_phrase(one.name, one.value)} ({_middle_half(one)})"
        for one in found.spreads
        if one.outside
    ]
    if not words:
        return "in none of the inputs listed below"
    more = len(words) - _MOST_DIFFERENCES
    rest = f"; and {more} more below" if more > 0 else ""
    return "; ".join(words[:_MOST_DIFFERENCES]) + rest


def _few(one: Shared, n: int) -> str:
    return f"under {_FEWEST}" if one.n is None else f"{100 * one.n / n:.0f} %"


def _compared(found: SimilarPatients) -> list[tuple[str, str, str]]:
    rows = [
        (
            input_label(one.name),
            input_value(one.name, one.value),
            _shared_words(one, found.n).partition(", ")[2],
        )
        for one in found.shared
    ]
    rows += [
        (input_label(one.name), input_value(one.name, one.value), _middle_half(one))
        for one in found.spreads
    ]
    return rows
