"""Treatment, adverse events and steroids of a course: traces, finding, table."""

from __future__ import annotations

from html import escape

import numpy as np
import numpy.typing as npt
import pandas as pd

from components.chart import BLUE, GREY, PURPLE, VERMILION, weeks
from components.wording import grade_mark, grade_words, week_cell, week_words
from models.risk.codes import PREDNISONE_EQUIVALENT

TREATMENT = "treatment"
ADMISSIONS = "admission"
_SEVERE_GRADE = 3

EventRow = str


def event_rows(treatments: pd.DataFrame, events: pd.DataFrame) -> list[EventRow]:
    """Rows from top to bottom: treatment, one per organ by first onset, admissions."""
    rows = [TREATMENT] if not treatments.empty else []
    rows += list(dict.fromkeys(events.sort_values("day")["organ"]))
    if events["hospitalised"].fillna(False).any():
        rows.append(ADMISSIONS)
    return rows


def event_traces(
    treatments: pd.DataFrame, events: pd.DataFrame, rows: list[EventRow], last_day: float
) -> list[dict[str, object]]:
    """Bars for treatment, a line and a graded mark for each event, squares for admissions."""
    place = {row: len(rows) - 0.5 - number for number, row in enumerate(rows)}
    if not place:
        return []
    heights = np.array([place[organ] for organ in events["organ"]], dtype=float)
    traces = [
        _treatment_trace(treatments, place.get(TREATMENT, 0.5), last_day),
        _duration_trace(events, heights),
        _onset_trace(events, heights),
    ]
    if ADMISSIONS in place:
        traces.append(_admission_trace(events, place[ADMISSIONS]))
    return traces


def steroid_trace(steroids: pd.DataFrame, last_day: float, y_axis: str) -> dict[str, object]:
    """Daily dose of all systemic steroids together, as steps, mg of prednisone per day."""
    days, doses = daily_steroid_mg(steroids, last_day)
    return {
        "type": "scatter",
        "name": "steroid",
        "x": weeks(days),
        "y": doses,
        "yaxis": y_axis,
        "mode": "lines",
        "line": {"color": PURPLE, "width": 1.5, "shape": "hv"},
        "fill": "tozeroy",
        "fillcolor": "rgba(181,99,155,0.25)",
        "hovertemplate": "week %{x:.0f}: %{y:.0f} mg/d<extra>prednisone equivalent</extra>",
    }


