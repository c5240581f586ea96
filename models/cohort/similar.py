"""Groups of similar patients: everybody belongs to exactly one, the nearest.

"Patients like this one" could be the hundred nearest to each patient. Those of two patients who
resemble each other would then differ by a few people, and the difference of two released numbers
would be about these few. So the research patients of a landmark are divided once per snapshot
into groups that share nobody, each large enough to be released. Whoever asks about any patient
gets one of these groups whole; adding and subtracting groups never leaves fewer people than the
smallest group has. The price: a patient at the edge of a group has nearer people in the next one,
which is why the closeness is said. A patient who agreed to research is one of the group: leaving
out whoever is looked at would make the groups differ by one.

Two patients differ in a number by half the square of the difference in robust standard
deviations, which is 1 for an average pair, and in a code by 0 or 1. The squared distance is the
mean of these over the inputs known of both, weighted by how much the models use an input
(Gower JC. Biometrics 1971;27:857-71). Time on treatment is not compared: all are at one landmark.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.arrays import Bools, Floats, Integers
from models.cohort.disclosure import MINIMUM_CELL
from models.risk.inputs import FEATURE_NAMES, FEATURES, TIME_COLUMNS

MINIMUM_GROUP = 100
"""Fewest patients of a group."""

USUAL_GROUP = 200
"""Patients per group that are aimed at; fewer hide most outcomes, more are less alike."""

MOST_GROUPS = 250
"""Groups of one landmark; in larger cohorts the groups grow, which is no loss."""

LEAST_COMPARED = 0.5
"""Share of the weight whose inputs must be known for a patient to be compared."""

STEP_PERCENT = 5
"""Closeness is said in steps of this."""

_FIT_ROWS = 10_000
_ROUNDS = 12
_ROWS_AT_ONCE = 20_000
_FURTHEST = 3.0  # robust standard deviations beyond which a number counts as just as far
_PAIRS = 5_000
_STRIDES = (1_000_003, 998_244_353)  # primes: every patient is led to once

Singles = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Space:
    """How inputs are compared at one landmark; all arrays have shape (inputs,).

    ``weight`` adds up to 1; an input with weight 0 is not compared: time on treatment, and what
    is the same for everybody or known of nobody.
    """

    middle: Floats
    spread: Floats
    weight: Floats

    @classmethod
    def of(cls, features: Floats, weights: Floats) -> Space:
        """The space in which these patients are compared.

        Args:
            features: shape (n, inputs), research patients at one landmark, NaN where missing.
            weights: see ``input_weights``.
        """
        middle, spread = np.zeros(len(FEATURES)), np.ones(len(FEATURES))
        weight = weights.copy()
        for column, feature in enumerate(FEATURES):
            known = features[~np.isnan(features[:, column]), column]
            if not len(known) or known.min() == known.max():
                weight[column] = 0.0
            elif not feature.labels:
                low, middle[column], high = np.percentile(known, (25, 50, 75))
                # Zero for most people, as a steroid dose is: the quartiles then say nothing.
                spread[column] = (high - low) / 1.349 if high > low else known.std()
        return cls(middle, spread, weight / max(weight.sum(), 1e-12))

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


def input_weights(importance: Mapping[str, Mapping[str, float]]) -> Floats:
    """How much the models use each input: shares of 1, averaged over the outcomes.

    Args:
        importance: mean absolute contribution by outcome and input, as the manifest has it.

    Returns:
        Shape (inputs,), adding up to 1; 0 for time on treatment.
    """
    compared = np.array([name not in TIME_COLUMNS for name in FEATURE_NAMES], dtype=np.float64)
    used = np.array([[of.get(name, 0.0) for name in FEATURE_NAMES] for of in importance.values()])
    used = used.reshape(-1, len(FEATURE_NAMES)) * compared
    shares = used / np.maximum(used.sum(axis=1, keepdims=True), 1e-12)
    return np.asarray(shares.sum(axis=0) / max(shares.sum(), 1e-12), dtype=np.float64)


@dataclass(frozen=True)
class Partition:
    """The groups of one landmark: each patient is of the group whose centre is nearest.

    ``centres`` has shape (groups, dimensions), ``within`` (groups,) the mean squared distance of
    its members to the centre, ``pairs`` the sorted distances of some pairs of patients.
    """

    space: Space
    centres: Singles
    within: Floats
    pairs: Floats

    def nearest(self, features: Floats) -> tuple[Integers, Floats, Floats]:
        """Nearest group of each patient, how close it is, and on how much that rests.

        Args:
            features: shape (n, inputs), NaN where missing.

        Returns:
            Group (-1 where too little is known to compare), share of pairs of patients that are
            further apart than the patient and the group, share of the weight compared.
        """
        compared = self.space.compared(features)
        group = np.full(len(features), -1, dtype=np.int64)
        closer = np.zeros(len(features))
        for rows in _portions(len(features)):
            found, square = _nearest(*self.space.places(features[rows]), self.centres)
            group[rows] = found
            # Mean squared distance to the members: to their centre, and theirs to it.
            apart = np.sqrt(square / np.maximum(compared[rows], 1e-12) + self.within[found])
            closer[rows] = 1 - np.searchsorted(self.pairs, apart) / max(len(self.pairs), 1)
        group[compared < LEAST_COMPARED] = -1
        return group, closer, compared


def partition(features: Floats, country: Integers, weights: Floats) -> Partition | None:
    """Divide the research patients of one landmark into groups that share nobody.

    The same patients in the same order give the same groups. Every group has at least
    ``MINIMUM_GROUP`` patients, and none or at least ten outside the country that most of them
    are from: a group that has not is dissolved, and its people go to the next nearest.

    Args:
        features: shape (n, inputs), NaN where missing.
        country: shape (n,), a number per country.
        weights: see ``input_weights``.

    Returns:
        None where there are too few patients for two groups.
    """
    wanted = min(len(features) // USUAL_GROUP, MOST_GROUPS)
    if wanted < 2:
        return None
    space = Space.of(features, weights)
    features_in = space.compared(features) >= LEAST_COMPARED
    features, country = features[features_in], country[features_in]
    step = max(len(features) // _FIT_ROWS, 1)
    centres = _fit(*space.places(features[::step]), wanted)
    group, square = _assign(space, features, centres)
    centres, group, square = _dissolve(space, features, country, centres, group, square)
    if len(centres) < 2:
        return None
    square /= space.compared(features)
    within = np.bincount(group, weights=square) / np.bincount(group)
    return Partition(space, centres, within, _pair_distances(space, features))


def _portions(n: int) -> Iterator[slice]:
    for start in range(0, n, _ROWS_AT_ONCE):
        yield slice(start, start + _ROWS_AT_ONCE)


def _nearest(places: Singles, known: Singles, centres: Singles) -> tuple[Integers, Floats]:
    """Nearest centre and the weighted sum of squares to it, over what is known."""
    square = known @ (centres**2).T - 2 * places @ centres.T
    group = square.argmin(axis=1)
    best = square[np.arange(len(group)), group] + (places**2).sum(axis=1)
    return group, np.maximum(best, 0).astype(np.float64)


def _assign(space: Space, features: Floats, centres: Singles) -> tuple[Integers, Floats]:
    found = [_nearest(*space.places(features[rows]), centres) for rows in _portions(len(features))]
    return np.concatenate([one for one, _ in found]), np.concatenate([two for _, two in found])


def _fit(places: Singles, known: Singles, wanted: int) -> Singles:
    """Centres by Lloyd's algorithm from a start by halves; deterministic."""
    group = _halves(places, wanted)
    for _ in range(_ROUNDS):
        centres = _means(places, known, group)
        moved, _ = _nearest(places, known, centres)
        if np.array_equal(moved, group):
            break
        # A group that everybody left would have no centre: numbers stay without gaps.
        _, group = np.unique(moved, return_inverse=True)
    return _means(places, known, group)


