"""The questionnaires that come with the program, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from models.qol.instrument import ClinicalImportance, Difference, Instrument, Item, Scale

QLQ_C30_SIZES = (
    Difference(5.0, "small", "Osoba 1998", verified=True),
    Difference(10.0, "moderate", "Osoba 1998", verified=True),
    Difference(20.0, "large", "Osoba 1998", verified=True),
)
"""Sizes of change that patients notice (J Clin Oncol 1998;16:139-44, doi
10.1200/JCO.1998.16.1.139; anchored for QL, PF, EF and SF)."""

QLQ_C30_INDIVIDUAL = Difference(10.0, "flag", "Snyder 2015", verified=True)
"""Change that flags one patient (Qual Life Res 2015;24:1207-16, doi 10.1007/s11136-014-0853-y)."""

_GIESINGER = "Giesinger 2020"
"""J Clin Epidemiol 2020;118:1-8, doi 10.1016/j.jclinepi.2019.10.003: the study was seen, its
numbers were not."""


def _functional(code: str, label: str, numbers: tuple[int, ...], threshold: float) -> Scale:
    items = tuple(f"q{number}" for number in numbers)
    return Scale(
        code,
        label,
        "mean",
        higher_is_better=True,
        items=items,
        reversed_items=items,
        least_answered=(len(items) + 1) // 2,
        sizes=QLQ_C30_SIZES,
        individual=QLQ_C30_INDIVIDUAL,
        importance=ClinicalImportance(threshold, _GIESINGER, verified=False),
    )


def _symptom(code: str, label: str, numbers: tuple[int, ...], threshold: float) -> Scale:
    items = tuple(f"q{number}" for number in numbers)
    return Scale(
        code,
        label,
        "mean",
        higher_is_better=False,
        items=items,
        least_answered=(len(items) + 1) // 2,
        sizes=QLQ_C30_SIZES,
        individual=QLQ_C30_INDIVIDUAL,
        importance=ClinicalImportance(threshold, _GIESINGER, verified=False),
    )


_GLOBAL = Scale(
    "QL",
    "global quality of life",
    "mean",
    higher_is_better=True,
    items=("q29", "q30"),
    least_answered=1,
    sizes=QLQ_C30_SIZES,
    individual=QLQ_C30_INDIVIDUAL,
)
_FATIGUE = _symptom("FA", "fatigue", (10, 12, 18), 39)
_SUMMED = ("PF", "RF", "EF", "CF", "SF", "FA", "NV", "PA", "DY", "SL", "AP", "CO", "DI")

QLQ_C30 = Instrument(
    name="qlq-c30",
    title="QLQ-C30",
    version="3",
    licence="EORTC Quality of Life Group: user agreement, electronic use asked for separately",
    source="Fayers PM et al. EORTC QLQ-C30 Scoring Manual, 3rd edition (2001); summary score:"
    " Giesinger JM et al. J Clin Epidemiol 2016;69:79-88",
    items=tuple(
        Item(f"q{number}", topic, 1, 7 if number in (29, 30) else 4)
        for number, topic in enumerate(
            (
                "strenuous activity",
                "long walk",
                "short walk outside",
                "bed or chair during the day",
                "help with daily care",
                "limits at work or in daily tasks",
                "limits in hobbies or leisure",
                "shortness of breath",
                "pain",
                "need to rest",
                "sleep",
                "weakness",
                "appetite",
                "nausea",
                "vomiting",
                "constipation",
                "diarrhoea",
                "tiredness",
                "pain and daily activities",
                "concentration",
                "tension",
                "worry",
                "irritability",
                "low mood",
                "memory",
                "family life",
                "social activities",
                "financial difficulties",
                "overall health",
                "overall quality of life",
            ),
            start=1,
        )
    ),
    scales=(
        _GLOBAL,
        _functional("PF", "physical functioning", (1, 2, 3, 4, 5), 83),
        _functional("RF", "role functioning", (6, 7), 58),
        _functional("EF", "emotional functioning", (21, 22, 23, 24), 71),
        _functional("CF", "cognitive functioning", (20, 25), 75),
        _functional("SF", "social functioning", (26, 27), 58),
        _FATIGUE,
        _symptom("NV", "nausea and vomiting", (14, 15), 8),
        _symptom("PA", "pain", (9, 19), 25),
        _symptom("DY", "dyspnoea", (8,), 17),
        _symptom("SL", "insomnia", (11,), 50),
        _symptom("AP", "appetite loss", (13,), 50),
        _symptom("CO", "constipation", (16,), 50),
        _symptom("DI", "diarrhoea", (17,), 17),
        _symptom("FI", "financial difficulties", (28,), 17),
        Scale(
            "SUM",
            "summary score",
            "mean of scales",
            higher_is_better=True,
            parts=_SUMMED,
            reversed_parts=_SUMMED[5:],
            sizes=QLQ_C30_SIZES,
            individual=QLQ_C30_INDIVIDUAL,
        ),
    ),
)

QLQ_SHORT = Instrument(
    name="qlq-short",
    title="short form",
    version="3",
    licence=QLQ_C30.licence,
    source="items 10, 12, 18, 29 and 30 of the QLQ-C30, given monthly by the cohort's design",
    items=tuple(item for item in QLQ_C30.items if item.code in (*_FATIGUE.items, *_GLOBAL.items)),
    scales=(_GLOBAL, _FATIGUE),
    short_of="qlq-c30",
)

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
"""Changes that matter to one patient with cancer: Bourke S et al. Health Qual Life Outcomes 2024,
doi 10.1186/s12955-024-02294-3; between groups: McClure 2017 and Pickard 2007, recalled."""

BUILT_IN: Mapping[str, Instrument] = MappingProxyType(
    {one.name: one for one in (QLQ_C30, QLQ_SHORT, EQ_5D_5L)}
)
