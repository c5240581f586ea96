"""Tables of the groups of similar patients: who is in one, and what is released of each.

Only ``SIMILAR_MEMBER`` has rows of patients; it is read for patients in the viewer's care alone.
The others hold numbers that have passed the gate (see ``models.cohort.similar_release``).
"""

from __future__ import annotations

from models.columns import Table, number, table, text, whole
from models.risk.inputs import FEATURE_NAMES
from models.risk.outcomes import OUTCOMES

DEATH = "death"
"""Outcome beside those of the models: death from any cause."""

_LANDMARK = whole("landmark_day", "days since the first dose", unit="d", required=True)
_GROUP = whole("group_number", "running number within the landmark", required=True)
_HORIZON = whole("horizon_days", "days from the landmark", unit="d", required=True)
_KEY = ("landmark_day", "group_number")

SIMILAR_MEMBER: Table = table(
    "similar_member",
    "derived",
    "the group of similar patients that is nearest to a patient",
    text("patient_id", "pseudonym of the patient", required=True),
    _LANDMARK,
    _GROUP,
    whole(
        "closer_than",
        "pairs of patients that are further apart than the patient and the group, in steps of 5",
        unit="%",
        required=True,
    ),
    whole("compared", "weight of the inputs that are known, in steps of 5", unit="%"),
    key=("patient_id", "landmark_day"),
    derived=True,
)

SIMILAR_GROUP: Table = table(
    "similar_group",
    "derived",
    "released: groups of similar research patients at a landmark; together they are all of them",
    _LANDMARK,
    _GROUP,
    whole("n", "patients, rounded", required=True),
    key=_KEY,
    derived=True,
)

SIMILAR_TRAIT: Table = table(
    "similar_trait",
    "derived",
    "released: what the patients of a group have in common",
    _LANDMARK,
    _GROUP,
    text("input", "input of the risk models", required=True, allowed=FEATURE_NAMES),
    text("level", "word of a coded input; empty for a number", required=True),
    whole("n", "patients with the level or a known number, rounded; all for all but under 10"),
    number("q25", "lower quartile of a number"),
    number("median", "median of a number"),
    number("q75", "upper quartile of a number"),
    key=(*_KEY, "input", "level"),
    derived=True,
)

SIMILAR_OUTCOME: Table = table(
    "similar_outcome",
    "derived",
    "released: how many of a group had an outcome, with death competing and losses made up for",
    _LANDMARK,
    _GROUP,
    text("outcome", "outcome of the models, or death", required=True, allowed=(*OUTCOMES, DEATH)),
    _HORIZON,
    whole("cases", "of n, rounded; NULL under 10"),
    whole("at_risk", "still followed without the outcome, rounded; NULL under 10"),
    key=(*_KEY, "outcome", "horizon_days"),
    derived=True,
)

SIMILAR_QUALITY: Table = table(
    "similar_quality",
    "derived",
    "released: mean change of global quality of life in a group, among those who answered",
    _LANDMARK,
    _GROUP,
    _HORIZON,
    whole("n", "patients with both forms, rounded", required=True),
    number("change", "mean change since the landmark", unit="points", required=True),
    key=(*_KEY, "horizon_days"),
    derived=True,
)

SIMILAR_RELEASED: tuple[Table, ...] = (
    SIMILAR_GROUP,
    SIMILAR_TRAIT,
    SIMILAR_OUTCOME,
    SIMILAR_QUALITY,
)
