"""Rows that were not taken over, for the data steward: one CSV per table with a reason each."""

from __future__ import annotations

import csv
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TextIO

from data_access.importers.formulas import guarded

WHERE_AND_WHY = ("file", "line", "reason")

DIFFERENCES = "score_differences.tsv"

KEPT_DAYS = 90
"""How long rows that were set aside are kept to be mended."""

_BATCH = re.compile(r"\d{4}-\d{2}-\d{2}T\d{6}-[0-9a-f]{8}")
"""Time and files of a batch; in the order of text they are in the order of time."""


def write_quarantine(
    folder: Path,
    file: str,
    columns: Sequence[str],
    rows: Iterable[tuple[str | int | None, ...]],
) -> Path:
    """Write bad rows as they were, followed by file, line and reason.

    Text that a spreadsheet would run as a formula gets an apostrophe in front. A mended file may
    be imported as it is: the importer takes these apostrophes off and leaves the last three
    columns out. Only the owner of the process may read the file: it holds data of patients.

    Args:
        folder: of this batch; made when it is not there.
        file: name of the imported file.
        columns: of the imported file.
        rows: values of those columns, then line and reason.

    Returns:
        The file written.
    """
    with _for_the_owner_only(folder, file) as text:
        writer = csv.writer(text)
        writer.writerow([*columns, *WHERE_AND_WHY])
        for values in rows:
            cells = (*values[:-2], file, *values[-2:])
            writer.writerow([guarded(cell) if isinstance(cell, str) else cell for cell in cells])
    return folder / file


def write_differences(
    folder: Path, columns: Sequence[str], rows: Iterable[tuple[object, ...]]
) -> Path:
    """Write delivered scores that differ from those of the answers, separated by tabs.

    An import of the folder leaves the file alone: it is no table of the warehouse. Only the owner
    of the process may read it.

    Args:
        folder: of this batch; made when it is not there.
        columns: names of the values.
        rows: their values.

    Returns:
        The file written.
    """
    with _for_the_owner_only(folder, DIFFERENCES) as text:
        writer = csv.writer(text, delimiter="\t", lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow([guarded(cell) if isinstance(cell, str) else cell for cell in row])
    return folder / DIFFERENCES


@contextmanager
def _for_the_owner_only(folder: Path, file: str) -> Iterator[TextIO]:
    """A new file in a batch's folder, to be written."""
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(folder / file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as text:
        yield text


def remove_older(quarantine: Path, now: datetime, in_use: Iterable[Path]) -> None:
    """Delete the batches of long ago: rows of patients are not kept longer than needed.

    Args:
        quarantine: where the batches are; what no import has made there is left alone.
        now: the time of the import.
        in_use: folders that this import reads and writes, kept whatever their age.
    """
    if not quarantine.is_dir():
        return
    kept = {folder.resolve() for folder in in_use}
    oldest = f"{now - timedelta(days=KEPT_DAYS):%Y-%m-%dT%H%M%S}"
    for batch in quarantine.iterdir():
        long_ago = _BATCH.fullmatch(batch.name) and batch.name < oldest
        if long_ago and batch.resolve() not in kept:
            shutil.rmtree(batch)
