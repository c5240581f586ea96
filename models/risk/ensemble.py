"""Bags of boosters: margins and exact contributions of every outcome.

LightGBM is imported on first use, and every call names its number of threads: its thread
pool does not survive a fork, so web workers load models after they started and predict with
one thread.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from models.arrays import Floats
from models.risk.inputs import BOOSTER_COLUMNS
from models.risk.outcomes import HORIZONS, OUTCOMES

FloatType = TypeVar("FloatType", np.float32, np.float64)
DENSITY_HORIZON = 180
"""Horizon at which density is looked up; rows of all horizons count alike."""

_LEAVES = re.compile(r"^num_leaves=(\d+)$|^leaf_count=([\d ]+)$", re.MULTILINE)


@dataclass(frozen=True)
class Ensemble:
    """Boosters of each outcome, one per bag, over the columns of ``BOOSTER_COLUMNS``.

    ``leaf_shares`` holds for the first bag of each outcome the share of training rows in each
    leaf, shape (trees, leaves).
    """

    boosters: Mapping[str, Sequence[Any]]
    leaf_shares: Mapping[str, Floats]
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
        shares = {outcome: _leaf_shares(bags[0]) for outcome, bags in texts.items()}
        return cls(boosters, shares, threads)

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
        """Contributions of each bag, shape (bags, n, outcomes, horizons, columns + 1).

        Exact TreeSHAP values of LightGBM in log-odds before calibration; their mean over the
        bags explains the mean margin. The last column is the expected value over the training
        rows, the horizon's own column comes before it.
        """
        matrix = with_horizons(features)
        width = len(BOOSTER_COLUMNS) + 1
        parts = np.empty((self.bags, len(OUTCOMES), len(matrix), width))
        for column, outcome in enumerate(OUTCOMES):
            for bag, booster in enumerate(self.boosters[outcome]):
                parts[bag, column] = booster.predict(
                    matrix, pred_contrib=True, num_threads=self.threads
                )
        by_horizon = (self.bags, len(OUTCOMES), len(features), len(HORIZONS), width)
        return parts.reshape(by_horizon).swapaxes(1, 2)

    def density(self, features: Floats) -> Floats:
        """Mean share of training rows in the leaf of each row, shape (n, outcomes).

        The share of trees in which two rows fall into one leaf is their proximity; the mean over
        the training rows is a density estimate in the model's own space: inputs that the model
        does not use do not count (Scornet E. IEEE Trans Inf Theory 2016;62:1485-1500). Over the
        trees of the first bag.
        """
        matrix = np.column_stack([features, np.full(len(features), float(DENSITY_HORIZON))])
        densities = np.empty((len(features), len(OUTCOMES)))
        for column, outcome in enumerate(OUTCOMES):
            leaf = self.boosters[outcome][0].predict(
                matrix, pred_leaf=True, num_threads=self.threads
            )
            shares = self.leaf_shares[outcome]
            leaves = np.asarray(leaf, dtype=np.int64).reshape(len(features), -1)
            densities[:, column] = shares[np.arange(len(shares)), leaves].mean(axis=1)
        return densities


def _leaf_shares(text: str) -> Floats:
    """Share of rows in each leaf, shape (trees, most leaves), from the counts in a model text."""
    trees: list[list[float]] = []
    for leaves, counts in _LEAVES.findall(text):
        if leaves:
            trees.append([1.0])
        elif len(counts.split()) > 1:
            trees[-1] = [float(count) for count in counts.split()]
    shares = np.zeros((len(trees), max(map(len, trees), default=1)))
    for row, tree in zip(shares, trees, strict=True):
        row[: len(tree)] = np.divide(tree, sum(tree))
    return shares


def with_horizons(features: npt.NDArray[FloatType]) -> npt.NDArray[FloatType]:
    """Each row once per horizon, the horizon in the last column: shape (n x horizons, columns)."""
    matrix = np.empty((len(features), len(HORIZONS), features.shape[1] + 1), features.dtype)
    matrix[:, :, :-1] = features[:, None, :]
    matrix[:, :, -1] = HORIZONS
    return matrix.reshape(-1, matrix.shape[-1])
