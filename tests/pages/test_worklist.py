from __future__ import annotations

import importlib
import json
from dataclasses import dataclass
from datetime import date
from types import ModuleType

import pandas as pd
import pytest
from dash import Dash
from dash.exceptions import PreventUpdate
from plotly.utils import PlotlyJSONEncoder

SNAPSHOT = {"snapshot": "s1", "data_date": "2026-09-30", "model_version": "m1"}
PATIENT = {
    "token": "t1",
    "patient_id": "FR-1",
    "country": "FR",
    "site": "Lyon",
    "age_years": 63,
    "sex": "F",
    "cancer": "melanoma",
    "stage": "IV",
    "regimen": "nivolumab",
    "drug_class": "PD1",
    "week": 14,
    "state": "on treatment",
    "severe_risk": 0.21,
    "severe_lower": 0.14,
    "severe_upper": 0.31,
    "support": "supported",
    "with_care": False,
    "top_organ": "skin",
    "top_organ_ratio": 2.3,
    "change": 4.2,
    "qol_flag": "",
    "last_visit": date(2026, 9, 12),
    "died": False,
}


@dataclass(frozen=True)
class Snapshot:
    data_date: date = date(2026, 9, 30)


@dataclass(frozen=True)
class Clinic:
    """Stands in for the records of one viewer."""

    patients: list[dict[str, object]]
    snapshot: Snapshot = Snapshot()

    def worklist(self) -> pd.DataFrame:
        return pd.DataFrame(self.patients, columns=list(PATIENT))


@pytest.fixture
def page(dash_app: Dash) -> ModuleType:
    return importlib.import_module("pages.worklist")


def words(tree: object) -> str:
    return json.dumps(tree, cls=PlotlyJSONEncoder, ensure_ascii=False)


def test_the_frame_holds_no_patient(page: ModuleType) -> None:
    assert "rowData" not in words(page.layout())


def test_nothing_is_read_before_the_snapshot_is_known(page: ModuleType) -> None:
    with pytest.raises(PreventUpdate):
        page.show_worklist(None)


def test_patients_counts_and_chips_arrive_together(
    page: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "records", lambda: Clinic([PATIENT, PATIENT | {"token": "t2"}]))
    rows, columns, chips, counts, class_name, empty = page.show_worklist(SNAPSHOT)
    assert json.loads(rows)["token"] == ["t1", "t2"]
    assert next(c for c in columns if c["field"] == "risk")["cellRendererParams"] == {"scale": 40}
    assert chips[0]["label"][1].children == "2"
    assert "2 patients in your care" in words(counts)
    assert (class_name, empty) == ("worklist", None)


def test_nobody_in_care_is_a_sentence_with_a_next_step(
    page: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "records", lambda: Clinic([]))
    rows, *_, class_name, empty = page.show_worklist(SNAPSHOT)
    assert (json.loads(rows)["token"], class_name) == ([], "worklist is-waiting")
    assert "No patients are in your care yet." in words(empty)
    assert "Ask the administrator" in words(empty)


def test_the_keyboard_is_explained(page: ModuleType) -> None:
    legend = words(page.layout())
    for key in ("↓", "↑", "Enter", "Esc"):
        assert f'"children": "{key}"' in legend
