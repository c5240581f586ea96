"""How well the risk models do, by outcome and group, as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from components import notices
from components.data_table import data_table
from components.panel import note
from components.wording import count_words, outcome_words

Result = Mapping[str, Any]

GROUPS = {
    "country": "Country",
    "sex": "Sex",
    "age_band": "Age",
    "drug_class": "Drug class",
    "cancer": "Cancer",
    "landmark": "Day of treatment",
}
"""Groups that performance is split by, and their words."""


def overall(results: Sequence[Result], horizon_days: int) -> list[Component]:
    """One row per outcome: people, events, discrimination and calibration."""
    rows = _select(results, "all", horizon_days)
    if not rows:
        return [notices.empty("These models came without an evaluation.")]
    headings = (
        "Outcome",
        "People",
        "Events",
        "AUROC",
        "AUPRC",
        "Brier score",
        "Scaled Brier",
        "Calibration slope",
        "Calibration intercept",
    )
    table = data_table(
        "Performance by outcome",
        headings,
        [_overall_row(row) for row in rows],
        numbers=range(1, len(headings)),
    )
    return [
        table,
        note(
            "At the start of treatment, on people not used in training; below each figure its "
            "95 % bootstrap interval. AUROC 0.5 is chance; AUPRC compares with the share of "
            "events; a Brier score of 0 is perfect, a scaled one of 1, and 0 is no better than "
            "giving everybody the same risk; a slope of 1 and an intercept of 0 are right."
        ),
    ]


def intervals(coverages: Sequence[Result], horizon_days: int) -> list[Component]:
    """How often the intervals held the true risk of simulated patients, in one sentence."""
    rows = [row for row in coverages if row["horizon_days"] == horizon_days]
    held = [100 * row["coverage"] for row in rows if row.get("group", "all") == "all"]
    if not held:
        return []
    words = (
        f"On simulated patients, whose true risk is known, the 80 % intervals held it in"
        f" {min(held):.0f} to {max(held):.0f} of 100, depending on the outcome"
    )
    places: dict[str, list[float]] = {}
    for row in rows:
        if row.get("group") == "country":
            places.setdefault(row["level"], []).append(100 * row["coverage"])
    named = ", ".join(f"{name} {sum(all_) / len(all_):.0f}" for name, all_ in places.items())
    return [note(f"{words}{f'; by country {named}' if named else ''}.")]


def attained(ceilings: Sequence[Result], horizon_days: int) -> list[Component]:
    """Discrimination as a share of what the true risk itself attains, one row per outcome."""
    rows = _select(ceilings, "all", horizon_days) if ceilings else []
    if not rows:
        return []
    table = data_table(
        "What can be attained on simulated patients",
        ("Outcome", "AUROC", "AUROC of the true risk", "Share attained", "Mean error, points"),
        [
            (
                outcome_words(row["outcome"]),
                _or_too_few(row["auroc"]),
                _or_too_few(row["oracle_auroc"]),
                _or_too_few(row["share"]),
                f"{100 * row['mean_absolute_error']:.1f}",
            )
            for row in rows
        ],
        numbers=range(1, 5),
    )
    return [
        table,
        note(
            "Share: (AUROC − 0.5) / (AUROC of the true risk − 0.5). No model can separate better"
            " than the true risk does. Error: mean distance to the true risk, percentage points."
        ),
    ]


def _or_too_few(value: float | None) -> str:
    return "too few" if value is None else _fixed(value, 2)


def _overall_row(row: Result) -> tuple[object, ...]:
    return (
        outcome_words(row["outcome"]),
        count_words(row["n"]),
        count_words(row["events"]),
        _two_lines(row, "auroc"),
        _two_lines(row, "auprc"),
        _two_lines(row, "brier", decimals=3),
        _two_lines(row, "scaled_brier"),
        _two_lines(row, "slope"),
        _two_lines(row, "intercept"),
    )


def _two_lines(row: Result, metric: str, decimals: int = 2) -> list[Component]:
    """The value, and its interval below."""
    if row[metric] is None:
        return [html.Div("too few")]
    value, _, ends = estimate(row, metric, decimals).partition(" (")
    parts: list[Component] = [html.Div(value)]
    return [*parts, html.Div(ends.rstrip(")"), className="quiet")] if ends else parts


def by_group(results: Sequence[Result], horizon_days: int, group: str) -> list[Component]:
    """AUROC, calibration slope and events of every outcome, one column per level of a group."""
    rows = _select(results, group, horizon_days)
    if not rows:
        return []
    levels = list(dict.fromkeys(row["level"] for row in rows))
    outcomes = list(dict.fromkeys(row["outcome"] for row in rows))
    found = {(row["outcome"], row["level"]): row for row in rows}
    table = data_table(
        f"Discrimination by {GROUPS[group].lower()}",
        ("Outcome", *levels),
        [
            (
                outcome_words(outcome),
                *(_group_cell(found.get((outcome, level))) for level in levels),
            )
            for outcome in outcomes
        ],
        numbers=range(1, len(levels) + 1),
    )
    return [table, note("AUROC with its 95 % interval, calibration slope, and events.")]


def _group_cell(row: Result | None) -> list[Component] | str:
    if row is None:
        return "none"
    slope = "" if row["slope"] is None else f"slope {_fixed(row['slope'], 2)}, "
    counts = f"{count_words(row['events'])} of {count_words(row['n'])}"
    return [
        html.Div(estimate(row, "auroc")),
        html.Div(f"{slope}{counts}", className="quiet"),
    ]


def estimate(row: Result, metric: str, decimals: int = 2) -> str:
    """Metric with its interval in brackets; "too few" where it cannot be computed."""
    value, low, high = (row.get(f"{metric}{end}") for end in ("", "_lower", "_upper"))
    if value is None:
        return "too few"
    words = _fixed(value, decimals)
    if low is None or high is None:
        return words
    return f"{words} ({_fixed(low, decimals)} to {_fixed(high, decimals)})"


def _select(results: Sequence[Result], group: str, horizon_days: int) -> list[Result]:
    return [row for row in results if row["group"] == group and row["horizon_days"] == horizon_days]


def _fixed(value: float, decimals: int) -> str:
    number = round(value, decimals) or 0.0  # no signed zero
    return f"{number:.{decimals}f}".replace("-", "−")
