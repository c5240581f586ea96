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

from models.cohort.similar_tables import SIMILAR_RELEASED
from models.columns import Table, number, table, text, whole
from models.risk.inputs import DRUG_CLASS_CODES
from models.risk.support import AGE_BANDS

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

ALL = "all"
"""Word in place of an age band and a sex where a row stands for everybody."""

SEXES = ("F", "M")
"""Sexes with groups of their own; a person of neither is in the row for everybody only."""

_NOT_KNOWN = "not known"
_MONTH = ("drug_class", "instrument", "scale", "day")
_GROUP = ("age_band", "sex")
_SPREAD = {"p10": 0.1, "median": 0.5, "p90": 0.9}

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
    "released: the spread of questionnaire scores by drug class and time, for everybody and by"
    " ten-year age band and sex",
    text("drug_class", "target of the first immunotherapy", required=True),
    text(
        "age_band",
        "age at the first dose, in years; all where the row is for everybody",
        required=True,
        allowed=(*(name for _, name in AGE_BANDS), ALL),
    ),
    text(
        "sex",
        "sex recorded at the site; all where the row is for everybody",
        required=True,
        allowed=(*SEXES, ALL),
    ),
    text("instrument", "questionnaire", required=True),
    text("scale", "scale code", required=True),
    whole("day", "middle of the time bin, days since the first dose", required=True),
    _COUNT,
    number("p10", "10th percentile of the score", required=True),
    number("median", "median score", required=True),
    number("p90", "90th percentile of the score", required=True),
    key=("drug_class", "age_band", "sex", "instrument", "scale", "day"),
    derived=True,
)

RELEASED: Mapping[str, Table] = {
    released.name: released for released in (RISK_REFERENCE, SCORE_BAND, *SIMILAR_RELEASED)
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
    kept = groups.filter(_safe(groups))
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

    Once for everybody who began with the class, once by ten-year age band at the first dose and
    sex. A patient with several forms in one bin counts once, with the mean.

    Everybody less the groups shown is itself a group that a reader can work out, so it has to
    keep the rules too: the people in no group shown are none, or at least 20 of at least two
    groups, with none or at least ten of them outside the country that most are from. Where they
    do not, the smallest group shown is held back as well, and where that is not enough, all
    groups of the month. People without a birth year or sex count as a group that is never shown.

    Args:
        tables: ``patient``, ``treatment`` and ``score``.

    Returns:
        The columns of ``SCORE_BAND``.
    """
    means = _monthly_means(tables)
    groups = means.group_by(*_MONTH, *_GROUP, "country").agg(here=means.count())
    months = groups.group_by(*_MONTH, "country").agg(here=groups.here.sum())
    everybody = _counted(months, _MONTH)
    everybody = everybody.filter(_safe(everybody)).drop("largest")
    shown = _shown_groups(groups).semi_join(everybody, _MONTH)
    return ibis.union(
        _summary(means, everybody, _MONTH)
        .mutate(age_band=ibis.literal(ALL), sex=ibis.literal(ALL))
        .select(*SCORE_BAND.names),
        _summary(means, shown, (*_MONTH, *_GROUP)).select(*SCORE_BAND.names),
    )


def _summary(means: ir.Table, shown: ir.Table, by: Sequence[str]) -> ir.Table:
    """Quantiles and rounded size of the groups in ``shown``, whose ``n`` is exact."""
    quantiles = {name: means.value.quantile(share) for name, share in _SPREAD.items()}
    found = means.group_by(*by).agg(**quantiles).join(shown, list(by))
    return found.mutate(n=released_count(found.n))


def _monthly_means(tables: Mapping[str, ir.Table]) -> ir.Table:
    """One row per research patient, scale and month, with the groups that the patient is in."""
    treatment, score, patient = tables["treatment"], tables["score"], tables["patient"]
    first = treatment.group_by("patient_id").agg(
        drug_class=treatment.drug_class.first(order_by=[treatment.start_date, treatment.line])
    )
    people = consenting(patient)
    age = people.index_date.year() - people.birth_year
    known = people.sex.isin(SEXES) & (age >= AGE_BANDS[0][0])
    band = ibis.cases(
        *((age >= youngest, name) for youngest, name in reversed(AGE_BANDS)), else_=_NOT_KNOWN
    )
    people = people.select(
        "patient_id",
        "country",
        "index_date",
        # One group, whichever of the two is missing.
        sex=known.ifelse(people.sex, _NOT_KNOWN),
        age_band=known.ifelse(band, _NOT_KNOWN),
    )
    people = people.join(first, "patient_id")
    start = people.select("patient_id", "index_date")
    rows = score.join(start, "patient_id")
    half = BAND_DAYS // 2
    since = rows.date.delta(rows.index_date, unit="day")
    rows = rows.mutate(day=((since + half).floordiv(BAND_DAYS) * BAND_DAYS).cast("int32"))
    rows = rows.filter(rows.day.between(0, BAND_LAST_DAY))
    means = rows.group_by("patient_id", "instrument", "scale", "day").agg(value=rows.value.mean())
    return means.join(people.drop("index_date"), "patient_id").drop("patient_id")


def _counted(here: ir.Table, by: Sequence[str]) -> ir.Table:
    """People of each group, and how many of them are from the country that most are from."""
    return here.group_by(*by).agg(n=here.here.sum(), largest=here.here.max())


def _safe(groups: ir.Table) -> ir.BooleanValue:
    """At least 20 people; none, or ten and more, of them outside the largest country."""
    outsiders = groups.n - groups.largest
    return (groups.n >= MINIMUM_FOR_QUANTILES) & ((outsiders == 0) | (outsiders >= MINIMUM_CELL))


def _shown_groups(here: ir.Table) -> ir.Table:
    """Groups of each month that can be shown beside everybody; see ``score_band``.

    Args:
        here: people ``here`` by month, group and country.
    """
    groups = _counted(here, (*_MONTH, *_GROUP))
    known = (groups.age_band != _NOT_KNOWN) & (groups.sex != _NOT_KNOWN)
    groups = groups.mutate(safe=known & _safe(groups)).drop("largest")
    rank = ibis.row_number().over(
        group_by=_MONTH, order_by=[groups.safe.desc(), groups.n, groups.age_band, groups.sex]
    )
    groups = groups.mutate(but_smallest=groups.safe & (rank > 0))
    here = here.join(groups.drop("n"), [*_MONTH, *_GROUP])
    all_safe = groups.filter(groups.safe).semi_join(_sound_months(here, "safe"), _MONTH)
    fewer = groups.filter(groups.but_smallest).semi_join(
        _sound_months(here, "but_smallest"), _MONTH
    )
    names = (*_MONTH, *_GROUP, "n")
    return ibis.union(all_safe.select(*names), fewer.anti_join(all_safe, _MONTH).select(*names))


def _sound_months(here: ir.Table, shown: str) -> ir.Table:
    """Months in which the people outside the groups shown are none, or keep the rules."""
    some = here.filter(~here[shown])
    groups = some.select(*_MONTH, *_GROUP).distinct().group_by(*_MONTH).agg(groups=ibis._.count())
    people = _counted(some.group_by(*_MONTH, "country").agg(here=some.here.sum()), _MONTH)
    people = people.join(groups, _MONTH)
    months = here.select(*_MONTH).distinct()
    unsound = people.filter(~(_safe(people) & (people.groups >= 2)))
    return months.anti_join(unsound, _MONTH)
