"""Numbers, dates and model inputs in the words that a clinician reads."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

import pandas as pd

from models.qol.forecast.inputs import INPUT_BY_NAME
from models.risk.inputs import FEATURE_BY_NAME
from models.risk.outcomes import SEVERE

HORIZON_WORDS = {90: "3 months", 180: "6 months", 365: "12 months"}
"""Horizons in months: clinicians think in months, not days."""

DRUG_CLASS_WORDS = {
    "PD1": "PD-1",
    "PDL1": "PD-L1",
    "CTLA4": "CTLA-4",
    "PD1_CTLA4": "PD-1 + CTLA-4",
    "PD1_LAG3": "PD-1 + LAG-3",
    "CAR_T": "CAR T cells",
    "other": "other",
}

_FEATURES = {**INPUT_BY_NAME, **FEATURE_BY_NAME}
"""Inputs of the forecasts and of the risk models."""

_UNITS = (("10*9/L", "×10⁹/L"), ("[IU]", "IU"), ("kg/m2", "kg/m²"), ("umol", "µmol"))
_AT_ZERO = {
    "days_since_stop": "ongoing treatment",
    "ipilimumab_mg_kg": "no ipilimumab",
    "steroid_mg": "no steroid",
    "irae_count": "no earlier irAE",
    "irae_worst_grade": "no earlier irAE",
    "irae_active": "no open irAE",
    "comorbidities": "no other diseases",
}
"""Inputs whose zero says more in words."""


def known(value: float | None) -> bool:
    """True for a finite number; False for None, NaN and infinities."""
    return value is not None and math.isfinite(value)


def of_hundred(risk: float | None) -> str:
    """Probability as "12 of 100"; "not scored" when there is none."""
    return "not scored" if not known(risk) else f"{_share(float(risk or 0))} of 100"


def interval_words(lower: float | None, upper: float | None) -> str:
    """Two probabilities as "10 to 19 of 100"; "no interval" when either is missing."""
    ends = interval_ends(lower, upper)
    return f"{ends} of 100" if ends else "no interval"


def interval_ends(lower: float | None, upper: float | None) -> str:
    """Two probabilities as "10 to 19", of 100; empty when either is missing."""
    if not known(lower) or not known(upper):
        return ""
    low, high = _share(float(lower or 0)), _share(float(upper or 0))
    return low if low == high else f"{low} to {high}"


def percent_interval(lower: float | None, upper: float | None) -> str:
    """Two probabilities as "10 to 19 %", with one decimal below 10 %; empty when missing."""
    if not known(lower) or not known(upper):
        return ""
    low, high = 100 * float(lower or 0), 100 * float(upper or 0)
    decimals = 1 if high < 10 else 0
    return f"{low:.{decimals}f} to {high:.{decimals}f} %"


def _share(risk: float) -> str:
    share = round(100 * min(max(risk, 0.0), 1.0))
    if share < 1 and risk > 0:
        return "under 1"
    return "over 99" if share > 99 and risk < 1 else str(share)


def count_words(number: float) -> str:
    """Whole number with thin spaces between thousands."""
    return f"{number:,.0f}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def signed(value: float, decimals: int = 1) -> str:
    """Number with its sign, a real minus, and no signed zero."""
    text = f"{abs(value):,.{decimals}f}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    if float(f"{value:.{decimals}f}") == 0:
        return text
    return f"{'+' if value > 0 else '−'}{text}"


def week_words(day: float) -> str:
    """Days since the first dose as "week 12"."""
    return "before the first dose" if day < 0 else f"week {day // 7:.0f}"


def week_cell(day: float) -> str:
    """The same in a table column of weeks."""
    return "before" if day < 0 else f"{day // 7:.0f}"


def date_words(on: date | None) -> str:
    """Date as "30 Sep 2026"; "no date" when missing."""
    return "no date" if on is None or on != on else f"{on.day} {on:%b} {on.year}"


def grade_mark(grade: float | None) -> str:
    """CTCAE grade as one character; "?" when it is not recorded, never 0."""
    return "?" if pd.isna(grade) else f"{grade:.0f}"


def grade_words(grade: float | None) -> str:
    """CTCAE grade in a sentence."""
    return "grade not recorded" if pd.isna(grade) else f"grade {grade:.0f}"


def unit_words(unit: str) -> str:
    """UCUM unit as printed in reports."""
    for code, words in _UNITS:
        unit = unit.replace(code, words)
    return unit


def outcome_words(outcome: str) -> str:
    """Outcome as the row of a list."""
    return "severe, any organ" if outcome == SEVERE else outcome


def outcome_title(outcome: str) -> str:
    """Outcome with the grade that counts."""
    if outcome == SEVERE:
        return "Severe irAE, any organ, grade 3 or more"
    return f"{outcome.capitalize()} irAE, grade 2 or more"


def input_label(name: str) -> str:
    """Label of a model input; the name itself when the input is not known here."""
    feature = _FEATURES.get(name)
    return feature.label if feature else name


def input_value(name: str, value: float | None) -> str:
    """Value of a model input with its unit; "not recorded" when missing."""
    if not known(value):
        return "not recorded"
    feature = _FEATURES.get(name)
    return unit_words(feature.words(value)) if feature else f"{value:g}"


def input_words(name: str, value: float | None) -> tuple[str, str]:
    """Label and value of a model input, in two columns."""
    if value == 0 and name in _AT_ZERO:
        return _AT_ZERO[name], ""
    return input_label(name), input_value(name, value)


def input_phrase(name: str, value: float | None) -> str:
    """Model input inside a sentence: "albumin 3.1 g/dL", "no autoimmune disease"."""
    label, words = input_words(name, value)
    if words in ("yes", "no"):
        return label if words == "yes" else f"no {label}"
    return f"{label} {words}".rstrip()


def listed(words: Sequence[str], limit: int) -> str:
    """Words joined by commas, and how many more there are beyond ``limit``."""
    more = len(words) - limit
    return ", ".join(words[:limit]) + (f" and {more} more" if more > 0 else "")