def daily_steroid_mg(
    steroids: pd.DataFrame, last_day: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Dose of all steroids from each day on which it changes, in mg of prednisone per day.

    Medicines overlap, so their doses are added. A row without a dose in milligrams, or of a
    steroid without a known equivalent, makes the dose unknown (NaN) while it lasts; one without
    an end lasts to ``last_day``.

    Args:
        steroids: atc, day, end_day (inclusive), daily_dose, unit.
        last_day: the end of observation.

    Returns:
        Days in order, and the dose from each of them on.
    """
    factors = steroids["atc"].map(PREDNISONE_EQUIVALENT).where(_in_milligrams(steroids["unit"]))
    dose = steroids["daily_dose"].astype(float) * factors.astype(float)
    ends = steroids["end_day"].astype(float).add(1).fillna(last_day).clip(upper=last_day)
    starts = steroids["day"].astype(float)

    def running(values: pd.Series) -> pd.Series:
        begins = pd.Series(values.to_numpy(float), index=starts)
        changes = pd.concat([begins, pd.Series(-begins.to_numpy(), index=ends)])
        return changes.groupby(level=0).sum().sort_index().cumsum()

    by_day = running(dose.fillna(0.0)).round(6).mask(running(dose.isna()) > 0)
    return by_day.index.to_numpy(float), by_day.to_numpy(float)


def _in_milligrams(units: pd.Series) -> pd.Series:
    return units.isin(("mg", "mg/d"))


def immune_related(events: pd.DataFrame) -> pd.DataFrame:
    """The irAE among the events; as for the models, one that was not judged is none."""
    return events[_is_irae(events)]


def _is_irae(events: pd.DataFrame) -> pd.Series:
    return events["immune_related"].fillna(False).astype(bool)


def events_finding(events: pd.DataFrame, steroids: pd.DataFrame, *, delivered: bool = True) -> str:
    """Number and worst grade of irAE, and whether steroids were given, in one sentence.

    ``delivered`` is whether the patient's site delivers adverse events at all.
    """
    immune = immune_related(events)
    if immune.empty and not delivered:
        return "This site has delivered no adverse events" + (
            "; steroids given." if not steroids.empty else "."
        )
    if immune.empty:
        return "No irAE recorded" + ("; steroids given." if not steroids.empty else ".")
    sentence = f"{len(immune)} irAE"
    graded = immune.dropna(subset=["grade"])
    if graded.empty:
        sentence += ", grade not recorded"
    else:
        worst = graded.loc[graded["grade"].astype(float).idxmax()]
        sentence += f", worst grade {worst.grade:.0f} ({worst.organ}, {week_words(worst.day)})"
    return sentence + ("; steroids given." if not steroids.empty else "; no steroids recorded.")


def events_numbers(
    treatments: pd.DataFrame, events: pd.DataFrame, steroids: pd.DataFrame
) -> list[tuple[str, ...]]:
    """The same as table rows: what, detail, from week, to week."""
    rows = [("treatment", row.regimen, *_span(row)) for row in treatments.itertuples()]
    rows += [(_event_name(row), _event_words(row), *_span(row)) for row in events.itertuples()]
    rows += [("steroid", _dose(row), *_span(row)) for row in steroids.itertuples()]
    return rows


def _treatment_trace(treatments: pd.DataFrame, height: float, last_day: float) -> dict[str, object]:
    starts, ends = weeks(treatments["day"]), _ends(treatments, last_day)
    gaps = np.full(len(starts), np.nan)
    words = [text for regimen in treatments["regimen"] for text in (escape(regimen), "", "")]
    return {
        "type": "scatter",
        "name": "treatment",
        "x": np.column_stack([starts, ends, gaps]).ravel(),
        "y": np.full(3 * len(starts), height),
        "mode": "lines+markers+text",
        # Ends are marked, so that a single dose is seen too.
        "marker": {"symbol": "line-ns", "size": 16, "line": {"color": BLUE, "width": 2}},
        "text": words,
        "textposition": "middle right",
        "line": {"color": "rgba(42,143,208,0.35)", "width": 16},
        "hovertemplate": "week %{x:.0f}: %{text}<extra>treatment</extra>",
    }


def _duration_trace(events: pd.DataFrame, heights: np.ndarray) -> dict[str, object]:
    starts = weeks(events["day"])
    ends = weeks(events["end_day"].astype(float).fillna(events["day"].astype(float)))
    gaps = np.full(len(starts), np.nan)
    return {
        "type": "scatter",
        "name": "duration",
        "x": np.column_stack([starts, ends, gaps]).ravel(),
        "y": np.repeat(heights, 3),
        "mode": "lines",
        "line": {"color": GREY, "width": 3},
        "hoverinfo": "skip",
    }


def _onset_trace(events: pd.DataFrame, heights: np.ndarray) -> dict[str, object]:
    grades = events["grade"].astype(float).to_numpy()
    immune = _is_irae(events).to_numpy()
    shapes = np.where(immune, "triangle-up", "circle-open")
    return {
        "type": "scatter",
        "name": "event",
        "x": weeks(events["day"]),
        "y": heights,
        "mode": "markers+text",
        "text": [grade_mark(grade) for grade in grades],
        "textposition": "middle left",
        "cliponaxis": False,
        "customdata": [escape(_event_words(row)) for row in events.itertuples()],
        "marker": {
            "symbol": shapes,
            "size": np.where(grades >= _SEVERE_GRADE, 14, 10),
            "color": np.where(grades >= _SEVERE_GRADE, VERMILION, BLUE),
            "opacity": 1,
            "line": {"width": 0},
        },
        "hovertemplate": "week %{x:.0f}: %{customdata}<extra></extra>",
    }


def _admission_trace(events: pd.DataFrame, height: float) -> dict[str, object]:
    admitted = events[events["hospitalised"].fillna(False).astype(bool)]
    return {
        "type": "scatter",
        "name": "admission",
        "x": weeks(admitted["day"]),
        "y": np.full(len(admitted), height),
        "mode": "markers",
        "marker": {"symbol": "square", "size": 9, "color": GREY},
        "hovertemplate": "week %{x:.0f}: admitted for an irAE<extra></extra>",
    }


def _ends(rows: pd.DataFrame, last_day: float) -> np.ndarray:
    return weeks(rows["end_day"].astype(float).fillna(last_day))


def _span(row: object) -> tuple[str, str]:
    end = row.end_day
    return week_cell(row.day), "" if pd.isna(end) else week_cell(end)


def _event_name(row: object) -> str:
    related = row.immune_related
    return "irAE" if pd.notna(related) and related else "adverse event"


def _event_words(row: object) -> str:
    term = "" if pd.isna(row.term) else f", {row.term}"
    return f"{row.organ}{term}, {grade_words(row.grade)}"


def _dose(row: object) -> str:
    known = pd.notna(row.daily_dose) and pd.notna(row.unit)
    dose = f"{row.daily_dose:g} {row.unit} per day" if known else "dose not recorded"
    return f"{'steroid' if pd.isna(row.name) else row.name}, {dose}"
