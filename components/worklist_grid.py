"""The list of a viewer's patients: rows, columns, filter chips, counts.

Rows carry numbers, never formatted text: sorting and number filters work on what is shown,
and the named functions in ``assets/dashAgGridFunctions.js`` write the words.
"""

from __future__ import annotations

from datetime import date
from math import ceil

import dash_ag_grid as dag
import orjson
import pandas as pd
from dash import html

from components.wording import count_words, date_words
from models.cohort.standing import ON_TREATMENT

RISING_POINTS = 2.0
"""Percentage points since the previous landmark from which a risk counts as rising."""

CHIPS = {
    "all": "All",
    "on": "On treatment",
    "rising": "Risk rising",
    "flagged": "QoL flag",
    "care": "△ With care",
    "unscored": "Not scored",
}
"""Quick filters: name of the truth value of a row, and the words on the chip."""

_FIELDS = {
    "token": "token",
    "patient_id": "patient",
    "age_years": "age",
    "sex": "sex",
    "cancer": "cancer",
    "stage": "stage",
    "regimen": "regimen",
    "week": "week",
    "state": "state",
    "died": "died",
    "severe_risk": "risk",
    "severe_lower": "lower",
    "severe_upper": "upper",
    "support": "support",
    "with_care": "care",
    "top_organ": "organ",
    "top_organ_ratio": "ratio",
    "change": "change",
    "qol_flag": "qol",
    "last_visit": "visit",
}
_NUMBERS = ("age", "week", "risk", "change")
_DATE = {"function": "worklistDate(params)"}
_DECIMALS = {"risk": 1, "lower": 1, "upper": 1, "ratio": 1, "change": 1}


def worklist_rows(patients: pd.DataFrame) -> pd.DataFrame:
    """One compact row per patient for the grid.

    Args:
        patients: columns of ``CareRecords.worklist``; risks are probabilities, NaN when the
            patient is not scored; ``change`` in percentage points.

    Returns:
        Rows in the order of ``patients``: risks in percent, dates as ISO text, and one truth
        value per chip of ``CHIPS``; missing is NaN or None.
    """
    rows = patients[list(_FIELDS)].rename(columns=_FIELDS)
    for column in ("risk", "lower", "upper"):
        rows[column] = 100 * rows[column].astype(float)
    rows = rows.round(_DECIMALS)
    rows["visit"] = pd.to_datetime(rows["visit"]).dt.strftime("%Y-%m-%d")
    rows["on"] = rows["state"] == ON_TREATMENT
    rows["rising"] = rows["change"].astype(float) >= RISING_POINTS
    rows["flagged"] = rows["qol"].fillna("") != ""
    rows["unscored"] = rows["support"] == "not scored"
    return rows


def rows_text(rows: pd.DataFrame) -> str:
    """Rows as the page takes them: JSON text, one list per column, missing as null.

    As text because looking through thousands of rows for values that JSON does not know takes
    longer than reading them from the warehouse.
    """
    return orjson.dumps({name: column.tolist() for name, column in rows.items()}).decode()


def chip_options(rows: pd.DataFrame | None = None) -> list[dict[str, object]]:
    """The quick filters, with the number of patients each would show once there are rows."""
    return [
        {
            "label": [f"{words} ", html.Span(_chip_count(rows, chip), className="chip-count")],
            "value": chip,
        }
        for chip, words in CHIPS.items()
    ]


def _chip_count(rows: pd.DataFrame | None, chip: str) -> str:
    if rows is None:
        return ""
    return count_words(len(rows) if chip == "all" else int(rows[chip].astype(bool).sum()))


def counts_line(rows: pd.DataFrame, data_date: date | None) -> list[html.Span]:
    """How many patients, how many without a score, and how recent the data are."""
    unscored = int(rows["unscored"].sum())
    parts = [f"{count_words(len(rows))} patient{'s' if len(rows) != 1 else ''} in your care"]
    if unscored:
        parts.append(f"{count_words(unscored)} not scored")
    if data_date:
        parts.append(f"data to {date_words(data_date)}")
    return [html.Span(part) for part in parts]


def risk_scale(rows: pd.DataFrame) -> int:
    """Percent at the right end of the risk bars: the highest interval, up to the next ten."""
    highest = rows["upper"].fillna(rows["risk"]).max()
    return 10 if pd.isna(highest) else min(100, max(10, ceil(highest / 10) * 10))


def column_defs(scale: int = 100) -> list[dict[str, object]]:
    """Columns of the worklist; ``scale`` is the percent at the right end of the risk bars."""
    risk = {"sort": "desc", "sortingOrder": ["desc", "asc"], "cellRendererParams": {"scale": scale}}
    return [
        _column("patient", "Patient", 94, filter=False, flex=2, cellRenderer="WorklistPatient"),
        _column("age", "Age", 66),
        _column("sex", "Sex", 50, filter=False),
        _column("cancer", "Cancer", 122, flex=5, cellRenderer="WorklistCancer"),
        _column("regimen", "Regimen", 116, flex=6, cellRenderer="WorklistText"),
        _column("week", "Week", 92, flex=2, cellRenderer="WorklistWeek"),
        _column(
            "risk", "Severe irAE within 180 days", 200, flex=4, cellRenderer="WorklistRisk", **risk
        ),
        _column("organ", "Highest against cohort", 156, flex=3, cellRenderer="WorklistOrgan"),
        _column(
            "change", "Change, points", 88, flex=2, filter=False, cellRenderer="WorklistChange"
        ),
        _column("qol", "Quality of life", 140, flex=3, cellRenderer="WorklistQol"),
        _column("visit", "Last visit", 106, flex=2, filter=False, valueFormatter=_DATE),
    ]


def _column(field: str, header: str, width: int, **options: object) -> dict[str, object]:
    kind = "agNumberColumnFilter" if field in _NUMBERS else "agTextColumnFilter"
    size = {"minWidth": width} if "flex" in options else {"width": width, "minWidth": width}
    return {"field": field, "headerName": header, "filter": kind} | size | options


def worklist_grid(grid_id: str) -> dag.AgGrid:
    """The empty grid: sorting, filters and keyboard are ready, rows come by callback."""
    return dag.AgGrid(
        id=grid_id,
        className="worklist-grid",
        style={"width": "100%"},
        columnDefs=column_defs(),
        defaultColDef={
            "sortable": True,
            "resizable": True,
            "suppressMovable": True,
            "wrapHeaderText": True,
        },
        getRowId="params.data.token",
        eventListeners={
            "rowClicked": ["worklistOpen(params)"],
            "cellKeyDown": ["worklistOpenOnEnter(params)"],
            "modelUpdated": ["worklistShown(params)"],
        },
        dashGridOptions={
            "animateRows": False,
            "suppressColumnVirtualisation": True,
            "suppressMenuHide": True,
            "localeText": {"noMatchingRows": "No patient matches. Reset shows everybody."},
            "isExternalFilterPresent": {"function": "true"},
            "doesExternalFilterPass": {"function": "worklistPasses(params, 'all')"},
        },
    )
