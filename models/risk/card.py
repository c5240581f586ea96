"""The model card: what the models are, for whom, how good, and where they stop.

Items follow TRIPOD+AI (Collins GS, et al. BMJ 2024;385:e078378); every figure comes from the
manifest and the evaluation that is kept with the models.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from models.risk.card_tables import PARTS, CardTable, Section, label_of, number_words

Entry = Mapping[str, Any]


INTENDED_USE = (
    "For research. To show oncologists, pharmacists and tumour boards how likely immune-related"
    " adverse events (irAE) are for an adult on a checkpoint inhibitor, by organ, within 3, 6 and"
    " 12 months, as one input to a conversation about watching and preventing."
)
NOT_FOR = (
    "Not a medical device. Not for deciding to start, withhold or stop treatment, not for"
    " emergencies, not for children, not for drug classes other than those of training, and not"
    " for saying what a change of treatment would do: the models hold associations."
)


def card(
    manifest: Entry,
    evaluation: Entry | None,
    versions: Sequence[tuple[str, str, str, str]] = (),
) -> list[Section]:
    """The whole card; parts that were not evaluated are left out and named as missing.

    Args:
        manifest: of the models.
        evaluation: kept with them, None when there is none.
        versions: of each version its name, source, countries recalibrated and state.
    """
    sections = [
        Section("Intended use", (INTENDED_USE, NOT_FOR)),
        Section("TRIPOD+AI", (), CardTable(("Item", "Here"), tuple(items(manifest, evaluation)))),
    ]
    if evaluation:
        sections += [found for part in PARTS for found in [part(evaluation)] if found is not None]
        absent = [
            words
            for key, words in (
                ("comparison", "other models"),
                ("internal_external", "countries left out of training"),
                ("importance", "what the models use"),
                ("ceiling", "what could be attained"),
            )
            if key not in evaluation
        ]
        if absent:
            what = ", ".join(absent)
            sections.append(
                Section("Not evaluated", (f"For these models there is nothing on: {what}.",))
            )
    else:
        sections.append(
            Section("Performance", ("These models came without an evaluation: nothing is known.",))
        )
    sections.append(
        Section(
            "Limits",
            (*manifest["limitations"], f"With care: {manifest['with_care']['meaning']}."),
        )
    )
    return [*sections, *_recalibrations(manifest), *_versions(versions)]


def items(manifest: Entry, evaluation: Entry | None) -> list[tuple[str, str]]:
    """TRIPOD+AI items and what is so here; the study design, data, methods and openness."""
    training = manifest["training"]
    countries = ", ".join(
        f"{k} {number_words(v)}" for k, v in training["patients_by_country"].items()
    )
    had = ", ".join(f"{k} {number_words(v)}" for k, v in training["patients_with_outcome"].items())
    settings = training["settings"]
    minimum = manifest["minimum_inputs"]
    tested = "not evaluated"
    if evaluation:
        people = number_words(evaluation["patients"])
        tested = f"{people} {evaluation['data']}, seed {evaluation['seed']}"
    rounds = training["rounds"].values()
    return [
        ("Title, 1", "Development and evaluation of risk models for irAE by organ and horizon"),
        ("Background, 3", "irAE are common, spread over organs and months, and hard to foresee"),
        (
            "Health inequality, 3c",
            "performance by country, sex, age band and drug class: see Subgroups",
        ),
        (
            "Data, 5",
            f"{training['source']}: {number_words(training['patients'])} people ({countries})",
        ),
        ("Data dates, 5b", f"landmarks at days {_list(manifest['landmarks_days'])} of treatment"),
        ("Participants, 6", "adults from their first dose of a checkpoint inhibitor, with consent"),
        (
            "Data preparation, 7",
            f"{len(manifest['features'])} inputs from what is recorded up to the landmark; units"
            " converted on import",
        ),
        (
            "Outcome, 8",
            "first irAE after the landmark: severe, grade 3 or more of any organ; else grade 2 or"
            f" more of an organ; within {_list(manifest['horizons_days'])} days; an event without"
            " a recorded grade does not count",
        ),
        ("Predictors, 9", "named with units, usual values and share missing under What goes in"),
        ("Sample size, 10", f"people with the outcome: {had}"),
        (
            "Missing data, 11",
            "nothing is imputed; a missing input goes its own way in the trees and widens the"
            f" interval; not scored without {_list(map(label_of, minimum['required']))} and"
            f" {minimum['laboratory']} laboratory values",
        ),
        (
            "Methods, 12",
            f"LightGBM, {settings['bags']} bags per outcome, {min(rounds)} to {max(rounds)} trees"
            f" of {settings['leaves']} leaves, risk never falling with the horizon; weights for"
            " censoring, death competing",
        ),
        (
            "Rounds and calibration, 12c",
            f"on {100 * settings['held_back']:.0f} % of people held back; an affine line per"
            " country, shrunk to the common one",
        ),
        ("Class imbalance, 13", f"{settings['controls_per_case']} weighted controls per case"),
        ("Fairness, 14", "no separate models by sex or age; see subgroups"),
        ("Output, 15", "risk in per cent with an 80 % interval of the model's uncertainty"),
        ("Training and evaluation, 16", f"evaluated on {tested}"),
        ("Ethics, 17", "pseudonymised; people without research consent are left out of training"),
        ("Funding and interests, 18a, 18b", "to be stated by the site that uses the models"),
        ("Protocol and registration, 18c, 18d", "none: a research prototype"),
        ("Data and code, 18e, 18f", "the generator, its seed and the code are part of the program"),
        ("Patient involvement, 19", "none yet"),
        ("Results, 20 to 24", "see Performance and what follows it"),
        ("Limitations, 26", "see Limits, and Where they stop"),
        ("Use, 27", "inputs come from the warehouse; people decide, the software never does"),
    ]


def _recalibrations(manifest: Entry) -> list[Section]:
    done = manifest.get("recalibrations", [])
    if not done:
        return []
    lines = tuple(
        f"Recalibrated for {one['country']} on {number_words(one['people'])} people of snapshot"
        f" {one['snapshot']}, from version {one['from_version']}, on {one['date']}."
        for one in done
    )
    return [Section("Recalibrations", lines)]


def _versions(versions: Sequence[tuple[str, str, str, str]]) -> list[Section]:
    if not versions:
        return []
    words = "A version is put in use by two people, and the one before can be returned to."
    headings = ("Version", "Trained on", "Recalibrated for", "State")
    return [Section("Versions", (words,), CardTable(headings, tuple(versions)))]


def _list(values: Iterable[object]) -> str:
    return ", ".join(str(value) for value in values)
