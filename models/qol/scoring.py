"""Answers to scales, for every questionnaire, many forms at once.

Reference:
    Fayers PM et al. EORTC QLQ-C30 Scoring Manual, 3rd edition (2001): linear transformation, at
    least half of the items answered. Giesinger JM et al. J Clin Epidemiol 2016;69:79-88: summary.
    Herdman M et al. Qual Life Res 2011;20:1727-36: EQ-5D-5L. FACIT administration and scoring
    guidelines: prorated sums.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from models.arrays import Bools, Floats
from models.qol.eq5d5l_value_sets import ValueSet, value_set
from models.qol.instrument import Instrument, Item, Scale

BLOCK = 16_384
"""Forms scored at a time: what is worked on stays in the processor's cache."""

Countries = Sequence[str | None] | npt.NDArray[np.object_] | npt.NDArray[np.str_]


def score(
    instrument: Instrument,
    answers: npt.ArrayLike,
    countries: Countries | None = None,
    *,
    first_form: int = 1,
) -> dict[str, Floats]:
    """Score forms by the rules of their questionnaire.

    A scale with fewer answered items than its ``least_answered`` has no score, a compound scale
    none without all of its parts, an index none without every answer, a country and its value
    set. An index is rounded once, at the end, to its decimals; nothing else is. Nothing is
    imputed and nothing is clipped.

    Args:
        instrument: the questionnaire.
        answers: shape (n, items), codes in the order of its items, NaN where unanswered.
        countries: code of each person's country, (n,), for scales with a value set.
        first_form: number of the first form, for messages.

    Returns:
        Scale code, in the order of the questionnaire, to an array of shape (n,), NaN where the
        rules allow no score.

    Raises:
        ValueError: another shape, or an answer that its item does not admit (out of its range, not
            whole, infinite), named by form and item.
    """
    codes = np.asarray(answers, dtype=np.float64)
    if codes.ndim != 2 or codes.shape[1] != len(instrument.items):
        raise ValueError(
            f"{instrument.title} needs {len(instrument.items)} answers per form,"
            f" not shape {codes.shape}."
        )
    if countries is not None and len(countries) != len(codes):
        raise ValueError(f"{len(codes)} forms need as many countries, not {len(countries)}.")
    names = None if countries is None else np.asarray(countries, dtype=object)
    found = {scale.code: np.full(len(codes), np.nan) for scale in instrument.scales}
    for start in range(0, len(codes), BLOCK):
        here = slice(start, start + BLOCK)
        block = _Block(instrument, codes[here], first_form + start)
        there = None if names is None else names[here]
        for scale in instrument.scales:
            found[scale.code][here] = block.score(scale, there)
    return found


