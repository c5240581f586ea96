from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_access.importers.formulas import guarded, unguarded


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+1+1",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\tx",
        "  =1+1",
        "＝1+1",
        "-",
        "+A1",
        "-3,5",
    ],
)
def test_text_that_begins_like_a_formula_is_marked(cell):
    assert guarded(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["-3.5", "+2", "-1e-3", ".5", "-.5", "", "a=1", "O'Brien", "'=1"])
def test_numbers_and_other_text_stay(cell):
    assert guarded(cell) == cell


@pytest.mark.parametrize("cell", ["'-3.5", "'quoted'", "''=1", "'"])
def test_only_the_mark_of_a_formula_is_taken_off(cell):
    assert unguarded(cell) == cell


@given(st.text(alphabet="'=+-@\t\r 1.ea", max_size=6))
def test_what_was_read_is_written_and_read_the_same(text):
    cell = unguarded(text)
    assert unguarded(guarded(cell)) == cell
    assert guarded(guarded(cell)) == guarded(cell)
