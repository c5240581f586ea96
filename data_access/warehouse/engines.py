"""Which engine compares cohorts: embedded DuckDB, PostgreSQL or Spark, by one setting.

The questions are the same Ibis expressions on all of them; see README.md, "Other engines".
"""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr

from data_access.errors import NotConfigured, WarehouseUnavailable
from data_access.warehouse.elsewhere import PERSONS, Elsewhere, Place
from data_access.warehouse.parcel import current_parcel
from data_access.warehouse.reader import Warehouse
from data_access.warehouse.snapshots import SnapshotStore

POSTGRESQL = "postgresql://"
SPARK = "spark:"
LOADED = ("trino://", "clickhouse://")
_FORMS = "postgresql://USER@HOST/DATABASE or spark:FOLDER"


def warehouse_of(place: Path | SecretStr, poll_seconds: float = 2.0) -> Warehouse:
    """The warehouse with patients one by one.

    Raises:
        WarehouseUnavailable: the setting names another engine, which holds cohorts only.
    """
    if isinstance(place, SecretStr):
        raise WarehouseUnavailable(PERSONS)
    return Warehouse(place, poll_seconds)


def cohorts_of(address: Path | SecretStr, poll_seconds: float = 2.0) -> Elsewhere:
    """Cohorts on another engine; opens nothing before the first question.

    Raises:
        NotConfigured: the address is of no known form; it is not repeated.
    """
    return Elsewhere(_place(_url(address)), poll_seconds)


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
    place = _place(target)
    with current_parcel(store) as parcel:
        return parcel.snapshot.id, place.publish(parcel)


def _url(address: Path | SecretStr) -> str:
    return address.get_secret_value() if isinstance(address, SecretStr) else str(address)


def _place(url: str) -> Place:
    if url.startswith(POSTGRESQL):
        from data_access.warehouse.postgresql import PostgresqlServer

        return PostgresqlServer(url)
    if url.startswith(LOADED):
        from data_access.warehouse.loaded_elsewhere import LoadedElsewhere

        return LoadedElsewhere(url)
    folder = url.removeprefix(SPARK)
    if not url.startswith(SPARK) or not folder or folder.startswith("//"):
        raise NotConfigured(f"The address of another engine is written {_FORMS}.")
    from data_access.warehouse.spark import SparkFolder

    return SparkFolder(Path(folder))
