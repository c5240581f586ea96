"""Table one: how two cohorts are made up at the first dose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from models.cohort.balance import difference_of_shares
from models.cohort.pairing import Half, halves
from models.cohort.release import Protection, Tally, level_shares
from models.cohort.results import Characteristic, Share
from models.cohort.variables import VARIABLES, Variable

NOT_RECORDED = "not recorded"
WORDS = ("country",)
"""Variables of words that are part of the table."""

TABLED: tuple[Variable, ...] = tuple(
    one for one in VARIABLES.values() if one.kind in ("coded", "set") and not one.after_start
)
"""Variables of codes that are part of the table."""

Levels = Sequence[tuple[str, Tally, Tally]]


def characteristics(
    levels: pd.DataFrame, words: Mapping[str, pd.DataFrame]
) -> tuple[Characteristic, ...]:
    """Every level of every variable in both cohorts.

    Args:
        levels: result of ``models.cohort.counts.levels``.
        words: result of ``models.cohort.counts.words`` by variable.
    """
    both = halves(levels)
    a, b = (half.rules for half in both)
    found: list[Characteristic] = []
    for name, variable in VARIABLES.items():
        if name in words:
            found += _rows(variable, _word_levels(words[name]), a, b)
        elif variable in TABLED:
            found += _rows(variable, _code_levels(variable, both), a, b)
    return tuple(found)


def _code_levels(variable: Variable, both: tuple[Half, Half]) -> Levels:
    a, b = both
    kinds = [(level.label, f"{variable.name}:{level.code}") for level in variable.levels]
    kinds.append((NOT_RECORDED, f"{variable.name}:"))
    return [(label, a.tally(column), b.tally(column)) for label, column in kinds]


def _word_levels(counted: pd.DataFrame) -> Levels:
    return [
        (str(word), _place(a.where(a["level"] == word)), _place(b.where(b["level"] == word)))
        for a, b in (halves(counted),)
        for word in sorted(set(counted["level"].dropna()))
    ]


def _place(half: Half) -> Tally:
    """Patients of one place.

    That nobody else's patients are in the viewer's own country is no news of anybody.
    """
    found = half.tally()
    return found if found.others else Tally(found.n, found.n)


def _rows(variable: Variable, levels: Levels, a: Protection, b: Protection) -> list[Characteristic]:
    """Levels that anybody has; those of a set need not add up, so each stands alone."""
    met = [(label, one, two) for label, one, two in levels if one.n or two.n]
    if variable.kind == "set":
        of_a = [_alone(one, a) for _, one, _ in met]
        of_b = [_alone(two, b) for _, _, two in met]
    else:
        of_a = _together([one for _, one, _ in met], a)
        of_b = _together([two for _, _, two in met], b)
    return [
        Characteristic(variable.name, variable.label, label, one, two, _smd(one, two))
        for (label, _, _), one, two in zip(met, of_a, of_b, strict=True)
    ]


def _together(counts: Sequence[Tally], cohort: Protection) -> list[Share | None]:
    """Levels that add up; one that all have would tell that nobody has another."""
    if sum(count.n > 0 for count in counts) == 1:
        return [None] * len(counts)
    return level_shares(counts, cohort)


def _alone(count: Tally, cohort: Protection) -> Share | None:
    """A level that is released without its complement."""
    rest = Tally(cohort.n - count.n, cohort.others - count.others)
    return level_shares([count, rest], cohort)[0]


def _smd(a: Share | None, b: Share | None) -> float | None:
    """From the released shares; two levels without any spread have no difference to tell."""
    if a is None or b is None:
        return None
    found = float(difference_of_shares(a.percent / 100, b.percent / 100))
    # + 0.0: no minus zero.
    return round(found, 2) + 0.0 if abs(found) < float("inf") else None
