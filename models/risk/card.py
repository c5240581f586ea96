"""The model card: what the models are, for whom, how good, and where they stop.

Items follow TRIPOD+AI (Collins GS, et al. BMJ 2024;385:e078378); every figure comes from the
manifest and the evaluation that is kept with the models.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.risk.outcomes import SEVERE

Entry = Mapping[str, Any]

DAYS = 180
_AIM_SLOPE, _AIM_INTERCEPT = (0.9, 1.1), 0.1
_OFF_SLOPE, _OFF_INTERCEPT = (0.8, 1.25), 0.2

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


def card(manifest: Entry, evaluation: Entry | None) -> list[Section]:
    """The whole card; parts that were not evaluated are left out and named as missing.

    Args:
        manifest: of the models.
        evaluation: kept with them, None when there is none.
    """
    sections = [
        Section("Intended use", (INTENDED_USE, NOT_FOR)),
        Section("TRIPOD+AI", (), CardTable(("Item", "Here"), tuple(items(manifest, evaluation)))),
    ]
    if evaluation:
        sections += [
            found
            for part in (_overall, _countries, _elsewhere, _others, _attained, _subgroups)
            for found in [part(evaluation)]
            if found is not None
        ]
        sections += _high(evaluation)
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
    return [*sections, *_versions(manifest)]


def items(manifest: Entry, evaluation: Entry | None) -> list[tuple[str, str]]:
    """TRIPOD+AI items and what is so here; the study design, data, methods and openness."""
    training = manifest["training"]
    countries = ", ".join(f"{k} {_n(v)}" for k, v in training["patients_by_country"].items())
    had = ", ".join(f"{k} {_n(v)}" for k, v in training["patients_with_outcome"].items())
    settings = training["settings"]
    minimum = manifest["minimum_inputs"]
    tested = "not evaluated"
    if evaluation:
        tested = f"{_n(evaluation['patients'])} {evaluation['data']}, seed {evaluation['seed']}"
    rounds = training["rounds"].values()
    return [
        ("Title, 1", "Development and evaluation of risk models for irAE by organ and horizon"),
        ("Background, 3", "irAE are common, spread over organs and months, and hard to foresee"),
        ("Health inequality, 3c", "Performance by country, sex and age band is reported below"),
        ("Data, 5", f"{training['source']}: {_n(training['patients'])} people ({countries})"),
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
            f" interval; not scored without {_list(minimum['required'])} and"
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
            f"on {settings['held_back']:.0%} of people held back; an affine line per country,"
            " shrunk to the common one",
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
        ("Results, 20 to 24", "below"),
        ("Limitations, 26", "below, under Limits"),
        ("Use, 27", "inputs come from the warehouse; people decide, the software never does"),
    ]


def _overall(evaluation: Entry) -> Section | None:
    rows = _select(evaluation, "results", group="all", horizon_days=DAYS)
    if not rows:
        return None
    table = CardTable(
        ("Outcome", "People", "Events", "AUROC", "AUPRC", "Scaled Brier", "Slope", "Intercept"),
        tuple(
            (
                str(row["outcome"]),
                _n(row["n"]),
                _n(row["events"]),
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
    shares = [row["coverage"] for row in rows]
    return (
        f"80 % intervals held the true risk of {sum(shares) / len(shares):.0%} of simulated people,"
        f" {min(shares):.0%} to {max(shares):.0%} by outcome and horizon.",
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
                _n(row["n"]),
                _n(row["events"]),
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
                _n(row["n_train"]),
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
                _n(row["n"]),
                _n(row["events"]),
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


def _high(evaluation: Entry) -> list[Section]:
    rows = evaluation.get("high_discrimination", [])
    if not rows:
        return []
    table = CardTable(
        ("Outcome", "Days", "Among", "Events", "AUROC", "One input alone", "Its AUROC"),
        tuple(
            (
                str(row["outcome"]),
                str(row["horizon_days"]),
                "everybody" if row["group"] == "all" else f"day {row['level']}",
                _n(row["events"]),
                _two(row["auroc"]),
                str(row["feature"]),
                _two(row["feature_auroc"]),
            )
            for row in rows
        ),
    )
    words = (
        "An AUROC above 0.85 calls for an explanation: months into treatment a new irAE is rare,"
        " and what separates is mostly the history of earlier ones, which one input alone shows."
    )
    return [Section("Unusually high figures", (words,), table)]


def _versions(manifest: Entry) -> list[Section]:
    done = manifest.get("recalibrations", [])
    if not done:
        return []
    lines = tuple(
        f"Recalibrated for {one['country']} on {_n(one['people'])} people of snapshot"
        f" {one['snapshot']}, from version {one['from_version']}, on {one['date']}."
        for one in done
    )
    return [Section("Recalibrations", lines)]


def interval(row: Entry, name: str, decimals: int = 2) -> str:
    """Value with its interval in brackets; "too few" where it cannot be computed."""
    value, low, high = (row.get(f"{name}{end}") for end in ("", "_lower", "_upper"))
    if value is None:
        return "too few"
    if low is None or high is None:
        return f"{value:.{decimals}f}"
    return f"{value:.{decimals}f} ({low:.{decimals}f} to {high:.{decimals}f})"


def _select(evaluation: Entry, part: str, **wanted: object) -> list[Entry]:
    return [
        row
        for row in evaluation.get(part, [])
        if all(row[key] == value for key, value in wanted.items())
    ]


def _two(value: float | None) -> str:
    return "too few" if value is None else f"{value:.2f}"


def _n(number: float) -> str:
    return f"{number:,.0f}".replace(",", "\N{THIN SPACE}")


def _list(values: Sequence[object]) -> str:
    return ", ".join(str(value) for value in values)
