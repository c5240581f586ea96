"""Laboratory values: baseline of a person, and how a measurement comes about.

Each test has a working scale: the logarithm for lognormal tests, the value itself for others.
A level on that scale is what the person's values vary around.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.random import Generator

from data_access.synthetic.parameters import parameters
from models.arrays import Bools, Floats, Integers
from models.laboratory import LAB_BY_CODE

TESTS: tuple[str, ...] = tuple(LAB_BY_CODE)
"""Short codes of the simulated tests, in the order of every array with a test axis."""


@dataclass(frozen=True)
class TestScales:
    """Working scale of each test; arrays of shape (tests,).

    ``centre`` and ``sd`` describe baselines on the working scale, ``within`` the spread of
    repeated values, ``loading`` the correlation with the inflammation score.
    """

    lognormal: Bools
    centre: Floats
    sd: Floats
    within: Floats
    loading: Floats
    recorded: Floats
    marker: Bools
    decimals: Floats
    lowest: Floats
    highest: Floats


@cache
def scales() -> TestScales:
    """Scales of all tests, from means and SD on the natural scale."""
    block = parameters()["laboratory"]
    order = [block.words("test").index(code) for code in TESTS]
    mean, sd = block.numbers("mean")[order], block.numbers("sd")[order]
    lognormal = block.flags("lognormal")[order]
    log_variance = np.log1p((sd / mean) ** 2)
    plausible = np.array([LAB_BY_CODE[code].plausible for code in TESTS])
    return TestScales(
        lognormal=lognormal,
        centre=np.where(lognormal, np.log(mean) - log_variance / 2, mean),
        sd=np.where(lognormal, np.sqrt(log_variance), sd),
        within=block.numbers("within")[order],
        loading=block.numbers("loading")[order],
        recorded=block.numbers("recorded")[order],
        marker=block.flags("marker")[order],
        decimals=block.numbers("decimals")[order],
        lowest=plausible[:, 0],
        highest=0.9 * plausible[:, 1],
    )


def baseline_levels(
    rng: Generator, inflammation: Floats, female: Bools, has: Mapping[str, Bools]
) -> Floats:
    """Baseline level of each person and test on the working scale, shape (n, tests)."""
    test = scales()
    own = rng.standard_normal((len(inflammation), len(TESTS)))
    mixed = test.loading * inflammation[:, None] + np.sqrt(1 - test.loading**2) * own
    level = test.centre + test.sd * mixed
    for code, who, shift in _baseline_shifts(female, has):
        level[:, TESTS.index(code)] += shift * who
    return np.asarray(level)


def _baseline_shifts(
    female: Bools, has: Mapping[str, Bools]
) -> tuple[tuple[str, Bools, float], ...]:
    block = parameters()["laboratory_context"]
    return (
        ("haemoglobin", female, block.number("female_haemoglobin")),
        ("creatinine", female, np.log(block.number("female_creatinine"))),
        (
            "creatinine",
            has["kidney_disease"],
            np.log(block.number("kidney_disease_creatinine")),
        ),
        ("glucose", has["diabetes"], np.log(block.number("diabetes_glucose"))),
        ("alt", has["hepatic_steatosis"], np.log(block.number("steatosis_alt"))),
        ("troponin_t", has["heart_disease"], np.log(block.number("heart_disease_troponin"))),
    )


def measured(rng: Generator, level: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Values as an analyser gives them, from levels with the test axis last.

    Adds within-person variation, leaves the working scale, makes leukocytes the sum of their
    kinds and keeps values plausible. ``level`` is overwritten.
    """
    test = scales()
    noise = rng.standard_normal(level.shape, dtype=np.float32)
    noise *= test.within.astype(np.float32)
    level += noise
    for place in np.flatnonzero(test.lognormal):
        np.exp(level[..., place], out=level[..., place])
    kinds = [TESTS.index(code) for code in ("neutrophils", "lymphocytes", "eosinophils")]
    # Monocytes and basophils make up the rest of the leukocytes.
    level[..., TESTS.index("wbc")] = sum(level[..., kind] for kind in kinds) + 0.5
    for number, (low, high) in enumerate(zip(test.lowest, test.highest, strict=True)):
        np.clip(level[..., number], low, high, out=level[..., number])
    return level


def reported(values: npt.NDArray[Any], tests: Integers) -> Floats:
    """Values rounded to the decimals of their tests; ``tests`` numbers the test of each value."""
    factor = 10.0 ** scales().decimals[tests]
    return np.asarray(np.rint(values * factor) / factor)
