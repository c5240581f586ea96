"""How well the models foresee a first irAE of any organ among patients of the current snapshot.

External data may have next to no inputs. Whoever lacks the minimum is not scored on screen; how
the models would rank them all the same is reported beside, as what it is.
"""

from __future__ import annotations

import math
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np

from data_access.errors import RecordsError
from data_access.warehouse.reader import OpenSnapshot
from models.arrays import Bools, Floats
from models.risk.calibration import probability
from models.risk.features import FEATURE_TABLES, landmark_features
from models.risk.inputs import FEATURE_NAMES
from models.risk.metrics import performance, resamples
from models.risk.outcomes import HORIZONS, ORGAN_OUTCOMES, OUTCOMES
from models.risk.predictor import Predictor
from models.risk.support import scorable
from models.risk.survival import censoring_curve, horizon_labels
from models.schema import unbound

FEWEST_EVENTS = 10
_ORGANS = [OUTCOMES.index(organ) for organ in ORGAN_OUTCOMES]


class NoAdverseEvents(RecordsError):
    """The snapshot has nobody with an irAE after the first dose."""

    def __init__(self) -> None:
        super().__init__(
            "Fewer than 10 patients of the current snapshot have an immune-related adverse event"
            " after their first dose: import patients who have them."
        )


def first_irae(snapshot: OpenSnapshot, predictor: Predictor, seed: int) -> dict[str, Any]:
    """Discrimination at day 0 for a first irAE of any organ and grade, recorded or not.

    The score is the risk of at least one organ's irAE were organs independent,
    1 - product of (1 - risk). Death competes; people lost are weighted for. Research consent only.

    Args:
        snapshot: where the patients are.
        predictor: the models.
        seed: of the bootstrap.

    Returns:
        ``results``: per horizon and group ("scored" as on screen, "all" with the minimum of
        inputs set aside) n, events and auroc with its 95 % interval; None where fewer than 10 had,
        or had not, the event.

    Raises:
        NoAdverseEvents: nobody has the outcome.
    """
    frame = snapshot.run(_rows())
    onset = frame.onset_days.to_numpy(np.float64)
    if (~np.isnan(onset)).sum() < FEWEST_EVENTS:
        raise NoAdverseEvents
    features = frame[list(FEATURE_NAMES)].to_numpy(np.float64)
    middle, _ = predictor.log_odds(features, frame.country.tolist())
    score = 1 - np.prod(1 - probability(middle[:, _ORGANS]), axis=1)
    on_screen = scorable(features)
    everybody = np.ones(len(features), dtype=bool)
    results = []
    for group, here in (("scored", on_screen), ("all", everybody)):
        followed = frame.follow_up_days.to_numpy(np.float64)[here]
        died = frame.died.to_numpy(bool)[here]
        for j, horizon in enumerate(HORIZONS):
            head = {"group": group, "horizon_days": horizon}
            answers = _answers(onset[here], followed, died, horizon)
            results.append(head | _measured(score[here, j], *answers, seed))
    return {
        "model_version": predictor.version,
        "snapshot": snapshot.snapshot.id,
        "outcome": "first irAE of any organ, any grade",
        "patients": len(features),
        "scored": int(on_screen.sum()),
        "inputs_known": [
            {
                "input": name,
                "share": round(float((~np.isnan(features[:, k])).mean()), 4),
            }
            for k, name in enumerate(FEATURE_NAMES)
            if not np.isnan(features[:, k]).all()
        ],
        "results": results,
    }


def _rows() -> ir.Table:
    tables = {name: unbound(name) for name in FEATURE_TABLES}
    patient = tables["patient"].filter(tables["patient"].consent == "research")
    event = tables["adverse_event"].filter(tables["adverse_event"].immune_related)
    dated = event.join(patient.select("patient_id", "index_date"), "patient_id")
    dated = dated.filter(dated.onset_date > dated.index_date)
    dated = dated.mutate(day=dated.onset_date.delta(dated.index_date, unit="day").cast("float64"))
    onsets = dated.group_by("patient_id").agg(onset_days=dated.day.min())
    earliest = ibis.least(patient.end_date, patient.death_date)
    last_seen = ibis.coalesce(earliest, patient.index_date)
    people = patient.select(
        "patient_id",
        "country",
        follow_up_days=last_seen.delta(patient.index_date, unit="day").cast("float64"),
        died=(patient.death_date <= last_seen).fill_null(False),
    ).left_join(onsets, "patient_id")
    features = landmark_features(tables, (0,))
    return features.join(people.drop("patient_id_right"), "patient_id").order_by("patient_id")


def _answers(onset: Floats, followed: Floats, died: Bools, horizon: int) -> tuple[Bools, Floats]:
    if not len(onset):
        return np.zeros(0, dtype=bool), np.zeros(0)
    return horizon_labels(onset, followed, died, horizon, censoring_curve(followed, died))


def _measured(score: Floats, happened: Bools, weight: Floats, seed: int) -> dict[str, Any]:
    known = weight > 0
    events = int((happened & known).sum())
    found = {"n": int(known.sum()), "events": events}
    names = ("auroc", "auroc_lower", "auroc_upper")
    if min(events, found["n"] - events) < FEWEST_EVENTS:
        return found | dict.fromkeys(names)
    drawn = resamples(len(score), np.random.default_rng(seed))
    auroc = performance(score, happened, weight, drawn).auroc
    numbers = (auroc.value, auroc.lower, auroc.upper)
    rounded = (None if math.isnan(value) else round(value, 6) for value in numbers)
    return found | dict(zip(names, rounded, strict=True))
