from __future__ import annotations

import pytest

from models.qol.schedule import FULL, SHORT, forms_due, received


def test_a_form_is_due_once_its_window_has_closed() -> None:
    assert forms_due(44) == []
    assert forms_due(45) == [(0, FULL), (30, SHORT)]
    assert [day for day, form in forms_due(800) if form == FULL] == [0, 91, 183, 365, 548]


def test_every_month_has_one_form() -> None:
    assert len(forms_due(800)) == 19


@pytest.mark.parametrize(
    ("came", "form", "there"),
    [
        ((46.0, FULL), FULL, True),
        ((45.0, FULL), FULL, False),
        ((91.0, SHORT), FULL, False),
        ((76.0, FULL), SHORT, True),
        ((75.0, FULL), SHORT, False),
    ],
)
def test_a_full_form_stands_in_for_a_short_one_but_not_the_reverse(came, form, there) -> None:
    assert received(91, form, [came]) is there
