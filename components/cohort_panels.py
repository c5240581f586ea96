"""Which panel shows what, and which tables an export holds, over anything that has the results."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from dash.development.base_component import Component

from components import cohort_tables as tables
from components.cohort_adjusted import adjusted_panel
from components.cohort_characteristics import characteristics_panel
from components.cohort_choices import SCALES, is_predicted
from components.cohort_facets import facets_panel
from components.cohort_incidence import incidence_panel
from components.cohort_quality import quality_panel
from components.cohort_risk import risk_panel
from components.cohort_state import Chosen
from components.cohort_survival import TITLES, survival_panel
from components.cohort_tables import ExportTable
from components.notices import empty
from components.wording import outcome_title
from models.cohort.definition import Cohort
from models.cohort.results import (
    Adjusted,
    Characteristic,
    Facet,
    HeatCell,
    Incidence,
    PredictedRisk,
    Quality,
    Sides,
    Survival,
)
from models.risk.outcomes import SEVERE


class Results(Protocol):
    """The released values of a comparison, each for a panel."""

    def characteristics(self, a: Cohort, b: Cohort) -> tuple[Characteristic, ...]:
        """Table one."""

    def survival(self, a: Cohort, b: Cohort, outcome: str) -> Survival:
        """Curves of one event."""

    def incidence(self, a: Cohort, b: Cohort, outcome: str, grade: int) -> Incidence:
        """Curves of a first irAE."""

    def heat_map(self, a: Cohort, b: Cohort) -> tuple[HeatCell, ...]:
        """Organs by grade."""

    def quality(self, a: Cohort, b: Cohort, scale: str) -> Quality:
        """One scale over time."""

    def predicted_risk(self, a: Cohort, b: Cohort, outcome: str) -> PredictedRisk:
        """Predicted risk of one outcome."""

    def adjusted(self, a: Cohort, b: Cohort) -> Adjusted:
        """The comparison after weighting."""

    def facets(self, a: Cohort, b: Cohort) -> tuple[Facet, ...]:
        """The comparison by country."""


def panel_of(
    found: Results, sides: Sides, cohorts: tuple[Cohort, Cohort], shown: Chosen
) -> list[Component]:
    """The panel of the chosen view."""
    a, b = cohorts
    views: Mapping[str, Callable[[], list[Component]]] = {
        "irae": lambda: incidence_panel(sides, found.incidence(a, b, shown.organ, shown.grade)),
        "survival": lambda: survival_panel(sides, [found.survival(a, b, one) for one in TITLES]),
        "characteristics": lambda: characteristics_panel(sides, found.characteristics(a, b)),
        "quality": lambda: quality_panel(sides, found.quality(a, b, shown.scale)),
        "risk": lambda: _risk(found, a, b, shown.outcome, sides),
        "adjusted": lambda: adjusted_panel(sides, found.adjusted(a, b)),
        "country": lambda: facets_panel(sides, found.facets(a, b), shown.curve),
    }
    return views[shown.view]()


def _risk(found: Results, a: Cohort, b: Cohort, outcome: str, sides: Sides) -> list[Component]:
    if not is_predicted(outcome, a.landmark_day):
        return [
            empty(
                f"{outcome_title(outcome)}: no predicted risk is kept for day {a.landmark_day}.",
                "Choose “severe, any organ”, or count from the first dose.",
            )
        ]
    return risk_panel(sides, found.predicted_risk(a, b, outcome))


def exports_of(
    found: Results, a: Cohort, b: Cohort, shown: Chosen
) -> dict[str, Callable[[], list[ExportTable]]]:
    """Every table by the name of its panel, each read when it is called."""

    def incidence(outcome: str, grade: int) -> Callable[[], list[ExportTable]]:
        return lambda: tables.incidence_tables(found.incidence(a, b, outcome, grade))

    def survival(outcome: str) -> Callable[[], list[ExportTable]]:
        return lambda: tables.survival_tables(found.survival(a, b, outcome))

    def quality(scale: str) -> Callable[[], list[ExportTable]]:
        return lambda: tables.quality_tables(found.quality(a, b, scale))

    risk = shown.outcome if is_predicted(shown.outcome, a.landmark_day) else SEVERE
    asked = dict.fromkeys([("any", 1), ("any", 3), (shown.organ, shown.grade)])
    return {
        "characteristics": lambda: [tables.characteristics_table(found.characteristics(a, b))],
        **{f"incidence {organ}, grade {grade}": incidence(organ, grade) for organ, grade in asked},
        "organs by grade": lambda: [tables.heat_table(found.heat_map(a, b))],
        **{f"survival {outcome}": survival(outcome) for outcome in TITLES},
        **{f"quality of life {scale}": quality(scale) for scale in SCALES},
        "predicted risk": lambda: [tables.risk_table(found.predicted_risk(a, b, risk))],
        "adjusted": lambda: tables.adjusted_tables(found.adjusted(a, b)),
        "by country": lambda: tables.country_tables(found.facets(a, b)),
    }
