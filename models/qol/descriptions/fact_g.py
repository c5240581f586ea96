"""FACT-G version 4: 27 answers from 0 to 4, four subscales and their total.

Items are known by code and a topic of our own; their wording needs a licence of FACIT.org.

Reference:
    FACIT administration and scoring guidelines: which items are reversed; a subscale is the sum of
    its items times their number over those answered, when more than half are; the total is the sum
    of the subscales when more than 80 % of all items are answered. Recalled, to be checked there.
"""

from __future__ import annotations

from models.qol.instrument import Difference, Instrument, Item, Scale

_TOPICS = {
    "gp": (
        "lack of energy",
        "nausea",
        "keeping up with the family",
        "pain",
        "side effects",
        "being ill",
        "time in bed",
    ),
    "gs": (
        "closeness to friends",
        "family: comfort",
        "friends: help",
        "family: acceptance",
        "family: talking about the illness",
        "partner or closest person",
        "sex life",
    ),
    "ge": (
        "sadness",
        "own coping",
        "loss of hope",
        "nervousness",
        "thoughts of death",
        "worry about the course",
    ),
    "gf": (
        "ability to work",
        "meaning of work",
        "enjoyment of life",
        "acceptance of the illness",
        "sleep",
        "pastimes",
        "overall quality of life",
    ),
}
_POSITIVE_EMOTIONAL = "ge2"


def _codes(group: str) -> tuple[str, ...]:
    return tuple(f"{group}{number}" for number in range(1, len(_TOPICS[group]) + 1))


def _subscale(code: str, label: str, group: str, reversed_items: tuple[str, ...] = ()) -> Scale:
    items = _codes(group)
    return Scale(
        code,
        label,
        "sum",
        higher_is_better=True,
        items=items,
        reversed_items=reversed_items,
        least_answered=len(items) // 2 + 1,
        high=4.0 * len(items),
        decimals=1,
    )


FACT_G = Instrument(
    name="fact-g",
    title="FACT-G",
    version="4",
    licence="FACIT.org: licence for each language and use",
    source="FACIT administration and scoring guidelines, FACT-G version 4; Cella DF et al. J Clin"
    " Oncol 1993;11:570-9",
    items=tuple(
        Item(code, topic, 0, 4)
        for group, topics in _TOPICS.items()
        for code, topic in zip(_codes(group), topics, strict=True)
    ),
    scales=(
        _subscale("PWB", "physical well-being", "gp", _codes("gp")),
        _subscale("SWB", "social and family well-being", "gs"),
        _subscale(
            "EWB",
            "emotional well-being",
            "ge",
            tuple(code for code in _codes("ge") if code != _POSITIVE_EMOTIONAL),
        ),
        _subscale("FWB", "functional well-being", "gf"),
        Scale(
            "TOTAL",
            "FACT-G total",
            "sum of scales",
            higher_is_better=True,
            parts=("PWB", "SWB", "EWB", "FWB"),
            least_answered=22,
            high=108.0,
            decimals=1,
            group=(Difference(3.0, "important", "Webster 2003", verified=False),),
        ),
    ),
)
