"""QLQ-C30 version 3 and the short form that the cohort gives monthly."""

from __future__ import annotations

from models.qol.instrument import (
    ClinicalImportance,
    Difference,
    Direction,
    Instrument,
    Item,
    Scale,
)

QLQ_C30_SIZES = (
    Difference(5.0, "small", "Osoba 1998", verified=True),
    Difference(10.0, "moderate", "Osoba 1998", verified=True),
    Difference(20.0, "large", "Osoba 1998", verified=True),
)
QLQ_C30_INDIVIDUAL = Difference(10.0, "flag", "Snyder 2015", verified=True)

# Smallest change of a group mean that is small, medium, large: improvement, then deterioration.
_COCKS = {
    "QL": ((5, 8), (5, 10, 16)),
    "PF": ((2, 7), (5, 10, 17)),
    "RF": ((6, 12), (7, 14, 22)),
    "EF": ((6, 9), (3, 12)),
    "CF": ((3, 7), (1, 7)),
    "SF": ((3, 8), (6, 11, 16)),
    "FA": ((4, 9), (5, 10, 15)),
    "NV": ((3, 9), (5, 11, 15)),
    "PA": ((5, 9), (3, 11, 17)),
    "DY": ((2, 9), (5, 11)),
    "SL": ((5, 9), (2, 9)),
    "AP": ((7, 13), (2, 14, 23)),
    "CO": ((4, 10), (5, 15)),
    "DI": ((3, 11), (5, 15)),
    "FI": ((3,), (2, 10)),
}


def _group(code: str) -> tuple[Difference, ...]:
    """Cocks 2012, recalled; where the paper has no class of large changes, medium is the last."""
    directions: tuple[Direction, Direction] = ("improvement", "deterioration")
    return tuple(
        Difference(float(least), size, "Cocks 2012", verified=False, direction=direction)
        for direction, classes in zip(directions, _COCKS[code], strict=True)
        for size, least in zip(_SIZES[len(classes)], classes, strict=True)
    )


_SIZES = {1: ("small",), 2: ("small", "medium or more"), 3: ("small", "medium", "large")}


def _scale(
    code: str, label: str, numbers: tuple[int, ...], threshold: float | None, *, functional: bool
) -> Scale:
    items = tuple(f"q{number}" for number in numbers)
    return Scale(
        code,
        label,
        "mean",
        higher_is_better=functional or code == "QL",
        items=items,
        reversed_items=items if functional else (),
        least_answered=(len(items) + 1) // 2,
        sizes=QLQ_C30_SIZES,
        individual=QLQ_C30_INDIVIDUAL,
        group=_group(code),
        # Recalled: the study was seen, its numbers were not.
        importance=ClinicalImportance(threshold, "Giesinger 2020", verified=False)
        if threshold is not None
        else None,
    )


def _functional(code: str, label: str, numbers: tuple[int, ...], threshold: float) -> Scale:
    return _scale(code, label, numbers, threshold, functional=True)


def _symptom(code: str, label: str, numbers: tuple[int, ...], threshold: float) -> Scale:
    return _scale(code, label, numbers, threshold, functional=False)


_GLOBAL = _scale("QL", "global quality of life", (29, 30), None, functional=False)
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
