"""What is predicted, from when, and how far ahead."""

from __future__ import annotations

SEVERE = "severe"
"""Any immune-related adverse event of grade 3 or more."""

ORGAN_OUTCOMES: tuple[str, ...] = (
    "skin",
    "gastrointestinal",
    "hepatic",
    "pulmonary",
    "endocrine",
    "renal",
    "cardiac",
    "musculoskeletal",
    "neurologic",
)
"""Organs with an outcome of their own: an irAE of grade 2 or more in that organ."""

OUTCOMES: tuple[str, ...] = (SEVERE, *ORGAN_OUTCOMES)
HORIZONS: tuple[int, ...] = (90, 180, 365)
"""Days from the landmark."""

LANDMARKS: tuple[int, ...] = (0, 21, 42, 84, 126, 182, 273, 365)
"""Days since the first dose of immunotherapy."""
