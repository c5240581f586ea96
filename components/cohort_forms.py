"""What became of both cohorts by each scheduled form: who answered, and who is worse."""

from __future__ import annotations

from collections.abc import Sequence

from dash.development.base_component import Component

from components.chart import axis, chart, house_figure, plot
from components.cohort_curves import STYLES
from components.cohort_words import percent
from models.cohort.results import Quality, Visit

_STATES = (
    ("answered", "answered", "#2A8FD0", ""),
    ("missed", "missed the form", "#B87700", "/"),
    ("gone", "out of follow-up", "#808080", "."),
    ("died", "died", "#3B4850", "x"),
)
"""What became of a cohort by a form: field, words, colour and hatching."""


def answered_chart(found: Quality) -> Component:
    """Of the whole cohort: answered, missed, gone, died, as hatched bars that add up."""
    finding = states_finding(found)
    names = [
        f"{visit.day} {side}"
        for visits in zip(*_aligned(found), strict=True)
        for side, visit in zip("AB", visits, strict=True)
    ]
    ordered = [visit for visits in zip(*_aligned(found), strict=True) for visit in visits]
    traces = [
        {
            "type": "bar",
            "name": words,
            "x": names,
            "y": [None if (share := getattr(v, state)) is None else 100 * share for v in ordered],
            "marker": {
                "color": color,
                "pattern": {
                    "shape": hatch,
                    "fillmode": "overlay",
                    "fgcolor": "rgba(255,255,255,0.65)",
                    "size": 6,
                },
            },
            "hovertemplate": f"%{{x}}: {words} %{{y:.0f}} %<extra></extra>",
        }
        for state, words, color, hatch in _STATES
    ]
    layout = {
        "barmode": "stack",
        "bargap": 0.2,
        "xaxis": axis(type="category", showgrid=False),
        "yaxis": axis(title={"text": "of the cohort, %"}, range=[0, 100], nticks=5),
        "margin": {"l": 52, "r": 8, "t": 8, "b": 24},
        "showlegend": True,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
    }
    layout["margin"] = {"l": 52, "r": 8, "t": 28, "b": 24}
    title = "Who answered"
    drawing = plot(
        house_figure(traces, 190, **layout), f"{title}. {finding}", save_as="cohorts-answered"
    )
    columns = ("day", "cohort", *(words for _, words, _, _ in _STATES))
    rows = [
        (str(visit.day), side, *(percent(getattr(visit, state)) for state, *_ in _STATES))
        for side, visits in zip("AB", found.visits, strict=True)
        for visit in visits
    ]
    return chart(title, finding, drawing, columns, rows)


def _aligned(found: Quality) -> tuple[list[Visit], list[Visit]]:
    """Visits of both cohorts on the same days, empty ones where a cohort has none."""
    by_day = [{visit.day: visit for visit in visits} for visits in found.visits]
    days = sorted(set(by_day[0]) | set(by_day[1]))
    a, b = (
        [one.get(day, Visit(day, None, None, None, None, None)) for day in days] for one in by_day
    )
    return a, b


def states_finding(found: Quality) -> str:
    """Who answered the last form of each cohort, as a sentence."""
    last = [visits[-1] if visits else None for visits in found.visits]
    parts = [
        f"{side} {percent(visit.answered)} on day {visit.day}"
        for side, visit in zip("AB", last, strict=True)
        if visit is not None
    ]
    return f"Answered: {', '.join(parts)}." if parts else "No form is due in these cohorts."


def worse_chart(found: Quality, by: str) -> Component:
    """Share of those who answered that is worse than at the start, by form."""
    traces: list[dict[str, object]] = []
    for place, visits in enumerate(found.visits):
        shown = [visit for visit in visits if visit.worse is not None]
        style = STYLES[place]
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers+text",
                "name": style["name"],
                "x": [visit.day for visit in shown],
                "y": [100 * (visit.worse or 0.0) for visit in shown],
                "text": [*[""] * (len(shown) - 1), f"<b>{style['name']}</b>"][-len(shown) :],
                "textposition": "middle right",
                "line": {"color": style["color"], "dash": style["dash"], "width": 2},
                "marker": {"symbol": ("circle", "square-open")[place], "size": 8},
                "hovertemplate": f"{style['name']}, day %{{x}}: %{{y:.0f}} %<extra></extra>",
                "cliponaxis": False,
            }
        )
    layout = {
        "xaxis": axis(
            title={"text": "days", "standoff": 2},
            tickmode="array",
            tickvals=sorted({visit.day for visits in found.visits for visit in visits}),
        ),
        "yaxis": axis(title={"text": "worse, %"}, rangemode="tozero", nticks=4),
        "margin": {"l": 52, "r": 24, "t": 8, "b": 34},
    }
    title, finding = f"Worse by {by} or more", worse_finding(found.visits)
    drawing = plot(
        house_figure(traces, 150, **layout), f"{title}. {finding}", save_as="cohorts-worse"
    )
    rows = [
        (str(visit.day), side, percent(visit.worse))
        for side, visits in zip("AB", found.visits, strict=True)
        for visit in visits
    ]
    return chart(title, finding, drawing, ("day", "cohort", "worse"), rows)


def worse_finding(visits: Sequence[Sequence[Visit]]) -> str:
    """Share worse on the last form of each cohort, as a sentence."""
    parts = []
    for side, own in zip("AB", visits, strict=True):
        shown = [visit for visit in own if visit.worse is not None]
        if shown:
            parts.append(f"{side} {percent(shown[-1].worse)} on day {shown[-1].day}")
    return f"Of those who answered: {', '.join(parts)}." if parts else "Too few to say."
