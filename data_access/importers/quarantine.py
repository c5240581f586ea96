"""Rows that were not taken over, for the data steward: one CSV per table with a reason each."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

WHERE_AND_WHY = ("file", "line", "reason")


def write_quarantine(
    folder: Path,
    file: str,
    columns: Sequence[str],
    rows: Iterable[tuple[str | int | None, ...]],
) -> Path:
    """Write bad rows as they were, followed by file, line and reason.

    Only the owner of the process may read the file: it holds data of patients.

    Args:
        folder: of this batch; made when it is not there.
        file: name of the imported file.
        columns: of the imported file.
        rows: values of those columns, then line and reason.

    Returns:
        The file written.
    """
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / file
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as text:
        writer = csv.writer(text)
        writer.writerow([*columns, *WHERE_AND_WHY])
        writer.writerows((*values[:-2], file, *values[-2:]) for values in rows)
    return path
