"""From the login to the consultation page, as an oncologist would go."""

from __future__ import annotations

import pytest
from selenium.common.exceptions import ElementClickInterceptedException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from tests.e2e.conftest import Visitor

pytestmark = pytest.mark.e2e

PANELS = ("panel-risk", "panel-why", "panel-qol", "panel-course", "panel-discuss")


def open_first_patient(visitor: Visitor) -> None:
    """From the worklist to the patient at the top, and wait for every panel."""
    visitor.find(".ag-center-cols-container [col-id] a, .ag-pinned-left-cols-container a").click()
    visitor.until(lambda: "/patient/" in visitor.driver.current_url, "no patient was opened")
    visitor.text_contains(".patient-bar", "data to")
    visitor.text_contains(".panel-risk", "of 100")
    visitor.find(".panel-why .strip, .panel-why .js-plotly-plot, .panel-why svg")
    visitor.find(".panel-course .js-plotly-plot")


def test_from_login_to_the_patient_without_a_single_error(visitor: Visitor) -> None:
    visitor.sign_in("oncologist")
    visitor.text_contains(".counts", "in your care")
    open_first_patient(visitor)
    for panel in PANELS:
        assert visitor.find(f".{panel} h2").text
    visitor.text_contains("footer", "Research software, not a medical device")
    visitor.text_contains("footer", "risk models")
    visitor.text_contains("footer", "data to")
    assert visitor.trouble() == []
    assert visitor.foreign_requests() == []
    assert not visitor.driver.find_elements(By.CSS_SELECTOR, "[data-title*='Share']")


def test_every_page_is_free_of_errors_and_outside_requests(visitor: Visitor) -> None:
    visitor.sign_in("oncologist")
    for path, words in (
        ("/", "in your care"),
        ("/models", "severe"),
        ("/dictionary", "patient_id"),
        ("/no-such-page", "No page"),
    ):
        visitor.open(path)
        if path != "/no-such-page":
            visitor.text_contains("#app-content", words)
        assert visitor.foreign_requests() == []
    errors = [line for line in visitor.trouble() if "404" not in line]
    assert errors == []


def test_the_keyboard_alone_opens_a_patient(visitor: Visitor) -> None:
    visitor.sign_in("oncologist")
    visitor.find(".ag-row")
    search = visitor.find("#worklist-search-input")
    search.send_keys(Keys.ARROW_DOWN)
    visitor.driver.switch_to.active_element.send_keys(Keys.ENTER)
    visitor.until(lambda: "/patient/" in visitor.driver.current_url, "Enter opened nobody")


def test_the_horizon_and_the_outcome_redraw_the_reasons(visitor: Visitor) -> None:
    visitor.sign_in("oncologist")
    open_first_patient(visitor)
    before = visitor.find(".panel-why").text
    visitor.find("#patient-horizon-input .form-check:last-child label").click()
    visitor.until(lambda: visitor.find(".panel-why").text != before, "the horizon changed nothing")
    before = visitor.find(".panel-why").text
    labels = visitor.driver.find_elements(By.CSS_SELECTOR, "#patient-outcome-input label")
    labels[2].click()
    visitor.until(lambda: visitor.find(".panel-why").text != before, "the organ changed nothing")
    assert visitor.trouble() == []


@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080), (1280, 720)])
def test_nothing_scrolls_sideways(visitor: Visitor, size: tuple[int, int]) -> None:
    visitor.driver.set_window_size(*size)
    visitor.sign_in("oncologist")
    visitor.find(".ag-row")
    script = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert visitor.driver.execute_script(script) <= 0
    open_first_patient(visitor)
    assert visitor.driver.execute_script(script) <= 0


def test_a_shared_screen_hides_the_pseudonym(visitor: Visitor) -> None:
    visitor.sign_in("oncologist")
    open_first_patient(visitor)
    pseudonym = visitor.find(".patient-bar .pseudonym")
    assert pseudonym.value_of_css_property("font-size") != "0px"
    visitor.find("#app-display-input .form-check:last-child label").click()
    visitor.until(
        lambda: visitor.find(".patient-bar .pseudonym").value_of_css_property("font-size") == "0px",
        "the pseudonym is still on the shared screen",
    )


def test_two_people_at_once_see_their_own_patients(
    visitor: Visitor, second_visitor: Visitor
) -> None:
    visitor.sign_in("oncologist")
    second_visitor.sign_in("second")
    visitor.text_contains("#app-account", "FR")
    second_visitor.text_contains("#app-account", "ES")
    for person, country in ((visitor, "FR-"), (second_visitor, "ES-")):
        person.find(".ag-row a")
        names = [
            element.text for element in person.driver.find_elements(By.CSS_SELECTOR, ".ag-row a")
        ]
        assert names
        assert all(name.startswith(country) for name in names if name)
    open_first_patient(visitor)
    second_visitor.open(visitor.driver.current_url.removeprefix(visitor.url))
    second_visitor.text_contains(".patient-refusal", "No record of that patient")
    assert "FR-" not in second_visitor.find("#app-content").text


def press(visitor: Visitor, css: str) -> None:
    """Click something below the fold, once panels above it have stopped growing."""

    def clicked() -> bool:
        found = visitor.find(css)
        visitor.driver.execute_script(
            "arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", found
        )
        try:
            found.click()
        except ElementClickInterceptedException:
            return False
        return True

    visitor.until(clicked, f"{css} cannot be clicked")


def choose(visitor: Visitor, css: str, value: str) -> None:
    """Pick an option of a select."""
    Select(visitor.find(css)).select_by_value(value)


