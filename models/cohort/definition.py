"""A cohort as it is asked for: an expression, checked, with one canonical form and plain words.

An expression is ``drug_class=PD1;country=FR,ES;age=50-70``: conditions separated by ``;``, each a
variable, ``=`` or ``!=``, and levels separated by ``,`` of which any suffices. ``missing`` is the
level of what was not recorded. ``landmark=84`` follows the survivors from day 84. The empty
expression is everybody.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from models.cohort.variables import (
    FIRST_YEAR,
    LAST_YEAR,
    MISSING,
    VARIABLES,
    Variable,
    quarter_code,
    quarter_words,
)
from models.risk.outcomes import LANDMARKS

LANDMARK = "landmark"
NONE = "none"
"""Level of a set variable: none of its members."""

LONGEST = 2_000
"""Characters that an expression may have."""

LONGEST_WRITTEN_OUT = 1_950
"""Characters of a canonical expression, in which spans of levels are written out."""

MOST_LEVELS = 60
"""Levels that one condition may list."""

_CONDITION = re.compile(r"\s*([a-z][a-z0-9_]*)\s*(!?=)\s*(.*?)\s*", re.DOTALL)
_QUARTER = re.compile(r"(\d{4})Q([1-4])", re.IGNORECASE)
_PLACE = {"country": re.compile(r"[A-Z]{2}"), "site": re.compile(r"[A-Z]{2}/[\w .'-]{1,60}")}


class Unusable(ValueError):
    """A definition that cannot be used; the message is a sentence for the person who typed it."""


@dataclass(frozen=True)
class Condition:
    """One condition: the levels of a variable, any of which suffices, or none of them.

    ``words`` are in the order of the levels, as in the canonical expression.
    """

    variable: Variable
    words: tuple[str, ...]
    negated: bool = False

    @property
    def text(self) -> str:
        """The condition in its canonical form."""
        return f"{self.variable.name}{'!=' if self.negated else '='}{','.join(self.words)}"

    @property
    def label(self) -> str:
        """The condition in words: "age 50 to 59 or 60 to 69 years"."""
        if self.negated and self.words == (MISSING,):
            return f"{self.variable.label} is recorded"
        if self.variable.name == "irae" and self.words == (NONE,):
            return f"{'any' if self.negated else 'no'} {self.variable.label}"
        if self.variable.kind == "quarter":
            return f"{self.variable.label} {'not ' if self.negated else ''}{_spans(self.words)}"
        labels = [self._label(word) for word in self.words]
        listed = " or ".join((", ".join(labels[:-1]), labels[-1])) if labels[1:] else labels[0]
        return f"{self.variable.label} {'not ' if self.negated else ''}{listed}"

    def _label(self, word: str) -> str:
        if word == MISSING:
            return "not recorded"
        level = self.variable.level(word)
        return level.label if level else word


@dataclass(frozen=True)
class Cohort:
    """A checked definition: conditions in the order of the variables, and the landmark.

    Two definitions of the same conditions are equal, however they were typed.
    """

    conditions: tuple[Condition, ...] = ()
    landmark_day: int = 0

    @property
    def expression(self) -> str:
        """The canonical expression; the empty one is everybody followed from the first dose."""
        parts = [condition.text for condition in self.conditions]
        if self.landmark_day:
            parts.append(f"{LANDMARK}={self.landmark_day}")
        return ";".join(parts)

    @property
    def words(self) -> str:
        """The definition in one line of words."""
        return "; ".join(condition.label for condition in self.conditions) or "everybody"

    def without(self, name: str) -> Cohort:
        """The cohort without the conditions on a variable."""
        kept = tuple(one for one in self.conditions if one.variable.name != name)
        return Cohort(kept, self.landmark_day)


def _spans(quarters: tuple[str, ...]) -> str:
    """Quarters in words: "2019Q1 to 2020Q4" for those in a row."""
    codes = sorted(quarter_code(int(one[:4]), int(one[5])) for one in quarters if one != MISSING)
    ends = [code for code in codes if code + 1 not in codes]
    starts = [code for code in codes if code - 1 not in codes]
    spans = [
        quarter_words(low) if low == high else f"{quarter_words(low)} to {quarter_words(high)}"
        for low, high in zip(starts, ends, strict=True)
    ]
    return ", ".join([*spans, *(["not recorded"] if MISSING in quarters else [])])


def parse_cohort(expression: str) -> Cohort:
    """The cohort that an expression asks for.

    Args:
        expression: see the module; blanks around its parts do not matter.

    Raises:
        Unusable: an unknown variable or level, an edge that is no limit of a band, a variable
            asked for twice in contradiction, something after the start without a landmark.
    """
    if len(expression) > LONGEST:
        raise Unusable(f"The definition is too long: at most {LONGEST} characters.")
    landmark = 0
    conditions: list[Condition] = []
    for part in (part for part in expression.split(";") if part.strip()):
        found = _CONDITION.fullmatch(part)
        if not found:
            raise Unusable(
                f"“{_shown(part)}” is no condition: write variable=level, as in drug_class=PD1."
            )
        name, sign, levels = found.groups()
        if name == LANDMARK:
            landmark = _landmark(levels, sign)
            continue
        conditions.append(_condition(name, levels, negated=sign == "!="))
    return checked(conditions, landmark)


def checked(conditions: list[Condition], landmark_day: int) -> Cohort:
    """A cohort of these conditions, in canonical order.

    Raises:
        Unusable: conditions that contradict each other, or that need a landmark.
    """
    order = list(VARIABLES)
    conditions = sorted(set(conditions), key=lambda c: (order.index(c.variable.name), c.negated))
    for condition in conditions:
        if condition.variable.after_start and not landmark_day:
            raise Unusable(_immortal(condition.variable))
    for variable in {
        condition.variable.name: condition.variable for condition in conditions
    }.values():
        _refuse_contradiction(variable, [c for c in conditions if c.variable is variable])
    cohort = Cohort(tuple(conditions), landmark_day)
    if len(cohort.expression) > LONGEST_WRITTEN_OUT:
        raise Unusable("The definition names too many levels: leave some out.")
    return cohort


def _immortal(variable: Variable) -> str:
    return (
        f"“{variable.label}” happens after the first dose. Who has it must have lived until then,"
        " so counted from the first dose the groups would differ by that alone (immortal time)."
        f" Add a landmark, for example landmark=84: it compares those alive and followed on that"
        " day by what happened up to it."
    )


def _refuse_contradiction(variable: Variable, conditions: list[Condition]) -> None:
    wanted = [set(c.words) for c in conditions if not c.negated]
    left = set.intersection(*wanted) if wanted else None
    if left is not None and variable.kind != "set":
        left -= {word for c in conditions if c.negated for word in c.words}
    if left is not None and not left and variable.kind != "set":
        raise Unusable(f"The conditions on {variable.label} exclude each other: nobody is left.")


def _landmark(text: str, sign: str) -> int:
    if sign != "=" or not text.isdecimal() or int(text) not in LANDMARKS:
        days = ", ".join(map(str, LANDMARKS))
        raise Unusable(f"A landmark is one of the days {days} from the first dose.")
    return int(text)


def _condition(name: str, levels: str, *, negated: bool) -> Condition:
    variable = VARIABLES.get(name)
    if variable is None:
        raise Unusable(
            f"There is no variable “{_shown(name)}”; known are {', '.join(VARIABLES)} and landmark."
        )
    words = [word.strip() for word in levels.split(",") if word.strip()]
    if not words:
        raise Unusable(f"{name} names no level.")
    if len(words) > MOST_LEVELS:
        raise Unusable(f"{name} lists too many levels: at most {MOST_LEVELS}.")
    found = [one for word in words for one in _levels(variable, word)]
    return Condition(variable, _in_order(variable, found), negated)


def _levels(variable: Variable, word: str) -> list[str]:
    """The canonical words that one typed level stands for."""
    if word.lower() == MISSING and variable.kind != "open":
        return [MISSING]
    if variable.kind == "open":
        return [_place(variable, word)]
    if variable.kind == "quarter":
        return _quarters(word)
    if variable.kind == "set" and word.lower() == NONE:
        return [NONE]
    level = variable.level(word)
    if level is not None:
        return [level.word]
    if variable.edges and "-" in word:
        return _bands(variable, word)
    raise Unusable(
        f"{variable.name} has no level “{_shown(word)}”; known are "
        f"{', '.join(one.word for one in variable.levels)} and {MISSING}."
    )


def _place(variable: Variable, word: str) -> str:
    if not _PLACE[variable.name].fullmatch(word):
        example = "FR" if variable.name == "country" else "FR/Lyon"
        raise Unusable(f"A {variable.name} is written as {example}.")
    return word


def _bands(variable: Variable, word: str) -> list[str]:
    """Bands from one edge to another; either may be left out."""
    low, _, high = word.partition("-")
    edges = [f"{edge:g}" for edge in variable.edges]
    if (low and low not in edges) or (high and high not in edges) or not (low or high):
        raise Unusable(
            f"{variable.name} goes by fixed bands: limits are {', '.join(edges)}, as in "
            f"{variable.name}={edges[0]}-{edges[-1]}."
        )
    first = edges.index(low) + 1 if low else 0
    last = edges.index(high) if high else len(edges)
    if first > last:
        raise Unusable(f"{variable.name}={word} is empty: its limits are in the wrong order.")
    return [level.word for level in variable.levels[first : last + 1]]


def _quarters(word: str) -> list[str]:
    low, _, high = word.partition("-")
    ends = [_QUARTER.fullmatch(end.strip()) for end in (low, high or low)]
    codes = [
        quarter_code(int(end[1]), int(end[2]))
        for end in ends
        if end and FIRST_YEAR <= int(end[1]) <= LAST_YEAR
    ]
    if len(codes) != 2 or codes[0] > codes[1]:
        raise Unusable(
            f"start is a quarter or a span of quarters from {FIRST_YEAR} to {LAST_YEAR}, as in"
            " 2022Q1-2022Q4."
        )
    return [quarter_words(code) for code in range(codes[0], codes[1] + 1)]


def _in_order(variable: Variable, words: list[str]) -> tuple[str, ...]:
    order = {level.word: position for position, level in enumerate(variable.levels)}
    return tuple(sorted(set(words), key=lambda word: (order.get(word, len(order)), word)))


def _shown(text: str) -> str:
    """What somebody typed, short and printable."""
    return "".join(c for c in text.strip() if c.isprintable())[:40]
