from __future__ import annotations

import json

import pytest
from plotly.utils import PlotlyJSONEncoder

from components.model_card import what_goes_in, what_they_are

MANIFEST = {
    "version": "2026-11-23/1",
    "with_care": {"meaning": "shown with care when inputs are rare"},
    "limitations": ["Trained on a simulated cohort."],
    "outcomes": ["severe", "skin", "renal"],
    "horizons_days": [90, 180, 365],
    "landmarks_days": [0, 21],
    "features": [
        {
            "name": "age_years",
            "label": "age",
            "unit": "years",
            "missing_share": 0.0,
            "range": [31.2, 88.9],
        },
        {
            "name": "sex",
            "label": "sex",
            "unit": "",
            "missing_share": 0.125,
            "labels": ["male", "female"],
            "codes": [0, 1],
        },
    ],
    "minimum_inputs": {
        "required": ["age_years", "sex"],
        "laboratory": 3,
        "laboratory_inputs": ["alt", "tsh", "crp", "nlr"],
    },
    "interval": {"level": 0.8, "meaning": "uncertainty of the model"},
    "boosters": {"severe": ["severe-1.txt", "severe-2.txt"]},
    "training": {
        "generator": "simulated cohort",
        "seed": 2026,
        "patients": 60000,
        "rows": 300000,
        "patients_by_country": {"ES": 20000, "FR": 40000},
        "patients_with_outcome": {"severe": 4000, "skin": 900},
        "settings": {"bags": 2},
    },
    "files": {"severe-1.txt": {"sha256": "ab" * 32, "bytes": 150_000}},
}


def words(parts: object) -> str:
    return json.dumps(parts, cls=PlotlyJSONEncoder, ensure_ascii=False)


@pytest.mark.parametrize(
    "fact",
    [
        "2026-11-23/1",
        "each organ: skin, renal",
        "3 months, 6 months, 12 months",
        "day 0, 21 of treatment",
        "60 000 patients: ES 20 000, FR 40 000".replace(" 000", "\N{NARROW NO-BREAK SPACE}000"),
        "severe, any organ 4\N{NARROW NO-BREAK SPACE}000, skin 900",
        "2 bags per outcome",
        "80 %: uncertainty of the model",
        "simulated cohort",
        "Trained on a simulated cohort.",
    ],
)
def test_the_card_states_what_the_manifest_states(fact: str) -> None:
    assert fact in words(what_they_are(MANIFEST))


@pytest.mark.parametrize(
    "fact",
    [
        "when age, sex and at least 3 of 4 laboratory values are known",
        "31 to 89",
        "male, female",
        "12\N{NARROW NO-BREAK SPACE}%",
        "1 files, 0.1 MB",
        "ab" * 32,
    ],
)
def test_inputs_and_files_are_listed(fact: str) -> None:
    assert fact in words(what_goes_in(MANIFEST))
