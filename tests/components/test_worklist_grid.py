from __future__ import annotations

import json
from datetime import date

import numpy as np
import pandas as pd
import pytest

from components.worklist_grid import (
    CHIPS,
    chip_options,
    column_defs,
    counts_line,
    risk_scale,
    rows_text,
    worklist_rows,
)

SCORED = {
    "token": "t1",
    "patient_id": "FR-1",
    "country": "FR",
    "site": "Lyon",
    "age_years": 63,
    "sex": "F",
    "cancer": "lung cancer",
    "stage": "IV",
    "regimen": "nivolumab",
    "drug_class": "PD1",
    "week": 14,
    "state": "on treatment",
    "severe_risk": 0.2081,
    "severe_lower": 0.1402,
    "severe_upper": 0.3049,
    "support": "supported",
    "with_care": False,
    "top_organ": "gastrointestinal",
    "top_organ_ratio": 2.34,
    "change": 4.18,
    "qol_flag": "worse by 15 points",
    "last_visit": date(2026, 9, 12),
    "died": False,
}
UNSCORED = SCORED | {
    "token": "t2",
    "patient_id": "FR-2",
    "stage": None,
    "state": "stopped",
    "severe_risk": np.nan,
    "severe_lower": np.nan,
    "severe_upper": np.nan,
    "support": "not scored",
    "with_care": False,
    "top_organ": None,
    "top_organ_ratio": np.nan,
    "change": np.nan,
    "qol_flag": "",
    "last_visit": None,
}


def listed(*patients: dict[str, object]) -> pd.DataFrame:
    return worklist_rows(pd.DataFrame(patients, columns=list(SCORED)))


def records(*patients: dict[str, object]) -> list[dict[str, object]]:
    """What the page makes of the text it gets."""
    sent = json.loads(rows_text(listed(*patients)))
    return [dict(zip(sent, values, strict=True)) for values in zip(*sent.values(), strict=True)]


def test_a_record_carries_numbers_not_words() -> None:
    (row,) = records(SCORED)
    assert row["risk"] == pytest.approx(20.8)
    assert (row["lower"], row["upper"]) == (pytest.approx(14.0), pytest.approx(30.5))
    assert row["change"] == pytest.approx(4.2)
    assert row["visit"] == "2026-09-12"
    assert (row["on"], row["rising"], row["flagged"], row["unscored"]) == (True, True, True, False)


def test_what_is_missing_is_none_never_a_number() -> None:
    _, row = records(SCORED, UNSCORED)
    missing = ("risk", "lower", "upper", "organ", "ratio", "change", "stage", "visit")
    assert [row[field] for field in missing] == [None] * len(missing)
    assert (row["on"], row["rising"], row["flagged"], row["unscored"]) == (
        False,
        False,
        False,
        True,
    )


def test_nothing_but_what_a_column_or_a_link_needs_leaves_the_server() -> None:
    (row,) = records(SCORED)
    assert {"country", "site", "drug_class"}.isdisjoint(row)


def test_an_empty_list_has_no_records() -> None:
    assert records() == []


def test_a_risk_rises_from_two_points_on() -> None:
    below, at = records(SCORED | {"change": 1.94}, SCORED | {"change": 2.0})
    assert (below["rising"], at["rising"]) == (False, True)


def test_chips_say_how_many_they_would_show() -> None:
    options = chip_options(listed(SCORED | {"with_care": True}, UNSCORED))
    shown = {option["value"]: option["label"][1].children for option in options}
    ones = dict.fromkeys(("on", "rising", "flagged", "care", "unscored"), "1")
    assert shown == {"all": "2"} | ones
    assert [option["value"] for option in options] == list(CHIPS)


def test_counts_name_patients_unscored_and_data_date() -> None:
    words = [part.children for part in counts_line(listed(SCORED, UNSCORED), date(2026, 9, 30))]
    assert words == ["2 patients in your care", "1 not scored", "data to 30 Sep 2026"]
    words = [part.children for part in counts_line(listed(SCORED), date(2026, 9, 30))]
    assert words == ["1 patient in your care", "data to 30 Sep 2026"]


@pytest.mark.parametrize(("upper", "end"), [(0.3049, 40), (0.30, 30), (0.01, 10), (0.999, 100)])
def test_bars_end_at_the_next_ten(upper: float, end: int) -> None:
    assert risk_scale(listed(SCORED | {"severe_upper": upper})) == end


def test_bars_have_a_scale_without_any_score() -> None:
    assert risk_scale(listed(UNSCORED)) == 10
    assert risk_scale(listed()) == 10


def test_columns_sort_by_severe_risk_and_fit_a_laptop() -> None:
    columns = column_defs(40)
    (risk,) = [column for column in columns if column.get("sort")]
    assert (risk["field"], risk["sort"]) == ("risk", "desc")
    assert risk["cellRendererParams"] == {"scale": 40}
    # 1280 pixels less the margins of the page and the scroll bar of the list
    assert sum(column["minWidth"] for column in columns) <= 1280 - 32 - 18
