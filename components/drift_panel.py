"""Whether patients differ from those of training: alarms by country, and the figures behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from components import notices
from components.data_table import data_table
from components.panel import note
from components.wording import count_words, input_label, outcome_words
from models.risk.drift import FEWEST_NOW, alarm_sentences

Entry = Mapping[str, Any]

SHOWN = 8
"""Inputs listed per country."""


def drift_panel(found: Entry) -> list[Component]:
    """Sentences per country; behind a click the figures of outcomes and inputs."""
    countries: Sequence[Entry] = found["countries"]
    if not countries:
        return [notices.empty("These models came without a reference to compare patients with.")]
    parts: list[Component] = []
    for entry in countries:
        parts += _country(entry)
    date, models = found["data_date"] or "unknown", found["scored_with"] or "none"
    parts.append(
        note(
            f"Snapshot {found['snapshot']}, data to {date}, scored with models {models}. People"
            " with research consent, counts rounded to 5. Inputs at the start of treatment:"
            " population stability index over ten bins, shifted from 0.1, changed from 0.25, and"
            " more than chance reaches. Events within 6 months of those whose first 6 months are"
            " known, with a 99 % interval."
        )
    )
    return parts


def _country(entry: Entry) -> list[Component]:
    head = html.H3(f"{entry['country']}, {count_words(entry['n'])} people", className="drift-head")
    if entry["compared_with"] is None:
        return [head, html.P(f"Fewer than {FEWEST_NOW} people: too few to say.")]
    beside = ""
    if entry["compared_with"] != entry["country"]:
        beside = "Beside all countries of training, which had too few from here. "
    mark = "▲ " if entry["alarms"] else "✓ "
    sentences = alarm_sentences(entry["alarms"])
    lines = [html.Li([html.Span(mark, **{"aria-hidden": "true"}), line]) for line in sentences]
    parts: list[Component] = [head, html.Ul(lines, className="drift-alarms")]
    if beside:
        parts.insert(1, html.P(beside, className="quiet"))
    figures: list[Component] = []
    if entry["outcomes"]:
        figures.append(_outcomes(entry))
    figures.append(_inputs(entry))
    return [*parts, html.Details([html.Summary("Show the figures"), *figures])]


def _outcomes(entry: Entry) -> Component:
    return data_table(
        f"Observed and predicted events in {entry['country']}",
        ("Outcome", "People", "Observed", "Predicted", "Observed / predicted"),
        [
            (
                outcome_words(one["outcome"]),
                count_words(one["people"]),
                count_words(one["events"]),
                count_words(round(one["expected"])),
                f"{one['ratio']:.2f} ({one['lower']:.2f} to {one['upper']:.2f})",
            )
            for one in entry["outcomes"]
        ],
        numbers=range(1, 5),
    )


def _inputs(entry: Entry) -> Component:
    return data_table(
        f"Inputs that differ most from training in {entry['country']}",
        ("Input", "Stability index", "Missing in training", "Missing now"),
        [
            (
                input_label(one["feature"]),
                "too few" if one["index"] is None else f"{one['index']:.2f}",
                f"{100 * one['missing_then']:.0f} %",
                f"{100 * one['missing_now']:.0f} %",
            )
            for one in entry["inputs"][:SHOWN]
        ],
        numbers=range(1, 4),
    )
