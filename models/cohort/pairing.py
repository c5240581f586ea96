"""Grouped counts of two cohorts, taken apart into the cohorts and the viewer's own patients."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from models.cohort.release import Protection, Tally
from models.cohort.time_counts import TimeCounts


@dataclass(frozen=True)
class Pairing:
    """What two cohorts have in common: the landmark, and whether some patients are in both."""

    landmark_day: int
    overlap: bool

    @classmethod
    def of(cls, sizes: pd.DataFrame, landmark_day: int) -> Pairing:
        """From the result of ``models.cohort.counts.sizes``."""
        both = sizes[sizes["in_a"] & sizes["in_b"]]
        return cls(landmark_day, bool(both["n"].sum()))


def halves(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows of A and those of B; patients of both are in both."""
    return rows[rows["in_a"].astype(bool)], rows[rows["in_b"].astype(bool)]


def tally(rows: pd.DataFrame, column: str = "n") -> Tally:
    """Patients of groups, and those of them who are not the viewer's own."""
    counts = rows[column].fillna(0)
    others = counts[~rows["own"].astype(bool)]
    return Tally(int(counts.sum()), int(others.sum()))


def protection(rows: pd.DataFrame) -> Protection:
    """The rules for the patients of one half."""
    found = tally(rows)
    return Protection(found.n, found.others)


def counts_of(rows: pd.DataFrame) -> TimeCounts:
    """Grouped counts of one half: columns time, cause, entry and n."""
    return TimeCounts.from_groups(rows["time"], rows["cause"], rows["n"], rows["entry"], causes=2)
