"""Cohorts on Spark: a folder of Parquet files that every worker of the cluster can read.

The folder holds one folder per published snapshot and a file ``current`` that names the one in
use. A snapshot is visible only when it is complete; the one before stays for the requests that
began with it. Spark itself is started by the first question, on this machine, unless its own
configuration (``spark-defaults.conf``) names a cluster.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data_access.errors import WarehouseUnavailable
from data_access.warehouse.cohort_questions import Answers
from data_access.warehouse.elsewhere import (
    asked_of,
    check_columns,
    framed,
    snapshot_of,
    version_name,
)
from data_access.warehouse.layout import Snapshot
from data_access.warehouse.parcel import Parcel
from data_access.warehouse.snapshots import sync

if TYPE_CHECKING:
    from ibis.backends.pyspark import Backend

_NAME = re.compile(r"cohort_\d{4}_\d{2}_\d{2}_\d{3}_\d{6}")
_SETTINGS = {
    # Spark's own web pages show queries to anyone who can reach the port.
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.app.name": "Immunoboard",
}
_HERE = {
    # Nobody outside this machine has anything to ask of a session that lives on it.
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    # Two hundred parts, Spark's default, are for clusters: here each costs more than its work.
    "spark.sql.shuffle.partitions": str(os.cpu_count() or 1),
}


class SparkFolder:
    """A folder that snapshots are published to; opens nothing before the first question."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._backend: Backend | None = None

    def latest(self, open_one: Answers | None) -> Answers:
        """The snapshot that was published last."""
        name = current_name(self.folder)
        if name is None:
            raise WarehouseUnavailable(
                "Nothing was published to this folder yet: run `flask warehouse publish`."
            )
        if open_one is not None and version_name(open_one.snapshot) == name:
            return open_one
        try:
            snapshot = snapshot_of(pq.read_table(self.folder / name / "snapshot_info.parquet"))
            columns = pq.read_schema(self.folder / name / "cohort.parquet").names
        except (OSError, pa.ArrowException) as error:
            raise _unreadable() from error
        check_columns(columns, snapshot)
        return SparkSnapshot(self, snapshot)

    def publish(self, parcel: Parcel) -> bool:
        """Copy a snapshot to the folder and switch to it; see ``Place``."""
        name = version_name(parcel.snapshot)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _alone(self.folder):
            before = current_name(self.folder)
            if before == name:
                return False
            building = self.folder / f"{name}.building"
            shutil.rmtree(building, ignore_errors=True)
            _write(parcel, building)
            shutil.rmtree(self.folder / name, ignore_errors=True)
            building.rename(self.folder / name)
            pointer = self.folder / "current.building"
            pointer.write_text(name + "\n", encoding="utf-8")
            sync(pointer)
            pointer.rename(self.folder / "current")
            _tidy(self.folder, {name, before})
        return True

    def backend(self) -> Backend:
        """The Spark session of this process.

        Raises:
            WarehouseUnavailable: Spark or Java is missing, or it does not start.
        """
        with self._lock:
            if self._backend is None:
                self._backend = _start()
            return self._backend

    def close(self) -> None:
        """Stop Spark, if this process started it."""
        with self._lock:
            if self._backend is not None:
                self._backend.disconnect()
                self._backend = None


class SparkSnapshot:
    """One published snapshot."""

    def __init__(self, place: SparkFolder, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._place = place
        self._lock = threading.Lock()
        self._named = False

    def run(self, expression: ir.Table) -> pd.DataFrame:
        """Execute an expression over ``COHORT.unbound``.

        Raises:
            WarehouseUnavailable: Spark does not start, or the files cannot be read.
        """
        backend = self._place.backend()
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException

        try:
            self._name(backend)
            question = backend.compile(asked_of(expression, version_name(self.snapshot)))
            rows = backend.raw_sql(question).collect()
        except (Py4JError, PySparkException) as error:
            raise _unreadable() from error
        return framed(rows, expression.schema())

    def _name(self, backend: Backend) -> None:
        """Give the file of the snapshot the name that questions ask it by."""
        with self._lock:
            if not self._named:
                name = version_name(self.snapshot)
                path = self._place.folder.absolute() / name / "cohort.parquet"
                session: Any = backend._session
                session.read.parquet(path.as_uri()).createOrReplaceTempView(name)
                self._named = True


def current_name(folder: Path) -> str | None:
    """Name of the snapshot in use, or None when nothing was published yet."""
    try:
        name = (folder / "current").read_bytes().strip().decode("ascii", errors="replace")
    except FileNotFoundError:
        return None
    return name if _NAME.fullmatch(name) else None


def _write(parcel: Parcel, folder: Path) -> None:
    folder.mkdir()
    with pq.ParquetWriter(folder / "cohort.parquet", parcel.cohort.schema) as file:
        for batch in parcel.cohort:
            file.write_batch(batch)
    pq.write_table(parcel.info, folder / "snapshot_info.parquet")
    for path in (*folder.iterdir(), folder):
        sync(path)


def _start() -> Backend:
    try:
        from pyspark import SparkConf
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError:
        raise WarehouseUnavailable(
            "Spark is not installed here: it takes Java 17 and the packages of"
            ' `pip install "ibis-framework[pyspark]"`.'
        ) from None
    try:
        configuration = SparkConf()
        here = (configuration.get("spark.master") or "local").startswith("local")
        configuration.setAll([*_SETTINGS.items(), *(_HERE.items() if here else ())])
        session = SparkSession.builder.config(conf=configuration).getOrCreate()
    except (PySparkException, OSError) as error:
        raise WarehouseUnavailable(
            "Spark does not start: check that Java 17 is installed (JAVA_HOME) and, where"
            " spark-defaults.conf names a cluster, that it can be reached."
        ) from error
    return ibis.pyspark.connect(session)


def _tidy(folder: Path, kept: set[str | None]) -> None:
    for path in folder.glob("cohort_*"):
        if path.is_dir() and path.name not in kept:
            shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one publisher in at a time; the kernel releases the lock of a killed one."""
    with (folder / "publish.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise WarehouseUnavailable(
                "Somebody else publishes to this folder; wait until that has ended and try again."
            ) from None
        yield


def _unreadable() -> WarehouseUnavailable:
    return WarehouseUnavailable(
        "The published patient data cannot be read by Spark: check the folder, or run"
        " `flask warehouse publish` again."
    )
