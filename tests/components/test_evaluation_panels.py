from __future__ import annotations

import plotly.graph_objects as go
import pytest

from components.calibration_panel import calibration_panel
from components.comparison_panel import comparison_panel, held_out_countries, ties_sentence
from components.decision_panel import decision_panel, threshold_sentence
from components.drift_panel import drift_panel
from components.performance import attained
from components.use_panel import use_panel
from tests.components.patient_values import text_of

HEAD = {"outcome": "severe", "horizon_days": 180}
FIT = {
    f"{name}{end}": value
    for name, value in (("auroc", 0.71), ("slope", 0.8), ("intercept", 0.2))
    for end in ("", "_lower", "_upper")
}


def figures(component: object) -> list[dict]:
    if isinstance(component, list | tuple):
        return [figure for part in component for figure in figures(part)]
    own = getattr(component, "figure", None)
    # A component without children counts as false.
    children = getattr(component, "children", None)
    below = [] if children is None else figures(children)
    return ([own] if isinstance(own, dict) else []) + below


def model(name: str, auroc: float, difference: float, tie: bool, trained: int = 100) -> dict:
    return HEAD | {
        "model": name,
        "n_train": trained,
        "n": 900,
        "events": 60,
        "auroc": auroc,
        "auroc_lower": auroc - 0.02,
        "auroc_upper": auroc + 0.02,
        "auroc_difference": difference,
        "tie": tie,
    }


MODELS = [
    model("Immunoboard", 0.72, 0.0, tie=True),
    model("Cox", 0.721, -0.001, tie=True),
    model("published risk factors", 0.6, 0.12, tie=False, trained=0),
]


def test_a_simpler_model_that_ties_is_named():
    assert ties_sentence(MODELS) == "Severe, any organ: Cox ties with these models."
    said = text_of(comparison_panel({"comparison": MODELS}, 180))
    assert "these models" in said
    assert "0.72 (0.70 to 0.74)" in said
    assert "· tie" in said
    assert "Severe, any organ: Cox ties" in said


def test_a_better_model_is_named_too():
    better = [MODELS[0], model("Cox", 0.75, -0.03, tie=False)]
    assert "Cox separated better than these models" in ties_sentence(better)
    assert "· better" in text_of(comparison_panel({"comparison": better}, 180))


def test_two_ties_are_joined():
    two = [*MODELS[:2], model("logistic regression", 0.72, 0, tie=True)]
    assert "Cox and logistic regression tie" in ties_sentence(two)


def test_countries_left_out_before_and_after():
    entries = [
        HEAD
        | {"held_out": "ES", "recalibrated": again, "n": 1200, "events": 80}
        | (FIT | {"slope": 0.97, "slope_lower": 0.9, "slope_upper": 1.0} if again else FIT)
        for again in (False, True)
    ]
    said = text_of(held_out_countries({"internal_external": entries}, "severe", 180))
    assert "ES" in said
    assert said.index("0.80") < said.index("0.97")
    assert held_out_countries({"internal_external": entries}, "renal", 180) == []


POINT = {
    "threshold": 0.1,
    "flagged": 20.0,
    "true_alarms": 5.0,
    "false_alarms": 15.0,
    "missed": 2.0,
    "model": 0.03,
    "model_lower": 0.02,
    "model_upper": 0.04,
    "flag_all": -0.1,
}


def test_a_threshold_in_text_of():
    assert threshold_sentence(POINT, 4000) == (
        "Flagging from 10 % on: of 100 patients 20 are flagged and 2.0 are missed; of 100 flagged"
        " 25 are true and 75 false alarms (n = 4\N{NARROW NO-BREAK SPACE}000)."
    )
    nobody = threshold_sentence(POINT | {"flagged": 0.0}, 4000)
    assert nobody == "Nobody of 4\N{NARROW NO-BREAK SPACE}000 has a risk of 10 %."


def test_decision_curve_is_a_figure_plotly_knows_with_a_table():
    evaluation = {"net_benefit": [HEAD | {"n": 100, "points": [POINT, POINT | {"threshold": 0.2}]}]}
    found = decision_panel(evaluation, "severe", 180, 0.1)
    (figure,) = figures(found)
    go.Figure(figure)
    assert "0.0300 (0.0200 to 0.0400)" in text_of(found)
    assert decision_panel(evaluation, "severe", 90, 0.1) == []


