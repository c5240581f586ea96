"""How close a model comes to what can be known: against true risks, known where simulated."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from models.arrays import Bools, Floats
from models.risk.metrics import auroc


@dataclass(frozen=True)
class Ceiling:
    """Discrimination of a model and of the true risk on the same people, and their distance.

    ``share`` is (auroc - 0.5) / (oracle_auroc - 0.5): 1 is all that can be attained.
    ``mean_absolute_error`` is that of the risk to the true risk, as a probability.
    """

    auroc: float
    oracle_auroc: float
    share: float
    mean_absolute_error: float


def ceiling(risk: Floats, true_risk: Floats, happened: Bools, weight: Floats) -> Ceiling:
    """Model against truth; NaN where discrimination cannot be computed.

    Args:
        risk: shape (n,), predicted probabilities.
        true_risk: shape (n,), probabilities.
        happened: shape (n,).
        weight: shape (n,), >= 0; people with weight 0 have no answer.
    """
    known = weight > 0
    model, oracle = (
        float(auroc(each[known], happened[known], weight[known])) for each in (risk, true_risk)
    )
    share = (model - 0.5) / (oracle - 0.5) if oracle != 0.5 else math.nan
    return Ceiling(model, oracle, share, float(np.abs(risk - true_risk).mean()))