class _Block:
    """Some forms: checked answers, which of them there are, and the scales scored so far."""

    def __init__(self, instrument: Instrument, codes: Floats, first_form: int) -> None:
        self._instrument = instrument
        self._place = {code: place for place, code in enumerate(instrument.item_codes)}
        # Item by item in memory: every step below runs along the forms.
        self._codes = np.ascontiguousarray(codes.T)
        self._answered = ~np.isnan(self._codes)
        _refuse_wrong(instrument, self._codes, self._answered, first_form)
        self._filled = np.where(self._answered, self._codes, 0.0)
        self._counts: dict[tuple[str, ...], npt.NDArray[np.int16]] = {}
        self._scored: dict[str, Floats] = {}

    def score(self, scale: Scale, countries: npt.NDArray[np.object_] | None) -> Floats:
        """Score a scale; the parts of a compound one come before it."""
        match scale.rule:
            case "mean" | "sum":
                points = self._of_items(scale)
            case "item":
                points = self._codes[self._place[scale.items[0]]]
            case "value set":
                points = self._index(scale, countries)
            case "mean of scales" | "sum of scales":
                points = self._of_scales(scale)
        if scale.least_answered:
            enough = self._count(self._instrument.items_of(scale)) >= scale.least_answered
            points = np.where(enough, points, np.nan)
        self._scored[scale.code] = points
        return points

    def _count(self, items: tuple[str, ...]) -> npt.NDArray[np.int16]:
        """How many of some items are answered, counted once."""
        if items not in self._counts:
            counted = np.zeros(self._codes.shape[1], dtype=np.int16)
            for item in items:
                counted += self._answered[self._place[item]]
            self._counts[items] = counted
        return self._counts[items]

    def _of_items(self, scale: Scale) -> Floats:
        """Sum of the answered items multiplied up to all, or their mean moved to 0 to 100."""
        item = self._instrument.item(scale.items[0])
        total = np.zeros(self._codes.shape[1])
        for code in scale.items:
            place = self._place[code]
            if code in scale.reversed_items:
                total += self._answered[place] * (item.low + item.high) - self._filled[place]
            else:
                total += self._filled[place]
        answered = np.maximum(self._count(scale.items), 1)
        if scale.rule == "sum":
            return total * len(scale.items) / answered
        return 100 * ((total / answered - item.low) / (item.high - item.low))

    def _of_scales(self, scale: Scale) -> Floats:
        """Sum or mean of other scales, NaN as soon as one of them is missing."""
        # One after the other, so that a form scores the same whatever others stand beside it.
        total = np.zeros(self._codes.shape[1])
        for part in scale.parts:
            total += self._turned(part) if part in scale.reversed_parts else self._scored[part]
        return total / len(scale.parts) if scale.rule == "mean of scales" else total

    def _turned(self, code: str) -> Floats:
        scale = self._instrument.scale(code)
        return (scale.low + scale.high) - self._scored[code]

    def _index(self, scale: Scale, countries: npt.NDArray[np.object_] | None) -> Floats:
        found = np.full(self._codes.shape[1], np.nan)
        if countries is None:
            return found
        levels = self._codes[[self._place[code] for code in scale.items]]
        complete = ~np.isnan(levels).any(axis=0)
        for country in {one for one in countries.tolist() if isinstance(one, str)}:
            values = value_set(country)
            if values is not None:
                here = complete & (countries == country)
                found[here] = _index(levels[:, here], values, scale.decimals)
        return found


def _index(levels: Floats, values: ValueSet, decimals: int) -> Floats:
    """Index of complete forms, shape (n,), from levels of shape (dimensions, n)."""
    steps = np.zeros((len(levels), 5))
    steps[:, 1:] = values.decrements
    taken = steps[np.arange(len(levels))[:, None], levels.astype(int) - 1].sum(axis=0)
    trouble = (levels > 1).any(axis=0)
    # A sum of exact decimals may end at ...4999: the second rounding is the one that counts.
    found: Floats = np.round(np.round(1 + taken + values.any_problem * trouble, 9), decimals)
    return found + 0.0  # never minus zero


def _refuse_wrong(instrument: Instrument, codes: Floats, answered: Bools, first_form: int) -> None:
    """Refuse an answer that its item does not admit; the first form that has one is named."""
    low = np.array([[item.low] for item in instrument.items])
    high = np.array([[item.high] for item in instrument.items])
    whole = np.array([[item.whole] for item in instrument.items])
    right = (codes >= low) & (codes <= high)
    if whole.any():
        right &= (codes == np.rint(codes)) | ~whole
    if (right == answered).all():
        return
    form, place = np.argwhere((right != answered).T)[0]
    item = instrument.items[place]
    raise ValueError(
        f"{instrument.title} form {form + first_form}, {item.code}:"
        f" {_requirement(instrument, item)}."
    )


def _requirement(instrument: Instrument, item: Item) -> str:
    if not item.whole:
        return f"the mark is not between {item.low:g} and {item.high:g}"
    of_index = any(
        item.code in scale.items for scale in instrument.scales if scale.rule == "value set"
    )
    kind = "level" if of_index else "answer code"
    return f"the {kind} is not one of {item.low:g} to {item.high:g}"
