"""Sections of the model card that come from an evaluation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.risk.inputs import FEATURE_BY_NAME
from models.risk.outcomes import SEVERE

Entry = Mapping[str, Any]

DAYS = 180
_AIM_SLOPE, _AIM_INTERCEPT = (0.9, 1.1), 0.1
_OFF_TREATMENT = "days_since_stop"
_OFF_SLOPE, _OFF_INTERCEPT = (0.8, 1.25), 0.2


@dataclass(frozen=True)
class CardTable:
    """Headings and rows, all words."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Section:
    """A heading, paragraphs, and perhaps a table."""

    title: str
    paragraphs: tuple[str, ...]
    table: CardTable | None = None


def _overall(evaluation: Entry) -> Section | None:
    rows = _select(evaluation, "results", group="all", horizon_days=DAYS)
    if not rows:
        return None
    table = CardTable(
        ("Outcome", "People", "Events", "AUROC", "AUPRC", "Scaled Brier", "Slope", "Intercept"),
        tuple(
            (
                str(row["outcome"]),
                number_words(row["n"]),
                number_words(row["events"]),
                *(
                    interval(row, name)
                    for name in ("auroc", "auprc", "scaled_brier", "slope", "intercept")
                ),
            )
            for row in rows
        ),
    )
    words = f"Within {DAYS} days of the start, on {evaluation['data']}; 95 % intervals in brackets."
    return Section("Performance", (words, *_coverage(evaluation)), table)


def _coverage(evaluation: Entry) -> tuple[str, ...]:
    rows = [row for row in evaluation.get("interval_coverage", []) if row["group"] == "all"]
    if not rows:
        return ()
    shares = [100 * row["coverage"] for row in rows]
    return (
        f"80 % intervals held the true risk of {sum(shares) / len(shares):.0f} of 100 simulated"
        f" people, {min(shares):.0f} to {max(shares):.0f} by outcome and horizon.",
    )


def _countries(evaluation: Entry) -> Section | None:
    after = _select(evaluation, "results", group="country", horizon_days=DAYS, outcome=SEVERE)
    before = {
        row["level"]: row
        for row in _select(evaluation, "before_recalibration", horizon_days=DAYS, outcome=SEVERE)
    }
    if not after or not before:
        return None
    table = CardTable(
        ("Country", "Slope before", "after", "Intercept before", "after"),
        tuple(
            (
                str(row["level"]),
                interval(before[row["level"]], "slope"),
                interval(row, "slope"),
                interval(before[row["level"]], "intercept"),
                interval(row, "intercept"),
            )
            for row in after
            if row["level"] in before
        ),
    )
    return Section(
        "Calibration by country",
        (
            f"Severe irAE within {DAYS} days, with the common line and with the country's own.",
            _aim(after),
        ),
        table,
    )


def _aim(rows: Sequence[Entry]) -> str:
    low, high = _AIM_SLOPE
    off = [
        str(row["level"])
        for row in rows
        if row["slope"] is None
        or not low <= row["slope"] <= high
        or abs(row["intercept"]) >= _AIM_INTERCEPT
    ]
    aim = f"Aim: slope {low} to {high}, intercept within {_AIM_INTERCEPT} of 0"
    return f"{aim}; missed in {', '.join(off)}." if off else f"{aim}; met in every country."


def _elsewhere(evaluation: Entry) -> Section | None:
    rows = _select(evaluation, "internal_external", horizon_days=DAYS, outcome=SEVERE)
    if not rows:
        return None
    table = CardTable(
        (
            "Country left out",
            "Recalibrated there",
            "People",
            "Events",
            "AUROC",
            "Slope",
            "Intercept",
        ),
        tuple(
            (
                str(row["held_out"]),
                "yes" if row["recalibrated"] else "no",
                number_words(row["n"]),
                number_words(row["events"]),
                *(interval(row, name) for name in ("auroc", "slope", "intercept")),
            )
            for row in rows
        ),
    )
    words = "Trained in three countries, tested in the fourth: severe irAE, internal-external."
    return Section("In a country left out", (words,), table)


def _others(evaluation: Entry) -> Section | None:
    rows = _select(evaluation, "comparison", horizon_days=DAYS)
    if not rows:
        return None
    ours = rows[0]["model"]
    ties = [
        f"{row['model']} ({row['outcome']})" for row in rows if row["tie"] and row["model"] != ours
    ]
    words = (
        f"Tied with these models: {', '.join(ties)}." if ties else "No other model ties with these."
    )
    table = CardTable(
        ("Outcome", "Model", "Trained on", "AUROC", "Ours minus theirs"),
        tuple(
            (
                str(row["outcome"]),
                str(row["model"]),
                number_words(row["n_train"]),
                interval(row, "auroc"),
                "" if row["model"] == ours else interval(row, "auroc_difference"),
            )
            for row in rows
        ),
    )
    return Section("Beside other models", (f"{words} Same people, within {DAYS} days.",), table)


