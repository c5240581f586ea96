"""Patients of one viewer: every question is asked in the viewer's name.

``records()`` binds the person signed in, so a page cannot forget who asks. A patient of another
team, one who withdrew, one who does not exist and a link made for somebody else all give the
same answer. Whatever is read is in the access log before it leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, TypeVar

import pandas as pd
from flask_login import current_user  # type: ignore[import-untyped]

from data_access.care_views import RiskView, WhatIf
from data_access.errors import NotAllowed, NotFound
from data_access.record import PredictionShown, Viewer
from data_access.services import Services, services
from data_access.shown import as_shown, forecasts_as_shown, scenario_as_shown
from data_access.warehouse.course import OpenPatient
from data_access.warehouse.layout import Snapshot
from data_access.warehouse.released import risk_reference, score_bands
from data_access.warehouse.similar import at_landmark_to_show
from data_access.warehouse.worklist import worklist
from models.benefit.loris import loris
from models.cohort.comparable import Band, Group
from models.cohort.similar_view import SimilarPatients
from models.cohort.standing import DIED
from models.qol.forecast.inputs import FORM_DAY, last_name
from models.qol.forecast.prediction import FormDeterminants, FormForecast
from models.qol.forecast.targets import HORIZONS_DAYS, Target
from models.qol.instrument import Instrument
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
SIMILAR = "patients like this one"
"""What seeing how the nearest group fared is called there."""
NO_FORM = "no form has come yet"
OLDEST_FORM_DAYS = max(HORIZONS_DAYS)
"""Age of the latest form at the last contact beyond which every forecast is of the past."""


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

    @property
    def instruments(self) -> Mapping[str, Instrument]:
        """Every questionnaire that is known, those of the site among them, by name."""
        return self._parts.instruments

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

    def open_similar(self, token: str) -> tuple[OpenPatient, int, SimilarPatients | None]:
        """One patient, the landmark of the risks shown, and the nearest group as released.

        Raises:
            NotFound, NotAllowed, RecordUnavailable: as ``open``.
        """
        patient_id = self._patient_id(token, SIMILAR)
        return self._granted(
            patient_id, SIMILAR, lambda: at_landmark_to_show(self._data, self._read(patient_id))
        )

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
            found = forecaster.at_form(form, values, wanted, _too_late(patient, form))
            day = int(values[FORM_DAY.name] or 0)
            shown.extend(forecasts_as_shown(found.forecasts, found.key, day, found.version))
            return patient, found

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
            # A full form may lack the scale; its latest score is then of another day.
            held = {
                day: values | {last_name(name): None for name in patient.targets_not_scored_on(day)}
                for day, values in forms.items()
            }
            return patient, forecaster.at_full_form(held, wanted)

        return self._granted(patient_id, DETERMINANTS, look)

    def risk_reference(self, drug_class: str, landmark_day: int) -> pd.DataFrame:
        """As ``data_access.warehouse.released.risk_reference``."""
        return risk_reference(self._data, drug_class, landmark_day)

    def score_bands(self, wanted: Group, scales: Sequence[str]) -> dict[str, Band]:
        """As ``data_access.warehouse.released.score_bands``."""
        return score_bands(self._data, wanted, scales)

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
