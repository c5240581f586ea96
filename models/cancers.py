"""Cancers by ICD-10 code, in the words of the screens.

ICD-10 categories: WHO ICD-10. C34 does not separate small-cell from non-small-cell lung
cancer, C22 holds liver and intrahepatic bile duct; both are named for what the code says.
The order is the code of the model feature ``cancer``: neighbours share sites or treatment,
so a tree split keeps related cancers together.
"""

from __future__ import annotations

CANCERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("lung cancer", ("C33", "C34")),
    ("mesothelioma", ("C45",)),
    ("nasopharyngeal cancer", ("C11",)),
    (
        "head and neck cancer",
        (*(f"C{number:02d}" for number in (*range(11), 12, 13, 14)), "C30", "C31", "C32"),
    ),
    ("oesophageal cancer", ("C15",)),
    ("gastric cancer", ("C16",)),
    ("colorectal cancer", ("C18", "C19", "C20")),
    ("anal cancer", ("C21",)),
    ("liver cancer", ("C22",)),
    ("biliary tract cancer", ("C23", "C24")),
    ("pancreatic cancer", ("C25",)),
    ("sarcoma", ("C40", "C41", "C47", "C49")),
    ("melanoma", ("C43", "C69")),
    ("Merkel cell carcinoma", ("C4A",)),
    ("skin carcinoma", ("C44",)),
    ("breast cancer", ("C50",)),
    ("cervical cancer", ("C53",)),
    ("endometrial cancer", ("C54", "C55")),
    ("ovarian cancer", ("C56", "C57")),
    ("prostate cancer", ("C61",)),
    ("kidney cancer", ("C64",)),
    ("urothelial cancer", ("C65", "C66", "C67", "C68")),
    ("Hodgkin lymphoma", ("C81",)),
)
"""Name and ICD-10 categories of each cancer; the position is its feature code."""

CANCER_CODE: dict[str, int] = {
    category: code for code, (_, categories) in enumerate(CANCERS) for category in categories
}
"""Three-character ICD-10 category to feature code."""

CANCER_NAMES: tuple[str, ...] = tuple(name for name, _ in CANCERS)


def cancer_name(icd10: str | None) -> str:
    """Cancer in plain words for an ICD-10 code, or the code itself when it is not listed.

    A missing code reads "cancer not recorded".
    """
    if not icd10:
        return "cancer not recorded"
    code = CANCER_CODE.get(icd10[:3].upper())
    return CANCER_NAMES[code] if code is not None else f"cancer {icd10}"
