"""What is published of a snapshot: the cohort table and the information row, as Arrow."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from data_access.errors import WarehouseUnavailable
from data_access.warehouse.layout import Snapshot, read_info
from data_access.warehouse.reader import READING
from data_access.warehouse.snapshots import SnapshotStore
from models.cohort.people import COHORT

ROWS_AT_ONCE = 50_000


@dataclass(frozen=True)
class Parcel:
    """``cohort`` can be read once, in order of its numbers; ``info`` has one row."""

    snapshot: Snapshot
    info: pa.Table
    cohort: pa.RecordBatchReader


@contextmanager
def current_parcel(store: SnapshotStore) -> Iterator[Parcel]:
    """The current snapshot, open for reading while the block lasts.

    Raises:
        WarehouseUnavailable: nothing was built yet, or an older version of the program built it.
    """
    path = store.current()
    if path is None:
        raise WarehouseUnavailable(
            "There is nothing to publish yet: build the warehouse with `flask warehouse demo` or"
            " `flask warehouse import-csv`."
        )
    with duckdb.connect(str(path), read_only=True, config=READING) as connection:
        snapshot = read_info(connection)
        info = connection.sql("SELECT * FROM snapshot_info").to_arrow_table()
        names = ", ".join(f'"{name}"' for name in COHORT.names)
        try:
            rows = connection.sql(f"SELECT {names} FROM cohort ORDER BY number")  # noqa: S608
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            raise WarehouseUnavailable(
                f"Snapshot {snapshot.id} was built by another version of the program: run"
                " `flask warehouse rescore`, then publish."
            ) from error
        yield Parcel(snapshot, info, rows.to_arrow_reader(ROWS_AT_ONCE))
