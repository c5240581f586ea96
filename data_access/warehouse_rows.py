"""Patients of a snapshot as rows for training and recalibration, research consent only."""

from __future__ import annotations

from data_access.errors import WarehouseUnavailable
from data_access.warehouse.reader import OpenSnapshot
from models.risk.features import FEATURE_TABLES, landmark_features
from models.risk.labels import LandmarkRows, first_onsets
from models.schema import unbound


def warehouse_rows(snapshot: OpenSnapshot) -> LandmarkRows:
    """Features and follow-up at every landmark.

    Raises:
        WarehouseUnavailable: nobody in the snapshot consented to research.
    """
    tables = {name: unbound(name) for name in FEATURE_TABLES}
    onsets = snapshot.run(first_onsets(tables))
    if onsets.empty:
        raise WarehouseUnavailable(
            "Nobody in the current snapshot has consented to research: there is nothing to learn"
            " from."
        )
    return LandmarkRows.from_frames(snapshot.run(landmark_features(tables)), onsets)
