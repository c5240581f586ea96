"""How much the models use each input: what the weights of similar patients are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models.arrays import Floats
from models.risk.inputs import FEATURE_NAMES, TIME_COLUMNS

_MIDDLE_998 = 6.18  # width in standard deviations, normal distribution
_TINY = 1e-12


@dataclass(frozen=True)
class Use:
    """How much the models use each input, and its spread in training; both of shape (inputs,).

    ``weight`` adds up to 1 and is 0 for time on treatment.
    """

    weight: Floats
    spread: Floats

    @classmethod
    def of(
        cls,
        importance: Mapping[str, Mapping[str, float]],
        ranges: Mapping[str, tuple[float, float]],
    ) -> Use:
        """Shares of the mean absolute contributions, averaged over the outcomes.

        Args:
            importance: mean absolute contribution by outcome and input, as the manifest has it.
            ranges: the middle 99.8 % of training values of each number.
        """
        compared = np.array([name not in TIME_COLUMNS for name in FEATURE_NAMES], dtype=float)
        used = np.array(
            [[of.get(name, 0.0) for name in FEATURE_NAMES] for of in importance.values()]
        )
        used = used.reshape(-1, len(FEATURE_NAMES)) * compared
        shares = used / np.maximum(used.sum(axis=1, keepdims=True), _TINY)
        ends = np.array([ranges.get(name, (0.0, 0.0)) for name in FEATURE_NAMES])
        spread = (ends[:, 1] - ends[:, 0]) / _MIDDLE_998
        return cls(shares.sum(axis=0) / max(shares.sum(), _TINY), np.where(spread > 0, spread, 1.0))
