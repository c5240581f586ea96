"""One patient of a snapshot: who it is, and everything dated, in days since the first dose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property, lru_cache
from typing import Any, TypeVar

import ibis.expr.types as ir
import pandas as pd

from data_access.errors import NotFound
from data_access.warehouse.places import PLACE
from data_access.warehouse.prepared import Prepared
from data_access.warehouse.reader import OpenSnapshot
from data_access.warehouse.worklist import within
from models.cancers import cancer_name
from models.cohort.comparable import Group, group_of
from models.cohort.standing import STANDING
from models.qol.forecast.inputs import INPUT_NAMES
from models.qol.forecast.targets import TARGETS
from models.qol.schedule import forms_due, received
from models.risk.inputs import FEATURE_NAMES
from models.schema import unbound

T = TypeVar("T")

NOWHERE = (-1, -1)
"""Row numbers of a patient without rows."""

STEROIDS = "H02AB"
"""ATC group of systemic steroids."""


@dataclass(frozen=True)
class PatientBar:
    """Who the patient is; None where it is not recorded. ``week`` counts to the last contact."""

    patient_id: str
    age_years: int | None
    sex: str
    country: str
    site: str
    cancer: str
    stage: str | None
    regimen: str | None
    drug_class: str | None
    week: int
    index_date: date
    last_contact: date
    data_date: date | None
    state: str


class OpenPatient:
    """The rows of one patient. Made only for somebody who may see the patient.

    Frames have a ``day`` (and ``end_day`` where something lasts) counted from the first dose,
    and are sorted by it; missing is NaN.

    Raises:
        NotFound: the patient is not within the scopes, withdrew, or does not exist.
    """

    def __init__(self, snapshot: OpenSnapshot, patient_id: str, scopes: Sequence[str]) -> None:
        self._snapshot = snapshot
        self._patient_id = patient_id
        found = snapshot.ask(_person(tuple(scopes)), patient_id=patient_id)
        if found.empty:
            raise NotFound
        self._standing = found.iloc[0]
        self._index_date: date = self._standing.index_date.date()

    @cached_property
    def who(self) -> PatientBar:
        """The patient in one line."""
        row = self._standing
        return PatientBar(
            patient_id=self._patient_id,
            age_years=_known(row.age_years, int),
            sex=row.sex,
            country=row.country,
            site=row.site,
            cancer=cancer_name(_known(row.icd10, str)),
            stage=_known(row.stage, str),
            regimen=_known(row.regimen, str),
            drug_class=_known(row.drug_class, str),
            week=int(row.week),
            index_date=self._index_date,
            last_contact=row.as_of.date(),
            data_date=self._snapshot.snapshot.data_date,
            state=row.state,
        )

    @property
    def last_day(self) -> int:
        """Day of the last contact, or of the data date when that is earlier."""
        return int((self._standing.as_of.date() - self._index_date).days)

    def features(self) -> dict[int, dict[str, float | None]]:
        """Model inputs by landmark reached under observation and by name, None where missing."""
        found = self._snapshot.ask(_features(), patient_id=self._patient_id)
        return {
            int(row.landmark_day): {name: _known(row[name], float) for name in FEATURE_NAMES}
            for _, row in found.iterrows()
        }

    def form_features(self) -> dict[date, dict[str, float | None]]:
        """Inputs of the forecasts by day of form, None where missing.

        The latest form and the latest full one; empty without any form.
        """
        found = self._snapshot.ask(_form_features(), patient_id=self._patient_id)
        return {
            row.form_date.date(): {name: _known(row[name], float) for name in INPUT_NAMES}
            for _, row in found.iterrows()
        }

    def targets_not_scored_on(self, form: date) -> list[str]:
        """Names of the scales that are forecast and have no score on the day of a form."""
        wanted = max((form - self._index_date).days, 0)
        there = {
            (instrument, scale)
            for day, instrument, scale, _ in self.scores
            if max(day, 0) == wanted
        }
        return [
            target.name
            for target in TARGETS
            if (target.instrument.name, target.scale.code) not in there
        ]

    def treatments(self) -> pd.DataFrame:
        """Lines of immunotherapy: day, end_day, line, regimen, drug_class, stop_reason."""
        return self._treatments

    @cached_property
    def _treatments(self) -> pd.DataFrame:
        columns = ("line", "regimen", "drug_class", "stop_reason")
        return self._dated("treatment", "start_date", columns, ends=True)

    @property
    def first_drug_class(self) -> str | None:
        """Target of the first immunotherapy, which cohorts are made by; None without a line."""
        lines = self.treatments()
        return None if lines.empty else _known(lines.drug_class.iloc[0], str)

    @property
    def comparable(self) -> Group:
        """The narrowest group of patients whose scores this patient's are compared with."""
        row, start = self._standing, self._index_date
        age = _known(row.age_years, int)
        at_start = None if age is None else age - (row.as_of.year - start.year)
        return group_of(self.first_drug_class or "", at_start, row.sex)

    def adverse_events(self) -> pd.DataFrame:
        """Events: day, end_day, organ, term, grade, immune_related, hospitalised."""
        columns = ("organ", "term", "grade", "immune_related", "hospitalised")
        return self._dated("adverse_event", "onset_date", columns, ends=True)

    @property
    def events_delivered(self) -> bool:
        """Whether the patient's site had delivered any adverse events by the last landmark."""
        inputs = self.features()
        return bool(inputs) and inputs[max(inputs)]["irae_count"] is not None

    def medications(self, atc: str = "") -> pd.DataFrame:
        """Medicines of an ATC group: day, end_day, atc, name, daily_dose, unit."""
        columns = ("atc", "name", "daily_dose", "unit")
        found = self._dated("medication", "start_date", columns, ends=True)
        return found[found.atc.str.startswith(atc)].reset_index(drop=True)

    def steroids(self) -> pd.DataFrame:
        """Systemic steroids, in the columns of ``medications``."""
        return self.medications(STEROIDS)

    def labs(self) -> pd.DataFrame:
        """Laboratory values in canonical units: day, loinc, value, unit."""
        return self._dated("lab", "date", ("loinc", "value", "unit"))

    @cached_property
    def scores(self) -> list[tuple[int, str, str, float]]:
        """Questionnaire scores: day, instrument, scale, value, by day."""
        found = self._dated("score", "date", ("instrument", "scale", "value"))
        return list(found.itertuples(index=False, name=None))

    def answered_forms(self) -> set[tuple[int, str]]:
        """Day and instrument of forms whose answers are there too, not only their scores."""
        found = self._dated("answer", "date", ("instrument",))
        return set(found.itertuples(index=False, name=None))

    def forms_missed(self) -> list[tuple[int, str]]:
        """Day and instrument of forms that were due up to the last contact and did not come.

        Nothing is due from patients without any form: their site may not give them.
        """
        came = sorted({(day, instrument) for day, instrument, _scale, _value in self.scores})
        due = forms_due(self.last_day) if came else []
        return [form for form in due if not received(*form, came)]

    @cached_property
    def _places(self) -> dict[str, tuple[int, int]]:
        """First and last row number in each table that has rows of the patient."""
        found = self._snapshot.ask(_place(), patient_id=self._patient_id)
        return {row.name: (row.first_row, row.last_row) for row in found.itertuples(index=False)}

    def _dated(
        self, table: str, start: str, columns: tuple[str, ...], *, ends: bool = False
    ) -> pd.DataFrame:
        first_row, last_row = self._places.get(table, NOWHERE)
        return self._snapshot.ask(
            _lasting(table, start, columns, ends=ends),
            patient_id=self._patient_id,
            day_0=self._index_date.isoformat(),
            first_row=str(first_row),
            last_row=str(last_row),
        )


