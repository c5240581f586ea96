"""Whether the description of a questionnaire makes sense, before anything is scored by it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from models.qol.instrument import ClinicalImportance, Difference, Instrument, Item, Rule, Scale

NAME = r"[a-z][a-z0-9-]{1,29}"
ITEM_CODE = r"[a-z][a-z0-9_]{0,19}"
SCALE_CODE = r"[A-Za-z][A-Za-z0-9_]{0,9}"
LARGEST = 1000.0
"""Answers and scores lie between minus and plus this many points."""

MOST_ITEMS, MOST_SCALES, LONGEST_TEXT = 300, 100, 300


def problem(instrument: Instrument) -> str | None:
    """What is wrong with a description, its place first and how to mend it; None when it is right.

    Later problems may follow from the first one, which is the only one told.
    """
    return next(_problems(instrument), None)


def _problems(instrument: Instrument) -> Iterator[str]:
    if not re.fullmatch(NAME, instrument.name):
        yield "name: use 2 to 30 small letters, digits and hyphens, a letter first"
    for part in ("title", "version", "licence", "source"):
        yield from _text(part, getattr(instrument, part))
    if not 1 <= len(instrument.items) <= MOST_ITEMS:
        yield f"items: there must be 1 to {MOST_ITEMS} [[items]]"
    if not 1 <= len(instrument.scales) <= MOST_SCALES:
        yield f"scales: there must be 1 to {MOST_SCALES} [[scales]]"
    yield from _repeated("items", instrument.item_codes)
    yield from _repeated("scales", [code.lower() for code in instrument.scale_codes])
    for item in instrument.items:
        yield from _item(f"item {_shown(item.code)}", item)
    for number, scale in enumerate(instrument.scales):
        where = f"scale {_shown(scale.code)}"
        yield from _scale(where, scale)
        yield from _RULES[scale.rule](where, scale, instrument, instrument.scales[:number])
        yield from _sizes(where, scale)


def _text(where: str, text: str) -> Iterator[str]:
    if not text.strip() or len(text) > LONGEST_TEXT or not text.isprintable():
        yield f"{where}: write 1 to {LONGEST_TEXT} characters on one line"


def _shown(code: str) -> str:
    """A code as it may be printed: short, and without control characters."""
    return "".join(letter for letter in code if letter.isprintable())[:20] or "(no code)"


def _repeated(where: str, codes: Sequence[str]) -> Iterator[str]:
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        yield f"{where}: {_shown(twice[0])} is there twice; give each its own code"


def _item(where: str, item: Item) -> Iterator[str]:
    if not re.fullmatch(ITEM_CODE, item.code):
        yield f"{where}: a code has 1 to 20 small letters, digits and underscores, a letter first"
    yield from _text(f"{where}, topic", item.topic)
    if item.question:
        yield from _text(f"{where}, question", item.question)
    yield from _range(where, item.low, item.high)
    if item.whole and (item.low % 1 or item.high % 1):
        yield f"{where}: low and high must be whole numbers, or whole = false"


def _range(where: str, low: float, high: float) -> Iterator[str]:
    if not (-LARGEST <= low < high <= LARGEST):
        yield f"{where}: low must be below high, both from {-LARGEST:g} to {LARGEST:g}"


def _scale(where: str, scale: Scale) -> Iterator[str]:
    if not re.fullmatch(SCALE_CODE, scale.code):
        yield f"{where}: a code has 1 to 10 letters, digits and underscores, a letter first"
    yield from _text(f"{where}, label", scale.label)
    if len(scale.unit) > 20 or not scale.unit.isprintable():
        yield f"{where}, unit: write at most 20 characters on one line"
    if not 0 <= scale.decimals <= 4:
        yield f"{where}, decimals: must be from 0 to 4"
    yield from _range(where, scale.low, scale.high)
    for name in ("items", "reversed_items", "parts", "reversed_parts"):
        yield from _repeated(f"{where}, {name}", getattr(scale, name))
    for name, of in (("reversed_items", "items"), ("reversed_parts", "parts")):
        strange = [code for code in getattr(scale, name) if code not in getattr(scale, of)]
        if strange:
            yield f"{where}, {name}: {_shown(strange[0])} is not among its {of}"


def _of_items(
    where: str, scale: Scale, instrument: Instrument, _before: Sequence[Scale]
) -> Iterator[str]:
    """Rules mean and sum."""
    yield from _items_there(where, scale, instrument)
    yield from _answered(where, scale, 1, len(scale.items))
    ranges = {(item.low, item.high) for item in map(instrument.item, scale.items)}
    if len(ranges) > 1:
        yield f"{where}: items of one scale must have the same low and high"
    (low, high), count = ranges.pop(), len(scale.items)
    wanted = (0.0, 100.0) if scale.rule == "mean" else (low * count, high * count)
    yield from _spans(where, scale, wanted)


def _of_one(
    where: str, scale: Scale, instrument: Instrument, _before: Sequence[Scale]
) -> Iterator[str]:
    """Rule item."""
    yield from _items_there(where, scale, instrument)
    if len(scale.items) != 1 or scale.reversed_items:
        yield f"{where}: the rule item takes one item and no reversed_items"
    yield from _answered(where, scale, 1, 1)
    item = instrument.item(scale.items[0])
    yield from _spans(where, scale, (item.low, item.high))


def _of_value_set(
    where: str, scale: Scale, instrument: Instrument, _before: Sequence[Scale]
) -> Iterator[str]:
    yield from _items_there(where, scale, instrument)
    levels = {(item.low, item.high) for item in map(instrument.item, scale.items)}
    if len(scale.items) != 5 or levels != {(1, 5)} or scale.least_answered != 5:
        yield f"{where}: a value set takes five items of five levels, all answered"


def _of_scales(
    where: str, scale: Scale, instrument: Instrument, before: Sequence[Scale]
) -> Iterator[str]:
    """Rules mean of scales and sum of scales."""
    known = {one.code: one for one in before}
    strange = [code for code in scale.parts if code not in known]
    if strange:
        yield f"{where}, parts: {_shown(strange[0])} is not a scale that is described before it"
    if not scale.parts or scale.items:
        yield f"{where}: the rule {scale.rule} takes parts and no items"
    yield from _answered(where, scale, 0, len(instrument.items_of(scale)))
    parts = [known[code] for code in scale.parts]
    low, high = sum(part.low for part in parts), sum(part.high for part in parts)
    if scale.rule == "sum of scales":
        yield from _spans(where, scale, (low, high))
    elif len({(part.low, part.high) for part in parts}) > 1:
        yield f"{where}: the parts of a mean must have the same low and high"
    else:
        yield from _spans(where, scale, (parts[0].low, parts[0].high))


_RULES: Mapping[Rule, Callable[..., Iterator[str]]] = MappingProxyType(
    {
        "mean": _of_items,
        "sum": _of_items,
        "item": _of_one,
        "value set": _of_value_set,
        "mean of scales": _of_scales,
        "sum of scales": _of_scales,
    }
)


def _items_there(where: str, scale: Scale, instrument: Instrument) -> Iterator[str]:
    strange = [code for code in scale.items if code not in instrument.item_codes]
    if strange:
        yield f"{where}, items: {_shown(strange[0])} is not the code of an item"
    if not scale.items or scale.parts:
        yield f"{where}: the rule {scale.rule} takes items and no parts"
    if scale.code in instrument.item_codes and (scale.rule, scale.items) != ("item", (scale.code,)):
        yield f"{where}: {scale.code} is the code of an item; give the scale another one"


def _answered(where: str, scale: Scale, least: int, most: int) -> Iterator[str]:
    if not least <= scale.least_answered <= most:
        yield f"{where}, least_answered: must be from {least} to {most}"


def _spans(where: str, scale: Scale, wanted: tuple[float, float]) -> Iterator[str]:
    if not all(map(math.isclose, (scale.low, scale.high), wanted)):
        yield f"{where}: by its rule low is {wanted[0]:g} and high is {wanted[1]:g}"


def _sizes(where: str, scale: Scale) -> Iterator[str]:
    single = () if scale.individual is None else (scale.individual,)
    named = {"sizes": scale.sizes, "individual": single, "group": scale.group}
    for name, differences in named.items():
        for difference in differences:
            yield from _difference(f"{where}, {name}", difference, scale.high - scale.low)
    points = [difference.points for difference in scale.sizes]
    if points != sorted(points):
        yield f"{where}, sizes: give the smallest first"
    if scale.importance is not None:
        yield from _importance(f"{where}, importance", scale.importance, scale)


def _difference(where: str, difference: Difference, span: float) -> Iterator[str]:
    if not 0 < difference.points <= span:
        yield f"{where}, points: must be above 0 and at most {span:g}"
    yield from _text(f"{where}, size", difference.size)
    yield from _text(f"{where}, source", difference.source)


def _importance(where: str, importance: ClinicalImportance, scale: Scale) -> Iterator[str]:
    if not scale.low <= importance.points <= scale.high:
        yield f"{where}, points: must be from {scale.low:g} to {scale.high:g}"
    yield from _text(f"{where}, source", importance.source)
