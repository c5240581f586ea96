"""The list of a viewer's patients: records, columns, filter chips, counts.

Rows carry numbers, never formatted text: sorting and number filters work on what is shown,
and the named functions in ``assets/dashAgGridFunctions.js`` write the words.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from math import ceil

import dash_ag_grid as dag
import pandas as pd
from dash import html

from components.wording import date_words

RISING_POINTS = 2.0
"""Percentage points since the previous landmark from which a risk counts as rising."""

CHIPS = {
    "all": "All",
    "on": "On treatment",
    "rising": "Risk rising",
    "flagged": "QoL flag",
    "unscored": "Not scored",
}
"""Quick filters: name of the boolean field of a record, and the words on the chip."""

_FIELDS = {
    "token": "token",
    "patient_id": "patient",
    "age_years": "age",
    "sex": "sex",
    "cancer": "cancer",
    "stage": "stage",
    "regimen": "regimen",
    "week": "week",
    "on_treatment": "on",
    "died": "died",
    "severe_risk": "risk",
    "severe_lower": "lower",
    "severe_upper": "upper",
    "support": "support",
    "top_organ": "organ",
    "top_organ_ratio": "ratio",
    "change": "change",
    "qol_flag": "qol",
    "last_visit": "visit",
}
_NUMBERS = ("age", "week", "risk", "change")
_DATE = {"function": "worklistDate(params)"}
_DECIMALS = {"risk": 1, "lower": 1, "upper": 1, "ratio": 1, "change": 1}


def worklist_records(patients: pd.DataFrame) -> list[dict[str, object]]:
    """One compact record per patient for the grid.

    Args:
        patients: columns of ``CareRecords.worklist``; risks are probabilities, NaN when the
            patient is not scored; ``change`` in percentage points.

    Returns:
        Records in the order of ``patients``: risks in percent, dates as ISO text, missing
        values as None, and one boolean per chip of ``CHIPS``.
    """
    rows = patients[list(_FIELDS)].rename(columns=_FIELDS)
    for column in ("risk", "lower", "upper"):
        rows[column] = 100 * rows[column].astype(float)
    rows = rows.round(_DECIMALS)
    rows["visit"] = pd.to_datetime(rows["visit"]).dt.strftime("%Y-%m-%d")
    rows["rising"] = rows["change"].astype(float) >= RISING_POINTS
    rows["flagged"] = rows["qol"].fillna("") != ""
    rows["unscored"] = rows["support"] == "not scored"
    return rows.astype(object).where(rows.notna(), None).to_dict("records")


def chip_options(rows: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    """The quick filters with the number of patients each would show."""
    counts = {chip: sum(bool(row[chip]) for row in rows) for chip in CHIPS if chip != "all"}
    counts["all"] = len(rows)
    return [
        {
            "label": [f"{words} ", html.Span(_count(counts[chip]), className="chip-count")],
            "value": chip,
        }
        for chip, words in CHIPS.items()
    ]


def counts_line(rows: Sequence[dict[str, object]], data_date: date | None) -> list[html.Span]:
    """How many patients, how many without a score, and how recent the data are."""
    unscored = sum(bool(row["unscored"]) for row in rows)
    parts = [f"{_count(len(rows))} patient{'s' if len(rows) != 1 else ''} in your care"]
    if unscored:
        parts.append(f"{_count(unscored)} not scored")
    if data_date:
        parts.append(f"data to {date_words(data_date)}")
    return [html.Span(part) for part in parts]


def _count(number: int) -> str:
    return f"{number:,}".replace(",", "\N{THIN SPACE}")


def risk_scale(rows: Sequence[dict[str, object]]) -> int:
    """Percent at the right end of the risk bars: the highest interval, up to the next ten."""
    highest = max((row["upper"] or row["risk"] or 0 for row in rows), default=0)
    return min(100, max(10, ceil(highest / 10) * 10))


def column_defs(scale: int = 100) -> list[dict[str, object]]:
    """Columns of the worklist; ``scale`` is the percent at the right end of the risk bars."""
    risk = {"sort": "desc", "sortingOrder": ["desc", "asc"], "cellRendererParams": {"scale": scale}}
    return [
        _column("patient", "Patient", 96, filter=False, flex=2, cellRenderer="WorklistPatient"),
        _column("age", "Age", 66),
        _column("sex", "Sex", 50, filter=False),
        _column("cancer", "Cancer", 122, flex=5, cellRenderer="WorklistCancer"),
        _column("regimen", "Regimen", 122, flex=6, cellRenderer="WorklistText"),
        _column("week", "Week", 92, flex=2, cellRenderer="WorklistWeek"),
        _column(
            "risk", "Severe irAE within 180 days", 200, flex=4, cellRenderer="WorklistRisk", **risk
        ),
        _column("organ", "Highest against cohort", 150, flex=3, cellRenderer="WorklistOrgan"),
        _column(
            "change", "Change, points", 84, flex=2, filter=False, cellRenderer="WorklistChange"
        ),
        _column("qol", "Quality of life", 140, flex=3, cellRenderer="WorklistQol"),
        _column("visit", "Last visit", 98, flex=2, filter=False, valueFormatter=_DATE),
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
