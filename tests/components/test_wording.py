"""Numbers in words: what a clinician reads, for usual and for odd values."""

from __future__ import annotations

import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components import wording
from models.risk.inputs import FEATURE_NAMES

ODD = st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True))


@pytest.mark.parametrize(
    ("risk", "words"),
    [
        (0.12, "12 of 100"),
        (0.004, "under 1 of 100"),
        (0.0, "0 of 100"),
        (0.997, "over 99 of 100"),
        (1.0, "100 of 100"),
        (None, "not scored"),
        (math.nan, "not scored"),
    ],
)
def test_a_probability_reads_as_so_many_of_a_hundred(risk, words):
    assert wording.of_hundred(risk) == words


def test_an_interval_names_both_ends():
    assert wording.interval_words(0.1, 0.19) == "10 to 19 of 100"
    assert wording.interval_words(0.001, 0.02) == "under 1 to 2 of 100"
    assert wording.interval_words(0.018, 0.022) == "2 of 100"
    assert wording.interval_words(None, 0.02) == "no interval"


def test_small_percentages_keep_a_decimal():
    assert wording.percent_interval(0.003, 0.007) == "0.3 to 0.7 %"
    assert wording.percent_interval(0.15, 0.28) == "15 to 28 %"
    assert wording.percent_interval(None, None) == ""


@pytest.mark.parametrize(
    ("name", "value", "phrase"),
    [
        ("albumin", 3.1, "albumin 3.1 g/dL"),
        ("drug_class", 4.0, "drug class PD-1 + CTLA-4"),
        ("autoimmune", 1.0, "autoimmune disease"),
        ("autoimmune", 0.0, "no autoimmune disease"),
        ("irae_count", 0.0, "no earlier irAE"),
        ("days_since_stop", 0.0, "ongoing treatment"),
        ("eosinophils", 0.42, "eosinophils 0.42 ×10⁹/L"),
        ("tsh", None, "TSH not recorded"),
        ("from_a_newer_model", 2.5, "from_a_newer_model 2.5"),
    ],
)
def test_an_input_inside_a_sentence(name, value, phrase):
    assert wording.input_phrase(name, value) == phrase


def test_a_number_carries_a_real_minus_and_zero_no_sign():
    assert wording.signed(-2.24) == "−2.2"
    assert wording.signed(5.1) == "+5.1"
    assert wording.signed(-0.01) == "0.0"


def test_long_lists_say_how_many_more():
    assert wording.listed(["a", "b", "c", "d"], 2) == "a, b and 2 more"
    assert wording.listed(["a", "b"], 2) == "a, b"


def test_dates_do_not_depend_on_the_reader():
    assert wording.date_words(date(2026, 9, 30)) == "30 Sep 2026"
    assert wording.date_words(None) == "no date"


@given(risk=ODD, lower=ODD, upper=ODD)
def test_no_probability_breaks_the_words(risk, lower, upper):
    assert wording.of_hundred(risk)
    assert wording.interval_words(lower, upper)
    assert isinstance(wording.percent_interval(lower, upper), str)


@given(name=st.sampled_from(FEATURE_NAMES), value=ODD)
def test_no_input_value_breaks_the_words(name, value):
    words = wording.input_phrase(name, value)
    assert words
    assert "nan" not in words
