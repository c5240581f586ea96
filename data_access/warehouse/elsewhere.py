"""Cohorts on another engine than the embedded one: what all such engines have in common."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC
from typing import Any, Protocol

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from data_access.errors import WarehouseUnavailable
from data_access.warehouse.cohort_questions import Answers
from data_access.warehouse.layout import Snapshot
from data_access.warehouse.parcel import Parcel
from models.cohort.people import COHORT

PERSONS = (
    "Only cohorts can be compared here: single patients need a warehouse folder"
    " (IMMUNOBOARD_WAREHOUSE)."
)


class Place(Protocol):
    """What snapshots are published to."""

    def latest(self, open_one: Answers | None) -> Answers:
        """The snapshot published last: ``open_one``, which is open already, or a newer one."""

    def publish(self, parcel: Parcel) -> bool:
        """Copy a snapshot there and switch to it.

        Returns:
            Whether anything was done; nothing is where the same snapshot is in use already.

        Raises:
            WarehouseUnavailable: the engine refuses, or somebody else publishes.
        """

    def close(self) -> None:
        """Give back connections and sessions."""


class Cohorts(Protocol):
    """Where cohorts are compared. Hold on to ``current()`` for one request."""

    def current(self) -> Answers:
        """The snapshot in use."""

    @property
    def snapshot(self) -> Snapshot:
        """What the snapshot in use is."""

    def run(self, expression: ir.Table) -> pd.DataFrame:
        """Execute an expression on the snapshot in use."""


class Elsewhere:
    """The snapshot in use on another engine, looked up at most every ``poll_seconds``."""

    def __init__(
        self,
        place: Place,
        poll_seconds: float = 2.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._place = place
        self._poll_seconds = poll_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._open: Answers | None = None
        self._looked = float("-inf")

    def current(self) -> Answers:
        """The snapshot in use.

        Raises:
            WarehouseUnavailable: nothing was published yet, or the engine does not answer.
        """
        with self._lock:
            now = self._clock()
            if self._open is None or now - self._looked >= self._poll_seconds:
                self._open = self._place.latest(self._open)
                self._looked = now
            return self._open

    @property
    def snapshot(self) -> Snapshot:
        """What the snapshot in use is."""
        return self.current().snapshot

    def run(self, expression: ir.Table) -> pd.DataFrame:
        """Execute an expression on the snapshot in use."""
        return self.current().run(expression)

    def close(self) -> None:
        """Give back connections and sessions; the next question makes new ones."""
        with self._lock:
            self._open = None
            self._place.close()


def version_name(snapshot: Snapshot) -> str:
    """Name of the published cohort table of a snapshot; another build has another name."""
    return f"cohort_{snapshot.id.replace('-', '_')}_{snapshot.created:%H%M%S}"


def snapshot_of(info: pa.Table) -> Snapshot:
    """What a snapshot is, by its information row."""
    (row,) = info.select(["id", "created", "data_date", "kind", "model_version"]).to_pylist()
    return Snapshot(**row | {"created": row["created"].replace(tzinfo=UTC)})


def asked_of(expression: ir.Table, name: str, database: str | None = None) -> ir.Table:
    """An expression over ``COHORT.unbound``, asked of the published table of that name."""
    published = ibis.table(COHORT.schema, name=name, database=database)
    return expression.op().replace({COHORT.unbound.op(): published.op()}).to_expr()


def check_columns(found: Iterable[str], snapshot: Snapshot) -> None:
    """Refuse a published table that lacks a column of this version of the program.

    Raises:
        WarehouseUnavailable: it does.
    """
    if not set(COHORT.names) <= set(found):
        raise WarehouseUnavailable(
            f"Snapshot {snapshot.id} was published by another version of the program, or may not"
            " be read by this user: run `flask warehouse publish` again, or grant SELECT."
        )


def framed(rows: Sequence[Sequence[Any]], schema: ibis.Schema) -> pd.DataFrame:
    """Rows of an engine in the types of the embedded one, but that sums of counts are whole.

    Whole numbers with gaps become floats, truth values with gaps objects; missing is NaN or None.
    """
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    series = {
        name: _series(values, kind)
        for (name, kind), values in zip(schema.items(), columns, strict=True)
    }
    return pd.DataFrame(series)


def _series(values: Sequence[Any], kind: Any) -> pd.Series:
    gaps = any(value is None for value in values)
    if kind.is_floating() or (kind.is_integer() and gaps):
        return pd.Series(values, dtype="float64")
    if kind.is_integer():
        return pd.Series(values, dtype="int64")
    if kind.is_boolean() and not gaps:
        return pd.Series(values, dtype="bool")
    return pd.Series(values, dtype="str" if kind.is_string() else "object")
