"""Intercepts that make simulated incidence, severity and onset equal the published ones.

Effects, frailty, death and stopping would otherwise move the totals away from the rates of the
parameters. The intercepts are found on a fixed internal population, so they are the same in
every process and for every seed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from scipy.special import expit, logit

from data_access.synthetic.effects import (
    hazard_log_ratio,
    occurrence_log_odds,
    severity_log_odds,
)
from data_access.synthetic.exits import Hazards, hazards, window_open
from data_access.synthetic.onset import WEEK, Law, frailty_nodes, target
from data_access.synthetic.parameters import INCIDENCE_COLUMNS
from data_access.synthetic.patients import DRUG_CLASSES, draw_patients
from models.arrays import Floats

_SEED = 20260930
_POPULATION = 80_000
_SWEEPS = (400, 400, 400, 2_500)
"""People in each sweep of the fit: the last one, near the solution, settles the means."""
_FRAILTY_NODES = 4
_STEPS = 46
_HALVINGS = 24
YEAR = 365.0
ONSET_DAYS = 730.0
"""Published medians are taken to describe first events within two years."""


@dataclass(frozen=True)
class Calibration:
    """Laws by incidence column, and the log hazard ratio that published medians belong to."""

    laws: tuple[Law, ...]
    hazard_centre: float


@cache
def calibration() -> Calibration:
    """The calibrated laws; computed once per process, in about a second."""
    people = draw_patients(np.random.default_rng(_SEED), _POPULATION)
    centre = float(hazard_log_ratio(people)[people.stage == 3].mean())
    single = people.drug_class != DRUG_CLASSES.index("PD1_LAG3")
    effects = occurrence_log_odds(people), severity_log_odds(people)
    rates = hazards(people, centre)
    laws = []
    for column in range(len(INCIDENCE_COLUMNS)):
        law = _published(column)
        everyone = np.flatnonzero((people.incidence == column) & single)
        # From low to high risk, so that even a small part stands for the whole.
        everyone = everyone[np.argsort(effects[0][everyone].mean(axis=1))]
        for size in _SWEEPS:
            chosen = everyone[:: -(-len(everyone) // size)]
            occurrence, severity = (each[chosen] for each in effects)
            law = _Fit(column, occurrence, severity, rates.of(chosen)).improved(law)
        laws.append(law)
    return Calibration(tuple(laws), centre)


def _published(column: int) -> Law:
    """The law as if nobody differed, died or stopped: where the fit starts."""
    return Law(
        occurrence=logit(target(column, "p_any_grade_12m")),
        severity=logit(target(column, "share_grade3plus")),
        median_days=WEEK * target(column, "onset_median_weeks"),
        sigma=target(column, "onset_lognormal_sigma"),
        fatality=target(column, "case_fatality_given_grade3plus"),
    )


class _Fit:
    """One sweep over one incidence column: onset, occurrence and severity in turn."""

    def __init__(self, column: int, occurrence: Floats, severity: Floats, rates: Hazards) -> None:
        self.column, self.occurrence, self.severity = column, occurrence, severity
        self.frailty, self.weight = frailty_nodes(_FRAILTY_NODES)
        # Fine steps early, where combination regimens have most of their onsets.
        self.edges = ONSET_DAYS * np.linspace(0, 1, _STEPS) ** 2
        self.middle = (self.edges[1:] + self.edges[:-1]) / 2
        self.open = np.stack(
            [window_open(rates.with_frailty(b), self.middle) for b in self.frailty]
        ).astype(np.float32)

    def improved(self, law: Law) -> Law:
        """The law that meets the targets as long as the classes limit each other as in ``law``."""
        exposed = self._exposed(law)
        law = replace(law, median_days=self._median_days(law, exposed))
        within_year = self._within_year(law, exposed)
        law = replace(law, occurrence=self._occurrence(within_year))
        return replace(law, severity=self._severity(law, within_year))

    def _exposed(self, law: Law) -> Floats:
        """Window open as far as the other classes go, shape (frailties, classes, n, days)."""
        parts = []
        for log_frailty, window in zip(self.frailty, self.open, strict=True):
            severe = law.probability(self.occurrence, log_frailty) * law.severe(self.severity)
            each = law.still_exposed(severe, self.middle).astype(np.float32)
            parts.append(window * each.prod(axis=0) / each)
        return np.stack(parts)

    def _probability(self, occurrence: Floats) -> Floats:
        """Shape (frailties, classes, n)."""
        log_odds = self.occurrence.T + self.frailty[:, None, None]
        return np.asarray(expit(occurrence[:, None] + log_odds))

    def _median_days(self, law: Law, exposed: Floats) -> Floats:
        chance = self._probability(law.occurrence)
        density = np.einsum("f,fcn,fcnd->cd", self.weight, chance, exposed, optimize=True)
        wanted = WEEK * target(self.column, "onset_median_weeks")

        def early_share(log_median: Floats) -> Floats:
            started = replace(law, median_days=np.exp(log_median)).started(self.edges)
            incidence = np.cumsum(np.diff(started) * density, axis=1)
            incidence = np.concatenate([np.zeros((len(wanted), 1)), incidence], axis=1)
            at = [
                np.interp(day, self.edges, row) for day, row in zip(wanted, incidence, strict=True)
            ]
            return np.asarray(-np.array(at) / incidence[:, -1])

        start = np.log(wanted)
        return np.exp(_solve(early_share, np.full_like(wanted, -0.5), start - 0.7, start + 2.5))

    def _within_year(self, law: Law, exposed: Floats) -> Floats:
        """Share of occurring events that start within a year, shape (frailties, classes, n)."""
        started = np.diff(law.started(np.minimum(self.edges, YEAR)))
        return np.asarray(np.einsum("cd,fcnd->fcn", started, exposed, optimize=True))

    def _occurrence(self, within_year: Floats) -> Floats:
        wanted = target(self.column, "p_any_grade_12m")
        start = logit(wanted)

        def incidence(intercept: Floats) -> Floats:
            parts = (self._probability(intercept) * within_year).mean(axis=2)
            return np.asarray(self.weight @ parts)

        return _solve(incidence, wanted, start - 4.0, start + 7.0)

    def _severity(self, law: Law, within_year: Floats) -> Floats:
        events = np.einsum(
            "f,fcn->cn", self.weight, self._probability(law.occurrence) * within_year
        )
        wanted = target(self.column, "share_grade3plus")

        def share(intercept: Floats) -> Floats:
            severe = expit(intercept[:, None] + self.severity.T)
            return np.asarray((events * severe).sum(axis=1) / events.sum(axis=1))

        return _solve(share, wanted, logit(wanted) - 3.0, logit(wanted) + 3.0)


def _solve(rising: Callable[[Floats], Floats], wanted: Floats, low: Floats, high: Floats) -> Floats:
    """Argument at which each component of a rising function reaches ``wanted``, by bisection."""
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        below = rising(middle) < wanted
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return (low + high) / 2
