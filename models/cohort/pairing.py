"""Grouped counts of two cohorts, taken apart into the cohorts and the viewer's own patients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.arrays import Bools, Floats
from models.cohort.release import Protection, Tally
from models.cohort.time_counts import TimeCounts


@dataclass(frozen=True)
class Pairing:
    """What two cohorts have in common: the landmark, and whether some patients are in both."""

    landmark_day: int
    overlap: bool


@dataclass(frozen=True, eq=False)
class Half:
    """The groups of one cohort as arrays of one length; ``own`` marks the viewer's patients.

    ``own_only``: the definition of the cohort admits no others.
    """

    columns: Mapping[str, npt.NDArray[Any]]
    own_only: bool = False

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        """A column."""
        return self.columns[name]

    def where(self, mask: Bools) -> Half:
        """Some of the groups."""
        columns = {name: values[mask] for name, values in self.columns.items()}
        return Half(columns, self.own_only)

    def by(self, column: str) -> dict[int, Half]:
        """The groups of each value of a column of whole numbers."""
        order = np.argsort(self.columns[column], kind="stable")
        columns = {name: values[order] for name, values in self.columns.items()}
        found, starts = np.unique(columns[column], return_index=True)
        ends = np.append(starts, len(order))[1:]
        return {
            int(value): Half(
                {name: values[start:end] for name, values in columns.items()}, self.own_only
            )
            for value, start, end in zip(found, starts, ends, strict=True)
        }

    @cached_property
    def others(self) -> Bools:
        """Groups of patients who are not the viewer's own."""
        return ~self.columns["own"].astype(bool)

    def tally(self, column: str = "n") -> Tally:
        """Patients of all groups, and those of them who are not the viewer's own."""
        counts: Floats = np.nan_to_num(self.columns[column].astype(np.float64))
        return Tally(int(counts.sum()), int(counts[self.others].sum()))

    def total(self, column: str) -> float:
        """Sum of a column over all groups; missing sums count as 0."""
        return float(np.nan_to_num(self.columns[column].astype(np.float64)).sum())

    @property
    def rules(self) -> Protection:
        """The rules for the patients of all groups."""
        found = self.tally()
        return Protection(found.n, found.others, self.own_only)

    @cached_property
    def times(self) -> TimeCounts:
        """Columns time, cause, entry and n as grouped counts."""
        return TimeCounts.from_groups(
            self["time"], self["cause"], self["n"], self["entry"], causes=2
        )

    @cached_property
    def times_of_others(self) -> TimeCounts:
        """The same of those who are not the viewer's own."""
        return self.times if self.others.all() else self.where(self.others).times


OWN_ONLY = "own_only"
"""Attribute of a frame of counts: whether the definitions of A and of B admit own patients only."""


def halves(rows: pd.DataFrame) -> tuple[Half, Half]:
    """The groups of A and those of B; patients of both are in both."""
    every = {name: rows[name].to_numpy() for name in rows.columns}
    own_a, own_b = rows.attrs.get(OWN_ONLY, (False, False))
    return (
        Half(every, own_a).where(every["in_a"].astype(bool)),
        Half(every, own_b).where(every["in_b"].astype(bool)),
    )


def summed(parts: Sequence[Half], keys: Sequence[str]) -> Half:
    """Groups of several parts by ``keys``, their ``n`` added up; empty groups are left out."""
    columns = {
        name: np.concatenate([part[name] for part in parts]).astype(np.int64) for name in keys
    }
    n = np.concatenate([part["n"] for part in parts]).astype(np.float64)
    code = np.zeros(len(n), dtype=np.int64)
    for values in columns.values():
        low = values.min(initial=0)
        code = code * (values.max(initial=0) - low + 1) + (values - low)
    _, first, place = np.unique(code, return_index=True, return_inverse=True)
    total = np.bincount(place, weights=n, minlength=len(first))
    kept = total > 0
    groups = {name: values[first][kept] for name, values in columns.items()}
    return Half({**groups, "n": total[kept]}, any(part.own_only for part in parts))
