"""Counts of a snapshot that say whether its patients differ from those of training.

Only counts that have passed the disclosure gate: at least 10 patients, rounded to 5, research
consent only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir

from models.cohort.disclosure import MINIMUM_CELL, consenting, released_count
from models.risk.drift import COMPARED
from models.risk.inputs import FEATURE_BY_NAME
from models.risk.labels import first_onsets
from models.risk.outcomes import OUTCOMES

OBSERVED_DAYS = 180
MISSING = -1


def input_counts(tables: Mapping[str, ir.Table], edges: Mapping[str, Sequence[float]]) -> ir.Table:
    """Patients by country, input and bin at day 0.

    Args:
        tables: ``patient`` and ``features``.
        edges: inner edges of the bins of plain numbers.

    Returns:
        country, feature, bin (``MISSING`` where not recorded), n: NULL for fewer than 10.
    """
    people = consenting(tables["patient"]).select("patient_id", "country")
    rows = tables["features"].filter(tables["features"].landmark_day == 0)
    rows = rows.join(people, "patient_id")
    placed = rows.select("country", **{name: _bin(rows[name], name, edges) for name in COMPARED})
    long = placed.pivot_longer(list(COMPARED), names_to="feature", values_to="bin")
    counts = long.group_by("country", "feature", "bin").agg(people=lambda t: t.count())
    return counts.select("country", "feature", "bin", n=released_count(counts.people))


def _bin(
    value: ir.FloatingColumn, name: str, edges: Mapping[str, Sequence[float]]
) -> ir.IntegerColumn:
    if FEATURE_BY_NAME[name].labels:
        place = value.cast("int32")
    else:
        place = ibis.literal(0, "int32")
        for edge in edges[name]:
            place = place + (value > edge).cast("int32")
    return value.isnull().ifelse(ibis.literal(MISSING, "int32"), place).cast("int32")


def people_counts(tables: Mapping[str, ir.Table]) -> ir.Table:
    """Patients at day 0 by country: country, n."""
    people = consenting(tables["patient"]).select("patient_id", "country")
    rows = tables["features"].filter(tables["features"].landmark_day == 0)
    counts = rows.join(people, "patient_id").group_by("country").agg(people=lambda t: t.count())
    return counts.select("country", n=released_count(counts.people))


def outcome_counts(tables: Mapping[str, ir.Table]) -> ir.Table:
    """Scored patients whose first 180 days are known, events among them, and the mean risk.

    Known: had the outcome, died, or was seen for 180 days; those lost before are left out.

    Args:
        tables: ``patient``, ``adverse_event`` and ``prediction``.

    Returns:
        country, outcome, n, events (NULL for fewer than 10 events or other patients), risk (mean
        over the n).
    """
    onsets = first_onsets(tables, (0,))
    long = onsets.pivot_longer(list(OUTCOMES), names_to="outcome", values_to="onset")
    prediction = tables["prediction"].filter(
        (tables["prediction"].landmark_day == 0)
        & (tables["prediction"].horizon_days == OBSERVED_DAYS)
    )
    rows = long.join(prediction.select("patient_id", "outcome", "risk"), ["patient_id", "outcome"])
    had = (rows.onset <= OBSERVED_DAYS).fill_null(False)
    known = had | rows.died | (rows.follow_up_days >= OBSERVED_DAYS)
    rows = rows.mutate(had=had).filter(known & rows.risk.notnull())
    counts = rows.group_by("country", "outcome").agg(
        people=lambda t: t.count(), cases=lambda t: t.had.sum(), risk=lambda t: t.risk.mean()
    )
    told = (counts.cases >= MINIMUM_CELL) & (counts.people - counts.cases >= MINIMUM_CELL)
    counts = counts.filter(told)
    return counts.select(
        "country",
        "outcome",
        "risk",
        n=released_count(counts.people),
        events=released_count(counts.cases.cast("int64")),
    )
