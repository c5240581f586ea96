"""Which patients one patient is compared with, and how a group of them scored over time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from models.cohort.disclosure import ALL, SEXES
from models.risk.support import age_band

LEAST_SHARE_OF_MONTHS = 0.5
"""A narrower group is used where it has at least this share of the months of the whole class."""

NEAREST_DAYS = 91
"""Days from the middle of a month within which its figures stand beside a form."""


@dataclass(frozen=True)
class Group:
    """Patients who began with one drug class: all of them, or those of one age band and sex.

    ``age_band`` is of the age at the first dose. Both words are ``ALL`` for the whole class.
    """

    drug_class: str
    age_band: str = ALL
    sex: str = ALL

    @property
    def is_narrow(self) -> bool:
        """Whether the group is of one age band and sex."""
        return self.age_band != ALL

    @property
    def whole_class(self) -> Group:
        """Everybody who began with the same class."""
        return Group(self.drug_class)


def group_of(drug_class: str, age_years: float | None, sex: str) -> Group:
    """The narrowest group that a person belongs to; the class where age or sex is not known.

    Args:
        drug_class: target of the first immunotherapy.
        age_years: at the first dose.
        sex: as in the warehouse.
    """
    if age_years is None or age_years < 0 or sex not in SEXES:
        return Group(drug_class)
    return Group(drug_class, age_band(age_years), sex)


@dataclass(frozen=True)
class Band:
    """Spread of one scale over time in ``group``.

    ``rows``: day (middle of a month), n (rounded), p10, median, p90, by day; empty where no month
    has 20 people. ``wanted`` is the narrowest group, which ``group`` falls back from.
    """

    rows: pd.DataFrame
    group: Group
    wanted: Group

    @property
    def fell_back(self) -> bool:
        """Whether the narrowest group has too few people."""
        return self.group != self.wanted

    def at(self, day: float) -> tuple[float, float, float] | None:
        """10th percentile, median and 90th percentile in the month nearest to a day.

        None where no month within a quarter of a year was released.
        """
        if not self._months:
            return None
        nearest = min(self._months, key=lambda month: abs(month[0] - day))
        return nearest[1:] if abs(nearest[0] - day) <= NEAREST_DAYS else None

    @cached_property
    def _months(self) -> list[tuple[float, float, float, float]]:
        columns = self.rows[["day", "p10", "median", "p90"]]
        return list(columns.itertuples(index=False, name=None))


def narrowest_band(released: pd.DataFrame, wanted: Group) -> Band:
    """The band of the narrowest group that has enough months.

    The patient's own age band and sex are used where they have at least half of the months that
    the whole class has; with fewer the band would be a few islands, so the class is used.

    Args:
        released: rows of ``SCORE_BAND`` for one scale of the class, in both groups or one.
        wanted: the narrowest group.
    """
    columns = ["day", "n", "p10", "median", "p90"]
    ages = released["age_band"].to_numpy(dtype=object)
    everybody = ages == ALL
    own = (ages == wanted.age_band) & (released["sex"].to_numpy(dtype=object) == wanted.sex)
    enough = own.any() and own.sum() >= LEAST_SHARE_OF_MONTHS * everybody.sum()
    here, group = (own, wanted) if enough else (everybody, wanted.whole_class)
    rows = released.loc[here, columns].sort_values("day", ignore_index=True)
    return Band(rows, group, wanted)
