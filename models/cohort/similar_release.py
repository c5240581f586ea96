"""What is released of groups of similar patients, in the tables of ``similar_tables``.

The gate of ``models.cohort.disclosure`` for numbers that do not come from a query: counts are
rounded to 5, none stands for fewer than ten, and none lets fewer than ten others be worked out.
Quantiles and means need 20 patients.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.arrays import Bools, Floats, Integers
from models.cohort.disclosure import MINIMUM_CELL, MINIMUM_FOR_QUANTILES, ROUNDING
from models.cohort.similar_tables import DEATH
from models.risk.inputs import FEATURE_BY_NAME, FEATURE_NAMES, Feature
from models.risk.outcomes import HORIZONS, OUTCOMES

ALWAYS_SAID: tuple[str, ...] = ("drug_class", "cancer", "age_years", "sex", "stage")
"""Inputs that a clinician asks for first, whatever the models make of them."""

MOST_TRAITS = 15

_LAST_DAY = max(HORIZONS)


@dataclass(frozen=True)
class Members:
    """Research patients of one landmark with the group that each is in.

    ``group`` (n,), ``features`` (n, inputs; NaN where missing), ``follow_up_days`` (n,), ``died``
    (n,), ``onset_days`` (n, outcomes; NaN without onset), ``quality_change`` (n, horizons; points
    since the landmark, NaN without both forms).
    """

    group: Integers
    features: Floats
    follow_up_days: Floats
    died: Bools
    onset_days: Floats
    quality_change: Floats

    @property
    def sizes(self) -> Integers:
        """Patients of each group, exact."""
        return np.bincount(self.group)


def rounded(counts: Floats | Integers) -> Integers:
    """Counts rounded to the nearest multiple of 5."""
    return ((np.asarray(counts) + ROUNDING / 2) // ROUNDING * ROUNDING).astype(np.int64)


def released_parts(
    parts: Floats | Integers, whole: Integers, seen: Integers | None = None
) -> Floats:
    """Parts of groups that may leave: rounded, NaN under ten.

    Where fewer than ten of the group are left over, they are as good as named too: the part is
    then the whole group, rounded.

    Args:
        parts: how many of each group; estimates where losses are made up for.
        whole: size of each group, exact; broadcasts.
        seen: how many were counted, where ``parts`` are estimates.
    """
    fewest = parts if seen is None else np.minimum(parts, seen)
    nearly_all = whole - parts < MINIMUM_CELL
    shown = np.where(nearly_all, rounded(whole), rounded(parts)).astype(np.float64)
    return np.where(fewest >= MINIMUM_CELL, shown, np.nan)


def said_inputs(weights: Floats) -> tuple[str, ...]:
    """Inputs whose spread in a group is released: the first asked for, then the heaviest."""
    heaviest = [FEATURE_NAMES[column] for column in np.argsort(-weights, kind="stable")]
    names = dict.fromkeys([*ALWAYS_SAID, *heaviest])
    return tuple(names)[:MOST_TRAITS]


def released_sizes(members: Members) -> pd.DataFrame:
    """Rows of ``SIMILAR_GROUP`` without the landmark."""
    size = members.sizes
    return pd.DataFrame({"group_number": np.arange(len(size)), "n": rounded(size)})


def released_traits(members: Members, names: tuple[str, ...]) -> pd.DataFrame:
    """Rows of ``SIMILAR_TRAIT`` without the landmark: levels and quartiles that may leave."""
    found = [
        _levels(members, FEATURE_BY_NAME[name])
        if FEATURE_BY_NAME[name].labels
        else _quartiles(members, FEATURE_BY_NAME[name])
        for name in names
    ]
    return pd.concat(found, ignore_index=True)


def _levels(members: Members, feature: Feature) -> pd.DataFrame:
    values = members.features[:, FEATURE_NAMES.index(feature.name)]
    known = ~np.isnan(values)
    words, groups = len(feature.labels), len(members.sizes)
    code = members.group[known] * words + values[known].astype(np.int64)
    counts = np.bincount(code, minlength=groups * words).reshape(groups, words)
    shown = _without_rests(released_parts(counts, members.sizes[:, None]), counts, members.sizes)
    group, word = np.nonzero(~np.isnan(shown))
    return pd.DataFrame(
        {
            "group_number": group,
            "input": feature.name,
            "level": [feature.labels[one] for one in word],
            "n": shown[group, word].astype(np.int64),
            "q25": np.nan,
            "median": np.nan,
            "q75": np.nan,
        }
    )


def _without_rests(shown: Floats, counts: Integers, sizes: Integers) -> Floats:
    """The same without the smallest level shown, where one to nine people have none shown.

    With one level shown alone the rest is already hidden (see ``released_parts``).
    """
    there = ~np.isnan(shown)
    rest = sizes - np.where(there, counts, 0).sum(axis=1)
    bare = (rest > 0) & (rest < MINIMUM_CELL) & (there.sum(axis=1) > 1)
    smallest = np.where(there, counts, np.iinfo(np.int64).max).argmin(axis=1)
    hidden = shown.copy()
    hidden[np.flatnonzero(bare), smallest[bare]] = np.nan
    return hidden


def _quartiles(members: Members, feature: Feature) -> pd.DataFrame:
    values = members.features[:, FEATURE_NAMES.index(feature.name)]
    known = ~np.isnan(values)
    values, group = values[known], members.group[known]
    size = np.bincount(group, minlength=len(members.sizes))
    ordered = values[np.lexsort((values, group))]
    start = np.cumsum(size) - size
    kept = size >= MINIMUM_FOR_QUANTILES
    quartiles = {
        name: np.round(_at(ordered, start[kept], size[kept], share), feature.decimals)
        for name, share in (("q25", 0.25), ("median", 0.5), ("q75", 0.75))
    }
    return pd.DataFrame(
        {
            "group_number": np.flatnonzero(kept),
            "input": feature.name,
            "level": "",
            "n": released_parts(size, members.sizes)[kept].astype(np.int64),
            **quartiles,
        }
    )


def _at(ordered: Floats, start: Integers, size: Integers, share: float) -> Floats:
    """Quantile of each run of sorted values, between the two nearest ones."""
    place = share * (size - 1)
    below = np.floor(place).astype(np.int64)
    low = ordered[start + below]
    high = ordered[start + np.minimum(below + 1, size - 1)]
    return np.asarray(low + (place - below) * (high - low), dtype=np.float64)


def released_outcomes(members: Members) -> pd.DataFrame:
    """Rows of ``SIMILAR_OUTCOME`` without the landmark.

    The cases are those that the group would have had, had nobody been lost: its size times the
    cumulative incidence (Aalen-Johansen; for death one minus Kaplan-Meier, which is the same with
    nothing competing). Without a number where fewer than ten are still followed at the horizon.
    """
    return pd.concat(list(_each_outcome(members)), ignore_index=True)


def _each_outcome(members: Members) -> Iterator[pd.DataFrame]:
    ended, died = members.follow_up_days, members.died
    size = members.sizes[:, None]
    for column, outcome in enumerate((*OUTCOMES, DEATH)):
        if outcome == DEATH:
            time, happened, competes = ended, died, np.zeros(len(died), dtype=bool)
        else:
            onset = members.onset_days[:, column]
            happened = onset <= ended  # False without an onset
            time, competes = np.where(happened, onset, ended), died & ~happened
        share, seen, at_risk = cumulative_incidence(time, happened, competes, members.group)
        cases = released_parts(share * size, size, seen)
        followed = np.where(at_risk >= MINIMUM_CELL, rounded(at_risk), np.nan)
        group, horizon = np.indices(cases.shape)
        yield pd.DataFrame(
            {
                "group_number": group.ravel(),
                "outcome": outcome,
                "horizon_days": np.array(HORIZONS)[horizon.ravel()],
                "cases": np.where(np.isnan(followed), np.nan, cases).ravel(),
                "at_risk": followed.ravel(),
            }
        )


def cumulative_incidence(
    time_days: Floats, happened: Bools, competes: Bools, group: Integers
) -> tuple[Floats, Integers, Integers]:
    """Aalen-Johansen estimate of each group at the horizons of the models.

    Args:
        time_days: shape (n,), days to the first event of either kind or the end of follow-up.
        happened: shape (n,), the event of interest ended the time.
        competes: shape (n,), the competing event did.
        group: shape (n,), running numbers; every group has somebody.

    Returns:
        Shape (groups, horizons): incidence, events counted, and people still at risk after the
        horizon. On one day events come before losses.

    Reference:
        Aalen OO, Johansen S. Scand J Stat 1978;5:141-50.
    """
    day = np.minimum(time_days, _LAST_DAY + 1).astype(np.int64)
    width, groups = _LAST_DAY + 2, int(group.max()) + 1

    def by_day(of: npt.NDArray[np.bool_]) -> Integers:
        counts = np.bincount(group[of] * width + day[of], minlength=groups * width)
        return counts.reshape(groups, width)

    ended = by_day(np.ones(len(day), dtype=bool))
    events, others = by_day(happened), by_day(competes)
    at_risk = ended[:, ::-1].cumsum(axis=1)[:, ::-1]
    divisor = np.maximum(at_risk, 1)
    free = np.cumprod(1 - (events + others) / divisor, axis=1)
    before = np.concatenate([np.ones((groups, 1)), free[:, :-1]], axis=1)
    incidence = np.cumsum(before * events / divisor, axis=1)
    days = list(HORIZONS)
    after = [one + 1 for one in days]
    return incidence[:, days], events.cumsum(axis=1)[:, days], at_risk[:, after]


def released_quality(members: Members) -> pd.DataFrame:
    """Rows of ``SIMILAR_QUALITY`` without the landmark; means of 20 and more, in whole points."""
    size = members.sizes
    found = []
    for column, horizon in enumerate(HORIZONS):
        change = members.quality_change[:, column]
        known = ~np.isnan(change)
        group = members.group[known]
        people = np.bincount(group, minlength=len(size))
        total = np.bincount(group, weights=change[known], minlength=len(size))
        kept = people >= MINIMUM_FOR_QUANTILES
        found.append(
            pd.DataFrame(
                {
                    "group_number": np.flatnonzero(kept),
                    "horizon_days": horizon,
                    "n": released_parts(people, size)[kept].astype(np.int64),
                    "change": np.round(total[kept] / people[kept]) + 0.0,
                }
            )
        )
    return pd.concat(found, ignore_index=True)
