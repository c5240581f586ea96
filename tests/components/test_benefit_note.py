"""Benefit beside harm: the published score, or what it lacks."""

from __future__ import annotations

from components.benefit_note import benefit_note
from models.benefit.loris import CITATION, loris
from tests.components.patient_values import text_of
from tests.models.benefit.test_loris import PATIENT


def test_the_score_comes_with_its_terms_and_its_citation():
    words = text_of(benefit_note(loris(PATIENT)))
    assert "LORIS 0.42" in words
    assert "albumin 4.0 g/dL +2.15" in words
    assert CITATION in words
    assert "not a probability for this patient" in words


def test_without_inputs_the_missing_ones_are_named():
    words = text_of(benefit_note(loris(PATIENT | {"tmb": None})))
    assert "No benefit score (LORIS)" in words
    assert "tumour mutational burden" in words
