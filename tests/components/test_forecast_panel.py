from __future__ import annotations

from components.forecast_panel import PUBLISHED, finding_sentence, forecast_panel
from tests.components.patient_values import text_of

HEAD = {"target": "qlq-c30:PF", "horizon_days": 183}


def accuracy(model: str, **changes: object) -> dict:
    figures = {"n": 1500, "patients": 900, "rmse": 17.4, "r2": 0.4, "bias": 2.7, "bias_low": -20.0}
    return HEAD | figures | {"model": model} | changes


def coverage(group: str, level: str, share: float) -> dict:
    return HEAD | {"group": group, "level": level, "n": 1500, "coverage": share, "width": 40.0}


OURS = accuracy("Immunoboard")
CARRIED = accuracy("last value carried forward", gain=0.15, tie=False)
TIED = accuracy("linear regression", gain=-0.011, tie=True)
BETTER = accuracy("linear regression", gain=-0.021, tie=False)
EVALUATION = {
    "model_version": "test/1",
    "data": "fresh simulated patients",
    "patients": 20_000,
    "accuracy": [OURS, CARRIED, BETTER],
    "coverage": [
        coverage("all", "all", 0.801),
        coverage("country", "ES", 0.79),
        coverage("country", "FR", 0.772),
        coverage("drug_class", "PD1", 0.785),
    ],
    "truth": [
        HEAD | {"group": "all", "level": "all", "n": 6000}
        | {"coverage_alive": 0.806, "bias_alive": 2.47, "bias_answering": 2.6}
    ],
}  # fmt: skip


def test_the_finding_says_the_gain_and_that_linear_regression_is_as_good():
    assert finding_sentence([OURS, CARRIED, CARRIED | {"gain": 0.1}, TIED]) == (
        "The error is 10 to 15 % below that of the last value carried forward; linear regression"
        " is as good as these forecasts (tie) in 1 of 1."
    )


def test_the_finding_hides_no_simpler_forecast_that_is_better():
    said = finding_sentence([OURS, CARRIED, BETTER, TIED])
    assert "(tie) in 1 of 2. It is better for physical functioning at 6 months" in said
    assert "2.1 %" in said


def test_errors_stand_beside_simpler_forecasts_with_direction_and_n():
    said = text_of(forecast_panel(EVALUATION, ["Simulated only."]))
    assert "higher is better), 6 months" in said
    assert "these forecasts" in said
    assert "17.4 (+15.0 %)" in said
    assert "17.4 (−2.1 %) · better" in said
    assert "−20.0" in said
    assert "1\N{NARROW NO-BREAK SPACE}500" in said


def test_coverage_over_all_lowest_and_of_everybody_alive():
    said = text_of(forecast_panel(EVALUATION, []))
    for figure in ("80.1", "77.2", "78.5", "80.6", "+2.5"):
        assert figure in said


def test_limits_data_version_and_the_published_figures_are_named():
    said = text_of(forecast_panel(EVALUATION, ["Simulated only."]))
    assert "Simulated only." in said
    assert "Forecasts test/1" in said
    assert "20\N{NARROW NO-BREAK SPACE}000 patients: fresh simulated patients" in said
    assert PUBLISHED in said
    assert "not a comparison" in PUBLISHED


def test_forecasts_without_an_evaluation_say_so():
    assert text_of(forecast_panel(None, [])) == "These forecasts came without an evaluation."
