"""Tiny folders of CSV files, and an importer into an empty warehouse."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from data_access.importers import csv_folder
from data_access.importers.csv_folder import Importer, ImportReport
from data_access.warehouse.reader import Warehouse
from data_access.warehouse.snapshots import SnapshotStore
from models.qol.instruments import BUILT_IN
from models.schema import unbound

PATIENT_COLUMNS = "patient_id,country,site,sex,birth_year,index_date,end_date,death_date,consent"
LAB = "patient_id,date,loinc,value,unit\n"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def patients(*ids: str) -> str:
    """A file of women of 1960 treated in Lyon from 2024 on."""
    rows = [f"{one},FR,Lyon,F,1960,2024-01-01,2024-12-31,,research" for one in ids]
    return "\n".join([PATIENT_COLUMNS, *rows]) + "\n"


def lab(*rows: str) -> str:
    """A file of laboratory results."""
    return LAB + "".join(f"{row}\n" for row in rows)


def many(count: int) -> list[str]:
    """Beginnings of rows of one patient, on different days."""
    return [
        f"p1,{2000 + number // 300}-{1 + number % 12:02d}-{1 + number % 25:02d}"
        for number in range(count)
    ]


class Clinic:
    """A site that delivers files, and the warehouse they go to."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.store = SnapshotStore(root / "warehouse")
        self.quarantine = root / "quarantine"
        self.instruments = BUILT_IN

    def deliver(self, replace: bool = False, **files: str | bytes) -> ImportReport:
        """Import files given as table name and content."""
        folder = self.root / "delivery"
        folder.mkdir(exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        for name, content in files.items():
            text = content if isinstance(content, bytes) else content.encode()
            (folder / f"{name}.csv").write_bytes(text)
        return self.importer().run(folder, replace=replace)

    def importer(self) -> Importer:
        return Importer(
            self.store,
            self.quarantine,
            NOW,
            lambda step, share: None,
            instruments=self.instruments,
        )

    def table(self, name: str):
        """Rows of a table in the current snapshot."""
        return Warehouse(self.store.folder).run(unbound(name))

    def set_aside(self, name: str) -> list[str]:
        """Lines of the only quarantine file of a table, without the header."""
        (path,) = self.quarantine.glob(f"*/{name}.csv")
        return path.read_text().splitlines()[1:]


@pytest.fixture
def clinic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clinic:
    # Features, bands and worklist are tested elsewhere and take longer than these imports.
    monkeypatch.setattr(csv_folder, "derive", lambda *_: None)
    monkeypatch.setattr(csv_folder, "stand", lambda *_: None)
    return Clinic(tmp_path)


@pytest.fixture
def filled(clinic: Clinic) -> Clinic:
    clinic.deliver(patient=patients("p1", "p2"))
    return clinic
