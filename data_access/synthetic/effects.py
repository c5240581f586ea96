"""Log effects of what is known at baseline, as listed in the parameters.

Occurrence and severity work on log-odds per class of irAE, the hazard on the logarithm of
the hazard of death.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from data_access.synthetic.parameters import CLASSES, parameters
from data_access.synthetic.patients import DRUG_CLASSES, Patients
from models.arrays import Bools, Floats


class Effect(NamedTuple):
    """One row of the table of effects."""

    factor: str
    organ_class: str
    on: str
    value: float


def occurrence_log_odds(people: Patients) -> Floats:
    """Log-odds of each class of irAE against the intercept, shape (n, classes)."""
    lag3 = people.drug_class == DRUG_CLASSES.index("PD1_LAG3")
    own = parameters()["irae"].number("lag3_log_odds") * lag3
    return np.asarray(own[:, None] + _by_class(people, "occurrence"))


def severity_log_odds(people: Patients) -> Floats:
    """Log-odds that an irAE is grade 3 or more, against the intercept, shape (n, classes)."""
    lag3 = people.drug_class == DRUG_CLASSES.index("PD1_LAG3")
    own = parameters()["irae"].number("lag3_severe_log_odds") * lag3
    return np.asarray(own[:, None] + _by_class(people, "grade3"))


def hazard_log_ratio(people: Patients) -> Floats:
    """Log hazard of death, shape (n,); 0 without any of the factors."""
    values = factors(people)
    rows = [effect for effect in _effects() if effect.on == "hazard"]
    return np.asarray(sum(effect.value * values[effect.factor] for effect in rows))


def factors(people: Patients) -> dict[str, Floats]:
    """The factors that effects refer to, by name, each of shape (n,)."""
    ratio = people.test("neutrophils") / np.maximum(people.test("lymphocytes"), 0.05)
    has, takes = people.has, people.takes
    found = {
        "age_under_60": people.age < 60,
        "age_65_or_more": people.age >= 65,
        "age_per_10_years": (people.age - 65) / 10,
        "female": people.female,
        "bmi_25_or_more": people.bmi >= 25,
        "smoking_now": people.smoking == 2,
        "ecog_2_or_more": people.ecog >= 2,
        "ecog_step": people.ecog,
        "heart_or_kidney_disease": has["heart_disease"] | has["kidney_disease"],
        "genitourinary": _is_cancer(people, "C64", "C67"),
        "melanoma": _is_cancer(people, "C43"),
        "egfr_per_30_lower": np.clip((90 - filtration(people)) / 30, 0, 2.5),
        "nlr_5_or_more": ratio >= 5,
        "lymphocytes_per_unit": np.minimum(people.test("lymphocytes"), 4.0) - 1.5,
        "eosinophils_high": people.test("eosinophils") >= 0.2,
        "tsh_per_unit": np.clip(people.test("tsh"), 0.0, 5.0) - 1.9,
        "albumin_35_or_more": people.test("albumin") >= 3.5,
        "albumin_under_35": people.test("albumin") < 3.5,
        "crp_over_10": people.test("crp") > 10,
        "ldh_over_220": people.test("ldh") > 220,
        "activity_moderate": people.activity == 1,
        "activity_high": people.activity == 2,
        "later_line": people.line > 1,
        "stage_below_4": people.stage < 3,
        **has,
        **takes,
    }
    return {name: np.asarray(values, dtype=np.float64) for name, values in found.items()}


def filtration(people: Patients) -> Floats:
    """Estimated glomerular filtration rate in mL/min/1.73 m2, CKD-EPI 2021, without race.

    Reference:
        Inker LA et al. N Engl J Med 2021;385:1737-49.
    """
    creatinine = np.maximum(people.test("creatinine"), 0.2)
    threshold = np.where(people.female, 0.7, 0.9)
    slope = np.where(people.female, -0.241, -0.302)
    share = creatinine / threshold
    rate = 142 * np.minimum(share, 1) ** slope * np.maximum(share, 1) ** -1.2
    return np.asarray(rate * 0.9938**people.age * np.where(people.female, 1.012, 1.0))


@cache
def _effects() -> tuple[Effect, ...]:
    block = parameters()["effects"]
    rows = zip(
        block.words("factor"),
        block.words("organ_class"),
        block.words("on"),
        block.numbers("value"),
        strict=True,
    )
    return tuple(Effect(factor, organ, on, float(value)) for factor, organ, on, value in rows)


@cache
def _sizes(on: str) -> dict[str, Floats]:
    """Effect of each factor on each class: its own row, or else the row for any class."""
    rows = {
        (effect.factor, effect.organ_class): effect.value
        for effect in _effects()
        if effect.on == on
    }
    return {
        factor: np.array(
            [rows.get((factor, each), rows.get((factor, "any"), 0.0)) for each in CLASSES]
        )
        for factor in sorted({factor for factor, _ in rows})
    }


def _by_class(people: Patients, on: str) -> Floats:
    values, sizes = factors(people), _sizes(on)
    return np.asarray(
        np.stack([values[factor] for factor in sizes], axis=1) @ np.stack(list(sizes.values()))
    )


def _is_cancer(people: Patients, *icd10: str) -> Bools:
    among = np.isin(np.array(parameters()["cancers"].words("icd10")), icd10)
    return np.asarray(among[people.cancer])