@lru_cache(maxsize=256)
def _person(scopes: tuple[str, ...]) -> Prepared:
    """Where a patient stands, for a viewer with these scopes."""
    people = STANDING.unbound
    return Prepared(
        lambda patient_id: within(people.filter(people.patient_id == patient_id), scopes),
        "patient_id",
    )


@cache
def _features() -> Prepared:
    rows = unbound("features")
    return Prepared(
        lambda patient_id: rows.filter(rows.patient_id == patient_id).order_by("landmark_day"),
        "patient_id",
    )


@cache
def _form_features() -> Prepared:
    rows = unbound("form_features")
    return Prepared(
        lambda patient_id: rows.filter(rows.patient_id == patient_id).order_by("form_date"),
        "patient_id",
    )


@cache
def _place() -> Prepared:
    place = PLACE.unbound
    return Prepared(lambda patient_id: place.filter(place.patient_id == patient_id), "patient_id")


@cache
def _lasting(table: str, start: str, columns: tuple[str, ...], *, ends: bool) -> Prepared:
    """Rows of a placed table in days since the first dose, sorted."""

    def ask(
        patient_id: ir.StringScalar,
        day_0: ir.StringScalar,
        first_row: ir.StringScalar,
        last_row: ir.StringScalar,
    ) -> ir.Table:
        rows = unbound(table)
        near = rows.rowid().between(first_row.cast("int64"), last_row.cast("int64"))
        rows = rows.filter(rows.patient_id == patient_id, near)
        index_date = day_0.cast("date")
        days = {"day": rows[start].delta(index_date, unit="day")}
        if ends:
            days["end_day"] = rows.end_date.delta(index_date, unit="day")
        found = rows.select(**days, **{name: rows[name] for name in columns})
        return found.order_by("day", *columns)

    return Prepared(ask, "patient_id", "day_0", "first_row", "last_row")


def _known(value: Any, kind: Callable[[Any], T]) -> T | None:
    return None if pd.isna(value) else kind(value)
