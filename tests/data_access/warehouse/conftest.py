"""An invented clinic of a few patients, as a warehouse folder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pytest

from data_access.warehouse.snapshots import Building, SnapshotStore
from models.risk.inputs import FEATURE_NAMES
from models.risk.outcomes import HORIZONS, OUTCOMES
from models.risk.prediction import RiskArrays
from models.risk.use import Use
from models.schema import TABLES

DAY_0 = date(2024, 1, 1)


def rows(table: str, *records: dict[str, object]) -> pa.Table:
    """Records as an arrow table in the types of the schema; absent columns are missing."""
    return pa.Table.from_pylist(list(records), schema=TABLES[table].schema.to_pyarrow())


def person(patient_id: str, **changes: object) -> dict[str, object]:
    """One patient of Lyon who agreed to care."""
    return {
        "patient_id": patient_id,
        "country": "FR",
        "site": "Lyon",
        "sex": "F",
        "birth_year": 1960,
        "index_date": DAY_0,
        "end_date": date(2024, 12, 31),
        "consent": "care",
    } | changes


def fill(building: Building, *patient_ids: str) -> None:
    """Put patients with one laboratory value each into a snapshot."""
    building.append("patient", rows("patient", *map(person, patient_ids)))
    values = [
        {
            "patient_id": patient_id,
            "date": date(2024, 2, 1),
            "loinc": "1742-6",
            "value": 30.0,
            "unit": "U/L",
        }
        for patient_id in patient_ids
    ]
    building.append("lab", rows("lab", *values))


@dataclass(frozen=True)
class Portion:
    """Some invented patients, as the simulation hands them over."""

    tables: dict[str, pa.Table]


def portion(*people: dict[str, object]) -> Portion:
    """Patients on pembrolizumab with a form at day 0 and after a month."""
    ids = [one["patient_id"] for one in people]
    treatments = [
        {
            "patient_id": patient_id,
            "line": 1,
            "regimen": "pembrolizumab",
            "drug_class": "PD1",
            "start_date": DAY_0,
        }
        for patient_id in ids
    ]
    scores = [
        {
            "patient_id": patient_id,
            "date": DAY_0 + timedelta(days=day),
            "instrument": "qlq-c30",
            "scale": "QL",
            "value": float(number % 100),
        }
        for number, patient_id in enumerate(ids)
        for day in (0, 30)
    ]
    return Portion(
        {
            "patient": rows("patient", *people),
            "treatment": rows("treatment", *treatments),
            "score": rows("score", *scores),
        }
    )


class AgeModel:
    """Scores whoever has an age: risk is age in per mille, growing with the horizon."""

    version = "test/1"
    use: ClassVar = Use.of({"severe": {"age_years": 1.0, "sex": 0.5, "alt": 0.5}}, {})

    def predict(self, features: np.ndarray, countries: list[str]) -> RiskArrays:
        assert len(countries) == len(features)
        age = features[:, FEATURE_NAMES.index("age_years")]
        horizons = np.array(HORIZONS) / 365
        risk = np.broadcast_to(
            age[:, None, None] / 1000 * horizons, (len(age), len(OUTCOMES), len(HORIZONS))
        )
        return RiskArrays(risk, risk * 0.5, np.minimum(risk * 2, 1))

    def with_care(self, features: np.ndarray) -> np.ndarray:
        """People over 80, every outcome alike."""
        old = features[:, FEATURE_NAMES.index("age_years")] > 80
        return np.repeat(old[:, None], len(OUTCOMES), axis=1)


@pytest.fixture
def store(tmp_path: Path) -> SnapshotStore:
    return SnapshotStore(tmp_path / "warehouse")
