"""Warehouse snapshots: one immutable DuckDB file each, switched by one atomic rename.

A folder holds ``<id>.duckdb`` files and a pointer file ``current`` with the id in use. A build
writes ``<id>.building.duckdb`` and becomes visible only when it is complete, checked and on disk,
so a killed build leaves the old snapshot in use; the next build removes what it left behind.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa

from data_access.errors import WarehouseUnavailable
from data_access.warehouse import layout
from data_access.warehouse.places import PLACE, places
from data_access.warehouse.prepared import Prepared
from models.columns import Table

KEPT = 3
"""Snapshots kept for going back, the current one included."""

_ID = re.compile(r"\d{4}-\d{2}-\d{2}-\d{3}")
"""Day and running number of a snapshot; in the order of text they are in the order of time."""

BUILD_MEMORY = "4GB"
"""What DuckDB may use during a build before it spills to disk; Python needs its share of 8 GiB."""


class Building:
    """A snapshot being filled; visible to nobody until its build ends without an error."""

    def __init__(self, path: Path, snapshot_id: str, kind: str) -> None:
        self.path = path
        self.id = snapshot_id
        self.kind = kind
        self.model_version: str | None = None
        self.seed: int | None = None
        self.patients: int | None = None
        self.discarded = False
        self.connection = duckdb.connect(str(path), config={"memory_limit": BUILD_MEMORY})
        # A snapshot is all or nothing, so nothing is gained by checkpoints on the way.
        self.connection.execute("SET wal_autocheckpoint = '1TB'")
        self.backend = ibis.duckdb.from_connection(self.connection)
        layout.create(self.connection)

    def append(self, table: str, rows: pa.Table | ir.Table | Prepared, **values: str) -> None:
        """Add rows to ``table``, matched by column name; absent columns become NULL.

        Args:
            table: name of the table.
            rows: the rows, an expression, or a prepared question with ``values`` for its
                parameters.
            values: text by parameter.
        """
        if isinstance(rows, Prepared):
            query = rows.sql(self.backend)
        elif isinstance(rows, ir.Table):
            query = self.backend.compile(rows)
        else:
            self.connection.register("incoming", rows)
            query = "SELECT * FROM incoming"
        self.connection.execute(f"INSERT INTO {table} BY NAME {query}", values)

    def attach(self, snapshot: Path) -> None:
        """Make the tables of another snapshot readable as catalog ``old``."""
        path = str(snapshot).replace("'", "''")
        self.connection.execute(f"ATTACH '{path}' AS old (READ_ONLY)")

    def attached(self, table: Table) -> ir.Table:
        """A table of the attached snapshot; columns that it was built without are NULL."""
        found = self.connection.execute(
            "SELECT column_name FROM duckdb_columns() WHERE database_name = 'old'"
            " AND table_name = ?",
            [table.name],
        ).fetchall()
        there = {name: kind for name, kind in table.schema.items() if (name,) in found}
        rows = ibis.table(there, name=table.name, catalog="old", database="main")
        missing = {
            name: ibis.null(kind) for name, kind in table.schema.items() if name not in there
        }
        return rows.mutate(**missing).select(*table.names)

    def discard(self) -> None:
        """Let the build end without a new snapshot: there is nothing to change."""
        self.discarded = True

    def seal(self, created: datetime) -> None:
        """Check the content, write where rows lie and what this is, bring everything to disk.

        Raises:
            WarehouseUnavailable: a check failed; the sentence names table and column.
        """
        problems = layout.problems(self.backend)
        if problems:
            raise WarehouseUnavailable(
                f"The new snapshot is not used because {'; '.join(problems)}."
            )
        self.append(PLACE.name, places())
        snapshot = layout.Snapshot(self.id, created, None, self.kind, self.model_version)
        layout.write_info(self.backend, snapshot, seed=self.seed, patients=self.patients)
        self.connection.execute("CHECKPOINT")
        self.connection.close()
        sync(self.path)


class SnapshotStore:
    """The snapshots in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def _pointer(self) -> Path:
        return self.folder / "current"

    def path(self, snapshot_id: str) -> Path:
        """File of a snapshot."""
        return self.folder / f"{snapshot_id}.duckdb"

    def snapshots(self) -> list[str]:
        """Ids of all complete snapshots, oldest first."""
        names = (path.name.removesuffix(".duckdb") for path in self.folder.glob("*.duckdb"))
        return sorted(name for name in names if _ID.fullmatch(name))

    def current_id(self) -> str | None:
        """Id of the snapshot in use, or None when nothing was built yet."""
        try:
            name = self._pointer.read_bytes().strip().decode("ascii", errors="replace")
        except FileNotFoundError:
            return None
        return name if _ID.fullmatch(name) else None

    def current(self) -> Path | None:
        """File of the snapshot in use, or None when nothing was built yet."""
        snapshot_id = self.current_id()
        return self.path(snapshot_id) if snapshot_id else None

    @contextmanager
    def build(self, kind: str) -> Iterator[Building]:
        """Build a new snapshot and switch to it when the block ends without an error.

        Raises:
            WarehouseUnavailable: another build is running, or the new snapshot fails its checks.
        """
        with self._lock():
            self._remove_leftovers()
            base = self.current_id() or ""
            created = datetime.now(UTC).replace(microsecond=0)
            snapshot_id = self._next_id(created)
            building = Building(self.folder / f"{snapshot_id}.building.duckdb", snapshot_id, kind)
            try:
                yield building
                if not building.discarded:
                    building.seal(created)
                    building.path.rename(self.path(snapshot_id))
                    self._switch(snapshot_id)
                    self._remove_rejected(base, snapshot_id)
                    self._prune(snapshot_id)
            finally:
                building.connection.close()
                self._remove_leftovers()

    def rollback(self) -> str:
        """Use the snapshot before the current one again; returns its id.

        Raises:
            WarehouseUnavailable: there is none, or a build is running.
        """
        with self._lock():
            current = self.current_id()
            earlier = [name for name in self.snapshots() if current and name < current]
            if current is None or not earlier:
                raise WarehouseUnavailable("There is no earlier snapshot to go back to.")
            self._refuse_if_consent_was_withdrawn(current, earlier[-1])
            self._switch(earlier[-1])
            return earlier[-1]

    def _refuse_if_consent_was_withdrawn(self, current: str, earlier: str) -> None:
        with duckdb.connect() as connection:
            for name, snapshot_id in (("now", current), ("before", earlier)):
                connection.execute(f"ATTACH '{self.path(snapshot_id)}' AS {name} (READ_ONLY)")
            shown_again = connection.execute(
                "SELECT count(*) FROM before.patient b JOIN now.patient n USING (patient_id)"
                " WHERE n.consent = 'withdrawn' AND b.consent <> 'withdrawn'"
            ).fetchall()
        if shown_again[0][0]:
            raise WarehouseUnavailable(
                "Going back would show people who have withdrawn their consent since: import the"
                " right data instead."
            )

    def _next_id(self, created: datetime) -> str:
        """Day and running number; later builds sort later even when the clock went back."""
        latest = max([*self.snapshots(), self.current_id() or ""])
        day, _, number = latest.rpartition("-")
        today = f"{created:%Y-%m-%d}"
        return f"{day}-{int(number) + 1:03d}" if day >= today else f"{today}-001"

    def _switch(self, snapshot_id: str) -> None:
        """Point to a complete snapshot; readers see the old or the new one, never neither."""
        sync(self.folder)
        fresh = self.folder / "current.building"
        fresh.write_text(snapshot_id + "\n", encoding="utf-8")
        sync(fresh)
        fresh.rename(self._pointer)
        sync(self.folder)

    def _remove_rejected(self, base: str, built: str) -> None:
        """Remove what a rollback had turned away, so that going back never leads there."""
        for snapshot_id in self.snapshots():
            if base < snapshot_id < built:
                self.path(snapshot_id).unlink()

    def _prune(self, current: str) -> None:
        kept = {*self.snapshots()[-KEPT:], current}
        for snapshot_id in self.snapshots():
            if snapshot_id not in kept:
                self.path(snapshot_id).unlink()

    def _remove_leftovers(self) -> None:
        for path in self.folder.glob("*.building*"):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """Let one builder in at a time; the kernel releases the lock of a killed one."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _for_the_owner_only(), (self.folder / "build.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise WarehouseUnavailable(
                    "Another warehouse build is running; wait until it has ended and try again."
                ) from None
            yield


@contextmanager
def _for_the_owner_only() -> Iterator[None]:
    """Let nobody else read files made meanwhile: a database has others beside it while it grows."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def sync(path: Path) -> None:
    """Bring a file's content, or a folder's names, to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
