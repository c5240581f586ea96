"""Comparisons of cohorts in one viewer's name: released values only.

Whatever is returned has passed the gate (``data_access.cohort_gate``); the counts themselves never
leave it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from flask_login import current_user  # type: ignore[import-untyped]

from data_access.care import CareRecords
from data_access.cohort_gate import CohortGate, country_counts, raw_counts
from data_access.errors import CohortRefused, NotAllowed
from data_access.record import Viewer
from data_access.record.saved_cohorts import SavedCohorts
from data_access.record.viewer import Actor
from data_access.services import Services, services
from data_access.warehouse.cohort_counts import CountryCounts, RawCounts, places
from data_access.warehouse.cohort_questions import Answers
from data_access.warehouse.layout import Snapshot
from models.cohort.adjusted_panel import adjusted_panel, covariates, not_adjusted, weighting
from models.cohort.characteristics import characteristics
from models.cohort.cohort_events import KINDS
from models.cohort.countries import within
from models.cohort.definition import Cohort
from models.cohort.likeness import alike
from models.cohort.overlap_weights import NotComparable
from models.cohort.pairing import Pairing
from models.cohort.people import ANY, DEATH, GRADES, ORGANS, RISKS, SCALES, STOP
from models.cohort.predicted_panel import predicted_panel
from models.cohort.quality_panel import quality_panel
from models.cohort.release import Tally
from models.cohort.results import (
    Adjusted,
    Characteristic,
    Facet,
    HeatCell,
    Incidence,
    PredictedRisk,
    Quality,
    Side,
    Sides,
    Step,
    Survival,
)
from models.cohort.time_panels import (
    heat_cells,
    incidence_panel,
    survival_panel,
)
from models.cohort.variables import MISSING
from models.qol.instrument import Scale

T = TypeVar("T")

LIKE = "cohort of a patient's like"
"""What taking a cohort from a patient is called in the access log."""

MOST_NAMED = 8
"""Places that a refusal names."""

NOTHING_LEFT = "Everything that could be adjusted for is part of the definitions."
OVERLAP_NOTE = "Some patients are in both cohorts, so they cannot be weighted to be alike."


class CohortRecords:
    """Comparisons for one person or command; all answers come from one snapshot."""

    def __init__(self, actor: Actor, parts: Services, data: Answers) -> None:
        self._actor = actor
        self._parts = parts
        self._gate: CohortGate = parts.cohort_gate
        self._data = data
        # Parts that ``facets`` found, and where their counts are taken from.
        self._countries: dict[tuple[Cohort, Cohort], tuple[CountryCounts, str]] = {}

    @property
    def snapshot(self) -> Snapshot:
        """The snapshot that answers."""
        return self._data.snapshot

    def places(self) -> Mapping[str, tuple[str, ...]]:
        """Countries and sites that can be asked for."""
        here = (self.snapshot.id, self.snapshot.created)
        return self._gate.panel((here, "places"), lambda: places(self._data))

    def sides(self, a: Cohort, b: Cohort) -> Sides:
        """Admit a comparison: n, definition and attrition of both cohorts.

        Raises:
            CohortRefused: the cohorts are the same, hold too few, or would give somebody away.
            NotAllowed, RecordUnavailable: the access changed, or it cannot be logged.
        """
        self._comparable(a, b)
        self._are_places(a, b)
        steps = {cohort: _attrition(cohort) for cohort in (a, b)}
        passed = [cohort for side in steps.values() for cohort, _ in side]
        shown = self._gate.admit(self._data, self._actor, (a, b), passed)
        pairing = self._pairing(a, b)
        return Sides(
            self._side(a, steps[a], shown),
            self._side(b, steps[b], shown),
            a.landmark_day,
            _anchor(a.landmark_day),
            pairing.overlap,
            self.snapshot.id,
            self.snapshot.data_date,
        )

    def characteristics(self, a: Cohort, b: Cohort) -> tuple[Characteristic, ...]:
        """Table one of both cohorts."""
        return self._compared(
            a, b, ("characteristics",), lambda raw: characteristics(*raw.levels())
        )

    def survival(self, a: Cohort, b: Cohort, outcome: str) -> Survival:
        """Time to death ("death") or to the end of treatment ("stop")."""
        _one_of(outcome, (DEATH, STOP))
        return self._compared(
            a,
            b,
            ("survival", outcome),
            lambda raw: survival_panel(raw.survival(outcome), self._pairing(a, b), outcome),
        )

    def incidence(self, a: Cohort, b: Cohort, outcome: str, grade: int) -> Incidence:
        """Cumulative incidence of a first irAE ("any" or an organ) of at least a grade."""
        _one_of(outcome, (ANY, *ORGANS))
        _one_of(grade, GRADES)
        return self._compared(
            a,
            b,
            ("incidence", outcome, grade),
            lambda raw: incidence_panel(
                raw.incidence(outcome, grade), self._pairing(a, b), outcome, grade
            ),
        )

    def heat_map(self, a: Cohort, b: Cohort) -> tuple[HeatCell, ...]:
        """Incidence of every organ and grade one year from the anchor."""
        return self._compared(a, b, ("heat",), lambda raw: heat_cells(*raw.heat(), KINDS))

    def quality(self, a: Cohort, b: Cohort, scale: str) -> Quality:
        """One scale at the scheduled forms."""
        _one_of(scale, tuple(SCALES))
        described = self._scale(scale)
        worse_by = described.individual.points if described.individual else None

        def panel(raw: RawCounts) -> Quality:
            rows = raw.visits(scale, worse_by, described.higher_is_better)
            return quality_panel(rows, self._pairing(a, b), described)

        return self._compared(a, b, ("quality", scale), panel)

    def predicted_risk(self, a: Cohort, b: Cohort, outcome: str) -> PredictedRisk:
        """Distribution of the predicted risk, and what came of it; later only severe irAE."""
        _one_of(outcome, tuple(name for name, day in RISKS if day == a.landmark_day))
        version = self.snapshot.model_version
        return self._compared(
            a,
            b,
            ("risk", outcome),
            lambda raw: predicted_panel(*raw.risks(outcome), outcome, version),
        )

    def adjusted(self, a: Cohort, b: Cohort) -> Adjusted:
        """Survival and any irAE with overlap weights."""
        return self._compared(a, b, ("adjusted",), lambda raw: self._adjusted(raw, a, b))

    def facets(self, a: Cohort, b: Cohort) -> tuple[Facet, ...]:
        """The parts of both cohorts in each country, to be compared like any other cohorts.

        A country that one of the definitions leaves out is left out; one without patients is
        held back like one with few.
        """
        self._comparable(a, b)
        parts = {
            country: (one, other)
            for country in self.places()["country"]
            for one, other in [(within(a, country), within(b, country))]
            if one and other
        }

        def panel() -> tuple[Facet, ...]:
            every = [part for pair in parts.values() for part in pair]
            shown = self._gate.admit(self._data, self._actor, (a, b), every)
            return tuple(self._facet(country, pair, shown) for country, pair in parts.items())

        found = self._panel((a, b, "facets"), panel)
        counted = country_counts(self._data, self._actor, a, b)
        self._countries |= {one.parts: (counted, one.country) for one in found if one.parts}
        return found

    def like(self, token: str) -> Cohort:
        """The cohort of one patient's like: same drug class, cancer and age band as far as known.

        Raises:
            NotFound: no such patient in the viewer's care.
            NotAllowed, RecordUnavailable: as ``CareRecords.open``.
        """
        patient = CareRecords(self._viewer, self._parts).open(token, LIKE)
        return alike(patient.features().get(0, {}))

    def saved(self) -> tuple[SavedCohorts, ...]:
        """Comparisons kept by the viewer."""
        return self._parts.record.saved_cohorts.of(self._viewer)

    def save(self, name: str, a: Cohort, b: Cohort) -> None:
        """Keep a comparison under a name."""
        self._parts.record.saved_cohorts.save(self._viewer, name, a.expression, b.expression)

    def forget(self, name: str) -> None:
        """Remove a kept comparison."""
        self._parts.record.saved_cohorts.forget(self._viewer, name)

    @property
    def _viewer(self) -> Viewer:
        if not isinstance(self._actor, Viewer):
            raise NotAllowed("Comparisons are kept by people who sign in.")
        return self._actor

    def _adjusted(self, raw: RawCounts, a: Cohort, b: Cohort) -> Adjusted:
        if self._pairing(a, b).overlap:
            return not_adjusted(OVERLAP_NOTE)
        names = covariates(a, b)
        if not names:
            return not_adjusted(NOTHING_LEFT)
        try:
            fitted = weighting(raw.cells(names), names)
        except NotComparable as refusal:
            return not_adjusted(str(refusal))
        return adjusted_panel(fitted, raw.weighted(fitted))

    def _scale(self, code: str) -> Scale:
        for name in SCALES[code]:
            return self._parts.instruments[name].scale(code)
        raise KeyError(code)

    def _facet(self, country: str, pair: tuple[Cohort, Cohort], shown: set[str]) -> Facet:
        if not all(part.expression in shown for part in pair):
            return Facet(country, (None, None), None)
        return Facet(country, (self._n(pair[0]), self._n(pair[1])), pair)

    def _pairing(self, a: Cohort, b: Cohort) -> Pairing:
        return self._panel(
            (a, b, "pairing"),
            lambda: Pairing(a.landmark_day, self._gate.overlap(self._data, self._actor, a, b)),
        )

    def _comparable(self, a: Cohort, b: Cohort) -> None:
        if a.landmark_day != b.landmark_day:
            raise CohortRefused(
                "Both cohorts must be followed from the same day: give both the same landmark."
            )
        if a == b:
            raise CohortRefused("Both cohorts are defined alike: there is nothing to compare.")

    def _are_places(self, *cohorts: Cohort) -> None:
        for cohort in cohorts:
            for condition in cohort.conditions:
                known = self.places().get(condition.variable.name, condition.words)
                unknown = [word for word in condition.words if word not in (*known, MISSING)]
                if unknown:
                    raise CohortRefused(
                        f"“{unknown[0]}” is no {condition.variable.label} of this warehouse, which"
                        f" has {', '.join(known[:MOST_NAMED])}"
                        f"{' and others' if len(known) > MOST_NAMED else ''}."
                    )

    def _side(self, cohort: Cohort, steps: list[tuple[Cohort, str]], shown: set[str]) -> Side:
        counted = [
            Step(words, self._n(step) if step.expression in shown else None)
            for step, words in steps
        ]
        n = self._n(cohort)
        if n is None:
            raise CohortRefused("The cohort holds fewer than 10 patients.")
        return Side(cohort.expression, cohort.words, n, (*counted[:-1], Step(counted[-1].words, n)))

    def _n(self, cohort: Cohort) -> int | None:
        rules = self._panel(
            (cohort, "size"), lambda: self._gate.size(self._data, self._actor, cohort)
        )
        return rules.count(Tally(rules.n, rules.others))

    def _compared(
        self, a: Cohort, b: Cohort, key: tuple[object, ...], panel: Callable[[RawCounts], T]
    ) -> T:
        """A panel of a comparison; one that was not asked for before is admitted first."""
        self._comparable(a, b)
        if not self._gate.admitted(self._data, self._actor, (a, b)):
            self._gate.admit(self._data, self._actor, (a, b), ())
        raw = raw_counts(self._data, self._actor, a, b, self._countries.get((a, b)))
        return self._panel((a, b, *key), lambda: panel(raw))

    def _panel(self, key: tuple[object, ...], compute: Callable[[], T]) -> T:
        here = (self.snapshot.id, self.snapshot.created, self._actor)
        return self._gate.panel((here, *key), compute)


def _attrition(cohort: Cohort) -> list[tuple[Cohort, str]]:
    """The cohorts that lead to one, a condition at a time, with words for each step."""
    steps = [(Cohort(), "research patients")]
    if cohort.landmark_day:
        followed = Cohort((), cohort.landmark_day)
        steps.append((followed, f"alive and followed on day {cohort.landmark_day}"))
    for last in range(1, len(cohort.conditions) + 1):
        taken = cohort.conditions[:last]
        steps.append((Cohort(taken, cohort.landmark_day), taken[-1].label))
    return steps


def _anchor(landmark_day: int) -> str:
    if not landmark_day:
        return "from the first dose"
    return (
        f"from day {landmark_day} after the first dose, among those alive and followed then;"
        " an irAE counts when none of its kind came before"
    )


def _one_of(value: object, known: tuple[object, ...]) -> None:
    if value not in known:
        raise CohortRefused("There is no such panel.")


def cohort_records() -> CohortRecords:
    """Comparisons as the person signed in may see them.

    Raises:
        NotAllowed: nobody is signed in.
        WarehouseUnavailable: there is no snapshot to read.
    """
    viewer: Viewer | None = getattr(current_user, "viewer", None)
    if viewer is None:
        raise NotAllowed("Sign in to compare cohorts.")
    parts = services()
    return CohortRecords(viewer, parts, parts.cohort_engine.current())
