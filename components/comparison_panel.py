"""Our models beside others on the same people, and in a country they never saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash.development.base_component import Component

from components.data_table import data_table
from components.panel import note
from components.performance import estimate
from components.wording import HORIZON_WORDS, count_words, outcome_words
from models.risk.comparison import OURS, TIE

Entry = Mapping[str, Any]


def comparison_panel(evaluation: Entry, horizon_days: int) -> list[Component]:
    """One row per model, one column per outcome compared; empty without a comparison."""
    found = [e for e in evaluation.get("comparison", []) if e["horizon_days"] == horizon_days]
    if not found:
        return []
    models = list(dict.fromkeys(entry["model"] for entry in found))
    outcomes = list(dict.fromkeys(entry["outcome"] for entry in found))
    by_pair = {(entry["model"], entry["outcome"]): entry for entry in found}
    rows = []
    for name in models:
        entries = [by_pair[name, outcome] for outcome in outcomes]
        trained = entries[0]["n_train"]
        rows.append(
            (
                "these models" if name == OURS else name,
                count_words(trained) if trained else "none",
                *(_cell(entry) for entry in entries),
            )
        )
    headings = ("Model", "Trained on", *(outcome_words(name).capitalize() for name in outcomes))
    return [
        data_table(
            f"AUROC of several models, within {HORIZON_WORDS[horizon_days]}",
            headings,
            rows,
            numbers=range(1, len(headings)),
        ),
        note(
            f"{ties_sentence(found)} AUROC on the same people at the start of treatment; in"
            " brackets the 95 % interval. A tie: the interval of the difference holds 0, or the"
            f" difference is below {TIE}."
        ),
    ]


def _cell(entry: Entry) -> str:
    tie = " · tie" if entry["tie"] and entry["model"] != OURS else ""
    ahead = " · better" if entry["auroc_difference"] < 0 and not entry["tie"] else ""
    return f"{estimate(entry, 'auroc')}{tie}{ahead}"


def ties_sentence(entries: Sequence[Entry]) -> str:
    """Which other models tie with ours or are ahead, per outcome."""
    words = []
    for outcome in dict.fromkeys(entry["outcome"] for entry in entries):
        others = [e for e in entries if e["outcome"] == outcome and e["model"] != OURS]
        ties = [e["model"] for e in others if e["tie"]]
        ahead = [e["model"] for e in others if not e["tie"] and e["auroc_difference"] < 0]
        name = outcome_words(outcome).capitalize()
        if ahead:
            words.append(f"{name}: {_and(ahead)} separated better than these models.")
        if ties:
            verb = "ties" if len(ties) == 1 else "tie"
            words.append(f"{name}: {_and(ties)} {verb} with these models.")
        if not ties and not ahead:
            words.append(f"{name}: none of the others ties.")
    return " ".join(words)


def _and(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def held_out_countries(evaluation: Entry, outcome: str, horizon_days: int) -> list[Component]:
    """Models trained without a country, tested in it, before and after recalibration there."""
    found = [
        entry
        for entry in evaluation.get("internal_external", [])
        if (entry["outcome"], entry["horizon_days"]) == (outcome, horizon_days)
    ]
    if not found:
        return []
    before = {e["held_out"]: e for e in found if not e["recalibrated"]}
    after = {e["held_out"]: e for e in found if e["recalibrated"]}
    rows = [
        (
            country,
            count_words(before[country]["n"]),
            count_words(before[country]["events"]),
            estimate(before[country], "auroc"),
            estimate(before[country], "slope"),
            estimate(after[country], "slope"),
            estimate(before[country], "intercept"),
            estimate(after[country], "intercept"),
        )
        for country in sorted(before)
    ]
    headings = (
        "Country left out",
        "People",
        "Events",
        "AUROC",
        "Slope before",
        "Slope after",
        "Intercept before",
        "Intercept after",
    )
    return [
        data_table(
            f"Performance in a country left out of training: {outcome_words(outcome)}",
            headings,
            rows,
            numbers=range(1, len(headings)),
        ),
        note(
            "Internal-external validation: trained in the other countries, tested in this one."
            " After: recalibrated on half of its people, measured on the other half."
        ),
    ]
