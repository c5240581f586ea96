"""Patients of one viewer: every question is asked in the viewer's name.

``records()`` binds the person signed in, so a page cannot forget who asks. A patient of another
team, one who withdrew, one who does not exist and a link made for somebody else all give the
same answer. Whatever is read is in the access log before it leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, TypeVar

import ibis.expr.types as ir
import pandas as pd
from flask_login import current_user  # type: ignore[import-untyped]

from data_access.errors import NotAllowed, NotFound
from data_access.record import PredictionShown, Viewer
from data_access.services import Services, services
from data_access.shown import as_shown, forecasts_as_shown, scenario_as_shown
from data_access.warehouse.course import OpenPatient
from data_access.warehouse.layout import Snapshot
from data_access.warehouse.prepared import Prepared
from data_access.warehouse.worklist import worklist
from models.benefit.loris import Loris, loris
from models.cohort.comparable import Band, Group, narrowest_band
from models.cohort.disclosure import ALL, RISK_REFERENCE, SCORE_BAND
from models.cohort.standing import DIED
from models.qol.forecast.forecaster import FormDeterminants, FormForecast, recorded
from models.qol.forecast.inputs import FORM_DAY
from models.qol.forecast.targets import HORIZONS_DAYS, Target
from models.risk.inputs import DRUG_CLASS_CODES
from models.risk.prediction import OutcomeRisk
from models.risk.support import landmark_to_show
from models.risk.what_if import Implausible, Scenario, regimens_for, scenario

if TYPE_CHECKING:
    from models.risk.predictor import Predictor

T = TypeVar("T")
RISK = "risk"
"""What seeing a patient's risks is called in the access log."""
WHAT_IF = "what if"
"""What trying changes of a patient's inputs is called there."""
FORECAST, DETERMINANTS = "forecast", "what a score goes with"
"""What seeing a forecast of quality of life, or a score taken apart, is called there."""
NO_FORM = "no form has come yet"
OLDEST_FORM_DAYS = max(HORIZONS_DAYS)
"""Age of the latest form at the last contact beyond which every forecast is of the past."""
_SEPARATOR = ";"


@dataclass(frozen=True)
class RiskView:
    """What one patient's risk is and why, from the latest landmark with enough inputs.

    ``risks`` holds every outcome and horizon; a patient without the minimum of inputs has them
    as "not scored". ``drug_class`` is the one at the landmark, empty when the models do not
    know it. ``reference`` is the middle half of other patients of that class at that landmark
    (see ``CareRecords.risk_reference``), all horizons. ``benefit`` is the published score from
    what was known at the first dose. ``previous`` holds the landmark before and its risks, where
    they were asked for and there are any.
    """

    patient: OpenPatient
    landmark_day: int
    drug_class: str
    features: dict[str, float | None]
    risks: tuple[OutcomeRisk, ...]
    reference: pd.DataFrame
    benefit: Loris
    previous: tuple[int, tuple[OutcomeRisk, ...]] | None = None


@dataclass(frozen=True)
class WhatIf:
    """Inputs of one patient that can be changed, and the scenarios asked for.

    ``inputs`` are those at the landmark, ``regimens`` those that can be chosen. A scenario that
    was refused is the sentence that says why; one that changes nothing is None.
    """

    landmark_day: int
    inputs: Mapping[str, float | None]
    regimens: tuple[str, ...]
    scenarios: tuple[Scenario | str | None, ...]