def _attained(evaluation: Entry) -> Section | None:
    rows = _select(evaluation, "ceiling", group="all", horizon_days=DAYS)
    if not rows:
        return None
    table = CardTable(
        ("Outcome", "AUROC", "of the true risk", "Share attained", "Mean error, points"),
        tuple(
            (
                str(row["outcome"]),
                *(_two(row[name]) for name in ("auroc", "oracle_auroc", "share")),
                f"{100 * row['mean_absolute_error']:.1f}",
            )
            for row in rows
        ),
    )
    words = "On simulated people the true risk is known; no model can separate better than it."
    return Section("What could be attained", (words,), table)


def _subgroups(evaluation: Entry) -> Section | None:
    names = {"sex": "Sex", "age_band": "Age", "drug_class": "Drug class", "country": "Country"}
    rows = [
        row
        for group in names
        for row in _select(evaluation, "results", group=group, horizon_days=DAYS, outcome=SEVERE)
    ]
    if not rows:
        return None
    table = CardTable(
        ("Group", "Level", "People", "Events", "AUROC", "Slope", "Intercept"),
        tuple(
            (
                names[row["group"]],
                str(row["level"]),
                number_words(row["n"]),
                number_words(row["events"]),
                *(interval(row, name) for name in ("auroc", "slope", "intercept")),
            )
            for row in rows
        ),
    )
    off = [f"{names[row['group']].lower()} {row['level']}" for row in rows if _off(row)]
    words = f"Not well calibrated: {', '.join(off)}." if off else "Calibrated in all of them."
    return Section("Subgroups", (f"Severe irAE within {DAYS} days. {words}",), table)


def _off(row: Entry) -> bool:
    """Whether the risk of a group is clearly too extreme, too even, too high or too low."""
    slope, intercept = row["slope"], row["intercept"]
    if slope is None or intercept is None:
        return False
    low, high = _OFF_SLOPE
    return not low <= slope <= high or abs(intercept) > _OFF_INTERCEPT


def _high(evaluation: Entry) -> Section | None:
    rows = evaluation.get("high_discrimination", [])
    if not rows:
        return None
    table = CardTable(
        ("Outcome", "Days", "Among", "Events", "AUROC", "One input alone", "Its AUROC"),
        tuple(
            (
                str(row["outcome"]),
                str(row["horizon_days"]),
                "everybody" if row["group"] == "all" else f"day {row['level']}",
                number_words(row["events"]),
                _two(row["auroc"]),
                label_of(row["feature"]),
                _two(row["feature_auroc"]),
            )
            for row in rows
        ),
    )
    inputs = {row["feature"] for row in rows}
    words = (
        "An AUROC above 0.85 calls for an explanation. The input that separates best alone:"
        f" {', '.join(sorted(map(label_of, inputs)))}."
    )
    if _OFF_TREATMENT in inputs:
        words += (
            " At late landmarks many have stopped treatment, and who has stopped hardly has a new"
            " irAE: that is known, and easy to foresee."
        )
    return Section("Unusually high figures", (words,), table)


def interval(row: Entry, name: str, decimals: int = 2) -> str:
    """Value with its interval in brackets; "too few" where it cannot be computed."""
    value, low, high = (row.get(f"{name}{end}") for end in ("", "_lower", "_upper"))
    if value is None:
        return "too few"
    if low is None or high is None:
        return _fixed(value, decimals)
    ends = " to ".join(_fixed(end, decimals) for end in (low, high))
    return f"{_fixed(value, decimals)} ({ends})"


def _fixed(value: float, decimals: int) -> str:
    """Number with a real minus and no signed zero."""
    return f"{round(value, decimals) or 0.0:.{decimals}f}".replace("-", "−")


def _select(evaluation: Entry, part: str, **wanted: object) -> list[Entry]:
    return [
        row
        for row in evaluation.get(part, [])
        if all(row[key] == value for key, value in wanted.items())
    ]


def _two(value: float | None) -> str:
    return "too few" if value is None else f"{value:.2f}"


def number_words(number: float) -> str:
    """Whole number with thin spaces between thousands."""
    return f"{number:,.0f}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def label_of(name: str) -> str:
    """Label of an input."""
    return FEATURE_BY_NAME[name].label if name in FEATURE_BY_NAME else name


PARTS: tuple[Callable[[Entry], Section | None], ...] = (
    _overall,
    _countries,
    _elsewhere,
    _others,
    _attained,
    _subgroups,
    _high,
)
"""In the order of the card."""
