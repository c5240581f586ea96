"""Parts of cohorts in single countries."""

from __future__ import annotations

from models.cohort.definition import Cohort, Condition, Unusable, checked
from models.cohort.variables import VARIABLES

_COUNTRY = VARIABLES["country"]


def within(cohort: Cohort, country: str) -> Cohort | None:
    """The part of a cohort in one country; None where its definition leaves the country out.

    It is the same cohort whatever countries the whole names, and not another definition of the
    same patients.
    """
    here = Condition(_COUNTRY, (country,))
    try:
        checked([here, *cohort.conditions], cohort.landmark_day)
    except Unusable:
        return None
    others = [one for one in cohort.conditions if one.variable is not _COUNTRY]
    return checked([here, *others], cohort.landmark_day)