class CareRecords:
    """The warehouse as one viewer may see it; all answers come from one snapshot."""

    def __init__(self, viewer: Viewer, parts: Services) -> None:
        self._viewer = viewer
        self._parts = parts
        self._data = parts.warehouse.current()

    @property
    def snapshot(self) -> Snapshot:
        """The snapshot that answers."""
        return self._data.snapshot

    def worklist(self) -> pd.DataFrame:
        """The viewer's patients, one row each, with a ``token`` to open them.

        The log entry names the snapshot, which keeps the risks of the list as they were.

        Columns: token, then those of ``data_access.warehouse.worklist.worklist``.

        Raises:
            NotAllowed: the viewer's access changed meanwhile.
            RecordUnavailable: the access log cannot be written.
        """
        patients = self._granted(
            None, "worklist", lambda: worklist(self._data, self._viewer.scopes)
        )
        tokens = self._parts.tokens.tokens(self._viewer, patients.patient_id.tolist())
        patients.insert(0, "token", pd.Series(tokens, dtype="str"))
        return patients

    def open(self, token: str, action: str, shown: Sequence[PredictionShown] = ()) -> OpenPatient:
        """One patient; the act and the predictions shown with it are logged.

        Args:
            token: the link's part for the patient, made for this viewer.
            action: what is looked at, for the access log.
            shown: predictions that the page shows.

        Raises:
            NotFound: no such patient in the viewer's care.
            NotAllowed: the viewer's access changed meanwhile.
            RecordUnavailable: the access log cannot be written; nothing is shown.
        """
        patient_id = self._patient_id(token, action)
        return self._granted(patient_id, action, lambda: self._read(patient_id), shown)

    def open_risk(self, token: str, horizon_days: int, *, compare: bool = False) -> RiskView:
        """One patient's risks, explained; those over ``horizon_days`` are logged as shown.

        Args:
            token: as for ``open``.
            horizon_days: the horizon that is looked at.
            compare: whether the landmark before is wanted too.

        Raises:
            ModelsUnavailable: the risk models are missing or changed.
            NotFound, NotAllowed, RecordUnavailable: as ``open``.
        """
        patient_id = self._patient_id(token, RISK)
        predictor = self._parts.models.predictor
        shown: list[PredictionShown] = []

        def explain() -> RiskView:
            # Runs before the log entry is written, which then holds what will be shown.
            view = self._explained(patient_id, predictor, compare)
            for day, risks in ((view.landmark_day, view.risks), *_present(view.previous)):
                seen = [risk for risk in risks if risk.horizon_days == horizon_days]
                shown.extend(as_shown(seen, day, predictor.version))
            return view

        return self._granted(patient_id, RISK, explain, shown)

    def what_if(
        self, token: str, horizon_days: int, asked: Sequence[Mapping[str, float | str]]
    ) -> WhatIf:
        """Risks of one patient after changing some inputs; those shown are logged.

        Args:
            token: as for ``open``.
            horizon_days: the horizon that is looked at.
            asked: the changes of each scenario, as for ``models.risk.what_if.scenario``.

        Raises:
            ModelsUnavailable, NotFound, NotAllowed, RecordUnavailable: as ``open_risk``.
        """
        patient_id = self._patient_id(token, WHAT_IF)
        predictor = self._parts.models.predictor
        shown: list[PredictionShown] = []

        def change() -> WhatIf:
            patient = self._read(patient_id)
            inputs = patient.features() or {0: {}}
            day = landmark_to_show(inputs)
            here, country = inputs[day], patient.who.country
            scenarios = tuple(_scenario(predictor, here, one, country) for one in asked)
            for one in scenarios:
                shown.extend(scenario_as_shown(one, day, horizon_days, predictor.version))
            known = regimens_for(here, predictor.applicability.similar)
            return WhatIf(day, here, tuple(one.name for one in known), scenarios)

        return self._granted(patient_id, WHAT_IF, change, shown)

    def open_forecast(self, token: str, wanted: Target) -> tuple[OpenPatient, FormForecast]:
        """One patient and a scale's forecasts from the latest form; they are logged as shown.

        Args:
            token: as for ``open``.
            wanted: the scale; another one where the patient has no score of it.

        Raises:
            ModelsUnavailable: the forecasts are missing or changed.
            NotFound, NotAllowed, RecordUnavailable: as ``open``.
        """
        patient_id = self._patient_id(token, FORECAST)
        forecaster = self._parts.forecasts.forecaster
        shown: list[PredictionShown] = []

        def look() -> tuple[OpenPatient, FormForecast]:
            patient = self._read(patient_id)
            forms = patient.form_features()
            if not forms:
                nothing = FormForecast(wanted.key, None, NO_FORM, (), (), forecaster.version)
                return patient, nothing
            form, values = max(forms.items())
            target = recorded(values, wanted)
            reason = _too_late(patient, form) or forecaster.reason_against(values, target)
            found = () if reason else forecaster.forecast(values, target)
            day = int(values[FORM_DAY.name] or 0)
            shown.extend(forecasts_as_shown(found, target.key, day, forecaster.version))
            unusual = forecaster.unusual(values)
            return patient, FormForecast(
                target.key, form, reason, found, unusual, forecaster.version
            )

        return self._granted(patient_id, FORECAST, look, shown)

    def open_determinants(self, token: str, wanted: Target) -> tuple[OpenPatient, FormDeterminants]:
        """One patient and what the latest score of a scale goes with.

        Args:
            token: as for ``open``.
            wanted: as for ``open_forecast``.

        Raises:
            ModelsUnavailable, NotFound, NotAllowed, RecordUnavailable: as ``open_forecast``.
        """
        patient_id = self._patient_id(token, DETERMINANTS)
        forecaster = self._parts.forecasts.forecaster

        def look() -> tuple[OpenPatient, FormDeterminants]:
            patient = self._read(patient_id)
            forms = patient.form_features()
            full = {
                day: values for day, values in forms.items() if values["full_form_age_days"] == 0
            }
            form, values = max(full.items(), default=(None, {}))
            target = recorded(values, wanted)
            found = forecaster.determinants(values, target)
            return patient, FormDeterminants(target.key, form, found, forecaster.version)

        return self._granted(patient_id, DETERMINANTS, look)

    def risk_reference(self, drug_class: str, landmark_day: int) -> pd.DataFrame:
        """Middle half of the risks of research patients on a drug class, through the gate.

        Returns:
            outcome, horizon_days, n (rounded), q25, median, q75; groups of fewer than 20
            patients have no row.
        """
        return self._data.ask(
            _risk_reference(), drug_class=drug_class, landmark_day=str(landmark_day)
        )

    def score_bands(self, wanted: Group, scales: Sequence[str]) -> dict[str, Band]:
        """Spread of scales over time among comparable research patients, through the gate.

        Args:
            wanted: the narrowest group to compare with.
            scales: as ``qlq-c30:QL``; the bands are of the full questionnaire.

        Returns:
            A band by scale, of the narrowest group that has enough months (see
            ``models.cohort.comparable.narrowest_band``).
        """
        rows = self._data.ask(
            _score_bands(),
            drug_class=wanted.drug_class,
            age_band=wanted.age_band,
            sex=wanted.sex,
            scales=_SEPARATOR.join(scales),
        )
        found = dict(tuple(rows.groupby("key")))
        return {scale: narrowest_band(found.get(scale, rows.iloc[:0]), wanted) for scale in scales}

    def _read(self, patient_id: str) -> OpenPatient:
        return OpenPatient(self._data, patient_id, self._viewer.scopes)

    def _explained(self, patient_id: str, predictor: Predictor, compare: bool) -> RiskView:
        patient = self._read(patient_id)
        inputs = patient.features() or {0: {}}
        landmark = landmark_to_show(inputs)
        features = inputs[landmark]
        risks = predictor.explain(features, patient.who.country)
        drug_class = _drug_class(features)
        reference = self.risk_reference(drug_class, landmark)
        return RiskView(
            patient,
            landmark,
            drug_class,
            features,
            tuple(risks),
            reference,
            loris(inputs.get(0, {})),
            _previous(predictor, inputs, landmark, patient.who.country) if compare else None,
        )

    def _granted(
        self,
        patient_id: str | None,
        action: str,
        read: Callable[[], T],
        shown: Sequence[PredictionShown] = (),
    ) -> T:
        return self._parts.record.grant_read(
            self._viewer, patient_id, action, snapshot=self.snapshot.id, read=read, shown=shown
        )

    def _patient_id(self, token: str, action: str) -> str:
        """The pseudonym behind a link; a link that is not this viewer's is logged as refused."""
        try:
            return self._parts.tokens.patient_id(self._viewer, token)
        except NotFound:
            self._parts.record.log(
                self._viewer, action, outcome="refused", snapshot=self.snapshot.id
            )
            raise


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


