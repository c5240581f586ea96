"""Which panel shows what, and which tables an export holds, over anything that has the results."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

from dash.development.base_component import Component

from components import cohort_facet_views as facet_views
from components import cohort_tables as tables
from components.cohort_adjusted import adjusted_panel
from components.cohort_characteristics import characteristics_panel
from components.cohort_choices import SCALES, is_predicted
from components.cohort_facets import by_country
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

T = TypeVar("T")


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
        """The parts of both cohorts in each country."""


def panel_of(
    found: Results, sides: Sides, cohorts: tuple[Cohort, Cohort], shown: Chosen
) -> list[Component]:
    """The panel of the chosen view."""
    if shown.by_country:
        return _by_country(found, sides, cohorts, shown)
    a, b = cohorts
    views: Mapping[str, Callable[[], list[Component]]] = {
        "irae": lambda: incidence_panel(sides, found.incidence(a, b, shown.organ, shown.grade)),
        "survival": lambda: survival_panel(sides, [found.survival(a, b, one) for one in TITLES]),
        "characteristics": lambda: characteristics_panel(sides, found.characteristics(a, b)),
        "quality": lambda: quality_panel(sides, found.quality(a, b, shown.scale)),
        "risk": lambda: _risk(found, a, b, shown.outcome, sides),
        "adjusted": lambda: adjusted_panel(sides, found.adjusted(a, b)),
    }
    return views[shown.view]()


def _risk(found: Results, a: Cohort, b: Cohort, outcome: str, sides: Sides) -> list[Component]:
    if not is_predicted(outcome, a.landmark_day):
        return [_not_predicted(outcome, a.landmark_day)]
    return risk_panel(sides, found.predicted_risk(a, b, outcome))


def _not_predicted(outcome: str, day: int) -> Component:
    return empty(
        f"{outcome_title(outcome)}: no predicted risk is kept for day {day}.",
        "Choose “severe, any organ”, or count from the first dose.",
    )


def _by_country(
    found: Results, sides: Sides, cohorts: tuple[Cohort, Cohort], shown: Chosen
) -> list[Component]:
    """The chosen view in every country that has both parts."""
    day = cohorts[0].landmark_day
    if shown.view == "risk" and not is_predicted(shown.outcome, day):
        return [_not_predicted(shown.outcome, day)]

    def each(value: Callable[[Cohort, Cohort], T], facets: list[Facet]) -> list[tuple[Facet, T]]:
        return [(one, value(*one.parts)) for one in facets if one.parts]

    def survival(a: Cohort, b: Cohort) -> list[Survival]:
        return [found.survival(a, b, one) for one in TITLES]

    views: Mapping[str, Callable[[list[Facet]], list[Component]]] = {
        "irae": lambda facets: facet_views.incidence_facets(
            each(lambda a, b: found.incidence(a, b, shown.organ, shown.grade), facets)
        ),
        "survival": lambda facets: facet_views.survival_facets(each(survival, facets)),
        "characteristics": lambda facets: facet_views.characteristics_facets(
            each(found.characteristics, facets)
        ),
        "quality": lambda facets: facet_views.quality_facets(
            each(lambda a, b: found.quality(a, b, shown.scale), facets)
        ),
        "risk": lambda facets: facet_views.risk_facets(
            each(lambda a, b: found.predicted_risk(a, b, shown.outcome), facets)
        ),
        "adjusted": lambda facets: facet_views.adjusted_facets(each(found.adjusted, facets)),
    }
    return by_country(sides, found.facets(*cohorts), views[shown.view])


def exports_of(
    found: Results, a: Cohort, b: Cohort, shown: Chosen
) -> dict[str, Callable[[], list[ExportTable]]]:
    """Every table by the name of its panel, each read when it is called."""
    heat = {"organs by grade": lambda: [tables.heat_table(found.heat_map(a, b))]}
    return (
        _exports(found, a, b, shown)
        | heat
        | {"by country": lambda: _country_exports(found, found.facets(a, b), shown)}
    )


def _country_exports(found: Results, facets: tuple[Facet, ...], shown: Chosen) -> list[ExportTable]:
    """N by country, and every table of each with the country in front."""
    own = {
        one.country: [t for read in _exports(found, *one.parts, shown).values() for t in read()]
        for one in facets
        if one.parts
    }
    return [tables.countries_table(facets), *tables.country_tables(own)]


def _exports(
    found: Results, a: Cohort, b: Cohort, shown: Chosen
) -> dict[str, Callable[[], list[ExportTable]]]:
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
        **{f"survival {outcome}": survival(outcome) for outcome in TITLES},
        **{f"quality of life {scale}": quality(scale) for scale in SCALES},
        "predicted risk": lambda: [tables.risk_table(found.predicted_risk(a, b, risk))],
        "adjusted": lambda: tables.adjusted_tables(found.adjusted(a, b)),
    }
