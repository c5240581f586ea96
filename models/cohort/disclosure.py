"""Disclosure control: the gate through which numbers about other people's patients leave.

Minimum cell, rounding and quantile rules of DESIGN 5; the limits follow the usual practice of
statistical disclosure control for health data (Handbook on Statistical Disclosure Control for
Outputs, Office for National Statistics and Safe Data Access Professionals, 2019). Only patients
with research consent count; no minimum and no maximum ever leaves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir

from models.columns import Table, number, table, text, whole
from models.risk.inputs import DRUG_CLASS_CODES

MINIMUM_CELL = 10
"""Fewest patients that a released number may stand for."""

MINIMUM_FOR_QUANTILES = 20
"""Fewest patients behind a released quantile, which lies near single patients' values."""

ROUNDING = 5
"""Released counts are multiples of this."""

BAND_DAYS = 30
"""Width of the time bins of questionnaire scores."""

BAND_LAST_DAY = 730
"""Questionnaire scores are summarised up to this day."""

_COUNT = whole("n", "patients, rounded", required=True, minimum=MINIMUM_FOR_QUANTILES)

RISK_REFERENCE: Table = table(
    "risk_reference",
    "derived",
    "released: the middle half of predicted risks by drug class",
    text("drug_class", "target of the immunotherapy", required=True, allowed=DRUG_CLASS_CODES),
    whole("landmark_day", "days since the first dose", required=True),
    whole("horizon_days", "days from the landmark", required=True),
    text("outcome", "severe irAE, or organ", required=True),
    _COUNT,
    number("q25", "lower quartile of the risk", required=True),
    number("median", "median risk", required=True),
    number("q75", "upper quartile of the risk", required=True),
    key=("drug_class", "landmark_day", "horizon_days", "outcome"),
    derived=True,
)

SCORE_BAND: Table = table(
    "score_band",
    "derived",
    "released: the spread of questionnaire scores by drug class and time",
    text("drug_class", "target of the first immunotherapy", required=True),
    text("instrument", "questionnaire", required=True),
    text("scale", "scale code", required=True),
    whole("day", "middle of the time bin, days since the first dose", required=True),
    _COUNT,
    number("p10", "10th percentile of the score", required=True),
    number("median", "median score", required=True),
    number("p90", "90th percentile of the score", required=True),
    key=("drug_class", "instrument", "scale", "day"),
    derived=True,
)

RELEASED: Mapping[str, Table] = {
    released.name: released for released in (RISK_REFERENCE, SCORE_BAND)
}
"""Tables that hold only numbers that have passed the gate, computed once per snapshot."""


def released_count(count: ir.IntegerValue) -> ir.IntegerValue:
    """Count rounded to the nearest multiple of 5; NULL for fewer than 10, zero included."""
    rounded = ((count + ROUNDING // 2) // ROUNDING * ROUNDING).cast("int32")
    return (count >= MINIMUM_CELL).ifelse(rounded, ibis.null("int32"))


def consenting(patient: ir.Table) -> ir.Table:
    """Patients who agreed to research; the others are in no cohort result."""
    return patient.filter(patient.consent == "research")


def released_quantiles(
    rows: ir.Table, by: Sequence[str], value: str, quantiles: Mapping[str, float]
) -> ir.Table:
    """Quantiles of a value by group; groups of fewer than 20 patients are left out.

    So are groups with one to nine patients outside the country that most of them are from: who
    sees that country's patients one by one could work the others out.

    Args:
        rows: one row per patient and group, with ``patient_id``, ``country``, the columns of
            ``by``, ``value``.
        by: the grouping columns.
        value: the column to summarise.
        quantiles: name of each result column to its probability.

    Returns:
        The columns of ``by``, ``n`` (patients, rounded to 5) and one column per quantile.
    """
    groups = rows.group_by(*by).agg(
        n=rows.patient_id.nunique(),
        **{name: rows[value].quantile(share) for name, share in quantiles.items()},
    )
    countries = rows.group_by(*by, "country").agg(here=rows.patient_id.nunique())
    largest = countries.group_by(*by).agg(largest=countries.here.max())
    groups = groups.join(largest, list(by))
    outsiders = groups.n - groups.largest
    kept = groups.filter(
        groups.n >= MINIMUM_FOR_QUANTILES, (outsiders == 0) | (outsiders >= MINIMUM_CELL)
    )
    return kept.select(*by, n=released_count(kept.n), **{name: kept[name] for name in quantiles})


def risk_reference(tables: Mapping[str, ir.Table], landmark_day: int) -> ir.Table:
    """Middle half of predicted risks at one landmark by drug class, horizon and outcome.

    One landmark at a time, because telling the patients of a group apart takes memory for each.

    Args:
        tables: ``patient``, ``features`` and ``prediction``.
        landmark_day: days since the first dose.

    Returns:
        The columns of ``RISK_REFERENCE``.
    """
    features, prediction = (
        rows.filter(rows.landmark_day == landmark_day)
        for rows in (tables["features"], tables["prediction"])
    )
    words = [(float(code), word) for code, word in enumerate(DRUG_CLASS_CODES)]
    classes = features.select(
        "patient_id", "landmark_day", drug_class=features.drug_class.cases(*words)
    )
    rows = prediction.join(
        classes.filter(classes.drug_class.notnull()), ["patient_id", "landmark_day"]
    )
    people = consenting(tables["patient"]).select("patient_id", "country")
    rows = rows.join(people, "patient_id")
    return released_quantiles(
        rows,
        ("drug_class", "landmark_day", "horizon_days", "outcome"),
        "risk",
        {"q25": 0.25, "median": 0.5, "q75": 0.75},
    )


def score_band(tables: Mapping[str, ir.Table]) -> ir.Table:
    """Spread of questionnaire scores by drug class and month on treatment.

    A patient with several forms in one bin counts once, with the mean.

    Args:
        tables: ``patient``, ``treatment`` and ``score``.

    Returns:
        The columns of ``SCORE_BAND``.
    """
    treatment, score = tables["treatment"], tables["score"]
    first = treatment.group_by("patient_id").agg(
        drug_class=treatment.drug_class.first(order_by=[treatment.start_date, treatment.line])
    )
    people = consenting(tables["patient"]).select("patient_id", "country", "index_date")
    rows = score.join(people, "patient_id").join(first, "patient_id")
    half = BAND_DAYS // 2
    since = rows.date.delta(rows.index_date, unit="day")
    rows = rows.mutate(day=((since + half).floordiv(BAND_DAYS) * BAND_DAYS).cast("int32"))
    rows = rows.filter(rows.day.between(0, BAND_LAST_DAY))
    form = ("patient_id", "country", "drug_class", "instrument", "scale", "day")
    means = rows.group_by(*form).agg(value=rows.value.mean())
    return released_quantiles(
        means,
        ("drug_class", "instrument", "scale", "day"),
        "value",
        {"p10": 0.1, "median": 0.5, "p90": 0.9},
    )
