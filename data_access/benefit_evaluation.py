"""How well the published benefit score separates responders, by site of the current snapshot."""

from __future__ import annotations

from typing import Any

import numpy as np

from data_access.errors import RecordsError
from data_access.warehouse.reader import OpenSnapshot
from models.benefit.loris import CITATION, INPUTS, loris_scores
from models.benefit.response import responders
from models.risk.features import FEATURE_TABLES, landmark_features
from models.risk.inputs import FEATURE_NAMES
from models.risk.metrics import performance, resamples
from models.schema import unbound

EVERYWHERE = "all"


class NoResponses(RecordsError):
    """The snapshot has nobody to compute a benefit score and a response for."""

    def __init__(self) -> None:
        super().__init__(
            "No patient of the current snapshot has a response and all inputs of the benefit score"
            f" ({', '.join(INPUTS)}): import patients who have them."
        )


def benefit(snapshot: OpenSnapshot, seed: int) -> dict[str, Any]:
    """AUROC of LORIS for an objective response, for everybody and by site.

    Research consent only. Sites with fewer than 10 responders or 10 others have no figures.

    Args:
        snapshot: where the patients are.
        seed: of the bootstrap.

    Raises:
        NoResponses: there is nobody with a score and a response.
    """
    frame = snapshot.run(_rows())
    scores = loris_scores(frame[list(FEATURE_NAMES)].to_numpy(np.float64))
    known = ~np.isnan(scores)
    if not known.any():
        raise NoResponses
    responded, site = frame.responded.to_numpy(bool), frame.site.to_numpy(str)
    results = [
        _result(group, level, scores[here & known], responded[here & known], seed)
        for group, level, here in [
            (EVERYWHERE, EVERYWHERE, np.ones(len(site), dtype=bool)),
            *(("site", str(name), site == name) for name in np.unique(site)),
        ]
    ]
    return {
        "score": "LORIS, pan-cancer",
        "citation": CITATION,
        "outcome": "objective response (CR, PR or responder)",
        "snapshot": snapshot.snapshot.id,
        "without_score": int((~known).sum()),
        "results": results,
    }


def _rows() -> Any:
    tables = {name: unbound(name) for name in FEATURE_TABLES}
    patient = tables["patient"].filter(tables["patient"].consent == "research")
    answers = responders(unbound("response"))
    people = patient.select(
        "patient_id", site=patient.country.concat("/").concat(patient.site)
    ).join(answers, "patient_id")
    features = landmark_features(tables, (0,))
    return features.join(people, "patient_id").order_by("patient_id")


def _result(group: str, level: str, scores: Any, responded: Any, seed: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "group": group,
        "level": level,
        "n": len(scores),
        "responders": int(responded.sum()),
    }
    names = ("auroc", "auroc_lower", "auroc_upper")
    if min(responded.sum(), (~responded).sum()) < 10:
        return found | dict.fromkeys(names)
    weight = np.ones(len(scores))
    drawn = resamples(len(scores), np.random.default_rng(seed))
    auroc = performance(scores, responded, weight, drawn).auroc
    numbers = (auroc.value, auroc.lower, auroc.upper)
    return found | {name: round(value, 6) for name, value in zip(names, numbers, strict=True)}
