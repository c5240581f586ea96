from __future__ import annotations

from dataclasses import replace

import pytest

from models.qol.instrument import ClinicalImportance, Difference, Instrument, Item, Scale
from models.qol.instrument_checks import problem

ITEMS = (Item("a", "one", 0, 4), Item("b", "two", 0, 4), Item("c", "mark", 0, 10, whole=False))
MEAN = Scale("M", "mean", "mean", False, items=("a", "b"), least_answered=1)
SUM = Scale("S", "sum", "sum", False, items=("a", "b"), least_answered=2, high=8)
MARK = Scale("c", "mark", "item", False, items=("c",), least_answered=1, high=10)
BOTH = Scale("B", "both", "mean of scales", False, parts=("M",))
OWN = Instrument("own-one", "own", "1", "free", ITEMS, (MEAN, SUM, MARK, BOTH), "own")


def with_scale(scale: Scale, **changes: object) -> Instrument:
    changed = replace(scale, **changes)
    return replace(OWN, scales=tuple(changed if one is scale else one for one in OWN.scales))


def size(points: float) -> Difference:
    return Difference(points, "small", "own", verified=True)


def test_a_sound_description_has_no_problem():
    assert problem(OWN) is None


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (replace(OWN, name="Own one"), "name: use 2 to 30 small letters"),
        (replace(OWN, title=" "), "title: write 1 to 300 characters"),
        (replace(OWN, licence="a\nb"), "licence: write"),
        (replace(OWN, items=()), "items: there must be 1 to 300"),
        (replace(OWN, scales=()), "scales: there must be 1 to 100"),
        (replace(OWN, items=(*ITEMS, ITEMS[0])), "items: a is there twice"),
        (replace(OWN, scales=(MEAN, replace(MEAN, code="m"))), "scales: m is there twice"),
        (replace(OWN, items=(replace(ITEMS[0], code="A"), *ITEMS[1:])), "item A: a code has 1 to"),
        (replace(OWN, items=(replace(ITEMS[0], topic=""), *ITEMS[1:])), "item a, topic: write"),
        (replace(OWN, items=(replace(ITEMS[0], low=4), *ITEMS[1:])), "item a: low must be below"),
        (replace(OWN, items=(replace(ITEMS[0], high=9e9), *ITEMS[1:])), "item a: low must be"),
        (replace(OWN, items=(replace(ITEMS[0], low=0.5), *ITEMS[1:])), "item a: low and high must"),
        (with_scale(MEAN, code="M-1"), "scale M-1: a code has 1 to 10"),
        (with_scale(MEAN, code="a"), "scale a: a is the code of an item"),
        (with_scale(MEAN, label=""), "scale M, label: write"),
        (with_scale(MEAN, decimals=9), "scale M, decimals: must be from 0 to 4"),
        (with_scale(MEAN, unit="x" * 21), "scale M, unit: write at most 20"),
        (with_scale(MEAN, items=("a", "a")), "scale M, items: a is there twice"),
        (with_scale(MEAN, items=("a", "z")), "scale M, items: z is not the code of an item"),
        (with_scale(MEAN, items=()), "scale M: the rule mean takes items and no parts"),
        (with_scale(MEAN, items=("a", "c")), "scale M: items of one scale must have the same"),
        (with_scale(MEAN, reversed_items=("c",)), "scale M, reversed_items: c is not among its"),
        (with_scale(MEAN, least_answered=0), "scale M, least_answered: must be from 1 to 2"),
        (with_scale(MEAN, least_answered=3), "scale M, least_answered: must be from 1 to 2"),
        (with_scale(MEAN, high=50), "scale M: by its rule low is 0 and high is 100"),
        (with_scale(SUM, high=100), "scale S: by its rule low is 0 and high is 8"),
        (with_scale(MARK, items=("a", "b"), code="X"), "scale X: the rule item takes one item"),
        (with_scale(MARK, high=4), "scale c: by its rule low is 0 and high is 10"),
        (with_scale(BOTH, parts=("B",)), "scale B, parts: B is not a scale that is described"),
        (with_scale(BOTH, parts=()), "scale B: the rule mean of scales takes parts"),
        (with_scale(BOTH, items=("a",)), "scale B: the rule mean of scales takes parts and no"),
        (with_scale(BOTH, parts=("M", "S")), "scale B: the parts of a mean must have the same"),
        (with_scale(BOTH, least_answered=3), "scale B, least_answered: must be from 0 to 2"),
        (with_scale(BOTH, reversed_parts=("S",)), "scale B, reversed_parts: S is not among"),
        (with_scale(MEAN, rule="value set"), "scale M: a value set takes five items"),
        (with_scale(MEAN, sizes=(size(5), size(2))), "scale M, sizes: give the smallest first"),
        (with_scale(MEAN, sizes=(size(0),)), "scale M, sizes, points: must be above 0"),
        (with_scale(MEAN, individual=size(101)), "scale M, individual, points: must be above 0"),
        (with_scale(MEAN, group=(replace(size(1), source=""),)), "scale M, group, source: write"),
        (
            with_scale(MEAN, importance=ClinicalImportance(101, "own", verified=True)),
            "scale M, importance, points: must be from 0 to 100",
        ),
    ],
)
def test_the_first_problem_says_where_what_and_how(wrong, words):
    assert problem(wrong).startswith(words)


def test_no_control_character_of_a_code_is_repeated():
    odd = replace(OWN, items=(replace(ITEMS[0], code="\x1b[31mred"), *ITEMS[1:]))
    assert "\x1b" not in problem(odd)


def test_numbers_that_are_none_are_refused():
    nan = float("nan")
    assert problem(replace(OWN, items=(replace(ITEMS[0], low=nan), *ITEMS[1:])))
    assert problem(with_scale(MEAN, high=float("inf")))
