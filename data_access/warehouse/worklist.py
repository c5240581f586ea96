"""The patients within a viewer's scopes, as the worklist shows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from data_access.warehouse.prepared import Prepared
from data_access.warehouse.reader import OpenSnapshot
from models.cancers import cancer_name
from models.cohort.standing import HORIZON_DAYS, LOST_DAYS, STANDING, WORSE_POINTS

_RISK_COLUMNS = ("severe_risk", "severe_lower", "severe_upper", "top_organ_ratio", "change")
_DAYS_PER_MONTH = 30.44
_COLUMNS = (
    "patient_id",
    "country",
    "site",
    "age_years",
    "sex",
    "cancer",
    "stage",
    "regimen",
    "drug_class",
    "week",
    "state",
    "severe_risk",
    "severe_lower",
    "severe_upper",
    "support",
    "with_care",
    "top_organ",
    "top_organ_ratio",
    "change",
    "qol_flag",
    "last_visit",
    "died",
)


def within(people: ir.Table, scopes: Sequence[str]) -> ir.Table:
    """Rows of patients in at least one scope: ``FR``, ``FR/Lyon`` or ``patient:ID``.

    Args:
        people: any table with ``patient_id``, ``country`` and ``site``.
        scopes: without any, nobody is within them.
    """
    patients = [scope.removeprefix("patient:") for scope in scopes if scope.startswith("patient:")]
    places = [scope for scope in scopes if not scope.startswith("patient:")]
    countries = [place for place in places if "/" not in place]
    sites = [place for place in places if "/" in place]
    return people.filter(
        people.country.isin(countries)
        | (people.country + "/" + people.site).isin(sites)
        | people.patient_id.isin(patients)
    )


def worklist(snapshot: OpenSnapshot, scopes: Sequence[str]) -> pd.DataFrame:
    """One row per patient within the scopes who did not withdraw.

    Risks are probabilities over 180 days from the latest landmark, NaN where ``support`` says why
    there is none to act on: "not scored", "died", or "period over" when the 180 days ended before
    the data date.
    ``with_care`` marks risks whose inputs are unusual, rare or too few.
    ``change`` is in percentage points against the landmark before, ``qol_flag`` is empty when
    there is nothing to say.
    """
    patients = snapshot.ask(_people(tuple(scopes)))
    names = {code: cancer_name(code) for code in patients.icd10.dropna().unique()}
    unknown = cancer_name(None)
    patients["cancer"] = [names.get(code, unknown) for code in patients.icd10]
    patients["support"] = _support(patients, snapshot.snapshot.data_date)
    patients.loc[patients.support != "", list(_RISK_COLUMNS)] = np.nan
    patients.loc[patients.support != "", "top_organ"] = None
    patients["with_care"] = (patients.support == "") & patients.with_care.fillna(False).astype(bool)
    patients["qol_flag"] = _qol_flags(patients)
    return patients[list(_COLUMNS)]


@lru_cache(maxsize=256)
def _people(scopes: tuple[str, ...]) -> Prepared:
    return Prepared(lambda: within(STANDING.unbound, scopes).order_by("patient_id"))


def _support(patients: pd.DataFrame, data_date: date | None) -> np.ndarray:
    since = (pd.Timestamp(data_date) - patients.index_date).dt.days
    over = patients.landmark_day + HORIZON_DAYS <= since
    return np.select(
        [patients.severe_risk.isna(), patients.died.astype(bool), over],
        ["not scored", "died", "period over"],
        default="",
    )


def _qol_flags(patients: pd.DataFrame) -> np.ndarray:
    fall, age = patients.qol_fall, patients.form_age_days
    alive = ~patients.died.astype(bool)
    dip = alive & (fall >= WORSE_POINTS)
    confirmed = alive & (patients.qol_confirmed_fall >= WORSE_POINTS)
    silent = alive & (age > LOST_DAYS)
    points = fall.fillna(0).round().astype(int).astype(str)
    since = patients.qol_confirmed_fall.fillna(0).round().astype(int).astype(str)
    months = (age.fillna(0) // _DAYS_PER_MONTH).astype(int).astype(str)
    return np.select(
        [silent, confirmed, dip],
        [
            "no form for " + months + " months",
            "worse by " + since + " points, confirmed",
            "dip of " + points + " points",
        ],
        default="",
    )
