"""Who is treated: everything known about a person on the day of the first dose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.random import Generator

from data_access.synthetic.chance import choose, happens, pick, shifted
from data_access.synthetic.laboratory import TESTS, baseline_levels, measured, reported
from data_access.synthetic.parameters import INCIDENCE_COLUMNS, parameters
from models.arrays import Bools, Floats, Integers

DRUG_CLASSES: tuple[str, ...] = ("PD1", "PDL1", "CTLA4", "PD1_CTLA4", "PD1_LAG3")


@dataclass(frozen=True)
class Patients:
    """Baseline of n people; every array has shape (n,) unless said otherwise.

    Codes count the rows of the parameter tables: ``site``, ``cancer``, ``regimen``,
    ``country``. ``index_day`` is days since 1970-01-01. ``stage`` 0 to 3 is I to IV.
    ``smoking`` never, former, current; ``activity`` low, moderate, high; ``alcohol`` none,
    moderate, heavy. ``level`` (n, tests) is the laboratory baseline on the working scale of
    each test, ``lab`` (n, tests) the values measured at baseline. Tumour markers are NaN
    where they were not measured.
    """

    country: Integers
    site: Integers
    cancer: Integers
    regimen: Integers
    drug_class: Integers
    incidence: Integers
    chemotherapy: Bools
    index_day: Integers
    age: Floats
    female: Bools
    stage: Integers
    line: Integers
    ecog: Floats
    bmi: Floats
    smoking: Integers
    activity: Integers
    alcohol: Integers
    supported: Bools
    consent: Integers
    has: Mapping[str, Bools]
    takes: Mapping[str, Bools]
    level: Floats
    lab: Floats
    markers: Mapping[str, Floats]

    def __len__(self) -> int:
        return len(self.age)

    def test(self, code: str) -> Floats:
        """Baseline value of one laboratory test, shape (n,)."""
        return np.asarray(self.lab[:, TESTS.index(code)])


def draw_patients(rng: Generator, n: int) -> Patients:
    """``n`` people at the start of immunotherapy, in the order of the arrows of the model."""
    known: dict[str, Any] = _draw_treatment(rng, n)
    known |= _draw_person(rng, known["country"], known["cancer"])
    decades = (known["age"] - 65) / 10
    known["has"] = _draw_diseases(rng, decades, known["smoking"] > 0)
    known["takes"] = _draw_medicines(rng, decades, known["has"])
    known |= _draw_condition(rng, known["stage"] == 3, decades, known["female"], known["has"])
    return Patients(**known, markers=_draw_markers(rng, known["cancer"]))


def _draw_treatment(rng: Generator, n: int) -> dict[str, Any]:
    """Site, cancer, regimen, line and start."""
    p = parameters()
    site = choose(rng, _site_weights(), n)
    country = _site_country()[site]
    cancer = pick(rng, _cancer_weights(), country)
    regimen = pick(rng, _regimen_weights(), country * len(p["cancers"].words("name")) + cancer)
    return {
        "site": site,
        "country": country,
        "cancer": cancer,
        "regimen": regimen,
        "drug_class": _class_of_regimen()[regimen],
        "incidence": _incidence_of_regimen()[regimen],
        "chemotherapy": p["regimens"].flags("chemotherapy")[regimen],
        "line": 1 + choose(rng, p["habits"].numbers("line_shares"), n),
        "index_day": _draw_start(rng, n),
        "consent": choose(rng, np.array(list(p["calendar"].mapping("consent").values())), n),
    }


def _draw_person(rng: Generator, country: Integers, cancer: Integers) -> dict[str, Any]:
    """Age, sex, stage, smoking and other habits that follow from place and cancer."""
    cancers, habits = parameters()["cancers"], parameters()["habits"]
    n = len(cancer)
    shift = np.array([each.age_shift for each in parameters().countries])[country]
    age = rng.normal(cancers.numbers("age_mean")[cancer] + shift, cancers.numbers("age_sd")[cancer])
    metastatic = happens(rng, cancers.numbers("stage4")[cancer], n)
    smoked = shifted(habits.number("ever_smoked"), cancers.numbers("smoke")[cancer])
    ever = happens(rng, smoked, n)
    return {
        "age": np.clip(np.floor(age), 18, 95),
        "female": happens(rng, cancers.numbers("female")[cancer], n),
        "stage": np.where(metastatic, 3, choose(rng, np.array([0.05, 0.35, 0.60]), n)),
        "smoking": ever.astype(np.int64)
        + (ever & happens(rng, habits.number("current_given_ever"), n)),
        "alcohol": choose(rng, np.array(list(habits.mapping("alcohol").values())), n),
        "supported": happens(rng, habits.number("high_support"), n),
    }


def _draw_condition(
    rng: Generator,
    metastatic: Bools,
    decades: Floats,
    female: Bools,
    has: Mapping[str, Bools],
) -> dict[str, Any]:
    """Performance status, activity, body mass and laboratory, tied by inflammation."""
    habits = parameters()["habits"]
    burden = parameters()["laboratory_context"].number("metastatic_inflammation")
    # About 80 % are metastatic: the mean over all people stays near 0.
    inflammation = rng.normal(burden * (metastatic - 0.8), 1.0)
    frailty = rng.normal(0.40 * inflammation + 0.25 * decades - 0.1, 0.9)
    ecog = np.digitize(frailty, habits.numbers("ecog_thresholds")).astype(np.float64)
    level = baseline_levels(rng, inflammation, female, has)
    bmi = rng.normal(habits.number("bmi_mean") - 0.6 * inflammation, habits.number("bmi_sd"))
    return {
        "ecog": ecog,
        "activity": _draw_activity(rng, ecog),
        "bmi": np.round(np.clip(bmi, 15.5, 48.0), 1),
        "level": level,
        "lab": reported(measured(rng, level.copy()), np.arange(len(TESTS))),
    }


def _draw_start(rng: Generator, n: int) -> Integers:
    """Day of the first dose: a little more people every year."""
    first, cut = calendar_days()
    return np.asarray(first + np.floor(rng.random(n) ** 0.85 * (cut - first)), dtype=np.int64)


def _draw_diseases(rng: Generator, decades: Floats, smoked: Bools) -> dict[str, Bools]:
    block = parameters()["diseases"]
    has = {}
    for disease, prevalence, per_decade, with_smoking in zip(
        block.words("disease"),
        block.numbers("prevalence"),
        block.numbers("per_10_years"),
        block.numbers("ever_smoked"),
        strict=True,
    ):
        chance = shifted(prevalence, per_decade * decades + with_smoking * (smoked - 0.6))
        has[disease] = happens(rng, chance, len(decades))
    return has


def _draw_medicines(rng: Generator, decades: Floats, has: Mapping[str, Bools]) -> dict[str, Bools]:
    p = parameters()
    block, diseases = p["medicines"], p["diseases"]
    common = dict(zip(diseases.words("disease"), diseases.numbers("prevalence"), strict=True))
    takes = {}
    for medicine, prevalence, per_decade, disease, effect in zip(
        block.words("medicine"),
        block.numbers("prevalence"),
        block.numbers("per_10_years"),
        block.words("disease"),
        block.numbers("with_disease"),
        strict=True,
    ):
        chance = shifted(
            prevalence, per_decade * decades + effect * (has[disease] - common[disease])
        )
        takes[medicine] = happens(rng, chance, len(decades))
    takes["antibiotic"] = happens(rng, p["antibiotics"].number("before_start"), len(decades))
    return takes


def _draw_activity(rng: Generator, ecog: Floats) -> Integers:
    habits = parameters()["habits"]
    drive = rng.normal(habits.number("activity_per_ecog") * ecog + 0.4, 1.0)
    return np.digitize(drive, habits.numbers("activity_thresholds")).astype(np.int64)


def _draw_markers(rng: Generator, cancer: Integers) -> dict[str, Floats]:
    """Mutational burden, PD-L1 and microsatellite instability, NaN where not measured."""
    p = parameters()
    block, n = p["biomarkers"], len(cancer)
    unstable = np.isin(
        np.array(p["cancers"].words("name")), np.array(block.words("msi_high_cancers"))
    )[cancer]
    msi = unstable | happens(rng, block.number("msi_high"), n)
    tmb = np.exp(rng.normal(block.number("tmb_log_mean") + 1.6 * msi, block.number("tmb_log_sd")))
    pdl1 = np.where(rng.random(n) < 0.35, 0.0, np.ceil(100 * rng.beta(0.7, 1.0, n)))
    recorded = {
        "tmb": np.round(np.minimum(tmb, 150.0), 1),
        "pdl1_tps": pdl1,
        "msi": msi.astype(np.float64),
    }
    chances = {"tmb": "tmb_recorded", "pdl1_tps": "pdl1_recorded", "msi": "msi_recorded"}
    return {
        name: np.where(happens(rng, block.number(chances[name]), n), values, np.nan)
        for name, values in recorded.items()
    }


@cache
def calendar_days() -> tuple[int, int]:
    """Day of the earliest first dose and of the data cut, days since 1970-01-01."""
    values = parameters()["calendar"].values
    days = np.array([values["first_index"], values["data_cut"]], dtype="datetime64[D]")
    first, cut = days.astype(np.int64)
    return int(first), int(cut)


@cache
def _site_country() -> Integers:
    codes = [country.code for country in parameters().countries]
    return np.array([codes.index(code) for code in parameters()["site_mix"].words("country")])


@cache
def _site_weights() -> Floats:
    share = np.array([country.share for country in parameters().countries])
    return np.asarray(share[_site_country()] * parameters()["site_mix"].numbers("weight"))


@cache
def _cancer_weights() -> Floats:
    """Shape (countries, cancers)."""
    block = parameters()["cancers"]
    factor = [
        [country.cancers.get(code, 1.0) for code in block.words("icd10")]
        for country in parameters().countries
    ]
    return np.array(factor) * block.numbers("share")


@cache
def _regimen_weights() -> Floats:
    """Shape (countries x cancers, regimens)."""
    p = parameters()
    block, mix = p["regimens"], p["regimen_mix"].mapping("weights")
    base = np.array(
        [[mix[name].get(text, 0.0) for text in block.words("regimen")] for name in _cancer_names()]
    )
    with_chemotherapy = block.flags("chemotherapy")
    factors = [
        [country.regimens.get(name, 1.0) for name in block.words("drug_class")]
        * np.where(with_chemotherapy, country.chemotherapy, 1.0)
        for country in p.countries
    ]
    return np.concatenate([base * factor for factor in factors])


def _cancer_names() -> tuple[str, ...]:
    return parameters()["cancers"].words("name")


@cache
def _class_of_regimen() -> Integers:
    names = parameters()["regimens"].words("drug_class")
    return np.array([DRUG_CLASSES.index(name) for name in names])


@cache
def _incidence_of_regimen() -> Integers:
    names = parameters()["regimens"].words("incidence")
    return np.array([INCIDENCE_COLUMNS.index(name) for name in names])
