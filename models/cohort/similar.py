"""Groups of similar patients: everybody belongs to exactly one, the nearest.

"Patients like this one" could be the hundred nearest to each patient. Those of two patients who
resemble each other would then differ by a few people, and the difference of two released numbers
would be about these few. So the research patients of a landmark are divided once per snapshot
into groups that share nobody, each large enough to be released. Whoever asks about any patient
gets one of these groups whole; adding and subtracting groups never leaves fewer people than the
smallest group has. The price: a patient at the edge of a group has nearer people in the next one,
which is why the closeness is said. A patient who agreed to research is one of the group: leaving
out whoever is looked at would make the groups differ by one.

Nobody is grouped with people of another drug class, unless too few are on it: by the weights alone
one code among sixty inputs would count for little, and it is the first thing a clinician asks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from models.arrays import Bools, Floats, Integers
from models.cohort.disclosure import MINIMUM_CELL
from models.cohort.similar_space import Singles, Space, pair_distances
from models.risk.inputs import DRUG_CLASS_CODES, FEATURE_NAMES
from models.risk.use import Use

MINIMUM_GROUP = 75
"""Fewest patients of a group."""

USUAL_GROUP = 200
"""Patients per group that are aimed at; fewer hide most outcomes, more are less alike."""

MOST_GROUPS = 150
"""Groups of one landmark; in larger cohorts the groups grow, which is no loss."""

LEAST_COMPARED = 0.5
"""Share of the weight whose inputs must be known for a patient to be compared."""

STEP_PERCENT = 5
"""Closeness is said in steps of this."""

_DRUG_CLASS = FEATURE_NAMES.index("drug_class")
_FIT_ROWS = 4_000
_ROUNDS = 6
_SPREAD_ROWS = 20_000
_ROWS_AT_ONCE = 20_000


@dataclass(frozen=True)
class Partition:
    """The groups of one landmark: each patient is of the group of the class that is nearest.

    ``centres`` has shape (groups, dimensions), ``stratum`` (groups,) the drug classes that the
    group is for, ``within`` (groups,) the mean squared distance of its members to the centre.
    ``strata`` is the stratum of each drug class, -1 for none; ``pairs`` the sorted distances of
    some pairs of patients.
    """

    space: Space
    centres: Singles
    stratum: Integers
    within: Floats
    strata: Integers
    pairs: Floats

    def nearest(self, features: Floats) -> tuple[Integers, Floats, Floats]:
        """Nearest group of each patient, how close it is, and on how much that rests.

        Args:
            features: shape (n, inputs), NaN where missing.

        Returns:
            Group (-1 where there is none, or too little is known to compare), share of pairs of
            patients that are further apart than the patient and the group, share of the weight
            compared.
        """
        compared = self.space.compared(features)
        group = np.full(len(features), -1, dtype=np.int64)
        closer = np.zeros(len(features))
        stratum = _stratum(self.strata, features)
        for one in np.unique(stratum[stratum >= 0]):
            rows = np.flatnonzero((stratum == one) & (compared >= LEAST_COMPARED))
            numbers = np.flatnonzero(self.stratum == one)
            found, square = _assign(self.space, features[rows], self.centres[numbers])
            group[rows] = numbers[found]
            # Mean squared distance to the members: to their centre, and theirs to it.
            apart = np.sqrt(square / compared[rows] + self.within[group[rows]])
            closer[rows] = 1 - np.searchsorted(self.pairs, apart) / len(self.pairs)
        return group, closer, compared


def partition(features: Floats, country: Integers, use: Use) -> Partition | None:
    """Divide the research patients of one landmark into groups that share nobody.

    The same patients in the same order give the same groups. Every group has at least
    ``MINIMUM_GROUP`` patients, and none or at least ten outside the country that most of them
    are from: a group that has not is dissolved, and its people go to the next nearest. A drug
    class that cannot be one such group is put together with the others of its kind, and where
    even those are too few, they are in no group.

    Args:
        features: shape (n, inputs), NaN where missing; the drug class is known.
        country: shape (n,), a number per country.
        use: how much the models use each input.

    Returns:
        None where there are too few patients for any group.
    """
    space = Space.of(features[:: -(-len(features) // _SPREAD_ROWS) or 1], use)
    known = space.compared(features) >= LEAST_COMPARED
    features, country = features[known], country[known]
    strata = _strata(features, country)
    stratum = _stratum(strata, features)
    each = max(USUAL_GROUP, len(features) / MOST_GROUPS)
    centres, labels, within = [], [], []
    for one in np.unique(stratum[stratum >= 0]):
        here = stratum == one
        found = _groups(space, features[here], country[here], max(int(here.sum() // each), 1))
        centres.append(found[0])
        within.append(found[1])
        labels.append(np.full(len(found[0]), one))
    if not centres:
        return None
    return Partition(
        space,
        np.concatenate(centres),
        np.concatenate(labels),
        np.concatenate(within),
        strata,
        pair_distances(space, features),
    )


def _stratum(strata: Integers, features: Floats) -> Integers:
    """Stratum of each patient, -1 for none or a drug class that is not known."""
    code = features[:, _DRUG_CLASS]
    known = ~np.isnan(code)
    found = np.full(len(code), -1, dtype=np.int64)
    found[known] = strata[code[known].astype(np.int64)]
    return found


def _strata(features: Floats, country: Integers) -> Integers:
    """A number for each drug class that can be released by itself, one for all others, or -1."""
    code = features[:, _DRUG_CLASS].astype(np.int64)
    classes = len(DRUG_CLASS_CODES)
    alone = np.zeros(classes, dtype=bool)
    if len(code):
        alone = _sizes(code, country, classes)[1]
    rest = ~alone[code]
    together = rest.any() and bool(_sizes(np.zeros(rest.sum(), int), country[rest], 1)[1][0])
    return np.where(alone, np.arange(classes), classes if together else -1)


def _groups(
    space: Space, features: Floats, country: Integers, wanted: int
) -> tuple[Singles, Floats]:
    """Centres of the groups of one stratum, and how far from them their members are."""
    some = features[:: -(-len(features) // _FIT_ROWS)]
    centres = _fit(*space.places(some), wanted)
    group, square = _assign(space, features, centres)
    centres, group, square = _dissolve(space, features, country, centres, group, square)
    square /= space.compared(features)
    return centres, np.bincount(group, weights=square) / np.bincount(group)


def _portions(n: int) -> Iterator[slice]:
    for start in range(0, max(n, 1), _ROWS_AT_ONCE):
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
    order = np.argsort(group, kind="stable")
    start = np.flatnonzero(np.diff(group[order], prepend=-1))
    total = np.add.reduceat(places[order], start, axis=0)
    counted = np.maximum(np.add.reduceat(known[order], start, axis=0), 1)
    return np.asarray(total / counted, dtype=np.float32)


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
    """Remove the smallest group that may not be released until there is none; all in one may."""
    while len(centres) > 1:
        size, safe = _sizes(group, country, len(centres))
        if safe.all():
            break
        smallest = int(np.where(safe, np.iinfo(np.int64).max, size).argmin())
        centres = np.delete(centres, smallest, axis=0)
        leaving = group == smallest
        group = group - (group > smallest)
        if leaving.any():
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
