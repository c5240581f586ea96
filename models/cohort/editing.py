"""Changes to a definition that a filter panel makes: add, take away, move the anchor."""

from __future__ import annotations

from collections.abc import Sequence

from models.cohort.definition import Cohort, Unusable, checked, parse_cohort
from models.risk.outcomes import LANDMARKS


def with_condition(cohort: Cohort, name: str, words: Sequence[str], *, negated: bool) -> Cohort:
    """The cohort with one more condition; one on the same variable of the same sign is replaced.

    Args:
        cohort: what is asked for so far.
        name: of a variable.
        words: levels as in an expression.
        negated: whether the levels are excluded.

    Raises:
        Unusable: unknown variable or level, no level, a contradiction, or something after the
            first dose without a landmark.
    """
    if not words:
        raise Unusable("Choose at least one level of the filter.")
    if any(set(";=,") & set(word) for word in words):
        raise Unusable("A level has none of the characters ; = and ,.")
    landmark = f";landmark={cohort.landmark_day}" if cohort.landmark_day else ""
    added = parse_cohort(f"{name}{'!=' if negated else '='}{','.join(words)}{landmark}")
    (condition,) = added.conditions
    kept = [
        one
        for one in cohort.conditions
        if one.variable is not condition.variable or one.negated != negated
    ]
    return checked([*kept, condition], cohort.landmark_day)


def without_condition(cohort: Cohort, text: str) -> Cohort:
    """The cohort without the condition of this canonical text; unchanged when it has none."""
    kept = tuple(one for one in cohort.conditions if one.text != text)
    return Cohort(kept, cohort.landmark_day)


def from_landmark(cohort: Cohort, day: int) -> Cohort:
    """The cohort counted from another landmark; 0 is the first dose.

    Raises:
        Unusable: no such landmark, or a condition on what happens after the first dose while
            the landmark is taken away.
    """
    if day not in LANDMARKS:
        raise Unusable(f"A landmark is one of the days {', '.join(map(str, LANDMARKS))}.")
    return checked(list(cohort.conditions), day)
