from __future__ import annotations

from components.performance import by_group, estimate, intervals, overall
from tests.components.patient_values import text_of

NUMBERS = {
    "auroc": 0.741,
    "auroc_lower": 0.712,
    "auroc_upper": 0.769,
    "auprc": 0.2,
    "auprc_lower": 0.18,
    "auprc_upper": 0.22,
    "brier": 0.0812,
    "brier_lower": 0.08,
    "brier_upper": 0.0823,
    "scaled_brier": 0.061,
    "scaled_brier_lower": 0.05,
    "scaled_brier_upper": 0.074,
    "slope": 1.02,
    "slope_lower": 0.9,
    "slope_upper": 1.1,
    "intercept": -0.03,
    "intercept_lower": -0.1,
    "intercept_upper": 0.05,
}


def result(outcome: str, group: str, level: str, horizon: int = 180) -> dict[str, object]:
    head = {"outcome": outcome, "group": group, "level": level, "horizon_days": horizon}
    return head | {"n": 1200, "events": 88} | NUMBERS


def cells(parts: list[object]) -> list[list[object]]:
    body = parts[0].children.children[1].children
    return [[cell.children for cell in row.children] for row in body]


def test_one_row_per_outcome_of_the_horizon() -> None:
    results = [
        result("severe", "all", "all"),
        result("severe", "all", "all", horizon=90),
        result("skin", "all", "all"),
        result("skin", "country", "FR"),
    ]
    found = [[text_of(cell) for cell in row] for row in cells(overall(results, 180))]
    assert found == [
        [
            words,
            "1\N{NARROW NO-BREAK SPACE}200",
            "88",
            "0.74 0.71 to 0.77",
            "0.20 0.18 to 0.22",
            "0.081 0.080 to 0.082",
            "0.06 0.05 to 0.07",
            "1.02 0.90 to 1.10",
            "−0.03 −0.10 to 0.05",
        ]
        for words in ("severe, any organ", "skin")
    ]


def test_one_column_per_level_of_a_group() -> None:
    results = [result("skin", "country", "FR"), result("skin", "country", "ES")]
    parts = by_group(results, 180, "country")
    heads = [head.children for head in parts[0].children.children[0].children.children]
    assert heads == ["Outcome", "FR", "ES"]
    ((_, french, _),) = cells(parts)
    assert french[0].children == "0.74 (0.71 to 0.77)"
    assert french[1].children == "slope 1.02, 88 of 1\N{NARROW NO-BREAK SPACE}200"


def test_a_group_without_an_outcome_says_none() -> None:
    results = [
        result("skin", "country", "FR"),
        result("renal", "country", "ES"),
    ]
    (_, french, spanish), _ = cells(by_group(results, 180, "country"))
    assert (french[0].children, spanish) == ("0.74 (0.71 to 0.77)", "none")


def test_a_metric_that_cannot_be_computed_is_too_few() -> None:
    assert estimate({"auroc": None, "auroc_lower": None, "auroc_upper": None}, "auroc") == "too few"


def test_a_metric_without_an_interval_stands_alone() -> None:
    assert estimate({"auroc": 0.7, "auroc_lower": None, "auroc_upper": None}, "auroc") == "0.70"


def test_models_without_an_evaluation_say_so() -> None:
    (notice,) = overall([], 180)
    assert notice.children[0].children == "These models came without an evaluation."
    assert by_group([], 180, "sex") == []


def test_the_sentence_on_intervals_names_the_least_and_the_most() -> None:
    rows = [
        {"outcome": "skin", "horizon_days": 180, "coverage": 0.874},
        {"outcome": "renal", "horizon_days": 180, "coverage": 0.931},
        {"outcome": "skin", "horizon_days": 90, "coverage": 0.5},
    ]
    (sentence,) = intervals(rows, 180)
    assert "in 87 to 93 of 100" in sentence.children[0]
    assert intervals([], 180) == []
