"""Whether patients have come to differ from those of training, and risks from what happens.

The population stability index compares two distributions over the same bins:
sum of (now - then) x ln(now / then). Below 0.1 nothing changed, from 0.25 on it did (Siddiqi N.
Credit Risk Scorecards. Wiley 2006; the usual limits, by convention).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.risk.calibration import EVERYWHERE
from models.risk.inputs import FEATURE_BY_NAME, FEATURE_NAMES, TIME_COLUMNS
from models.risk.labels import LandmarkRows

BINS = 10
FEWEST_REFERENCE = 1_000
"""People that a country needs for a reference of its own: shares in steps of 1 % are then cells of
ten people or more."""
FEWEST_NOW = 200
"""People below which an index says next to nothing: chance alone reaches 0.14 over ten bins."""
SHIFTED, CHANGED = 0.1, 0.25
MISSING_POINTS = 0.10
OFF_BY = 0.2
"""Observed over predicted that far from 1, with an interval that leaves 1 out, is an alarm."""

COMPARED: tuple[str, ...] = tuple(name for name in FEATURE_NAMES if name not in TIME_COLUMNS)
_Z99 = 2.576  # forty comparisons at 95 % would raise false alarms all the time
_Z999 = 3.09
_SMALLEST_SHARE = 0.005  # half of the steps that shares are kept in


def reference(rows: LandmarkRows) -> dict[str, Any]:
    """Distributions of the inputs at day 0, for the manifest.

    Args:
        rows: people of training at landmarks.

    Returns:
        ``edges``: inner edges of the bins of every plain number; ``people`` and ``shares`` by
        country and for all: per input the share missing and of each bin or code, to 1 %.
    """
    rows = rows.select(rows.landmark_day == 0)
    edges = {}
    for name in COMPARED:
        if not FEATURE_BY_NAME[name].labels:
            values = rows.features[:, FEATURE_NAMES.index(name)]
            known = values[~np.isnan(values)]
            inner = np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1]) if len(known) else known
            edges[name] = sorted({float(f"{edge:.6g}") for edge in inner})
    country = rows.country.astype(str)
    places = {EVERYWHERE: np.ones(len(rows), dtype=bool)}
    places |= {str(name): country == name for name in np.unique(country)}
    places = {name: here for name, here in places.items() if here.sum() >= FEWEST_REFERENCE}
    return {
        "edges": edges,
        "people": {name: 5 * round(int(here.sum()) / 5) for name, here in places.items()},
        "shares": {
            place: {
                name: _shares(name, rows.features[here, FEATURE_NAMES.index(name)], edges)
                for name in COMPARED
            }
            for place, here in places.items()
        },
    }


def bins_of(name: str, edges: Mapping[str, Sequence[float]]) -> int:
    """Number of bins or codes of an input, besides missing."""
    labels = FEATURE_BY_NAME[name].labels
    return len(labels) if labels else len(edges[name]) + 1


def _shares(name: str, values: Any, edges: Mapping[str, Sequence[float]]) -> list[float]:
    missing = np.isnan(values)
    if FEATURE_BY_NAME[name].labels:
        place = np.where(missing, -1, values).astype(int)
    else:
        place = np.where(missing, -1, np.searchsorted(edges[name], values, side="left"))
    counts = np.bincount(place + 1, minlength=bins_of(name, edges) + 1)
    return [round(float(share), 2) for share in counts / max(len(values), 1)]


def stability_index(then: Sequence[float], now: Sequence[float]) -> float:
    """Population stability index of two distributions over the same bins.

    Args:
        then: shares in the reference.
        now: shares today; NaN where a count was too small to be released.

    Returns:
        0 for the same distribution. Shares below half a per cent count as that; cells that were
        not released share what is left as they did in the reference.
    """
    first = np.maximum(np.asarray(then, dtype=np.float64), _SMALLEST_SHARE)
    second = np.asarray(now, dtype=np.float64)
    hidden = np.isnan(second)
    rest = max(1 - float(second[~hidden].sum()), 0.0)
    second = np.where(hidden, rest * first / max(float(first[hidden].sum()), 1e-12), second)
    second = np.maximum(second, _SMALLEST_SHARE)
    first, second = first / first.sum(), second / second.sum()
    return float(((second - first) * np.log(second / first)).sum())


@dataclass(frozen=True)
class InputDrift:
    """One input in one country: index of those who have it, and shares missing then and now.

    ``index`` is None where too few have it; ``chance`` is what one in a thousand samples of that
    size would reach without any change.
    """

    feature: str
    index: float | None
    chance: float
    missing_then: float
    missing_now: float

    @property
    def alarm(self) -> str:
        """Changed, "shifted", "missing more often" or nothing."""
        if self.missing_now - self.missing_then >= MISSING_POINTS:
            return "missing more often"
        if self.index is None or self.index < max(SHIFTED, self.chance):
            return ""
        return "changed" if self.index >= CHANGED else "shifted"


def input_drift(
    feature: str, then: Sequence[float], now: Sequence[float], people: int
) -> InputDrift:
    """Compare one input among those who have it, and how many lack it.

    Args:
        feature: name of the input.
        then: shares in the reference, that of missing values first.
        now: shares today in the same order; NaN where a count was too small to be released.
        people: behind ``now``.
    """
    missing_now = 0.0 if np.isnan(now[0]) else float(now[0])
    known = people * (1 - missing_now)
    enough = known >= FEWEST_NOW and sum(then[1:]) > 0
    index = stability_index(_of_known(then), _of_known(now)) if enough else None
    chance = _by_chance(len(then) - 1, known) if enough else 0.0
    return InputDrift(feature, index, chance, float(then[0]), missing_now)


def _by_chance(bins: int, people: float) -> float:
    """99.9th percentile of the index of a sample from the reference itself.

    The index times the sample's size follows about a chi-squared distribution with one degree of
    freedom per bin but one (Yurdakul B, Naranjo J. J Risk Model Valid 2020;14(4):89-100); its
    percentile by Wilson and Hilferty (Proc Natl Acad Sci USA 1931;17:684-8).
    """
    freedom = max(bins - 1, 1)
    part = 2 / (9 * freedom)
    percentile: float = freedom * (1 - part + _Z999 * part**0.5) ** 3
    return percentile / people


def _of_known(shares: Sequence[float]) -> list[float]:
    known = np.asarray(shares[1:], dtype=np.float64)
    missing = 0.0 if np.isnan(shares[0]) else shares[0]
    return [float(share) for share in known / (1 - missing)]


@dataclass(frozen=True)
class ObservedPredicted:
    """Events seen and expected in a country, their ratio and its 99 % Poisson interval."""

    outcome: str
    people: int
    events: int
    expected: float
    ratio: float
    lower: float
    upper: float

    @property
    def alarm(self) -> str:
        """More or fewer than predicted; empty where neither is certain."""
        if self.lower > 1 and self.ratio > 1 + OFF_BY:
            return "more than predicted"
        if self.upper < 1 and self.ratio < 1 - OFF_BY:
            return "fewer than predicted"
        return ""


def observed_predicted(
    outcome: str, people: int, events: int, mean_risk: float
) -> ObservedPredicted:
    """Ratio of released counts to what was predicted.

    The interval is Byar's approximation of the exact Poisson limits (Breslow NE, Day NE.
    Statistical Methods in Cancer Research II. IARC 1987, p. 69).
    """
    expected = people * mean_risk
    lower = events * (1 - 1 / (9 * events) - _Z99 / (3 * events**0.5)) ** 3
    more = events + 1
    upper = more * (1 - 1 / (9 * more) + _Z99 / (3 * more**0.5)) ** 3
    return ObservedPredicted(
        outcome,
        people,
        events,
        expected,
        events / expected,
        max(lower, 0.0) / expected,
        upper / expected,
    )


_ALARMS = {
    "more than predicted": "More events than predicted",
    "fewer than predicted": "Fewer events than predicted",
    "changed": "Changed since training",
    "shifted": "Shifted since training",
    "missing more often": "Missing more often than in training",
}
MOST_NAMED = 6


def alarm_sentences(alarms: Sequence[Mapping[str, str]]) -> list[str]:
    """One sentence per kind of alarm, the gravest kinds first; one that says all is well if none.

    Args:
        alarms: ``what`` (input or outcome) and ``alarm``.
    """
    sentences = []
    for kind, words in _ALARMS.items():
        names = [_name(alarm["what"]) for alarm in alarms if alarm["alarm"] == kind]
        if names:
            more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
            sentences.append(f"{words}: {', '.join(names[:MOST_NAMED])}{more}.")
    return sentences or ["No alarm: inputs are as in training, events as predicted."]


def _name(what: str) -> str:
    return FEATURE_BY_NAME[what].label if what in FEATURE_BY_NAME else what
