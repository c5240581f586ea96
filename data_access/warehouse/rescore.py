"""The current cohort with the models in use now."""

from __future__ import annotations

from data_access.errors import WarehouseUnavailable
from data_access.warehouse.derive import Scorer, derive, gather, stand
from data_access.warehouse.reader import Warehouse
from data_access.warehouse.snapshots import SnapshotStore
from models.progress import Progress
from models.schema import TABLES


def rescore(store: SnapshotStore, predictor: Scorer, progress: Progress) -> str:
    """Build a snapshot of the same patients with features, risks and bands computed anew.

    Args:
        store: where snapshots are kept.
        predictor: the risk models.
        progress: told what is done.

    Returns:
        The id of the snapshot.

    Raises:
        WarehouseUnavailable: there is no snapshot, another build is running, or a check failed.
    """
    kind = Warehouse(store.folder).snapshot.kind
    with store.build(kind) as building:
        # Asked again inside the build: nobody else can switch from here on.
        current = store.current()
        if current is None:
            raise WarehouseUnavailable("There is no snapshot to score anew.")
        building.attach(current)
        progress("patients", 0)
        for table in TABLES.values():
            if not table.derived:
                building.append(table.name, building.attached(table))
        progress("patients", 1)
        derive(building, predictor, progress)
        stand(building, progress)
        gather(building, progress)
    return building.id
