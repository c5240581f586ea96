"""What is being compared, as the page keeps it: two expressions, and what is checked of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date

from components.cohort_choices import GRADES, LONGEST_NAME, ORGANS, SCALES, VIEWS
from models.cohort.definition import Cohort, Unusable, checked, parse_cohort
from models.cohort.editing import from_landmark, with_condition
from models.cohort.results import Side, Sides
from models.risk.outcomes import LANDMARKS, OUTCOMES

State = dict[str, str]
"""Expressions of the cohorts ``a`` and ``b``, as typed."""

DRUG_CLASS = "drug_class"


@dataclass(frozen=True)
class Chosen:
    """What is shown of a comparison: the view and the choices of its panel."""

    view: str
    organ: str
    grade: int
    scale: str
    outcome: str
    by_country: bool = False


def is_state(sent: object) -> bool:
    """Whether something sent is two expressions."""
    return isinstance(sent, dict) and all(isinstance(sent.get(side), str) for side in "ab")


def state_of(a: Cohort, b: Cohort) -> State:
    """The expressions of two cohorts."""
    return {"a": a.expression, "b": b.expression}


def ready_of(sides: Sides) -> dict[str, object]:
    """What panels are told of two released cohorts: definitions, n, whether they overlap."""
    return {
        "a": sides.a.expression,
        "b": sides.b.expression,
        "n": [sides.a.n, sides.b.n],
        "overlap": sides.overlap,
    }


def sides_of(
    ready: object, cohorts: tuple[Cohort, Cohort], snapshot: str, data_date: date | None
) -> Sides | None:
    """The same as panels take it; None when it is not what ``ready_of`` gave.

    What somebody else would send in its place is only shown to them.
    """
    n = ready.get("n") if isinstance(ready, dict) else None
    if not isinstance(n, list) or [type(one) for one in n] != [int, int]:
        return None
    a, b = (Side(one.expression, one.words, size, ()) for one, size in zip(cohorts, n, strict=True))
    day = cohorts[0].landmark_day
    overlap = bool(ready.get("overlap")) if isinstance(ready, dict) else False
    return Sides(a, b, day, "", overlap, snapshot, data_date)


def from_link(a: object, b: object) -> State:
    """What a link asks for; what is no text is left out."""
    return {side: text if isinstance(text, str) else "" for side, text in (("a", a), ("b", b))}


def parsed(state: Mapping[str, str]) -> tuple[Cohort, Cohort]:
    """Both cohorts, counted from the same day.

    A cohort without a landmark takes that of the other.

    Raises:
        Unusable: a definition that cannot be used (the sentence says of which cohort), or two
            landmarks.
    """
    cohorts = []
    for side in "ab":
        with _named(side):
            cohorts.append(parse_cohort(state[side]))
    a, b = cohorts
    days = {one.landmark_day for one in cohorts} - {0}
    if len(days) > 1:
        raise Unusable("A and B start on different days: choose one day for both.")
    day = max(days, default=0)
    return from_landmark(a, day), from_landmark(b, day)


def is_start(cohorts: tuple[Cohort, Cohort]) -> bool:
    """Whether nothing has been asked yet."""
    return not any(one.conditions for one in cohorts)


def typed(state: Mapping[str, str], side: str, text: str) -> State:
    """What is asked once one definition was typed; its landmark holds for both.

    Raises:
        Unusable: see ``parsed``.
    """
    with _named(side):
        own = parse_cohort(text)
    other = "b" if side == "a" else "a"
    with _named(other):
        moved = from_landmark(_lenient(state[other]), own.landmark_day)
    return {side: own.expression, other: moved.expression}


def _lenient(text: str) -> Cohort:
    """A definition; everybody when it cannot be used, so that the other one can be typed."""
    try:
        return parse_cohort(text)
    except Unusable:
        return Cohort()


def added(
    state: Mapping[str, str], sides: str, name: str, words: Sequence[str], *, negated: bool
) -> State:
    """What is asked once a condition went to one cohort or both.

    Raises:
        Unusable: see ``with_condition`` and ``parsed``.
    """
    cohorts = dict(zip("ab", parsed(state), strict=True))
    for side in sides:
        cohorts[side] = with_condition(cohorts[side], name, words, negated=negated)
    return state_of(cohorts["a"], cohorts["b"])


def moved(state: Mapping[str, str], day: int) -> State:
    """What is asked once both are counted from another day.

    Raises:
        Unusable: see ``from_landmark``.
    """
    cohorts = []
    for side in "ab":
        with _named(side):
            cohorts.append(from_landmark(_any_day(state[side], day), day))
    return state_of(*cohorts)


def _any_day(text: str, day: int) -> Cohort:
    """A definition whatever its landmark is, so that a missing one can be mended."""
    kept = [part for part in text.split(";") if part.partition("=")[0].strip() != "landmark"]
    return parse_cohort(";".join([*kept, *([f"landmark={day}"] if day else [])]))


def beside(like: Cohort) -> Cohort:
    """What a patient's like is compared with: the same drug class with another cancer or age.

    Nobody is in both, so that differences can be told.
    """
    same = [one for one in like.conditions if one.variable.name == DRUG_CLASS]
    other = [
        one for name in ("cancer", "age") for one in like.conditions if one.variable.name == name
    ]
    turned = [replace(one, negated=True) for one in other[:1] or same]
    return checked([*(same if other else []), *turned], like.landmark_day)


def chosen(
    view: object, organ: object, grade: object, scale: object, outcome: object, split: object
) -> Chosen | None:
    """The choices as they were offered; None when one of them was not.

    ``split`` is whether every country is shown for itself.
    """
    offered = (
        view in list(VIEWS)
        and organ in list(ORGANS)
        and grade in [str(one) for one in GRADES]
        and scale in list(SCALES)
        and outcome in list(OUTCOMES)
        and isinstance(split, bool)
    )
    if not offered:
        return None
    return Chosen(str(view), str(organ), int(str(grade)), str(scale), str(outcome), bool(split))


def landmark_of(sent: object) -> int | None:
    """The landmark that a select names; None when it does not offer it."""
    return int(str(sent)) if sent in [str(day) for day in LANDMARKS] else None


def name_of(sent: object) -> str:
    """A name to save under, trimmed; empty when it is none."""
    name = sent.strip() if isinstance(sent, str) else ""
    return name if name.isprintable() and len(name) <= LONGEST_NAME else ""


@contextmanager
def _named(side: str) -> Iterator[None]:
    """Say of which cohort a sentence is."""
    try:
        yield
    except Unusable as refused:
        raise Unusable(f"Cohort {side.upper()}: {refused}") from refused