def test_an_older_evaluation_has_a_curve_without_interval():
    point = {key: POINT[key] for key in POINT if not key.startswith("model_")}
    found = decision_panel(
        {"net_benefit": [HEAD | {"n": 100, "points": [point]}]}, "severe", 180, 0.1
    )
    assert "0.0300" in text_of(found)
    go.Figure(figures(found)[0])


def test_calibration_before_and_after_by_country():
    points = [
        {"predicted": p, "observed": p + 0.01, "lower": p, "upper": p + 0.02} for p in (0.1, 0.2)
    ]
    curve = HEAD | {"group": "all", "level": "all", "points": points, "ici": 0.01}
    country = curve | {"group": "country", "level": "PT"}
    evaluation = {
        "calibration_curves": [curve, country],
        "before_recalibration": [HEAD | {"level": "PT"} | FIT],
        "results": [HEAD | {"group": "country", "level": "PT"} | FIT | {"slope": 1.0}],
    }
    found = calibration_panel(evaluation, "severe", 180)
    go.Figure(figures(found)[0])
    said = text_of(found)
    assert "percentage points: all 1.0, PT 1.0" in said
    assert said.index("0.80 (0.80 to 0.80)") < said.index("1.00 (0.80 to 0.80)")


def test_share_attained():
    entry = HEAD | {
        "group": "all",
        "level": "all",
        "auroc": 0.72,
        "oracle_auroc": 0.74,
        "share": 0.92,
        "mean_absolute_error": 0.013,
    }
    said = text_of(attained([entry], 180))
    assert "0.92" in said
    assert "1.3" in said


def test_importance_and_dependence_in_words_and_figures():
    evaluation = {
        "importance": [
            {"outcome": "severe", "feature": "drug_class", "points": 2.5},
            {"outcome": "severe", "feature": "age_years", "points": 1.0},
        ],
        "dependence": [
            {
                "outcome": "severe",
                "feature": "age_years",
                "partner": "drug_class",
                "interaction": 0.2,
                "lines": [
                    {
                        "level": level,
                        "bins": [
                            {"value": "40 to 60", "n": 300, "points": -1.0},
                            {"value": "60 to 80", "n": 300, "points": 1.5},
                        ],
                    }
                    for level in ("all", "PD-1", "PD-L1")
                ],
            }
        ],
    }
    found = use_panel(evaluation, "severe")
    drawn = figures(found)
    assert len(drawn) == 2
    for figure in drawn:
        go.Figure(figure)
    said = text_of(found)
    assert "From −1.0 points (40 to 60) to +1.5 (60 to 80)" in said
    assert "need not cause" in said
    assert use_panel(evaluation, "renal") == []


DRIFTED = {
    "country": "ES",
    "n": 1475,
    "compared_with": "all",
    "alarms": [
        {"what": "crp", "alarm": "changed"},
        {"what": "severe", "alarm": "more than predicted"},
    ],
    "inputs": [
        {"feature": "crp", "index": 0.31, "chance": 0.02, "missing_then": 0.1, "missing_now": 0.12},
        {"feature": "tmb", "index": None, "chance": 0.0, "missing_then": 0.8, "missing_now": 1.0},
    ],
    "outcomes": [
        {"outcome": "severe", "people": 1400, "events": 160, "expected": 100.0}
        | {"ratio": 1.6, "lower": 1.3, "upper": 2.0}
    ],
}


def test_drift_is_said_in_sentences_with_figures_behind():
    small = {"country": "PT", "n": 55, "compared_with": None}
    found = {"snapshot": "s1", "data_date": None, "scored_with": None}
    said = text_of(drift_panel(found | {"countries": [DRIFTED, small]}))
    assert "More events than predicted: severe." in said
    assert "Changed since training: C-reactive protein." in said
    assert "Beside all countries of training" in said
    assert "1.60 (1.30 to 2.00)" in said
    assert "Fewer than 200 people: too few to say." in said
    assert "data to unknown" in said
    nothing = text_of(drift_panel(found | {"countries": []}))
    assert nothing == "These models came without a reference to compare patients with."


@pytest.mark.parametrize(
    "empty",
    [
        comparison_panel({}, 180),
        held_out_countries({}, "severe", 180),
        decision_panel({}, "severe", 180, 0.1),
        calibration_panel({}, "severe", 180),
        attained([], 180),
        use_panel({}, "severe"),
    ],
)
def test_without_an_evaluation_there_is_nothing(empty):
    assert empty == []