def _previous(
    predictor: Predictor,
    inputs: Mapping[int, Mapping[str, float | None]],
    landmark: int,
    country: str,
) -> tuple[int, tuple[OutcomeRisk, ...]] | None:
    """The latest landmark before with enough inputs, and its risks."""
    earlier = {day: values for day, values in inputs.items() if day < landmark}
    if not earlier:
        return None
    day = landmark_to_show(earlier)
    risks = tuple(predictor.explain(earlier[day], country))
    return None if risks[0].risk is None else (day, risks)


def _present(
    previous: tuple[int, tuple[OutcomeRisk, ...]] | None,
) -> list[tuple[int, tuple[OutcomeRisk, ...]]]:
    return [] if previous is None else [previous]


def _scenario(
    predictor: Predictor,
    inputs: Mapping[str, float | None],
    asked: Mapping[str, float | str],
    country: str,
) -> Scenario | str | None:
    if not asked:
        return None
    try:
        return scenario(predictor, inputs, asked, country)
    except Implausible as refusal:
        return str(refusal)


def _too_late(patient: OpenPatient, form: date) -> str:
    """Why a form says nothing of the future any more; empty while it does."""
    who = patient.who
    if who.state == DIED:
        return "the patient has died"
    if (who.last_contact - form).days > OLDEST_FORM_DAYS:
        return "the latest form is more than six months older than the last contact"
    return ""


def _drug_class(features: Mapping[str, float | None]) -> str:
    code = features.get("drug_class")
    return "" if code is None else DRUG_CLASS_CODES[int(code)]


def records() -> CareRecords:
    """The warehouse as the person signed in may see it.

    Raises:
        NotAllowed: nobody is signed in.
        WarehouseUnavailable: there is no snapshot to read.
    """
    viewer: Viewer | None = getattr(current_user, "viewer", None)
    if viewer is None:
        raise NotAllowed("Sign in to see patients.")
    return CareRecords(viewer, services())
