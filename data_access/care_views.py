"""What one patient's risks and scenarios are, together: values that a page shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from data_access.warehouse.course import OpenPatient
from models.benefit.loris import Loris
from models.risk.prediction import OutcomeRisk
from models.risk.what_if import Scenario


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
