"""Laboratory values before and after irAE."""

from __future__ import annotations

import numpy as np
import pytest

from data_access.synthetic.laboratory import TESTS, scales
from data_access.synthetic.parameters import CLASSES, parameters
from models.laboratory import LAB_BY_CODE

_RATIO = """
    WITH start AS (
        SELECT patient_id, loinc, arg_max(value, date) AS base
        FROM lab JOIN patient USING (patient_id) WHERE date <= index_date GROUP BY ALL)
    SELECT median(l.value / base) FROM adverse_event e
    JOIN lab l USING (patient_id) JOIN start USING (patient_id, loinc)
    JOIN patient p USING (patient_id)
    WHERE immune_related AND organ = $organ AND grade >= $grade AND term LIKE $term
      AND loinc = $loinc AND date > index_date AND l.date - onset_date BETWEEN $low AND $high
"""


def _around(warehouse, organ, code, low, high, grade=3, term="%"):
    """Median ratio to baseline of a test between two days from the onset of an irAE."""
    values = {"organ": organ, "grade": grade, "term": term, "low": low, "high": high}
    values["loinc"] = LAB_BY_CODE[code].loinc
    return warehouse.execute(_RATIO, values).fetchall()[0][0]


def test_baseline_means_are_those_of_the_parameters(drawn):
    block = parameters()["laboratory"]
    for place, code in enumerate(TESTS):
        wanted = block.numbers("mean")[block.words("test").index(code)]
        assert drawn.people.lab[:, place].mean() == pytest.approx(wanted, rel=0.15), code


def test_inflammation_ties_tests_together(drawn):
    level = drawn.people.level
    crp, albumin, ldh = (level[:, TESTS.index(code)] for code in ("crp", "albumin", "ldh"))
    assert np.corrcoef(crp, albumin)[0, 1] < -0.25
    assert np.corrcoef(crp, ldh)[0, 1] > 0.2
    assert scales().centre.shape == (len(TESTS),)


def test_alt_rises_before_hepatitis_peaks_with_it_and_recovers(warehouse):
    before = _around(warehouse, "hepatic", "alt", -60, -25)
    shortly = _around(warehouse, "hepatic", "alt", -9, -3)
    at_onset = _around(warehouse, "hepatic", "alt", 0, 7)
    later = _around(warehouse, "hepatic", "alt", 100, 200)
    assert before == pytest.approx(1.0, abs=0.25)
    assert 1.3 < shortly < at_onset
    assert at_onset > 5
    assert later < 2


def test_creatinine_rises_with_nephritis(warehouse):
    assert _around(warehouse, "renal", "creatinine", 0, 10) > 2
    assert _around(warehouse, "renal", "creatinine", -90, -25) < 1.3


def test_thyrotropin_falls_then_overshoots(warehouse):
    course = {"grade": 1, "term": "Hyperthyroidism"}
    assert _around(warehouse, "endocrine", "tsh", 0, 14, **course) < 0.5
    assert _around(warehouse, "endocrine", "tsh", 40, 70, **course) > 2


def test_the_baseline_visit_knows_nothing_of_later_events(drawn):
    irae = drawn.course.irae
    soon = (irae.organ_class == CLASSES.index("hepatitis")) & (irae.onset < 20)
    alt = drawn.people.test("alt")
    assert soon.sum() > 100
    assert np.median(alt[irae.person[soon]]) == pytest.approx(np.median(alt), rel=0.15)
