"""The parts of the program that talk to the outside, one of each per server."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, cast

from flask import current_app

from data_access.errors import NotConfigured
from data_access.settings import Settings

if TYPE_CHECKING:
    from data_access.artifacts import RiskModels
    from data_access.cohort_gate import CohortGate
    from data_access.forecast_models import ForecastModels
    from data_access.model_versions import ModelVersions
    from data_access.record import PatientTokens, Record
    from data_access.warehouse.elsewhere import Cohorts, Elsewhere
    from data_access.warehouse.reader import Warehouse
    from models.qol.instrument import Instrument

EXTENSION = "immunoboard"


class Services:
    """Warehouse, record store and models, each made when it is first asked for.

    Late, because a command that only adds a user should not wait for the analytic libraries, and
    because nothing of LightGBM may exist before a web worker has forked.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def warehouse(self) -> Warehouse:
        """The pseudonymised patients, read side.

        Raises:
            WarehouseUnavailable: the setting names an engine that holds cohorts only.
        """
        from data_access.warehouse.engines import warehouse_of

        return warehouse_of(self.settings.warehouse, self.settings.snapshot_poll_seconds)

    @property
    def cohort_engine(self) -> Cohorts:
        """Where cohorts are compared: the warehouse, or the engine that the setting names.

        Raises:
            NotConfigured: the setting is no address of an engine.
        """
        return self.warehouse if isinstance(self.settings.warehouse, Path) else self._elsewhere

    @cached_property
    def _elsewhere(self) -> Elsewhere:
        from data_access.warehouse.engines import cohorts_of

        return cohorts_of(self.settings.warehouse, self.settings.snapshot_poll_seconds)

    @cached_property
    def record(self) -> Record:
        """Users, grants, sessions and the access log, write side."""
        from data_access.record import Record

        return Record(
            self.settings.record,
            secret=self.settings.secret_if_any(),
            session_idle=self.settings.session_idle,
            session_absolute=self.settings.session_absolute,
        )

    @cached_property
    def models(self) -> RiskModels:
        """The risk models in use."""
        from data_access.artifacts import RiskModels

        return RiskModels(self.settings.artifacts, self.versions.pointer)

    @cached_property
    def forecasts(self) -> ForecastModels:
        """The forecasts of quality of life."""
        from data_access.forecast_models import ForecastModels

        return ForecastModels(self.settings.forecasts)

    @cached_property
    def cohort_gate(self) -> CohortGate:
        """What was released of cohorts, and to whom."""
        from data_access.cohort_gate import CohortGate

        return CohortGate(lambda: self.record)

    @cached_property
    def versions(self) -> ModelVersions:
        """Every version of the risk models."""
        from data_access.model_versions import ModelVersions

        return ModelVersions(self.settings.artifacts, self.settings.model_versions)

    @cached_property
    def instruments(self) -> Mapping[str, Instrument]:
        """Every questionnaire by name: those of the program, then those of the site.

        Raises:
            ImportRefused: a file of the site is no sound description.
            NotConfigured: the setting names a folder that is not there.
        """
        from data_access.instruments import all_instruments

        folder = self.settings.instruments
        if "instruments" in self.settings.model_fields_set and not folder.exists():
            raise NotConfigured("IMMUNOBOARD_INSTRUMENTS names a folder that is not there.")
        return all_instruments(folder)

    @cached_property
    def tokens(self) -> PatientTokens:
        """Links to patients, made for one viewer each."""
        from data_access.record import PatientTokens

        return PatientTokens(self.settings.secret())


def build_services(settings: Settings) -> Services:
    """The services of one server; opens nothing."""
    return Services(settings)


def services() -> Services:
    """The services of the running server or command."""
    return cast(Services, current_app.extensions[EXTENSION])
