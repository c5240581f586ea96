"""Codes behind the coded features: diseases by ICD-10, medicines by ATC, words of habits.

Diseases: WHO ICD-10 categories. Medicines: WHO ATC groups. A code belongs to a group when it
begins with one of the group's prefixes.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

DISEASES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "autoimmune": (
            "D86",  # sarcoidosis
            "E050",  # Graves disease
            "E063",  # autoimmune thyroiditis
            "G35",  # multiple sclerosis
            "G700",  # myasthenia gravis
            "K50",  # Crohn disease
            "K51",  # ulcerative colitis
            "K900",  # coeliac disease
            "L40",  # psoriasis
            "L80",  # vitiligo
            "L93",  # lupus erythematosus
            "M05",  # rheumatoid arthritis, seropositive
            "M06",  # rheumatoid arthritis, other
            "M07",  # psoriatic arthropathy
            "M30",  # polyarteritis nodosa
            "M31",  # other necrotising vasculopathies
            "M32",  # systemic lupus erythematosus
            "M33",  # dermatopolymyositis
            "M34",  # systemic sclerosis
            "M35",  # Sjoegren syndrome, polymyalgia rheumatica and others
            "M45",  # ankylosing spondylitis
        ),
        "interstitial_lung": ("J84",),
        "copd_asthma": ("J43", "J44", "J45", "J46"),
        "diabetes": ("E10", "E11", "E12", "E13", "E14"),
        "kidney_disease": ("N18", "N19"),
        "heart_disease": ("I20", "I21", "I22", "I23", "I24", "I25", "I50"),
    }
)
"""Comorbidity feature to ICD-10 prefixes, written without the dot."""

MEDICINES: Mapping[str, str] = MappingProxyType(
    {
        "ppi": "A02BC",
        "nsaid": "M01A",
        "ace_inhibitor_arb": "C09",
        "diuretic": "C03",
        "statin": "C10AA",
        "vitamin_d": "A11CC",
    }
)
"""Medicine feature to ATC group."""

ANTIBIOTICS = "J01"
ANTIBIOTIC_DAYS = 60
"""An antibiotic counts for this many days after its last day."""

SYSTEMIC_STEROIDS = "H02AB"
PREDNISONE_EQUIVALENT: Mapping[str, float] = MappingProxyType(
    {
        "H02AB01": 5 / 0.75,  # betamethasone
        "H02AB02": 5 / 0.75,  # dexamethasone
        "H02AB04": 5 / 4,  # methylprednisolone
        "H02AB06": 1.0,  # prednisolone
        "H02AB07": 1.0,  # prednisone
        "H02AB08": 5 / 4,  # triamcinolone
        "H02AB09": 5 / 20,  # hydrocortisone
        "H02AB10": 5 / 25,  # cortisone
    }
)
"""Milligrams of prednisone per milligram of a steroid.

Source: equivalent doses in the FDA label of prednisolone tablets: 5 mg of prednisolone or
prednisone, 0.75 of betamethasone or dexamethasone, 4 of methylprednisolone or triamcinolone,
20 of hydrocortisone, 25 of cortisone.
"""

SMOKING: Mapping[str, int] = MappingProxyType({"never": 0, "former": 1, "ever": 1, "current": 2})
ACTIVITY: Mapping[str, int] = MappingProxyType({"low": 0, "moderate": 1, "high": 2})
STAGES: tuple[str, ...] = ("I", "II", "III", "IV")

CHEMOTHERAPY = "chemo|platin|taxel|pemetrexed|gemcitabine|etoposide|fluorouracil|capecitabine"
"""Regular expression for chemotherapy in the words of a regimen, lower case."""
