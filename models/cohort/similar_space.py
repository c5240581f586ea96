"""How alike two patients are: their inputs side by side, weighted by how much the models use them.

Two patients differ in a number by half the square of the difference in robust standard
deviations, which is 1 for an average pair, and in a code by 0 or 1. The squared distance is the
mean of these over the inputs known of both, weighted by how much the models use an input
(Gower JC. Biometrics 1971;27:857-71). Time on treatment is not compared: all are at one landmark.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.arrays import Floats
from models.risk.inputs import FEATURES
from models.risk.use import Use

LEAST_WEIGHT = 0.005
"""Share of the weight below which an input is not compared: it would only take time."""

_FURTHEST = 3.0  # robust standard deviations beyond which a number counts as just as far
_MIDDLE_HALF = 1.349  # width in standard deviations, normal distribution
_TINY = 1e-12
_PAIRS = 5_000
_STRIDES = (1_000_003, 998_244_353)  # primes: every patient is led to once

Singles = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Space:
    """How inputs are compared at one landmark; all arrays have shape (inputs,).

    ``weight`` adds up to 1; an input with weight 0 is not compared: time on treatment, what is
    the same for everybody or known of nobody, and what the models hardly use.
    """

    middle: Floats
    spread: Floats
    weight: Floats

    @classmethod
    def of(cls, features: Floats, use: Use) -> Space:
        """The space in which these patients are compared.

        The spread of a number is that of these patients; where the middle half of them has one
        value, as most have no steroid dose, it is the spread in training.

        Args:
            features: shape (n, inputs), research patients at one landmark, NaN where missing.
            use: how much the models use each input.
        """
        middle, spread = np.zeros(len(FEATURES)), use.spread.copy()
        weight = use.weight.copy()
        for column, feature in enumerate(FEATURES):
            known = features[~np.isnan(features[:, column]), column]
            if not len(known) or known.min() == known.max():
                weight[column] = 0.0
            elif not feature.labels:
                low, middle[column], high = np.percentile(known, (25, 50, 75))
                if high > low:
                    spread[column] = (high - low) / _MIDDLE_HALF
        weight[weight < LEAST_WEIGHT * weight.sum()] = 0.0
        return cls(middle, spread, weight / max(weight.sum(), _TINY))

    def places(self, features: Floats) -> tuple[Singles, Singles]:
        """Coordinates and whether each is known (1 or 0), both of shape (n, dimensions).

        A coded input with more than two words has a dimension per word. A missing input has
        coordinates 0, which count nowhere.
        """
        columns = []
        for column, feature in enumerate(FEATURES):
            share, values = self.weight[column], features[:, column]
            if not share:
                continue
            if not feature.labels:
                ahead = (values - self.middle[column]) / self.spread[column]
                columns.append(np.sqrt(share / 2) * np.clip(ahead, -_FURTHEST, _FURTHEST))
            elif len(feature.labels) == 2:
                columns.append(np.sqrt(share) * values)
            else:
                gap = np.where(np.isnan(values), np.nan, 0.0)
                words = range(len(feature.labels))
                columns += [np.sqrt(share / 2) * ((values == word) + gap) for word in words]
        if not columns:
            columns = [np.zeros(len(features))]
        coordinates = np.column_stack(columns).astype(np.float32)
        known = ~np.isnan(coordinates)
        return np.where(known, coordinates, np.float32(0)), known.astype(np.float32)

    def compared(self, features: Floats) -> Floats:
        """Share of the weight whose inputs are known, shape (n,)."""
        return np.asarray(~np.isnan(features) @ self.weight, dtype=np.float64)


def pair_distances(space: Space, features: Floats) -> Floats:
    """Sorted distances of pairs of patients, each with two others that a stride leads to."""
    some = features[:: max(len(features) // _PAIRS, 1)]
    places, known = space.places(some)
    inputs = (~np.isnan(some)).astype(np.float64)
    distances = []
    for stride in _STRIDES:
        other = (np.arange(len(some)) * stride + 1) % len(some)
        both = known * known[other]
        square = (both * (places - places[other]) ** 2).sum(axis=1)
        weight = (inputs * inputs[other]) @ space.weight
        distances.append(np.sqrt(square / np.maximum(weight, _TINY)))
    return np.sort(np.concatenate(distances)).astype(np.float64)
