"""What cohorts can be asked for: variables, their fixed levels, and the words of both.

Levels are fixed (ten-year ages, quarters, limits of laboratories), so that no cohort can be cut
to fit one patient. What is known at the first dose may split a cohort that is followed from the
first dose; what happens later (``after_start``) may only from a landmark on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from models.cancers import CANCER_NAMES
from models.laboratory import LAB_BY_CODE
from models.risk.outcomes import ORGAN_OUTCOMES

Kind = Literal["coded", "open", "set", "quarter"]

MISSING = "missing"
"""Word for "not recorded" where a level is asked for."""

FIRST_YEAR = 2010
LAST_YEAR = 2039
"""Years whose quarters have codes."""

OTHER_CANCER = "other cancer"

DRUGS: Mapping[str, str] = MappingProxyType(
    {
        "nivolumab": "L01FF01",
        "pembrolizumab": "L01FF02",
        "durvalumab": "L01FF03",
        "avelumab": "L01FF04",
        "atezolizumab": "L01FF05",
        "cemiplimab": "L01FF06",
        "dostarlimab": "L01FF07",
        "ipilimumab": "L01FX04",
        "tremelimumab": "L01FX20",
        "relatlimab": "L01FY02",
    }
)
"""Checkpoint inhibitors by name, with the ATC code (WHO ATC index; relatlimab is only there in
its combination with nivolumab). A regimen holds a drug when it names either."""


@dataclass(frozen=True)
class Level:
    """One admitted level: the word of expressions, the label of screens, the code in the table.

    Levels of a ``set`` variable are bits of the code, so one patient may have several.
    """

    word: str
    label: str
    code: int


@dataclass(frozen=True)
class Variable:
    """One variable of the six domains that a cohort may be defined by.

    ``column`` of the cohort table holds the code (``coded``, ``set``, ``quarter``) or the word
    itself (``open``: any word that the data hold). ``edges`` are the limits of banded numbers, in
    ``unit``; level k lies from edge k-1 to below edge k. ``after_start`` happens after the first
    dose. ``note`` says what a reader should know of how it is measured.
    """

    name: str
    label: str
    domain: str
    kind: Kind
    levels: tuple[Level, ...] = ()
    edges: tuple[float, ...] = ()
    unit: str = ""
    after_start: bool = False
    note: str = ""

    @property
    def column(self) -> str:
        """Column of the cohort table."""
        return self.name

    def level(self, word: str) -> Level | None:
        """The level with this word or label, capitals aside; None when there is none."""
        wanted = word.strip().lower()
        return next(
            (one for one in self.levels if wanted in (one.word.lower(), one.label.lower())), None
        )

    def label_of(self, code: int) -> str:
        """Label of a code; of an unknown one the code itself."""
        return next((one.label for one in self.levels if one.code == code), str(code))


def _coded(
    name: str, label: str, domain: str, *levels: tuple[str, str], **more: object
) -> Variable:
    made = tuple(Level(word, words, code) for code, (word, words) in enumerate(levels))
    return Variable(name, label, domain, "coded", made, **more)  # type: ignore[arg-type]


def _set(name: str, label: str, domain: str, words: tuple[str, ...], **more: object) -> Variable:
    made = tuple(Level(word, word, 1 << bit) for bit, word in enumerate(words))
    return Variable(name, label, domain, "set", made, **more)  # type: ignore[arg-type]


def _flag(name: str, label: str, domain: str, **more: object) -> Variable:
    return _coded(name, label, domain, ("no", "no"), ("yes", "yes"), **more)


def _banded(
    name: str, label: str, domain: str, unit: str, *edges: float, note: str = ""
) -> Variable:
    levels = tuple(
        Level(f"{_number(low)}-{_number(high)}", _band_words(low, high, unit), code)
        for code, (low, high) in enumerate(zip((None, *edges), (*edges, None), strict=True))
    )
    return Variable(name, label, domain, "coded", levels, tuple(edges), unit, note=note)


def _number(edge: float | None) -> str:
    return "" if edge is None else f"{edge:g}"


def _band_words(low: float | None, high: float | None, unit: str) -> str:
    if low is None:
        return f"under {_number(high)} {unit}".strip()
    if high is None:
        return f"{_number(low)} {unit} and over".replace("  ", " ")
    end = _number(high - 1) if unit == "years" else f"under {_number(high)}"
    return f"{_number(low)} to {end} {unit}".strip()


def _limits(code: str) -> Variable:
    """Below, within and above the limits of laboratories."""
    test = LAB_BY_CODE[code]
    edges = tuple(limit for limit in (test.low, test.high) if limit)
    variable = _banded(code, test.name, "clinical", test.unit, *edges)
    note = f"latest within 120 days before the first dose, {test.unit}; usual limits, unverified"
    return Variable(
        code, test.name, "clinical", "coded", variable.levels, edges, test.unit, note=note
    )


_FIRST_DOSE = "on the day of the first dose"
_VARIABLES = (
    Variable("country", "country", "administrative", "open"),
    Variable("site", "site", "administrative", "open", note="country/site, for example FR/Lyon"),
    Variable(
        "start",
        "quarter of the first dose",
        "administrative",
        "quarter",
        note="for example 2023Q1-2023Q4",
    ),
    _flag(
        "hospitalised",
        "inpatient in the year before",
        "administrative",
        note="an inpatient stay in the 365 days before the first dose",
    ),
    _coded("sex", "sex", "clinical", ("F", "female"), ("M", "male"), ("U", "unknown")),
    _banded("age", "age", "clinical", "years", 40, 50, 60, 70, 80, note="at the first dose"),
    _coded(
        "cancer",
        "cancer",
        "clinical",
        *((name, name) for name in (*CANCER_NAMES, OTHER_CANCER)),
        note="primary tumour",
    ),
    _coded("stage", "stage", "clinical", ("I", "I"), ("II", "II"), ("III", "III"), ("IV", "IV")),
    _banded("ecog", "ECOG performance status", "clinical", "", 1, 2, 3),
    _coded("line", "line of therapy", "clinical", ("1", "1"), ("2", "2"), ("3", "3 or later")),
    _coded(
        "drug_class",
        "drug class",
        "clinical",
        ("PD1", "PD-1"),
        ("PDL1", "PD-L1"),
        ("CTLA4", "CTLA-4"),
        ("PD1_CTLA4", "PD-1 + CTLA-4"),
        ("PD1_LAG3", "PD-1 + LAG-3"),
        ("CAR_T", "CAR-T"),
        ("other", "other"),
        note="target of the first line in the data",
    ),
    _set("drug", "drug", "clinical", tuple(DRUGS), note="named by the first regimen"),
    _flag("chemotherapy", "with chemotherapy", "clinical"),
    _banded("pdl1_tps", "PD-L1 tumour proportion score", "clinical", "%", 1, 50),
    _banded("tmb", "tumour mutational burden", "clinical", "mutations/Mb", 10),
    _banded("nlr", "neutrophil-to-lymphocyte ratio", "clinical", "", 3, 5),
    *(_limits(code) for code in ("albumin", "ldh", "crp", "haemoglobin", "lymphocytes")),
    *(_limits(code) for code in ("creatinine", "alt", "tsh")),
    _flag("autoimmune", "autoimmune disease", "clinical"),
    _flag("copd_asthma", "COPD or asthma", "clinical"),
    _flag("diabetes", "diabetes", "clinical"),
    _flag("kidney_disease", "chronic kidney disease", "clinical"),
    _flag("heart_disease", "heart disease", "clinical"),
    _flag("ppi", "proton-pump inhibitor", "drug consumption", note=_FIRST_DOSE),
    _flag(
        "antibiotic_60d",
        "antibiotic",
        "drug consumption",
        note="in the 60 days before the first dose",
    ),
    _banded(
        "steroid_mg",
        "steroid, prednisone equivalent",
        "drug consumption",
        "mg/d",
        1,
        10,
        note=_FIRST_DOSE,
    ),
    _flag("nsaid", "NSAID", "drug consumption", note=_FIRST_DOSE),
    _flag("statin", "statin", "drug consumption", note=_FIRST_DOSE),
    _flag("ace_inhibitor_arb", "ACE inhibitor or ARB", "drug consumption", note=_FIRST_DOSE),
    _flag("vitamin_d", "vitamin D", "drug consumption", note=_FIRST_DOSE),
    _set(
        "irae",
        "irAE by the landmark",
        "irAE",
        (*ORGAN_OUTCOMES, "other", "severe"),
        after_start=True,
        note="organs with an irAE of any grade; severe is grade 3 or more; none has no irAE",
    ),
    _flag(
        "steroid_after",
        "systemic steroid by the landmark",
        "drug consumption",
        after_start=True,
        note="started after the first dose",
    ),
    _coded(
        "response",
        "first tumour response by the landmark",
        "clinical",
        ("responder", "CR, PR or R"),
        ("other", "SD, PD, NR or NE"),
        after_start=True,
    ),
    _banded("qol", "global quality of life", "quality of life", "points", 50, 75),
    _banded("fatigue", "fatigue", "quality of life", "points", 25, 50),
    _coded(
        "smoking",
        "smoking",
        "lifestyle",
        ("never", "never"),
        ("former", "former"),
        ("current", "current"),
    ),
    _banded("bmi", "body mass index", "lifestyle", "kg/m2", 18.5, 25, 30),
    _coded(
        "activity",
        "physical activity",
        "lifestyle",
        ("low", "low"),
        ("moderate", "moderate"),
        ("high", "high"),
    ),
)

VARIABLES: Mapping[str, Variable] = MappingProxyType({one.name: one for one in _VARIABLES})
"""Every variable by name, in the order of the filter panel."""

DOMAINS: tuple[str, ...] = (
    "clinical",
    "drug consumption",
    "irAE",
    "quality of life",
    "lifestyle",
    "administrative",
)
"""The six domains of the cohort, in the order of the filter panel."""


def quarter_code(year: int, quarter: int) -> int:
    """Code of a calendar quarter: quarters since the first of ``FIRST_YEAR``."""
    return 4 * (year - FIRST_YEAR) + quarter - 1


def quarter_words(code: int) -> str:
    """``2023Q1`` for its code."""
    return f"{FIRST_YEAR + code // 4}Q{code % 4 + 1}"
