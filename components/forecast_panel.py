"""How good the forecasts of quality of life are, beside simpler ones, from their evaluation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from components import notices
from components.data_table import data_table
from components.panel import note
from components.wording import count_words
from models.qol.forecast.evaluation import OURS
from models.qol.forecast.references import CARRIED_FORWARD, LINEAR
from models.qol.forecast.targets import TARGET_BY_KEY

Entry = Mapping[str, Any]

MONTHS = {91: "3 months", 183: "6 months"}
PUBLISHED = (
    "Published, not a comparison (other population and horizon): QLQ-C30 summary score about"
    " 2 years after diagnosis, Netherlands Cancer Registry: R² about 0.3, RMSE about 9, all"
    " methods tied, low scores over-estimated (Oudijk 2026, doi 10.1007/s11136-026-04165-4)."
)


def unavailable(problem: str) -> list[Component]:
    """One sentence in the place of the panel."""
    return [notices.empty(problem, "Everything else keeps working.")]


def forecast_panel(evaluation: Entry | None, limitations: Sequence[str]) -> list[Component]:
    """Finding, error beside simpler forecasts, coverage, limits; a sentence without an evaluation.

    Args:
        evaluation: as stored with the forecasts, None when there was none.
        limitations: of the forecasts, as their manifest says.
    """
    if not evaluation:
        return [notices.empty("These forecasts came without an evaluation.")]
    return [
        html.P(finding_sentence(evaluation["accuracy"])),
        _errors(evaluation["accuracy"]),
        note(
            "RMSE, root mean square error, and bias (forecast minus score, plus: too good) in"
            " points of the scale; low scores: the worst quarter. In brackets the gain: by how"
            " much the RMSE of these forecasts is below. A tie: the 95 % interval of the gain"
            " holds 0, or the gain is below 2 %."
        ),
        html.H3("Does the 80 % interval hold 80 of 100 scores?"),
        _coverage(evaluation),
        note(
            "Those who answered, then everybody alive, from the simulation's truth. Bias of all"
            " alive: those who do not answer are less well. Lowest: country and drug class with"
            " the fewest held."
        ),
        html.Ul([html.Li(sentence) for sentence in limitations]),
        note(
            f"Forecasts {evaluation['model_version']}; {count_words(evaluation['patients'])}"
            f" patients: {evaluation['data']}. n counts forms, at most six per patient."
        ),
        note(PUBLISHED),
    ]


def finding_sentence(accuracy: Sequence[Entry]) -> str:
    """The gain over the last value, and how linear regression does, over scales and horizons."""
    simplest = [entry["gain"] for entry in accuracy if entry["model"] == CARRIED_FORWARD]
    low, high = (round(100 * gain) for gain in (min(simplest), max(simplest)))
    linear = [entry for entry in accuracy if entry["model"] == LINEAR]
    ahead = [entry for entry in linear if not entry["tie"] and entry["gain"] < 0]
    behind = [entry for entry in linear if not entry["tie"] and entry["gain"] > 0]
    ties = len(linear) - len(ahead) - len(behind)
    words = [
        f"The error is {low} to {high} % below that of the last value carried forward; linear"
        f" regression is as good as these forecasts (tie) in {ties} of {len(linear)}."
    ]
    if ahead:
        words.append(f"It is better for {_places(ahead)}.")
    if behind:
        words.append(f"It is worse for {_places(behind)}.")
    return " ".join(words)


def _places(entries: Sequence[Entry]) -> str:
    return ", ".join(
        f"{TARGET_BY_KEY[one['target']].scale.label} at {MONTHS[one['horizon_days']]}"
        f" (RMSE {abs(100 * one['gain']):.1f} % apart)"
        for one in entries
    )


def _errors(accuracy: Sequence[Entry]) -> Component:
    rows = []
    for one in accuracy:
        decimals = _decimals(one)
        ours = one["model"] == OURS
        rows.append(
            (
                _scale_words(one),
                "these forecasts" if ours else one["model"],
                count_words(one["n"]),
                f"{one['rmse']:.{decimals}f}{'' if ours else _gain(one)}",
                f"{one['r2']:.2f}",
                _signed(one["bias"], decimals),
                _signed(one["bias_low"], decimals),
            )
        )
    headings = ("Scale", "Forecast", "Forms", "RMSE", "R²", "Bias", "Bias, low scores")
    return data_table(
        "Error of the forecasts beside simpler ones", headings, rows, numbers=range(2, 7)
    )


def _gain(entry: Entry) -> str:
    better = not entry["tie"] and entry["gain"] < 0
    mark = " · tie" if entry["tie"] else " · better" if better else ""
    return f" ({_signed(100 * entry['gain'], 1)} %){mark}"


def _coverage(evaluation: Entry) -> Component:
    alive = {
        (one["target"], one["horizon_days"]): one
        for one in evaluation["truth"]
        if one["group"] == "all"
    }
    rows = []
    for one in [entry for entry in evaluation["coverage"] if entry["group"] == "all"]:
        true = alive[one["target"], one["horizon_days"]]
        rows.append(
            (
                _scale_words(one),
                count_words(one["n"]),
                _of_hundred(one["coverage"]),
                *(_lowest(evaluation["coverage"], one, g) for g in ("country", "drug_class")),
                count_words(true["n"]),
                _of_hundred(true["coverage_alive"]),
                _signed(true["bias_alive"], _decimals(one)),
            )
        )
    headings = (
        "Scale",
        "Answered",
        "Held of 100",
        "Lowest country",
        "Lowest drug class",
        "Alive",
        "Held of 100, alive",
        "Bias, alive",
    )
    return data_table(
        "Scores held by the 80 % interval", headings, rows, numbers=range(1, len(headings))
    )


def _lowest(coverage: Sequence[Entry], like: Entry, group: str) -> str:
    found = [
        one["coverage"]
        for one in coverage
        if (one["target"], one["horizon_days"]) == (like["target"], like["horizon_days"])
        and one["group"] == group
    ]
    return _of_hundred(min(found)) if found else "–"


def _scale_words(entry: Entry) -> str:
    scale = TARGET_BY_KEY[entry["target"]].scale
    return f"{scale.label} ({scale.direction_words}), {MONTHS[entry['horizon_days']]}"


def _decimals(entry: Entry) -> int:
    return TARGET_BY_KEY[entry["target"]].scale.decimals + 1


def _of_hundred(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f}"


def _signed(value: float | None, decimals: int) -> str:
    return "–" if value is None else f"{value:+.{decimals}f}".replace("-", "−")
