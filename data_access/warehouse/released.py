"""Figures of other patients that have passed the gate: prepared questions to one snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import ibis.expr.types as ir
import pandas as pd

from data_access.warehouse.prepared import Prepared
from data_access.warehouse.reader import OpenSnapshot
from models.cohort.comparable import Band, Group, narrowest_band
from models.cohort.disclosure import ALL, RISK_REFERENCE, SCORE_BAND

_SEPARATOR = ";"


def risk_reference(data: OpenSnapshot, drug_class: str, landmark_day: int) -> pd.DataFrame:
    """Middle half of the risks of research patients on a drug class, through the gate.

    Returns:
        outcome, horizon_days, n (rounded), q25, median, q75; groups of fewer than 20
        patients have no row.
    """
    return data.ask(_risk_reference(), drug_class=drug_class, landmark_day=str(landmark_day))


def score_bands(data: OpenSnapshot, wanted: Group, scales: Sequence[str]) -> dict[str, Band]:
    """Spread of scales over time among comparable research patients, through the gate.

    Args:
        data: the snapshot that answers.
        wanted: the narrowest group to compare with.
        scales: as ``qlq-c30:QL``; the bands are of the full questionnaire.

    Returns:
        A band by scale, of the narrowest group that has enough months (see
        ``models.cohort.comparable.narrowest_band``).
    """
    rows = data.ask(
        _score_bands(),
        drug_class=wanted.drug_class,
        age_band=wanted.age_band,
        sex=wanted.sex,
        scales=_SEPARATOR.join(scales),
    )
    found = dict(tuple(rows.groupby("key")))
    return {scale: narrowest_band(found.get(scale, rows.iloc[:0]), wanted) for scale in scales}


@cache
def _risk_reference() -> Prepared:
    rows = RISK_REFERENCE.unbound

    def ask(drug_class: ir.StringScalar, landmark_day: ir.StringScalar) -> ir.Table:
        there = rows.landmark_day == landmark_day.cast("int32")
        return rows.filter(rows.drug_class == drug_class, there).drop("drug_class", "landmark_day")

    return Prepared(ask, "drug_class", "landmark_day")


@cache
def _score_bands() -> Prepared:
    rows = SCORE_BAND.unbound
    rows = rows.mutate(key=rows.instrument + ":" + rows.scale)

    def ask(
        drug_class: ir.StringScalar,
        age_band: ir.StringScalar,
        sex: ir.StringScalar,
        scales: ir.StringScalar,
    ) -> ir.Table:
        everybody = (rows.age_band == ALL) & (rows.sex == ALL)
        own = (rows.age_band == age_band) & (rows.sex == sex)
        found = rows.filter(
            rows.drug_class == drug_class,
            everybody | own,
            scales.split(_SEPARATOR).contains(rows.key),
        )
        return found.select("key", "age_band", "sex", "day", "n", "p10", "median", "p90")

    return Prepared(ask, "drug_class", "age_band", "sex", "scales")
