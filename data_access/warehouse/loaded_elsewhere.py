"""Cohorts on any other engine that Ibis speaks, filled by that engine's own loader.

The database of the URL holds the tables ``cohort`` and ``snapshot_info`` of a published folder
(``flask warehouse publish spark:FOLDER``). Who replaces them replaces both at once.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis.common.exceptions import IbisError, TableNotFound

from data_access.errors import NotConfigured, WarehouseUnavailable
from data_access.warehouse.cohort_questions import Answers
from data_access.warehouse.elsewhere import check_columns, framed, snapshot_of
from data_access.warehouse.layout import Snapshot
from data_access.warehouse.parcel import Parcel

_CLIENT_ERRORS = {
    "trino.exceptions": ("Error", "HttpError"),
    "clickhouse_connect.driver.exceptions": ("Error",),
}
"""Errors of clients, where they are loaded; none is a package of this program."""


class LoadedElsewhere:
    """A database with the tables; opens nothing before the first question."""

    def __init__(self, url: str) -> None:
        self._url = url
        # One question at a time: what clients allow differs.
        self._lock = threading.Lock()
        self._backend: Any = None

    def latest(self, open_one: Answers | None) -> Answers:
        """The snapshot that was loaded last."""
        with self.backend() as backend:
            info = backend.table("snapshot_info").to_pyarrow()
            columns = backend.table("cohort").columns
        if info.num_rows != 1:
            raise WarehouseUnavailable("Table snapshot_info of the warehouse must have one row.")
        snapshot = snapshot_of(info)
        check_columns(columns, snapshot)
        if open_one is not None and open_one.snapshot == snapshot:
            return open_one
        return LoadedSnapshot(self, snapshot)

    def publish(self, parcel: Parcel) -> bool:
        """Refuses: the engine's own loader does that."""
        raise NotConfigured(
            "Publish to spark:FOLDER and load its Parquet files with the engine's own loader; see"
            " README.md, “Other engines”."
        )

    @contextmanager
    def backend(self) -> Iterator[Any]:
        """The connection, for one question.

        Raises:
            WarehouseUnavailable: the client is not installed, or the server refuses.
        """
        with self._lock:
            try:
                if self._backend is None:
                    self._backend = ibis.connect(self._url)
                yield self._backend
            except ImportError:
                raise WarehouseUnavailable(
                    "The client of the warehouse's engine is not installed: see README.md,"
                    " “Other engines”."
                ) from None
            except (OSError, IbisError, TableNotFound, *_client_errors()) as error:
                self._backend = None
                raise WarehouseUnavailable(
                    "The engine of the warehouse does not answer, or lacks the tables cohort and"
                    " snapshot_info: check IMMUNOBOARD_WAREHOUSE."
                ) from error

    def close(self) -> None:
        """Give back the connection."""
        with self._lock:
            if self._backend is not None:
                self._backend.disconnect()
                self._backend = None


class LoadedSnapshot:
    """The snapshot that is loaded."""

    def __init__(self, place: LoadedElsewhere, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._place = place

    def run(self, expression: ir.Table) -> pd.DataFrame:
        """Execute an expression over ``COHORT.unbound``.

        Raises:
            WarehouseUnavailable: the engine does not answer.
        """
        with self._place.backend() as backend:
            columns = backend.to_pyarrow(expression).to_pydict()
        return framed(list(zip(*columns.values(), strict=True)), expression.schema())


def _client_errors() -> list[type[Exception]]:
    return [
        getattr(sys.modules[module], name)
        for module, names in _CLIENT_ERRORS.items()
        if module in sys.modules
        for name in names
    ]
