"""Which engine compares cohorts: embedded DuckDB, PostgreSQL or Spark, by one setting.

The questions are the same Ibis expressions on all of them; see README.md, "Other engines".
"""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr

from data_access.errors import NotConfigured, WarehouseUnavailable
from data_access.warehouse.elsewhere import PERSONS, Elsewhere
from data_access.warehouse.parcel import current_parcel
from data_access.warehouse.reader import Warehouse
from data_access.warehouse.snapshots import SnapshotStore

POSTGRESQL = "postgresql://"
SPARK = "spark:"
_FORMS = "postgresql://USER@HOST/DATABASE or spark:FOLDER"


def warehouse_of(place: Path | SecretStr, poll_seconds: float = 2.0) -> Warehouse:
    """The warehouse with patients one by one.

    Raises:
        WarehouseUnavailable: the setting names another engine, which holds cohorts only.
    """
    if isinstance(place, SecretStr):
        raise WarehouseUnavailable(PERSONS)
    return Warehouse(place, poll_seconds)


def cohorts_of(url: str, poll_seconds: float = 2.0) -> Elsewhere:
    """Cohorts on another engine; opens nothing before the first question.

    Raises:
        NotConfigured: the URL is of no known form; it is not repeated.
    """
    if url.startswith(POSTGRESQL):
        from data_access.warehouse.postgresql import PostgresqlServer

        return Elsewhere(PostgresqlServer(url), poll_seconds)
    from data_access.warehouse.spark import SparkFolder

    return Elsewhere(SparkFolder(_folder(url)), poll_seconds)


def publish(store: SnapshotStore, target: str) -> tuple[str, bool]:
    """Copy the cohort table of the current snapshot to another engine and switch to it there.

    Args:
        store: the snapshots.
        target: a URL as the setting takes it.

    Returns:
        The id of the snapshot, and whether it was not in use there already.

    Raises:
        NotConfigured: the URL is of no known form; it is not repeated.
        WarehouseUnavailable: there is no snapshot, or the engine refuses.
    """
    if target.startswith(POSTGRESQL):
        from data_access.warehouse import postgresql

        server = postgresql.PostgresqlServer(target)
        with current_parcel(store) as parcel:
            return parcel.snapshot.id, postgresql.publish(parcel, server)
    from data_access.warehouse import spark

    folder = _folder(target)
    with current_parcel(store) as parcel:
        return parcel.snapshot.id, spark.publish(parcel, folder)


def _folder(url: str) -> Path:
    folder = url.removeprefix(SPARK)
    if not url.startswith(SPARK) or not folder or folder.startswith("//"):
        raise NotConfigured(f"The address of another engine is written {_FORMS}.")
    return Path(folder)
