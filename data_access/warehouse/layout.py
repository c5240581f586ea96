"""What a snapshot file holds: tables from the schema, checks before use, one information row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import duckdb
import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from data_access.warehouse.places import PLACE
from models.cohort.cohort_events import COHORT_EVENT
from models.cohort.disclosure import RELEASED
from models.cohort.people import COHORT
from models.cohort.similar_tables import SIMILAR_MEMBER
from models.cohort.standing import STANDING
from models.columns import Kind
from models.schema import IMPORTED, TABLES, unbound

BUILT = (*RELEASED.values(), STANDING, SIMILAR_MEMBER, COHORT, COHORT_EVENT)
"""Tables beyond the schema that are built from it and read by pages."""

_TYPES: dict[Kind, str] = {
    "string": "VARCHAR",
    "int32": "INTEGER",
    "float64": "DOUBLE",
    "date": "DATE",
    "boolean": "BOOLEAN",
    "timestamp": "TIMESTAMP",
}
# One row: what the snapshot is. ``created`` is UTC; seed and patients belong to simulated ones.
_INFO_TABLE = """
CREATE TABLE snapshot_info (
    id VARCHAR NOT NULL, created TIMESTAMP NOT NULL, data_date DATE, kind VARCHAR NOT NULL,
    model_version VARCHAR, seed BIGINT, patients BIGINT
)
"""


@dataclass(frozen=True)
class Snapshot:
    """What a screen says about the data behind it. ``created`` is UTC.

    ``kind`` says whom it holds: "simulated", "imported", or "simulated and imported" patients.
    ``data_date`` is the latest observed date; ``model_version`` is None when nothing is scored.
    """

    id: str
    created: datetime
    data_date: date | None
    kind: str
    model_version: str | None


def create(connection: duckdb.DuckDBPyConnection) -> None:
    """Create every table, empty; required columns refuse NULL."""
    for table in (
        *TABLES.values(),
        *RELEASED.values(),
        STANDING,
        SIMILAR_MEMBER,
        COHORT,
        COHORT_EVENT,
        PLACE,
    ):
        columns = (
            f"{column.name} {_TYPES[column.kind]}{' NOT NULL' if column.required else ''}"
            for column in table.columns
        )
        connection.execute(f"CREATE TABLE {table.name} ({', '.join(columns)})")
    connection.execute(_INFO_TABLE)


def problems(backend: Backend) -> list[str]:
    """What is wrong with a filled snapshot, in words; empty when it may be used.

    Types and required values are enforced on insert. Checked here, because a constraint on every
    insert is slower than one scan at the end: one row per patient, no rows of unknown patients,
    admitted words only.
    """
    return [sentence for sentence, count in _checks() if _value(backend, count)]


def _checks() -> Iterator[tuple[str, ir.IntegerScalar]]:
    """A sentence and the number of rows it is true of."""
    patient = unbound("patient")
    people = patient.patient_id
    yield "it holds no patients", (patient.count() == 0).cast("int64")
    yield "table patient has several rows for one patient", people.count() - people.nunique()
    for table in TABLES.values():
        rows = unbound(table.name)
        if "patient_id" in table.names and table.name != "patient":
            yield (
                f"table {table.name} has rows of unknown patients",
                rows.anti_join(patient, "patient_id").count(),
            )
        for column in table.columns:
            if column.allowed:
                values = rows[column.name].cast("string")
                yield (
                    f"table {table.name} has an unknown {column.name}",
                    values.notin(column.allowed).sum().fill_null(0),
                )


def _value(backend: Backend, aggregate: ir.Scalar) -> Any:
    """The value of an aggregate over a snapshot being built, None when there is none."""
    return backend.con.execute(backend.compile(aggregate)).fetchall()[0][0]


def write_info(
    backend: Backend, snapshot: Snapshot, *, seed: int | None, patients: int | None
) -> None:
    """Write the information row of a filled snapshot; its data date is read from the tables."""
    backend.con.execute(
        "INSERT INTO snapshot_info VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            snapshot.id,
            snapshot.created.replace(tzinfo=None),
            data_date(backend),
            snapshot.kind,
            snapshot.model_version,
            seed,
            patients,
        ],
    )


def data_date(backend: Backend) -> date | None:
    """Latest observed date of a snapshot being built, None when no row is dated.

    Ends of treatments are plans and do not count, nor does a day that is still to come: one
    mistyped year must not make everybody else look lost to follow-up.
    """
    observed = [
        _latest(unbound(name)[column.name])
        for name in IMPORTED
        for column in TABLES[name].columns
        if column.kind == "date" and (column.name != "end_date" or name == "patient")
    ]
    latest: date | None = _value(backend, ibis.union(*observed).latest.max())
    return latest


def _latest(day: ir.DateColumn) -> ir.Table:
    return day.max(where=day <= ibis.today()).name("latest").as_table()


def read_info(connection: duckdb.DuckDBPyConnection) -> Snapshot:
    """The information row of a complete snapshot."""
    ((snapshot_id, created, data_date, kind, model_version, *_),) = connection.execute(
        "SELECT * FROM snapshot_info"
    ).fetchall()
    return Snapshot(snapshot_id, created.replace(tzinfo=UTC), data_date, kind, model_version)
