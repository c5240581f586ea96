"""Laboratory small multiples of a course: which tests, limits, marks beyond them, table."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from components.chart import BAND, BLUE, VERMILION, weeks
from components.wording import unit_words, week_cell
from models.laboratory import LAB_BY_CODE, LABS, LabTest
from models.risk.inputs import FEATURE_BY_NAME

SHOWN = 8
_ORDER = (
    "alt",
    "creatinine",
    "tsh",
    "glucose",
    "crp",
    "ldh",
    "albumin",
    "lymphocytes",
    "haemoglobin",
    "platelets",
    "bilirubin",
    "neutrophils",
    "eosinophils",
    "ck",
    "troponin_t",
    "ast",
    "ft4",
    "alp",
    "sodium",
    "wbc",
)
"""Fixed order, so that a test stands in the same place for every patient who has it."""

_MOST_NAMED = 4
_WHOLE_FROM = 100
_SHORT_NAMES = {"ldh": "LDH", "crp": "CRP"}


def chosen_tests(labs: pd.DataFrame) -> list[LabTest]:
    """The first eight tests of the fixed order that have a value."""
    return _in_order(labs["loinc"])[:SHOWN]


def _in_order(loincs: Iterable[str]) -> list[LabTest]:
    present = set(loincs)
    return [LAB_BY_CODE[code] for code in _ORDER if LAB_BY_CODE[code].loinc in present]


def beyond(test: LabTest, value: float) -> str:
    """Arrow "↑" above the upper reference limit, "↓" below the lower one, otherwise empty.

    The value counts as it is written: one converted from other units is not a little too high.
    """
    value = float(_number(test, value))
    if test.high is not None and value > test.high:
        return "↑"
    if test.low is not None and value < test.low:
        return "↓"
    return ""


def lab_trace(test: LabTest, values: pd.DataFrame, y_axis: str) -> dict[str, object]:
    """Values over time; triangles point out of the reference limits."""
    results = values["value"].to_numpy(float)
    signs = np.array([beyond(test, value) for value in results])
    outside = signs != ""
    return {
        "type": "scatter",
        "name": test.name,
        "x": weeks(values["day"]),
        "y": results,
        "yaxis": y_axis,
        "mode": "lines+markers",
        "line": {"color": BLUE, "width": 1.5},
        "marker": {
            "symbol": np.select(
                [signs == "↑", signs == "↓"], ["triangle-up", "triangle-down"], "circle"
            ),
            "size": np.where(outside, 7, 4),
            "color": np.where(outside, VERMILION, BLUE),
            "opacity": 1,
            "line": {"width": 0},
        },
        "hovertemplate": f"week %{{x:.0f}}: %{{y:.4~g}} {unit_words(test.unit)}<extra></extra>",
        "cliponaxis": False,
    }


def lab_range(test: LabTest, values: pd.DataFrame) -> list[float]:
    """Lowest and highest of values and limits, with a margin."""
    ends = [*values["value"], *(limit for limit in (test.low, test.high) if limit is not None)]
    low, high = float(min(ends)), float(max(ends))
    margin = 0.1 * (high - low) or 1.0
    return [low - margin, high + margin]


def lab_band(test: LabTest, values: pd.DataFrame, y_axis: str) -> dict[str, object]:
    """Shaded rectangle between the reference limits; an open end reaches the axis end."""
    low, high = lab_range(test, values)
    return {
        "type": "rect",
        "layer": "below",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "yref": y_axis,
        "y0": low if test.low is None else test.low,
        "y1": high if test.high is None else test.high,
        "fillcolor": BAND,
        "line": {"width": 0},
    }


def lab_annotations(
    test: LabTest, values: pd.DataFrame, domain: list[float]
) -> list[dict[str, object]]:
    """Left: test and limits. Right: latest value, marked when beyond the limits, and extreme."""
    latest = float(values["value"].iloc[-1])
    middle = (domain[0] + domain[1]) / 2
    place = {"xref": "paper", "yref": "paper", "y": middle, "yanchor": "middle", "showarrow": False}
    left = f"{_short(test)}<br><span style='font-size:10px'>{_limits(test)}</span>"
    right = f"<b>{_number(test, latest)}</b> {beyond(test, latest)}"
    extreme = _extreme(test, values)
    if extreme:
        right += f"<br><span style='font-size:10px'>{extreme}</span>"
    return [
        {**place, "x": 0, "xanchor": "right", "xshift": -8, "align": "right", "text": left},
        {**place, "x": 1, "xanchor": "left", "xshift": 8, "align": "left", "text": right},
    ]


def labs_finding(labs: pd.DataFrame) -> str:
    """Latest values beyond the limits, of all tests, in one sentence."""
    if labs.empty:
        return "No laboratory values."
    latest = labs.sort_values("day").groupby("loinc")["value"].last()
    tests = [test for test in _in_order(latest.index) if beyond(test, latest[test.loinc])]
    outside = [
        f"{_short(test)} {_number(test, latest[test.loinc])} {unit_words(test.unit)}"
        for test in tests
    ]
    if not outside:
        return "Latest laboratory values within the limits."
    more = len(outside) - _MOST_NAMED
    tail = f" and {more} more" if more > 0 else ""
    return f"Latest beyond the limits: {', '.join(outside[:_MOST_NAMED])}{tail}."


def labs_numbers(labs: pd.DataFrame) -> list[tuple[str, ...]]:
    """One table row per test: latest value and range, limits, first and last week."""
    rows = []
    for loinc, values in labs.sort_values("day").groupby("loinc", sort=False):
        test = LABS.get(str(loinc))
        if test is None:
            continue
        results = values["value"]
        detail = (
            f"latest {_number(test, results.iloc[-1])} {unit_words(test.unit)},"
            f" {_number(test, results.min())} to {_number(test, results.max())},"
            f" n = {len(results)}; {_limits(test)}"
        )
        span = (week_cell(values["day"].iloc[0]), week_cell(values["day"].iloc[-1]))
        rows.append((test.name, detail, *span))
    return rows


def _short(test: LabTest) -> str:
    return _SHORT_NAMES.get(test.code, test.name)


def _limits(test: LabTest) -> str:
    unit = unit_words(test.unit)
    if test.low is None and test.high is None:
        return f"no limits, {unit}"
    if not test.low:
        return f"up to {test.high:g} {unit}"
    return (f"{test.low:g} to {test.high:g}" if test.high else f"from {test.low:g}") + f" {unit}"


def _extreme(test: LabTest, values: pd.DataFrame) -> str:
    highest, lowest = float(values["value"].max()), float(values["value"].min())
    if beyond(test, highest) == "↑":
        return f"max {_number(test, highest)}"
    return f"min {_number(test, lowest)}" if beyond(test, lowest) == "↓" else ""


def _number(test: LabTest, value: float) -> str:
    feature = FEATURE_BY_NAME.get(test.code)
    if feature:
        return f"{value:.{feature.decimals}f}"
    return f"{value:.0f}" if abs(value) >= _WHOLE_FROM else f"{value:.3g}"
