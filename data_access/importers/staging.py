"""Rows of files beside the snapshot being built: read as text, checked, compared with the old ones.

Staged tables live in a database file of their own that is removed with the build's leftovers.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from data_access.importers.files import CsvFile, read_rows
from data_access.importers.merging import (
    COMPARED,
    NEW,
    UNCHANGED,
    UPDATED,
    compared,
    merged,
    of_people,
    once,
)
from data_access.importers.questionnaires import (
    ADMITTED,
    CODES,
    FORM,
    Comparison,
    admitted_codes,
    beside_answers,
    counted,
    not_taken,
    of_questionnaires,
)
from data_access.importers.rules import checked_cells
from data_access.warehouse.snapshots import Building
from models.columns import Table
from models.qol.instrument import Instrument
from models.schema import TABLES, unbound


@dataclass(frozen=True)
class Counts:
    """What became of the rows of one file.

    ``repeated`` rows are the same as an earlier line in every column; nothing is lost with them.
    ``compared`` rows are scores of forms that have answers: those are scored instead.
    """

    rows: int
    new: int
    updated: int
    unchanged: int
    compared: int
    repeated: int
    quarantined: int
    converted: int

    @property
    def changing(self) -> int:
        """Rows that make the cohort another one."""
        return self.new + self.updated


class Staging:
    """Files on their way into a building.

    Args:
        building: the snapshot to come.
        old: file of the snapshot that is added to, or None when the cohort is replaced.
        today: the day of the import.
        instruments: the questionnaires that there are.
    """

    def __init__(
        self,
        building: Building,
        old: Path | None,
        today: date,
        instruments: Collection[Instrument],
    ) -> None:
        self._building = building
        self._connection = building.connection
        self._today = today
        self._adds = old is not None
        self._imported: set[str] = set()
        staging = building.path.with_name(f"{building.path.name}.staging")
        self._connection.execute(f"ATTACH '{_quoted(staging)}' AS staging")
        if old is not None:
            building.attach(old)
        for table in CODES:
            admitted = admitted_codes(instruments, table)
            self._connection.from_arrow(admitted).create(f"staging.admitted_{table}")

    def read(self, file: CsvFile, progress: Callable[[float], None]) -> None:
        """Bring the rows of a file in, as text."""
        name = f"staging.raw_{file.table.name}"
        columns = ", ".join(f"{column} VARCHAR" for column in file.columns)
        self._connection.execute(
            f"CREATE TABLE {name} (file_line BIGINT, malformed VARCHAR, {columns})"
        )
        for rows in read_rows(file):
            values = zip(*rows.values, strict=True) if rows.values else [()] * len(file.columns)
            texts = [pa.array(column, pa.string()) for column in values]
            shape = [pa.array(rows.lines, pa.int64()), pa.array(rows.malformed, pa.string())]
            names = ["file_line", "malformed", *file.columns]
            portion = pa.table([*shape, *texts], names=names)
            self._connection.from_arrow(portion).insert_into(name)
            progress(rows.share)

    def check(self, file: CsvFile) -> Counts:
        """Decide about every row of a file; the file of patients must come first."""
        table = file.table
        self._keep(
            f"cells_{table.name}",
            checked_cells(_raw(file), table, file.columns, self._today),
        )
        rows = _cells(table)
        if table.name in CODES:
            rows = of_questionnaires(rows, table.name, _admitted(table.name))
        checked = once(rows, table)
        if table.name != "patient":
            checked = of_people(checked, self._people(), table)
        self._keep(f"checked_{table.name}", checked)
        given = compared(_checked(table), table, self._old(table), file.columns)
        if table.name == "score":
            given = not_taken(given, self._cohort(TABLES["answer"]))
        self._keep(f"accepted_{table.name}", given)
        self._imported.add(table.name)
        return self._counts(table)

    def bad_rows(self, file: CsvFile) -> Iterator[tuple[str | int | None, ...]]:
        """Quarantined rows as they were in the file, then line and reason, by line."""
        raw, checked = _raw(file), _checked(file.table)
        bad = checked.filter(checked.reason.notnull()).select("file_line", "reason")
        rows = (
            raw.join(bad, "file_line")
            .select(*file.columns, "file_line", "reason")
            .order_by("file_line")
        )
        yield from self._rows(rows)

    def reasons(self, table: Table) -> list[tuple[str, int]]:
        """Reasons with the number of rows each, the most frequent first; no line is named."""
        checked = _checked(table)
        reason = checked.reason.re_replace(r"\bline \d+", "an earlier line")
        bad = checked.filter(checked.reason.notnull()).mutate(reason=reason)
        counts = bad.group_by("reason").agg(n=bad.count()).order_by(ibis.desc("n"), "reason")
        return self._connection.execute(self._sql(counts)).fetchall()

    def fill(self) -> None:
        """Put the tables of the new cohort into the building."""
        for table in TABLES.values():
            rows = None if table.derived else self._cohort(table)
            if rows is not None:
                self._building.append(table.name, rows)

    def compare(self) -> tuple[Comparison, ...]:
        """Delivered scores beside those of the answers, by scale; the cohort must be scored."""
        delivered = self._delivered()
        if delivered is None:
            return ()
        old = self._old(TABLES["score"])
        computed = old if self._building.discarded and old is not None else unbound("score")
        self._keep("beside", beside_answers(delivered, computed, _admitted("score")))
        rows = self._connection.execute(self._sql(counted(_beside()))).fetchall()
        return tuple(Comparison(*row) for row in rows)

    def differences(self) -> tuple[tuple[str, ...], Iterator[tuple[object, ...]]]:
        """Columns and rows of the delivered scores that differ, once they have been compared."""
        beside = _beside()
        rows = beside.filter(beside.differs).drop("differs", "tolerance").order_by(*FORM, "scale")
        return tuple(rows.columns), self._rows(rows)

    def _delivered(self) -> ir.Table | None:
        """Scores that were delivered, now or before, for forms that have answers now."""
        now = None
        if "score" in self._imported:
            accepted = _accepted(TABLES["score"])
            now = accepted.filter(accepted.state == COMPARED).drop("state")
        old, answered = self._old(TABLES["score"]), self._old(TABLES["answer"])
        if old is None or answered is None or "answer" not in self._imported:
            return now
        before = old.anti_join(answered, FORM).semi_join(_accepted(TABLES["answer"]), FORM)
        return before if now is None else now.union(before.anti_join(now, (*FORM, "scale")))

    def _cohort(self, table: Table) -> ir.Table | None:
        old = self._old(table)
        if table.name == "score" and old is not None and "answer" in self._imported:
            # Scores of a form whose answers changed are scored again.
            answers = _accepted(TABLES["answer"])
            old = old.anti_join(answers.filter(answers.state != UNCHANGED), FORM)
        accepted = _accepted(table) if table.name in self._imported else None
        return merged(table, old, accepted)

    def _people(self) -> ir.Table:
        """Patients once this import is done."""
        patients = self._cohort(TABLES["patient"])
        if patients is None:
            patients = unbound("patient")  # of the building, where it is still empty
        return patients.select("patient_id", born="birth_year", died="death_date")

    def _old(self, table: Table) -> ir.Table | None:
        return self._building.attached(table) if self._adds else None

    def _counts(self, table: Table) -> Counts:
        checked, accepted = _checked(table), _accepted(table)
        good = checked.reason.isnull()
        of_file = checked.agg(
            rows=checked.count(),
            repeated=checked.file_line.count(where=good & checked.repeated),
            quarantined=checked.file_line.count(where=~good),
            converted=checked.file_line.count(where=good & checked.converted),
        )
        states = accepted.agg(
            **{
                state: accepted.patient_id.count(where=accepted.state == state)
                for state in (NEW, UPDATED, UNCHANGED, COMPARED)
            }
        )
        values = (self._connection.execute(self._sql(e)).fetchall()[0] for e in (of_file, states))
        (rows, repeated, quarantined, converted), (new, updated, unchanged, beside) = values
        return Counts(rows, new, updated, unchanged, beside, repeated, quarantined, converted)

    def _rows(self, rows: ir.Table) -> Iterator[tuple[Any, ...]]:
        with self._connection.cursor() as cursor:
            for batch in cursor.sql(self._sql(rows)).to_arrow_reader(10_000):
                yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)

    def _keep(self, name: str, rows: ir.Table) -> None:
        self._connection.execute(f"CREATE TABLE staging.{name} AS {self._sql(rows)}")

    def _sql(self, rows: ir.Table) -> str:
        return str(self._building.backend.compile(rows))


def _raw(file: CsvFile) -> ir.Table:
    columns = {"file_line": "int64", "malformed": "string"} | dict.fromkeys(file.columns, "string")
    return _table(columns, "staging", f"raw_{file.table.name}")


def _cells(table: Table) -> ir.Table:
    columns = {column.name: column.kind for column in table.columns}
    extra = {"converted": "boolean", "reason": "string"}
    return _table({"file_line": "int64", **columns, **extra}, "staging", f"cells_{table.name}")


def _checked(table: Table) -> ir.Table:
    columns = {**_cells(table).schema(), "repeated": "boolean"}
    return _table(columns, "staging", f"checked_{table.name}")


def _accepted(table: Table) -> ir.Table:
    columns = {column.name: column.kind for column in table.columns}
    return _table({**columns, "state": "string"}, "staging", f"accepted_{table.name}")


def _admitted(table: str) -> ir.Table:
    return _table(ADMITTED, "staging", f"admitted_{table}")


def _beside() -> ir.Table:
    score = TABLES["score"].schema
    form = {name: score[name] for name in (*FORM, "scale")}
    values = dict.fromkeys(("delivered", "computed", "tolerance"), "float64")
    return _table({**form, **values, "differs": "boolean"}, "staging", "beside")


def _table(columns: Mapping[str, object], catalog: str, name: str) -> ir.Table:
    return ibis.table(columns, name=name, catalog=catalog, database="main")


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
