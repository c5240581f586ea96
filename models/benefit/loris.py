"""LORIS: a published logistic score of the odds of a response to immunotherapy.

Pan-cancer model with six inputs, as published: Chang TG et al. LORIS robustly predicts patient
outcomes with immune checkpoint blockade therapy using common clinical, pathologic and genomic
features. Nat Cancer 2024;5:1158-75, doi 10.1038/s43018-024-00772-7. Nothing here was fitted by
us, and nothing is imputed: without all six inputs there is no score.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models.arrays import Floats
from models.cancers import CANCER_NAMES
from models.risk.inputs import FEATURE_NAMES

CITATION = "Chang et al., Nature Cancer 2024, doi 10.1038/s43018-024-00772-7"

INPUTS: tuple[str, ...] = ("tmb", "line", "albumin", "nlr", "age_years", "cancer")
"""Model inputs that the score is computed from, as known at the first dose."""

CANCER_TERMS: Mapping[str, float] = {
    "lung cancer": 0.0008,  # published for non-small-cell; ICD-10 C34 does not tell small-cell
    "mesothelioma": 0.1255,
    "nasopharyngeal cancer": 0.0678,
    "head and neck cancer": 0.0678,
    "oesophageal cancer": 0.55,
    "gastric cancer": 0.2306,
    "colorectal cancer": -0.102,
    "liver cancer": -0.1189,
    "biliary tract cancer": -0.1189,
    "pancreatic cancer": -1.1169,
    "sarcoma": 0.0542,
    "melanoma": -0.0086,
    "breast cancer": -0.3323,
    "endometrial cancer": -0.0079,
    "ovarian cancer": -0.052,
    "kidney cancer": 0.5451,
    "urothelial cancer": -0.3323,
}
"""Published cancer terms by our names; a cancer that is not here has no score."""

_INTERCEPT = -2.0886
_TMB, _TMB_CAP = 0.0371, 50.0
_EARLIER_THERAPY = -0.8775
_ALBUMIN = 0.5382
_NLR, _NLR_CAP = -0.033, 25.0
_AGE, _AGE_CAP = 0.0049, 85.0
_TERMS = np.array([CANCER_TERMS.get(name, np.nan) for name in CANCER_NAMES])


@dataclass(frozen=True)
class Loris:
    """The score of one patient and what it is made of.

    ``score`` is between 0 and 1, higher with better odds of a response; None without all inputs.
    ``terms`` holds each input with its value and what it adds to the log-odds, ``missing`` the
    inputs that are not known or, for a cancer, not part of the published model.
    """

    score: float | None
    terms: tuple[tuple[str, float, float], ...]
    missing: tuple[str, ...]


def loris(values: Mapping[str, float | None]) -> Loris:
    """Score of one patient.

    Args:
        values: model inputs at day 0 by name (units as in ``models.risk.inputs``: mutations/Mb,
            line of therapy, g/dL, ratio, years, cancer code); None is missing.
    """
    row = np.array([_number(values.get(name)) for name in INPUTS])
    added = _added(row[None])[0]
    missing = tuple(name for name, value in zip(INPUTS, added, strict=True) if math.isnan(value))
    if missing:
        return Loris(None, (), missing)
    terms = zip(INPUTS, row.tolist(), added.tolist(), strict=True)
    return Loris(float(_logistic(_INTERCEPT + added.sum())), tuple(terms), ())


def loris_scores(features: Floats) -> Floats:
    """Scores of many patients, shape (n,); NaN without all inputs.

    Args:
        features: shape (n, inputs), columns of ``FEATURE_NAMES`` at day 0, NaN where missing.
    """
    columns = [FEATURE_NAMES.index(name) for name in INPUTS]
    scores: Floats = _logistic(_INTERCEPT + _added(features[:, columns]).sum(axis=1))
    return scores


def _added(inputs: Floats) -> Floats:
    """What each input adds to the log-odds, shape (n, inputs)."""
    tmb, line, albumin, nlr, age, cancer = inputs.T
    code = np.where(np.isnan(cancer), -1, cancer).astype(np.int64)
    known = (code >= 0) & (code < len(_TERMS))
    return np.column_stack(
        [
            _TMB * np.minimum(tmb, _TMB_CAP),
            np.where(np.isnan(line), np.nan, _EARLIER_THERAPY * (line > 1)),
            _ALBUMIN * albumin,
            _NLR * np.minimum(nlr, _NLR_CAP),
            _AGE * np.minimum(age, _AGE_CAP),
            np.where(known, _TERMS[np.where(known, code, 0)], np.nan),
        ]
    )


def _logistic(log_odds: Floats) -> Floats:
    result: Floats = 1 / (1 + np.exp(-log_odds))
    return result


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)
