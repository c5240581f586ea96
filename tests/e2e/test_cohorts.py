"""Comparing two cohorts, as an oncologist would in a meeting."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from components.cohort_choices import VIEWS
from tests.e2e.conftest import Visitor

pytestmark = pytest.mark.e2e

SIDEWAYS = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
SEXES = "/cohorts?a=sex=F&b=sex=M"


def see_results(visitor: Visitor) -> None:
    """Wait for n of both cohorts and for the panel."""
    visitor.text_contains(".cohort-card-a .cohort-n", "n ")
    visitor.text_contains(".cohort-card-b .cohort-n", "n ")
    visitor.find("#cohorts-panel .panel-note")


def test_a_question_is_answered_in_every_view_without_an_error(visitor: Visitor) -> None:
    visitor.sign_in("oncologist")
    visitor.find(".app-navigation a[href='/cohorts']").click()
    cards = visitor.driver.find_elements(By.CSS_SELECTOR, ".cohort-question")
    visitor.until(lambda: visitor.find(".cohort-question").is_displayed(), "no question is asked")
    next(card for card in cards if "Women and men" in card.text).click()
    see_results(visitor)
    visitor.until(lambda: visitor.driver.current_url.endswith(SEXES), "the link does not say it")
    for place, view in enumerate(VIEWS, 1):
        visitor.find(f"#cohorts-view-input .form-check:nth-child({place}) label").click()
        visitor.find(f".cohort-results.is-{view} #cohorts-panel :is(.chart, .notice)")
        assert visitor.driver.execute_script(SIDEWAYS) <= 0
    visitor.press("#cohorts-split-input", Keys.SPACE)
    for place, view in enumerate(VIEWS, 1):
        visitor.find(f"#cohorts-view-input .form-check:nth-child({place}) label").click()
        visitor.find(f".cohort-results.is-split.is-{view}")
        visitor.text_contains("#cohorts-panel", "ountry")
        assert visitor.driver.execute_script(SIDEWAYS) <= 0
    assert visitor.trouble() == []
    assert visitor.foreign_requests() == []


def test_back_returns_to_the_comparison_before(visitor: Visitor) -> None:
    visitor.sign_in("oncologist")
    visitor.open(SEXES)
    see_results(visitor)
    visitor.find(".cohort-card-a .cohort-chip-remove").click()
    visitor.text_contains(".cohort-card-a .cohort-chips", "everybody")
    visitor.driver.back()
    visitor.text_contains(".cohort-card-a .cohort-chips", "female")
    visitor.find("#cohorts-swap-button").click()
    visitor.text_contains(".cohort-card-a .cohort-chips", "male")
    visitor.find("#cohorts-reset-button").click()
    visitor.until(lambda: visitor.find(".cohort-question").is_displayed(), "nothing was reset")


def test_the_keyboard_alone_types_a_definition_and_learns_what_is_wrong(visitor: Visitor) -> None:
    visitor.sign_in("oncologist")
    visitor.open(SEXES)
    see_results(visitor)
    visitor.unfold(".cohort-card-b .cohort-as-text")
    field = visitor.find("#cohorts-b-text-input")
    field.send_keys(Keys.CONTROL, "a")
    field.send_keys("sex=X", Keys.ENTER)
    visitor.text_contains("#cohorts-message", "Cohort B: sex has no level")
    field.send_keys(Keys.CONTROL, "a")
    field.send_keys("sex=F", Keys.ENTER)
    visitor.find("#cohorts-refusal .notice")
    assert not visitor.find("#cohorts-results").is_displayed()


@pytest.mark.parametrize("size", [(1366, 768), (1280, 720), (1920, 1080)])
def test_the_first_screen_answers_and_nothing_scrolls_sideways(
    visitor: Visitor, size: tuple[int, int]
) -> None:
    visitor.driver.set_window_size(*size)
    visitor.sign_in("oncologist")
    visitor.open(SEXES)
    see_results(visitor)
    finding = visitor.find("#cohorts-panel .chart-finding")
    assert finding.location["y"] + finding.size["height"] < size[1] - 200
    assert visitor.driver.execute_script(SIDEWAYS) <= 0


def test_an_administrator_has_no_such_page(visitor: Visitor) -> None:
    visitor.sign_in("admin")
    assert not visitor.driver.find_elements(By.CSS_SELECTOR, ".app-navigation a[href='/cohorts']")
    visitor.open("/cohorts")
    assert "What do you want to compare?" not in visitor.find("body").text
