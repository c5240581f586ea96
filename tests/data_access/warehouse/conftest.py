"""An invented clinic of a few patients, as a warehouse folder."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from data_access.warehouse.snapshots import Building, SnapshotStore
from models.schema import TABLES


def rows(table: str, *records: dict[str, object]) -> pa.Table:
    """Records as an arrow table in the types of the schema; absent columns are missing."""
    fields = TABLES[table].schema.to_pyarrow()
    return pa.Table.from_pylist(list(records), schema=fields)


def person(patient_id: str, **changes: object) -> dict[str, object]:
    """One patient of Lyon who agreed to care."""
    return {
        "patient_id": patient_id,
        "country": "FR",
        "site": "Lyon",
        "sex": "F",
        "birth_year": 1960,
        "index_date": date(2024, 1, 1),
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


@pytest.fixture
def store(tmp_path: Path) -> SnapshotStore:
    return SnapshotStore(tmp_path / "warehouse")
