"""The manifest of the risk models as a document: what they are, what they need, where they stop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from components.data_table import data_table
from components.panel import note, panel
from components.wording import HORIZON_WORDS, count_words, input_label, outcome_words, unit_words
from models.risk.card import INTENDED_USE, NOT_FOR, card
from models.risk.card_tables import Section
from models.risk.inputs import FEATURE_BY_NAME, Feature
from models.risk.outcomes import SEVERE

Manifest = Mapping[str, Any]

_FOLDED = (
    "TRIPOD+AI",
    "Subgroups",
    "Unusually high figures",
    "Not evaluated",
    "Recalibrations",
    "Versions",
)
"""Sections of the card that no panel of its own shows."""

_THIN = "\N{NARROW NO-BREAK SPACE}"


def what_they_are(manifest: Manifest) -> list[Component]:
    """Version, purpose and training of the models, and where they stop."""
    return [
        panel("What they are for", html.P(INTENDED_USE), html.P(NOT_FOR)),
        panel("What they are", _facts(manifest)),
        panel("Where they stop", html.Ul([html.Li(line) for line in _limits(manifest)])),
    ]


def _limits(manifest: Manifest) -> list[str]:
    care = manifest["with_care"]["meaning"]
    return [*manifest["limitations"], f"{care[:1].upper()}{care[1:]}."]


def on_paper(
    manifest: Manifest,
    evaluation: Manifest | None,
    versions: Sequence[tuple[str, str, str, str]],
) -> list[Component]:
    """What a reader of a publication asks for: TRIPOD+AI items, unusual figures, versions."""
    sections = [one for one in card(manifest, evaluation, versions) if one.title in _FOLDED]
    folded = [html.Details([html.Summary(one.title), *_section(one)]) for one in sections]
    print_it = note(
        "The whole card on paper: print this page, or `flask models card` for the same as text."
    )
    return [panel("The model card", *folded, print_it)]


def _section(section: Section) -> list[Component]:
    parts: list[Component] = [html.P(words) for words in section.paragraphs]
    if section.table:
        parts.append(data_table(section.title, section.table.headings, section.table.rows))
    return parts


def what_goes_in(manifest: Manifest) -> list[Component]:
    """Inputs with their usual values, and the files with their fingerprints."""
    return [
        panel("What goes in", _minimum(manifest), _inputs(manifest)),
        panel("Which files", _files(manifest["files"])),
    ]


def _facts(manifest: Manifest) -> html.Dl:
    training = manifest["training"]
    countries = [f"{name} {count_words(n)}" for name, n in training["patients_by_country"].items()]
    organs = [name for name in manifest["outcomes"] if name != SEVERE]
    days = ", ".join(str(day) for day in manifest["landmarks_days"])
    bags = len(next(iter(manifest["boosters"].values())))
    interval = manifest["interval"]
    facts = {
        "Version": manifest["version"],
        "Predict": "any irAE of grade 3 or more; an irAE of grade 2 or more of each organ: "
        + ", ".join(organs),
        "Within": ", ".join(_months(horizon) for horizon in manifest["horizons_days"]),
        "At": f"day {days} of treatment, from what is known by then",
        "Trained on": f"{count_words(training['patients'])} patients: {', '.join(countries)}",
        "Patients with the outcome": _outcome_counts(training["patients_with_outcome"]),
        "Method": f"gradient-boosted trees, {bags} bags per outcome, calibrated on patients held "
        "back; death is a competing event",
        "Interval": f"{100 * interval['level']:.0f} %: {interval['meaning']}",
        **_source(training),
    }
    return definitions(facts)


def _source(training: Manifest) -> dict[str, str]:
    """Where the training data came from: whatever plain facts the manifest states."""
    known = {"patients", "rows"}
    return {
        f"Training {name.replace('_', ' ')}": str(value)
        for name, value in training.items()
        if name not in known and isinstance(value, str | int | float)
    }


def _outcome_counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{outcome_words(name)} {count_words(n)}" for name, n in counts.items())


def _months(horizon: int) -> str:
    return HORIZON_WORDS.get(horizon, f"{horizon} days")


def definitions(facts: Mapping[str, str]) -> html.Dl:
    """Terms and what they are, side by side."""
    pairs = [part for term, fact in facts.items() for part in (html.Dt(term), html.Dd(fact))]
    return html.Dl(pairs, className="facts")


def _minimum(manifest: Manifest) -> html.P:
    rule = manifest["minimum_inputs"]
    required = ", ".join(input_label(name) for name in rule["required"])
    return html.P(
        f"A patient is scored when {required} and at least {rule['laboratory']} of "
        f"{len(rule['laboratory_inputs'])} laboratory values are known. Nothing is imputed: a "
        "missing input stays missing, and the patient page names it."
    )


def _inputs(manifest: Manifest) -> html.Div:
    headings = ("Input", "Meaning", "Unit", "Usual values in training", "Missing in training")
    rows = [_input_row(described) for described in manifest["features"]]
    return data_table("Inputs of the risk models", headings, rows, numbers=(4,))


def _input_row(described: Manifest) -> tuple[str, ...]:
    feature = FEATURE_BY_NAME.get(described["name"])
    return (
        described["label"],
        feature.meaning if feature else "",
        unit_words(described["unit"]) if described["unit"] != "1" else "",
        _usual(described, feature),
        f"{100 * described['missing_share']:.0f}{_THIN}%",
    )


def _usual(described: Manifest, feature: Feature | None) -> str:
    """Codes seen, in words, or the range of the middle 99.8 % of values."""
    if "codes" in described:
        return ", ".join(described["labels"][code] for code in described["codes"])
    decimals = feature.decimals if feature else 1
    low, high = described["range"]
    return f"{low:.{decimals}f} to {high:.{decimals}f}"


def _files(files: Mapping[str, Mapping[str, Any]]) -> html.Details:
    size = sum(entry["bytes"] for entry in files.values()) / 1e6
    rows = [
        (name, f"{entry['bytes'] / 1e3:.0f}{_THIN}kB", html.Code(entry["sha256"]))
        for name, entry in files.items()
    ]
    table = data_table("Model files", ("File", "Size", "SHA-256"), rows, numbers=(1,))
    summary = html.Summary(
        f"{len(files)} files, {size:.1f} MB, SHA-256 of each verified when loaded"
    )
    changed = note("A file that differs from its SHA-256 is refused, and no risk is shown.")
    return html.Details([summary, changed, table])
