"""Laboratory tests the warehouse understands: LOINC code, canonical UCUM unit, reference limits.

LOINC codes and canonical units: Regenstrief LOINC, as mapped in MIT-LCP mimic-code
``d_labitems_to_loinc.csv``. Reference limits are usual adult limits recalled from laboratory
handbooks and not verified against a source; screens that draw them say so.
This material contains content from LOINC (loinc.org), copyright Regenstrief Institute.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True)
class LabTest:
    """One laboratory test and how its values may arrive.

    ``factors`` maps an accepted UCUM unit to the number its values are multiplied with
    to reach ``unit``; the canonical unit itself always has factor 1.
    """

    loinc: str
    code: str
    name: str
    unit: str
    low: float | None
    high: float | None
    plausible: tuple[float, float]
    factors: Mapping[str, float] = field(default_factory=dict)

    def factor(self, unit: str) -> float | None:
        """Multiplier from ``unit`` to the canonical unit, or None when the unit is unknown."""
        return 1.0 if unit == self.unit else self.factors.get(unit)


_CELLS = {"10*3/uL": 1.0, "/uL": 0.001, "10*6/L": 0.001, "G/L": 1.0}
# Molar masses behind the factors: creatinine 113.12, bilirubin 584.66, glucose 180.16,
# thyroxine 776.87 g/mol (NIST Chemistry WebBook).
_TESTS = (
    LabTest("6690-2", "wbc", "leukocytes", "10*9/L", 4.0, 10.0, (0, 500), _CELLS),
    LabTest("751-8", "neutrophils", "neutrophils", "10*9/L", 1.8, 7.5, (0, 200), _CELLS),
    LabTest("731-0", "lymphocytes", "lymphocytes", "10*9/L", 1.0, 4.0, (0, 400), _CELLS),
    LabTest("711-2", "eosinophils", "eosinophils", "10*9/L", 0.02, 0.5, (0, 100), _CELLS),
    LabTest("777-3", "platelets", "platelets", "10*9/L", 150, 400, (0, 3000), _CELLS),
    LabTest(
        "718-7",
        "haemoglobin",
        "haemoglobin",
        "g/dL",
        12.0,
        17.0,
        (2, 25),
        {"g/L": 0.1, "mmol/L": 1.6114},
    ),
    LabTest("1742-6", "alt", "ALT", "U/L", 7, 40, (0, 20000), {"[IU]/L": 1.0}),
    LabTest("1920-8", "ast", "AST", "U/L", 8, 40, (0, 20000), {"[IU]/L": 1.0}),
    LabTest("6768-6", "alp", "alkaline phosphatase", "U/L", 40, 129, (0, 5000), {"[IU]/L": 1.0}),
    LabTest("1975-2", "bilirubin", "bilirubin", "mg/dL", 0.2, 1.2, (0, 60), {"umol/L": 0.058466}),
    LabTest("1751-7", "albumin", "albumin", "g/dL", 3.5, 5.0, (0.5, 8), {"g/L": 0.1}),
    LabTest(
        "2532-0", "ldh", "lactate dehydrogenase", "U/L", 125, 220, (10, 30000), {"[IU]/L": 1.0}
    ),
    LabTest("1988-5", "crp", "C-reactive protein", "mg/L", 0, 5, (0, 1000), {"mg/dL": 10.0}),
    LabTest(
        "2160-0", "creatinine", "creatinine", "mg/dL", 0.6, 1.2, (0.1, 30), {"umol/L": 0.011312}
    ),
    LabTest("2951-2", "sodium", "sodium", "mmol/L", 135, 145, (90, 200), {"meq/L": 1.0}),
    LabTest("3016-3", "tsh", "TSH", "m[IU]/L", 0.4, 4.0, (0, 500), {"u[IU]/mL": 1.0, "mU/L": 1.0}),
    LabTest("3024-7", "ft4", "free thyroxine", "ng/dL", 0.8, 1.8, (0, 15), {"pmol/L": 0.077687}),
    LabTest("2345-7", "glucose", "glucose", "mg/dL", 70, 99, (10, 2500), {"mmol/L": 18.016}),
    LabTest("2157-6", "ck", "creatine kinase", "U/L", 30, 200, (0, 300000), {"[IU]/L": 1.0}),
    LabTest("67151-1", "troponin_t", "troponin T", "ng/L", 0, 14, (0, 100000), {"pg/mL": 1.0}),
)

LABS: Mapping[str, LabTest] = MappingProxyType({test.loinc: test for test in _TESTS})
"""Known tests by LOINC code."""

LAB_BY_CODE: Mapping[str, LabTest] = MappingProxyType({test.code: test for test in _TESTS})
"""Known tests by short code (``alt``, ``tsh``, ...), as used in feature names."""
