"""True quality of life: what everybody alive would answer, whether or not a form came back.

With it the coverage of forecast intervals and their bias can be told on all who live, not only
on those who feel well enough to answer.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.random import Generator

from data_access.synthetic.events import Course
from data_access.synthetic.patients import Patients
from data_access.synthetic.quality import Forms
from data_access.synthetic.questionnaires import answered_in_full
from models.arrays import Bools, Floats

SCALES: tuple[str, ...] = ("SUM", "QL", "PF", "FA", "index")
"""Scales whose truth is known: those that are forecast."""


def quality_frame(
    rng: Generator,
    people: Patients,
    course: Course,
    planned: tuple[Bools, Floats, Forms],
    draws: int,
) -> pd.DataFrame:
    """Scores of a full form by everybody alive on each planned day.

    Returns:
        person (number), day, and for each scale of ``SCALES`` two columns: the scale itself, one
        set of answers as it could have come (NaN where an item left out takes the score away),
        and ``expected_<scale>``, the mean of ``draws`` other sets: the score without chance.
    """
    _, day, forms = planned
    person, place = np.nonzero(day < course.death[:, None])
    country = people.country[person]
    sets = [
        answered_in_full(rng, forms.scores(rng, person, place), country) for _ in range(draws + 1)
    ]
    columns = {scale: sets[0][scale] for scale in SCALES}
    for scale in SCALES:
        columns[f"expected_{scale}"] = _mean_of_known([one[scale] for one in sets[1:]])
    return pd.DataFrame({"person": person, "day": day[person, place], **columns})


def _mean_of_known(sets: list[Floats]) -> Floats:
    """Mean of what is known, NaN where nothing is."""
    values = np.stack(sets)
    known = np.count_nonzero(~np.isnan(values), axis=0)
    total = np.nansum(values, axis=0)
    return np.where(known > 0, total / np.maximum(known, 1), np.nan)
