"""A folder of CSV files into the warehouse: all of it, or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

import pyarrow as pa

from data_access.errors import ImportRefused
from data_access.importers.files import CsvFile, read_folder
from data_access.importers.quarantine import remove_older, write_differences, write_quarantine
from data_access.importers.questionnaires import CODES, Comparison
from data_access.importers.staging import Counts, Staging
from data_access.warehouse.derive import Scorer, derive, gather, score_forms, stand
from data_access.warehouse.reader import Warehouse
from data_access.warehouse.snapshots import Building, SnapshotStore
from models.progress import Progress
from models.qol.instrument import Instrument
from models.qol.instruments import BUILT_IN
from models.schema import TABLES, unbound

MOST_BAD = 0.05
"""Largest share of bad rows in a table with which an import goes on."""


@dataclass(frozen=True)
class FileReport:
    """What became of one file. ``reasons`` counts quarantined rows, the most frequent first."""

    file: str
    counts: Counts
    reasons: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class ImportReport:
    """What an import did. ``snapshot`` is None when nothing changed.

    ``already`` names files that had been imported before, ``quarantine`` the folder of rows
    that were not taken over. ``comparisons`` says how delivered scores agree with those of the
    answers, ``differences`` where the differing ones are listed.
    """

    snapshot: str | None
    files: tuple[FileReport, ...]
    already: tuple[str, ...]
    quarantine: Path | None
    comparisons: tuple[Comparison, ...] = ()
    differences: Path | None = None


@dataclass(frozen=True)
class Importer:
    """Where an import reads from and writes to.

    ``now`` is the time of the import, in UTC; ``predictor`` is None when there are no models;
    ``instruments`` are the questionnaires that there are.
    """

    store: SnapshotStore
    quarantine: Path
    now: datetime
    progress: Progress
    predictor: Scorer | None = None
    instruments: Mapping[str, Instrument] = field(default_factory=lambda: BUILT_IN)

    def run(self, folder: Path, *, replace: bool = False) -> ImportReport:
        """Import a folder; the cohort is added to, or replaced.

        Raises:
            ImportRefused: files cannot be read, or more than 5 % of a table's rows are bad; the
                quarantine files stay, nothing else has changed.
            WarehouseUnavailable: another build is running, or the result fails its checks.
        """
        files = read_folder(folder)
        known = self._known()
        fresh = _fresh(files, known, replace)
        if not fresh:
            return ImportReport(None, (), tuple(file.name for file in files), None)
        with self.store.build(self._kind(replace)) as building:
            old = None if replace else self.store.current()
            staging = Staging(building, old, self.now.date(), self.instruments.values())
            reports = self._stage(staging, fresh)
            if not replace and not any(report.counts.changing for report in reports):
                building.discard()
                fresh = [file for file in fresh if file.sha256 not in known]
            quarantine = self._set_aside(staging, fresh)
            told = {file.name for file in fresh}
            reports = tuple(report for report in reports if report.file in told)
            _refuse_too_many(reports, quarantine)
            if not building.discarded:
                self._fill(building, staging, fresh, reports)
            comparisons, differences = self._compare(staging, fresh)
        already = tuple(file.name for file in files if file.name not in told)
        snapshot = None if building.discarded else building.id
        return ImportReport(snapshot, reports, already, quarantine, comparisons, differences)

    def _kind(self, replace: bool) -> str:
        """What the cohort will consist of."""
        if replace or self.store.current_id() is None:
            return "imported"
        base = Warehouse(self.store.folder).snapshot.kind
        return base if "imported" in base else f"{base} and imported"

    def _known(self) -> dict[str, int]:
        """SHA-256 of the files of the current cohort, and how many of their rows were bad."""
        if self.store.current_id() is None:
            return {}
        rows = Warehouse(self.store.folder).run(unbound("source"))
        return dict(zip(rows.sha256, rows.rows_quarantined, strict=True))

    def _stage(self, staging: Staging, files: Sequence[CsvFile]) -> tuple[FileReport, ...]:
        reports = []
        for file in files:
            staging.read(file, partial(self.progress, f"reading {file.name}"))
            self.progress(f"checking {file.name}", 0)
            counts = staging.check(file)
            reports.append(FileReport(file.name, counts, tuple(staging.reasons(file.table))))
        return tuple(reports)

    def _set_aside(self, staging: Staging, files: Sequence[CsvFile]) -> Path | None:
        """Write the bad rows of files and delete those of imports long ago.

        Returns:
            The folder they are in, or None when there are none.
        """
        folder = self._batch(files)
        bad = [file for file in files if staging.reasons(file.table)]
        for file in bad:
            write_quarantine(folder, file.name, file.columns, staging.bad_rows(file))
        remove_older(self.quarantine, self.now, {folder, *(file.path.parent for file in files)})
        return folder if bad else None

    def _batch(self, files: Sequence[CsvFile]) -> Path:
        """The folder for what these files leave behind."""
        names = hashlib.sha256("".join(file.sha256 for file in files).encode()).hexdigest()[:8]
        return self.quarantine / f"{self.now:%Y-%m-%dT%H%M%S}-{names}"

    def _compare(
        self, staging: Staging, files: Sequence[CsvFile]
    ) -> tuple[tuple[Comparison, ...], Path | None]:
        """Compare delivered scores with those of the answers; write down those that differ."""
        if not any(file.table.name in CODES for file in files):
            return (), None
        comparisons = staging.compare()
        if not any(comparison.differing for comparison in comparisons):
            return comparisons, None
        return comparisons, write_differences(self._batch(files), *staging.differences())

    def _fill(
        self,
        building: Building,
        staging: Staging,
        files: Sequence[CsvFile],
        reports: Sequence[FileReport],
    ) -> None:
        staging.fill()
        self._record(building, files, reports)
        score_forms(building, self.instruments.values(), self.progress)
        derive(building, self.predictor, self.progress)
        stand(building, self.progress)
        gather(building, self.progress)

    def _record(
        self, building: Building, files: Sequence[CsvFile], reports: Sequence[FileReport]
    ) -> None:
        """One row of provenance per file."""
        rows = [
            {
                "batch_id": building.id,
                "file": f"{file.table.name}.csv",
                "sha256": file.sha256,
                "imported_at": self.now.replace(tzinfo=None),
                "rows_accepted": report.counts.rows - report.counts.quarantined,
                "rows_quarantined": report.counts.quarantined,
            }
            for file, report in zip(files, reports, strict=True)
        ]
        schema = TABLES["source"].schema.to_pyarrow()
        building.append("source", pa.Table.from_pylist(rows, schema=schema))


def _fresh(files: list[CsvFile], known: dict[str, int], replace: bool) -> list[CsvFile]:
    """Files that are not part of the current cohort yet; all when others replace it.

    A file of which rows were quarantined is tried again: its patients may have come meanwhile.
    """
    if replace:
        return [] if {file.sha256 for file in files} == set(known) else files
    return [file for file in files if known.get(file.sha256, 1)]


def _refuse_too_many(reports: Sequence[FileReport], quarantine: Path | None) -> None:
    sentences = [
        f"{report.file}: {report.counts.quarantined:,} of {report.counts.rows:,} rows are bad,"
        f" mostly {report.reasons[0][0]}."
        for report in reports
        if report.counts.quarantined > MOST_BAD * report.counts.rows
    ]
    if sentences:
        raise ImportRefused(
            "\n".join(sentences)
            + f"\nNothing was imported; the rows and reasons are in {quarantine}."
        )
