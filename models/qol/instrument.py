"""What a questionnaire is: its items, its scales, how they are scored and what a change means.

One description per questionnaire, the same for those that come with the program and for those
that a site adds by a file. Items are known by a code and a short topic in our own words; the
wording of a licensed questionnaire is never part of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Rule = Literal["mean", "sum", "item", "value set", "mean of scales", "sum of scales"]
"""How a scale is scored.

``mean``: mean of the answered items, moved to 0 to 100. ``sum``: sum of the answered items,
multiplied up to all items (prorated). ``item``: one answer as it is. ``value set``: levels to an
index by a country's value set. ``mean of scales`` and ``sum of scales``: of other scales, all of
them needed.
"""

Direction = Literal["either", "improvement", "deterioration"]


@dataclass(frozen=True)
class Item:
    """One question.

    An answer is a code from ``low`` to ``high``, ``whole`` numbers only unless it is an analogue
    scale. ``question`` is the full wording, only where that is free to use; empty otherwise.
    """

    code: str
    topic: str
    low: float
    high: float
    whole: bool = True
    question: str = ""

    @property
    def admitted(self) -> str:
        """What an answer has to be, in words."""
        kind = "whole number" if self.whole else "number"
        return f"a {kind} from {self.low:g} to {self.high:g}"


@dataclass(frozen=True)
class Difference:
    """A change of ``points`` or more in a direction, and what it is called.

    ``verified`` is False where the number was recalled and not seen in its source.
    """

    points: float
    size: str
    source: str
    verified: bool
    direction: Direction = "either"


@dataclass(frozen=True)
class ClinicalImportance:
    """A score that calls for attention: below ``points`` where higher is better, else above."""

    points: float
    source: str
    verified: bool


@dataclass(frozen=True)
class Scale:
    """One scale.

    ``low`` and ``high`` are the ends of its range. ``items`` are scored by ``rule``; those in
    ``reversed_items`` run against the scale. ``parts`` are the scales a compound one is made of,
    ``reversed_parts`` those that are turned round first. ``least_answered`` is the number of
    answered items below which there is no score; of a compound scale, among the items of all its
    parts. ``sizes`` are the size classes of one person's
    change, smallest first; ``individual`` is the change that flags one person; ``group`` holds
    differences that hold for means of groups only and are never applied to one person.
    """

    code: str
    label: str
    rule: Rule
    higher_is_better: bool
    items: tuple[str, ...] = ()
    reversed_items: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    reversed_parts: tuple[str, ...] = ()
    least_answered: int = 0
    low: float = 0.0
    high: float = 100.0
    unit: str = "points"
    decimals: int = 0
    sizes: tuple[Difference, ...] = ()
    individual: Difference | None = None
    group: tuple[Difference, ...] = ()
    importance: ClinicalImportance | None = None

    @property
    def tolerance(self) -> float:
        """Largest difference between two scores of the same answers that rounding explains."""
        return 0.0005 if self.rule == "value set" else 0.05

    @property
    def direction_words(self) -> str:
        """Which way is better, always said with a score."""
        return "higher is better" if self.higher_is_better else "higher is worse"

    def is_better(self, change: float) -> bool:
        """Whether a change other than 0 is an improvement."""
        return (change > 0) == self.higher_is_better

    def calls_for_attention(self, score: float) -> bool:
        """Whether a score has crossed the threshold for clinical importance; False without one."""
        if self.importance is None:
            return False
        if self.higher_is_better:
            return score < self.importance.points
        return score > self.importance.points

    def size_of_change(self, change: float) -> Difference | None:
        """Size class of one person's change; None below the smallest class or without classes."""
        direction = "improvement" if self.is_better(change) else "deterioration"
        reached = [
            size
            for size in self.sizes
            if abs(change) >= size.points and size.direction in ("either", direction)
        ]
        return reached[-1] if reached else None


@dataclass(frozen=True)
class Instrument:
    """One questionnaire.

    ``name`` is its code in the warehouse and in commands, ``licence`` who has to be asked before
    it is given to patients. ``short_of`` names the questionnaire whose items and scales a shorter
    form shares.
    """

    name: str
    title: str
    version: str
    licence: str
    items: tuple[Item, ...]
    scales: tuple[Scale, ...]
    source: str
    short_of: str = ""

    def scale(self, code: str) -> Scale:
        """One scale.

        Raises:
            KeyError: the questionnaire has no such scale.
        """
        for scale in self.scales:
            if scale.code == code:
                return scale
        raise KeyError(code)

    def item(self, code: str) -> Item:
        """One item.

        Raises:
            KeyError: the questionnaire has no such item.
        """
        for item in self.items:
            if item.code == code:
                return item
        raise KeyError(code)

    def items_of(self, scale: Scale) -> tuple[str, ...]:
        """Codes of the items that a scale is made of, through its parts where it is compound."""
        parts = [code for part in scale.parts for code in self.items_of(self.scale(part))]
        return tuple(dict.fromkeys((*scale.items, *parts)))

    @property
    def needs_country(self) -> bool:
        """Whether a scale is scored by a country's value set."""
        return any(scale.rule == "value set" for scale in self.scales)

    @property
    def item_codes(self) -> tuple[str, ...]:
        """Codes of the items, in order."""
        return tuple(item.code for item in self.items)

    @property
    def scale_codes(self) -> tuple[str, ...]:
        """Codes of the scales, in order."""
        return tuple(scale.code for scale in self.scales)
