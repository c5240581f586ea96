"""Bags of boosters: margins and exact contributions of every outcome.

LightGBM is imported on first use, and every call names its number of threads: its thread
pool does not survive a fork, so web workers load models after they started and predict with
one thread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from models.arrays import Floats
from models.risk.inputs import BOOSTER_COLUMNS
from models.risk.outcomes import HORIZONS, OUTCOMES

FloatType = TypeVar("FloatType", np.float32, np.float64)


@dataclass(frozen=True)
class Ensemble:
    """Boosters of each outcome, one per bag, over the columns of ``BOOSTER_COLUMNS``."""

    boosters: Mapping[str, Sequence[Any]]
    threads: int = 1

    @classmethod
    def from_texts(cls, texts: Mapping[str, Sequence[str]], threads: int = 1) -> Ensemble:
        """Boosters from LightGBM model texts: outcome to one text per bag.

        Raises:
            ValueError: a text is no model, or a booster was trained on other columns.
        """
        import lightgbm

        try:
            boosters = {
                outcome: [lightgbm.Booster(model_str=text) for text in bags]
                for outcome, bags in texts.items()
            }
        except lightgbm.basic.LightGBMError as error:
            raise ValueError("A text is not a LightGBM model.") from error
        for outcome, bags in boosters.items():
            if any(tuple(bag.feature_name()) != BOOSTER_COLUMNS for bag in bags):
                raise ValueError(f"The booster for {outcome} was trained on other inputs.")
        return cls(boosters, threads)

    @property
    def bags(self) -> int:
        """Boosters per outcome."""
        return len(self.boosters[OUTCOMES[0]])

    def margins(self, features: Floats) -> Floats:
        """Log-odds before calibration, shape (bags, n, outcomes, horizons).

        Args:
            features: shape (n, inputs), columns of ``FEATURE_NAMES``, NaN where missing.
        """
        matrix = with_horizons(features)
        margins = np.empty((self.bags, len(matrix), len(OUTCOMES)))
        for column, outcome in enumerate(OUTCOMES):
            for bag, booster in enumerate(self.boosters[outcome]):
                margins[bag, :, column] = booster.predict(
                    matrix, raw_score=True, num_threads=self.threads
                )
        shape = (self.bags, len(features), len(HORIZONS), len(OUTCOMES))
        return margins.reshape(shape).swapaxes(2, 3)

    def contributions(self, features: Floats) -> Floats:
        """Mean contribution over the bags, shape (n, outcomes, horizons, columns + 1).

        Exact TreeSHAP values of LightGBM in log-odds before calibration; the last column is
        the expected value over the training rows, the horizon's own column comes before it.
        """
        matrix = with_horizons(features)
        shape = (len(OUTCOMES), len(matrix), len(BOOSTER_COLUMNS) + 1)
        total = np.zeros(shape)
        for column, outcome in enumerate(OUTCOMES):
            for booster in self.boosters[outcome]:
                total[column] += booster.predict(
                    matrix, pred_contrib=True, num_threads=self.threads
                )
        by_horizon = (len(OUTCOMES), len(features), len(HORIZONS), shape[-1])
        return (total / self.bags).reshape(by_horizon).swapaxes(0, 1)


def with_horizons(features: npt.NDArray[FloatType]) -> npt.NDArray[FloatType]:
    """Each row once per horizon, the horizon in the last column: shape (n x horizons, columns)."""
    matrix = np.empty((len(features), len(HORIZONS), features.shape[1] + 1), features.dtype)
    matrix[:, :, :-1] = features[:, None, :]
    matrix[:, :, -1] = HORIZONS
    return matrix.reshape(-1, matrix.shape[-1])
