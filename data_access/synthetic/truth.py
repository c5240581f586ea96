"""True risks: what a perfect model would say on the day of the first dose.

For each person, outcome and horizon the probability of the first qualifying event before death
and within the horizon, given everything known at baseline. The frailty is integrated out by
Gauss-Hermite quadrature, death and stopping by the law of the open window, so no random
number is involved. For evaluation only: never written into a warehouse.

An organ's event can be any of its classes. Until its first event nothing else closes the window
but death, stopping and severe events of *other* organs, so with the incidence A of the first
event and the probability S of an open window the risk is the integral of S dA. Two liberties,
both far below sampling error: a companion of myocarditis counts as independent of it, and
days are not rounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
import pandas as pd

from data_access.synthetic.calibration import calibration
from data_access.synthetic.effects import occurrence_log_odds, severity_log_odds
from data_access.synthetic.exits import Hazards, hazards, window_open
from data_access.synthetic.onset import Law, classes, frailty_nodes
from data_access.synthetic.parameters import CLASSES, parameters
from data_access.synthetic.patients import Patients
from models.arrays import Bools, Floats, Integers
from models.risk.outcomes import HORIZONS, OUTCOMES, SEVERE

_NODES = 9
_STEPS = 74
_AT_ONCE = 500


def true_risks(people: Patients) -> Floats:
    """Probability of each outcome within each horizon from day 0.

    Returns:
        Shape (n, outcomes, horizons), in the order of ``OUTCOMES`` and ``HORIZONS``.
    """
    rate = hazards(people, calibration().hazard_centre)
    occurrence, severity = occurrence_log_odds(people), severity_log_odds(people)
    risks = np.empty((len(people), len(OUTCOMES), len(HORIZONS)))
    for column, law in enumerate(calibration().laws):
        for rows in _portions(people.incidence == column):
            severe = law.severe(severity[rows])
            risks[rows] = _risks(law, occurrence[rows], severe, rate.of(rows))
    return risks


def risk_frame(patient_ids: list[str], risks: Floats) -> pd.DataFrame:
    """Risks as rows: patient_id, outcome, horizon_days, risk."""
    n = len(patient_ids)
    return pd.DataFrame(
        {
            "patient_id": np.repeat(patient_ids, len(OUTCOMES) * len(HORIZONS)),
            "outcome": np.tile(np.repeat(OUTCOMES, len(HORIZONS)), n),
            "horizon_days": np.tile(HORIZONS, n * len(OUTCOMES)),
            "risk": risks.ravel(),
        }
    )


def _portions(chosen: Bools) -> Iterator[Integers]:
    places = np.flatnonzero(chosen)
    for start in range(0, len(places), _AT_ONCE):
        yield places[start : start + _AT_ONCE]


def _risks(law: Law, occurrence: Floats, severe: Floats, rate: Hazards) -> Floats:
    edges, middle, places = _grid()
    started = law.started(edges)
    parts = []
    for log_frailty, weight in zip(*frailty_nodes(_NODES), strict=True):
        chance = law.probability(occurrence, log_frailty)
        window = window_open(rate.with_frailty(log_frailty), middle)
        exposed = law.still_exposed(chance * severe, middle)
        all_exposed = window * exposed.prod(axis=0)
        incidence = []
        for outcome in OUTCOMES:
            own = [organ == outcome for organ in classes().organ]
            free = window if outcome == SEVERE else all_exposed / exposed[own].prod(axis=0)
            incidence.append(_incidence(_qualifying(outcome, chance, severe), started, free))
        parts.append(weight * np.stack(incidence, axis=1)[:, :, places])
    return np.asarray(np.sum(parts, axis=0))


def _incidence(qualifying: Floats, started: Floats, window: Floats) -> Floats:
    """Cumulative incidence of the first qualifying event at each step, shape (n, steps).

    Args:
        qualifying: shape (n, classes), probability that a class occurs and counts.
        started: shape (classes, steps + 1), share of occurring events started by each edge.
        window: shape (n, steps), probability that nothing else has closed the window.
    """
    none_yet = np.ones((len(qualifying), started.shape[1]))
    for place in np.flatnonzero(qualifying.any(axis=0)):
        none_yet *= 1 - qualifying[:, place, None] * started[place]
    return np.asarray(np.cumsum(-np.diff(none_yet, axis=1) * window, axis=1))


def _qualifying(outcome: str, chance: Floats, severe: Floats) -> Floats:
    """Probability that each class occurs and counts for the outcome, shape (n, classes)."""
    if outcome == SEVERE:
        return chance * severe
    counts = chance * (1 - (1 - severe) * classes().grade1)
    belongs = np.array([organ == outcome for organ in classes().organ])
    result = np.where(belongs, counts, 0.0)
    companion = {
        "musculoskeletal": "myositis_with_myocarditis",
        "neurologic": "myasthenia_with_myocarditis",
    }
    if outcome in companion:
        heart = CLASSES.index("myocarditis")
        share = parameters()["irae"].number(companion[outcome])
        result[:, heart] = share * counts[:, heart]
    return np.asarray(result)


@cache
def _grid() -> tuple[Floats, Floats, Integers]:
    """Edges and middles of the integration steps, and the last step of each horizon."""
    edges = max(HORIZONS) * np.linspace(0, 1, _STEPS + 1) ** 1.5
    edges = np.unique(np.concatenate([edges, np.array(HORIZONS, dtype=np.float64)]))
    places = np.searchsorted(edges, HORIZONS) - 1
    return edges, (edges[1:] + edges[:-1]) / 2, places
