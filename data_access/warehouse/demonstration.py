"""The demonstration cohort as a snapshot."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime

import pyarrow as pa

from data_access.simulated_rows import SimulatedPatients
from data_access.warehouse.derive import Scorer, derive, gather, stand
from data_access.warehouse.snapshots import SnapshotStore
from models.progress import Progress
from models.schema import TABLES


def build_demonstration(
    store: SnapshotStore,
    cohorts: Iterator[SimulatedPatients],
    *,
    patients: int,
    seed: int,
    progress: Progress,
    scored: bool = True,
    predictor: Scorer | None = None,
) -> str:
    """Fill a new snapshot with simulated patients and switch to it.

    Args:
        store: where snapshots are kept.
        cohorts: the patients in portions, as they are generated.
        patients: how many there will be; with ``seed`` it identifies the simulation.
        seed: the seed they are generated from.
        progress: told what is done.
        scored: whether features, predictions and bands are computed.
        predictor: the risk models, or None to go without predictions.

    Returns:
        The id of the snapshot.

    Raises:
        WarehouseUnavailable: another build is running, or a check failed.
    """
    with store.build("simulated") as building:
        building.seed, building.patients = seed, patients
        done = 0
        progress("patients", 0)
        for cohort in cohorts:
            for name, rows in cohort.tables.items():
                building.append(name, rows)
            done += cohort.tables["patient"].num_rows
            progress("patients", done / patients)
        building.append("source", _source(patients, seed))
        if scored:
            derive(building, predictor, progress)
            gather(building, progress)
        stand(building, progress)
        progress("checks", 0)
    progress("checks", 1)
    return building.id


def _source(patients: int, seed: int) -> pa.Table:
    name = f"{patients} patients, seed {seed}"
    row = {
        "batch_id": "simulation",
        "file": "simulation",
        "sha256": hashlib.sha256(name.encode()).hexdigest(),
        "imported_at": datetime.now(UTC).replace(tzinfo=None),
        "rows_accepted": patients,
        "rows_quarantined": 0,
    }
    return pa.Table.from_pylist([row], schema=TABLES["source"].schema.to_pyarrow())
