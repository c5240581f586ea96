"""The cohort that one patient would belong to."""

from __future__ import annotations

from collections.abc import Mapping

from models.cancers import CANCER_NAMES
from models.cohort.definition import Cohort, parse_cohort
from models.cohort.variables import VARIABLES
from models.risk.inputs import DRUG_CLASS_CODES


def alike(inputs: Mapping[str, float | None]) -> Cohort:
    """Same drug class, cancer and age band; what is missing is left out.

    Args:
        inputs: model inputs of the patient at the first dose, see ``models.risk.inputs``.
    """
    found = []
    if (age := inputs.get("age_years")) is not None:
        bands = VARIABLES["age"]
        place = sum(age >= edge for edge in bands.edges)
        found.append(f"age={bands.levels[place].word}")
    if (cancer := inputs.get("cancer")) is not None:
        found.append(f"cancer={CANCER_NAMES[int(cancer)]}")
    if (drug_class := inputs.get("drug_class")) is not None:
        found.append(f"drug_class={DRUG_CLASS_CODES[int(drug_class)]}")
    return parse_cohort(";".join(found))
