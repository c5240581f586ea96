"""When each class of irAE starts, how severe it is, and how it ends the exposure to others.

Given the frailty and the end of the window, the classes are independent: each occurs with its
own probability and starts on a lognormal day. Severe events close the window of all classes,
fatal ones after two weeks, those that end treatment after 90 days.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.special import expit, ndtr, roots_hermitenorm

from data_access.synthetic.parameters import CLASSES, parameters, rates
from models.arrays import Floats

WEEK = 7.0


@dataclass(frozen=True)
class Classes:
    """Constants of each class of irAE, each of shape (classes,)."""

    organ: tuple[str, ...]
    grade1: Floats
    grade4: Floats
    stops: Floats
    recurs: Floats


@cache
def classes() -> Classes:
    """The table of classes in the order of ``CLASSES``."""
    block = parameters()["irae_classes"]
    order = [block.words("organ_class").index(name) for name in CLASSES]
    return Classes(
        organ=tuple(block.words("organ")[place] for place in order),
        grade1=block.numbers("grade1")[order],
        grade4=block.numbers("grade4")[order],
        stops=block.numbers("stops")[order],
        recurs=block.numbers("recurs")[order],
    )


@dataclass(frozen=True)
class Law:
    """Calibrated law of the classes for one incidence column; arrays of shape (classes,).

    ``occurrence`` and ``severity`` are intercepts on the log-odds scale, ``median_days`` the
    median onset of an event that nothing prevents.
    """

    occurrence: Floats
    severity: Floats
    median_days: Floats
    sigma: Floats
    fatality: Floats

    def probability(self, log_odds: Floats, log_frailty: Floats | float) -> Floats:
        """Probability that each class occurs, shape of ``log_odds`` (n, classes)."""
        return np.asarray(expit(self.occurrence + log_odds + log_frailty))

    def severe(self, log_odds: Floats) -> Floats:
        """Probability that an irAE is grade 3 or more, shape (n, classes)."""
        return np.asarray(expit(self.severity + log_odds))

    def started(self, days: Floats) -> Floats:
        """Share of occurring events that have started by each day, shape (classes, days)."""
        with np.errstate(divide="ignore"):
            log_days = np.log(np.maximum(days, 0.0))
        return np.asarray(
            ndtr((log_days - np.log(self.median_days)[:, None]) / self.sigma[:, None])
        )

    def still_exposed(self, severe: Floats, days: Floats) -> Floats:
        """Probability that a class has not closed the window by each day.

        Args:
            severe: shape (n, classes), probability that the class occurs with grade 3 or more.
            days: shape (days,).

        Returns:
            Shape (classes, n, days).
        """
        irae = parameters()["irae"]
        by_death = self.started(days - irae.number("fatal_after_days"))
        by_stop = self.started(days - irae.number("window_after_stop_days"))
        fatal, stops = self.fatality[:, None], classes().stops[:, None]
        closed = fatal * by_death + (1 - fatal) * stops * by_stop
        return np.asarray(1.0 - np.einsum("nc,cd->cnd", severe, closed))


def frailty_nodes(count: int) -> tuple[Floats, Floats]:
    """Log frailties and their weights for Gauss-Hermite integration, each of shape (count,)."""
    nodes, weights = roots_hermitenorm(count)
    return nodes * parameters()["irae"].number("frailty_sd"), weights / weights.sum()


def target(column: int, name: str) -> Floats:
    """One column of the published rates for one incidence column, shape (classes,)."""
    return np.asarray(rates(name)[:, column])
