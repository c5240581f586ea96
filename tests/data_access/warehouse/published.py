"""Snapshots whose cohort table is written row by row, for tests of publishing."""

from __future__ import annotations

import pyarrow as pa

from data_access.warehouse.snapshots import SnapshotStore
from models.cohort.people import COHORT
from tests.data_access.warehouse.conftest import fill

ODD = 'FR/L\'Hôpital "A", 3; \\N\n'
"""A site that separators, quotation marks and line ends could break."""


def cohort_row(number: int, **values: object) -> dict[str, object]:
    """A patient of whom nothing but what is required is recorded."""
    return {
        "number": number,
        "patient_id": f"p{number}",
        "country": "FR",
        "site": ODD,
        "entry_day": 0,
        "died": False,
        "irae_known": False,
    } | values


def build(store: SnapshotStore, patients: int) -> str:
    """A new snapshot with a cohort of so many; the first has a score and a risk."""
    with store.build("imported") as building:
        fill(building, *(f"p{number}" for number in range(patients)))
        people = [cohort_row(number) for number in range(patients)]
        people[0] |= {"ql_0": 1 / 3, "age": 4, "died": True, "risk_severe_0": 1e-17, "site": ""}
        schema = COHORT.schema.to_pyarrow()
        building.append("cohort", pa.Table.from_pylist(people, schema=schema))
    return building.id
