"""What can be chosen on the page of cohorts."""

from __future__ import annotations

from models.cohort import people

VIEWS = {
    "irae": "irAE",
    "survival": "survival",
    "characteristics": "characteristics",
    "quality": "quality of life",
    "risk": "predicted risk",
    "adjusted": "adjusted",
}
"""What is compared, in the order of the switch; the first answers the question asked most."""

ORGANS = (people.ANY, *people.ORGANS)
"""Outcomes of the cumulative incidence."""

GRADES = people.GRADES
"""Least grades that count."""

SCALES = {
    "QL": "global quality of life",
    "SUM": "summary score",
    "PF": "physical functioning",
    "FA": "fatigue",
    "index": "EQ-5D-5L index",
}
"""Scales of quality of life."""


def is_predicted(outcome: str, landmark_day: int) -> bool:
    """Whether patients have a predicted risk of an outcome on a landmark."""
    return (outcome, landmark_day) in people.RISKS


LONGEST_NAME = 60
"""Characters that the name of a saved comparison may have."""