def _means(places: Singles, known: Singles, group: Integers) -> Singles:
    """Mean of each group over what is known; 0, the middle, where nothing is."""
    one_hot = np.zeros((group.max() + 1, len(group)), dtype=np.float32)
    one_hot[group, np.arange(len(group))] = 1
    return np.asarray(one_hot @ places / np.maximum(one_hot @ known, 1), dtype=np.float32)


def _halves(places: Singles, wanted: int) -> Integers:
    """Split the largest group at the mean of its widest dimension until there are enough."""
    members = [np.arange(len(places))]
    while len(members) < wanted:
        largest = max(range(len(members)), key=lambda one: len(members[one]))
        here = members.pop(largest)
        column = places[here][:, places[here].var(axis=0).argmax()]
        above = column > column.mean()
        if not above.any():
            members.append(here)
            break
        members += [here[~above], here[above]]
    group = np.zeros(len(places), dtype=np.int64)
    for number, here in enumerate(members):
        group[here] = number
    return group


def _dissolve(
    space: Space,
    features: Floats,
    country: Integers,
    centres: Singles,
    group: Integers,
    square: Floats,
) -> tuple[Singles, Integers, Floats]:
    """Remove the smallest group that may not be released until none is left."""
    while len(centres):
        size, safe = _sizes(group, country, len(centres))
        if safe.all():
            break
        smallest = int(np.where(safe, np.iinfo(np.int64).max, size).argmin())
        centres = np.delete(centres, smallest, axis=0)
        leaving = group == smallest
        group = group - (group > smallest)
        if len(centres) and leaving.any():
            group[leaving], square[leaving] = _assign(space, features[leaving], centres)
    return centres, group, square


def _sizes(group: Integers, country: Integers, groups: int) -> tuple[Integers, Bools]:
    """Patients of each group, and whether the group may be released."""
    countries = int(country.max()) + 1
    here = np.bincount(group * countries + country, minlength=groups * countries)
    here = here.reshape(groups, countries)
    size = here.sum(axis=1)
    outside = size - here.max(axis=1)
    return size, (size >= MINIMUM_GROUP) & ((outside == 0) | (outside >= MINIMUM_CELL))


def _pair_distances(space: Space, features: Floats) -> Floats:
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
        distances.append(np.sqrt(square / np.maximum(weight, 1e-12)))
    return np.sort(np.concatenate(distances)).astype(np.float64)
