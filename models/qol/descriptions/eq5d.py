"""EQ-5D-5L: five levels to an index by a country's value set, and the visual analogue scale."""

from __future__ import annotations

from models.qol.instrument import Difference, Instrument, Item, Scale

_EQ_ITEMS = ("mo", "sc", "ua", "pd", "ad")

EQ_5D_5L = Instrument(
    name="eq-5d-5l",
    title="EQ-5D-5L",
    version="5L",
    licence="EuroQol Research Foundation: registration before use",
    source="Herdman M et al. Qual Life Res 2011;20:1727-36; value sets by country",
    items=(
        Item("mo", "mobility", 1, 5),
        Item("sc", "self-care", 1, 5),
        Item("ua", "usual activities", 1, 5),
        Item("pd", "pain or discomfort", 1, 5),
        Item("ad", "anxiety or depression", 1, 5),
        Item("vas", "health today, visual analogue scale", 0, 100, whole=False),
    ),
    scales=(
        Scale(
            "index",
            "EQ-5D-5L index",
            "value set",
            higher_is_better=True,
            items=_EQ_ITEMS,
            least_answered=len(_EQ_ITEMS),
            low=-1.0,
            high=1.0,
            unit="",
            decimals=3,
            sizes=(Difference(0.03, "important", "Bourke 2024", verified=True),),
            individual=Difference(0.03, "important", "Bourke 2024", verified=True),
            group=(Difference(0.037, "important", "McClure 2017", verified=False),),
        ),
        Scale(
            "vas",
            "EQ VAS",
            "item",
            higher_is_better=True,
            items=("vas",),
            least_answered=1,
            sizes=(Difference(5.0, "important", "Bourke 2024", verified=True),),
            individual=Difference(5.0, "important", "Bourke 2024", verified=True),
            group=(Difference(7.0, "important", "Pickard 2007", verified=False),),
        ),
    ),
)
"""Differences between groups are the least of the published ranges, and recalled."""