def test_the_reasons_can_be_grouped_and_compared_with_before(visitor: Visitor) -> None:
    visitor.sign_in("oncologist")
    open_first_patient(visitor)
    for position, words in ((2, "values"), (3, "points")):
        before = visitor.find(".panel-why").text
        visitor.find(f"#patient-why-view-input .form-check:nth-child({position}) label").click()
        visitor.until(
            lambda seen=before: visitor.find(".panel-why").text != seen, "the view did not change"
        )
        visitor.text_contains(".panel-why", words)
    assert visitor.trouble() == []


def test_two_scenarios_beside_now_and_back_again(visitor: Visitor) -> None:
    visitor.sign_in("oncologist")
    open_first_patient(visitor)
    press(visitor, ".panel-what-if summary")
    visitor.text_contains(".panel-what-if", "not the effect of changing treatment")
    visitor.text_contains("#patient-what-if-results", "Change an input")
    untouched = visitor.find("#patient-what-if-results").text
    choose(visitor, "#patient-what-if-a-smoking-input", "2")
    visitor.until(
        lambda: visitor.find("#patient-what-if-results").text != untouched,
        "smoking changed nothing",
    )
    one = visitor.find("#patient-what-if-results").text
    choose(visitor, "#patient-what-if-b-ppi-input", "1")
    visitor.until(
        lambda: visitor.find("#patient-what-if-results").text != one, "B shows nothing of its own"
    )
    press(visitor, "#patient-what-if-reset-button")
    visitor.until(
        lambda: visitor.find("#patient-what-if-results").text == untouched, "reset left changes"
    )
    assert visitor.trouble() == []


@pytest.mark.parametrize("size", [(1366, 768), (1280, 720)])
def test_the_views_of_quality_of_life_by_keyboard(visitor: Visitor, size: tuple[int, int]) -> None:
    visitor.driver.set_window_size(*size)
    visitor.sign_in("oncologist")
    open_first_patient(visitor)
    visitor.find(".panel-qol figure .js-plotly-plot")
    view = "#patient-qol-view-input input"
    visitor.press(f"{view}:checked", Keys.ARROW_RIGHT)
    visitor.text_contains(".panel-qol", "higher is worse")
    drawn = len(visitor.driver.find_elements(By.CSS_SELECTOR, ".qol-small .js-plotly-plot"))
    visitor.unfold(".qol-choose")
    visitor.press(".qol-choices input:not(:checked)", Keys.SPACE)
    visitor.until(
        lambda: (
            len(visitor.driver.find_elements(By.CSS_SELECTOR, ".qol-small .js-plotly-plot")) > drawn
        ),
        "the scale that was ticked is not drawn",
    )
    assert sideways(visitor) <= 0
    visitor.press(f"{view}:checked", Keys.ARROW_RIGHT)
    visitor.text_contains(".panel-qol", "darker is worse")
    assert visitor.find(".heat-map td.heat").text
    assert sideways(visitor) <= 0
    visitor.unfold(".panel-qol .chart-table")
    assert visitor.find(".panel-qol .chart-table[open] td").is_displayed()
    assert sideways(visitor) <= 0
    visitor.press(f"{view}:checked", Keys.ARROW_LEFT, Keys.ARROW_LEFT)
    choose(visitor, "#patient-scale-input", "qlq-c30:FA")
    visitor.text_contains(".panel-qol figure", "Fatigue: higher is worse")
    assert visitor.trouble() == []


@pytest.mark.parametrize("size", [(1366, 768), (1280, 720)])
def test_the_forecast_and_what_a_score_goes_with_by_keyboard(
    visitor: Visitor, size: tuple[int, int]
) -> None:
    visitor.driver.set_window_size(*size)
    visitor.sign_in("oncologist")
    open_first_patient(visitor)
    visitor.find(".panel-qol figure .js-plotly-plot")
    view = "#patient-qol-view-input input"
    visitor.press(f"{view}:checked", *[Keys.ARROW_RIGHT] * 3)
    visitor.text_contains(".panel-qol", "alive and answering")
    visitor.unfold(".panel-qol .chart-table")
    assert visitor.find(".panel-qol .chart-table[open] td").is_displayed()
    assert sideways(visitor) <= 0
    choose(visitor, "#patient-scale-input", "qlq-c30:FA")
    visitor.text_contains(".panel-qol figure", "Forecast of fatigue (higher is worse)")
    visitor.press(f"{view}:checked", Keys.ARROW_RIGHT)
    visitor.text_contains(".panel-qol", "typical patient")
    assert sideways(visitor) <= 0
    assert visitor.trouble() == []


def sideways(visitor: Visitor) -> int:
    """Pixels by which the page is wider than the window."""
    script = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
    return int(visitor.driver.execute_script(script))


def test_the_models_page_answers_a_threshold_and_says_what_changed(visitor: Visitor) -> None:
    visitor.sign_in("steward")
    visitor.open("/models")
    visitor.text_contains("#models-decision", "of 100 patients")
    visitor.text_contains("#models-use", "tell patients apart")
    visitor.text_contains("#models-others", "Cox")
    visitor.text_contains("#models-elsewhere", "Country left out")
    visitor.text_contains("#models-drift", "people")
    before = visitor.find("#models-decision").text
    choose(visitor, "#models-threshold-input", "0.30")
    visitor.until(lambda: visitor.find("#models-decision").text != before, "the threshold is dead")
    choose(visitor, "#models-outcome-input", "skin")
    visitor.text_contains("#models-calibration", "Skin irAE")
    visitor.text_contains("#models-use", "skin")
    press(visitor, "#models-card summary")
    visitor.text_contains("#models-card", "Missing data, 11")
    assert visitor.trouble() == []
    assert visitor.foreign_requests() == []
