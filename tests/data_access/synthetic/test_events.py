"""What was simulated against what the parameters ask for."""

from __future__ import annotations

import numpy as np
import pytest

from data_access.synthetic.events import STOP_REASONS, Irae
from data_access.synthetic.exits import DAYS_PER_MONTH
from data_access.synthetic.onset import WEEK, classes
from data_access.synthetic.parameters import (
    CLASSES,
    INCIDENCE_COLUMNS,
    parameters,
    rates,
)
from data_access.synthetic.patients import DRUG_CLASSES

YEAR = 365
CELLS = [(name, column) for column in INCIDENCE_COLUMNS for name in CLASSES]


def _aalen_johansen(event_day, end, died, last):
    """Cumulative incidence at days 0 to ``last`` with death competing, shape (last + 1,)."""
    day = np.minimum(event_day, end).astype(int)
    had = event_day <= end
    events = np.bincount(day[had & (day <= last)], minlength=last + 1)
    deaths = np.bincount(day[~had & died & (day <= last)], minlength=last + 1)
    leaving = np.bincount(np.minimum(day, last + 1), minlength=last + 2)[: last + 1]
    at_risk = len(day) - np.concatenate([[0], np.cumsum(leaving)[:-1]])
    at_risk = np.maximum(at_risk, 1)
    alive = np.cumprod(1 - (events + deaths) / at_risk)
    before = np.concatenate([[1.0], alive[:-1]])
    return np.cumsum(before * events / at_risk)


def _incidence(drawn, events: Irae, people, last=YEAR):
    first = np.full(len(drawn.people), np.inf)
    np.minimum.at(first, events.person, events.onset)
    course = drawn.course
    died = np.isfinite(course.death)
    return _aalen_johansen(first[people], course.end[people], died[people], last)


def _column(drawn, column):
    single = drawn.people.drug_class != DRUG_CLASSES.index("PD1_LAG3")
    return (drawn.people.incidence == INCIDENCE_COLUMNS.index(column)) & single


@pytest.mark.parametrize(("name", "column"), CELLS)
@pytest.mark.parametrize("grade", [1, 3])
def test_incidence_at_a_year_is_that_of_the_parameters(drawn, name, column, grade):
    irae, place = drawn.course.irae, CLASSES.index(name)
    events = irae.of((irae.organ_class == place) & irae.first & (irae.grade >= grade))
    people = _column(drawn, column)
    wanted = rates("p_any_grade_12m")[place, INCIDENCE_COLUMNS.index(column)]
    if grade == 3:
        wanted *= rates("share_grade3plus")[place, INCIDENCE_COLUMNS.index(column)]
    found = _incidence(drawn, events, people)[YEAR]
    # Censoring leaves fewer people at risk at the end of the year than at its start; among 120
    # cells the largest deviation is expected near 3 standard errors. The fixed population
    # that intercepts are solved on adds up to 5 %.
    error = np.sqrt(wanted * (1 - wanted) / (0.85 * people.sum()))
    assert abs(found - wanted) < 3.5 * error + 0.05 * wanted


@pytest.mark.parametrize(
    ("column", "any_grade", "grade3"),
    [("PD1", 45, 11), ("PDL1", 33, 8), ("CTLA4", 56, 22), ("IPI3", 83, 42), ("IPI1", 67, 26)],
)
def test_totals_are_a_little_below_those_of_independent_classes(drawn, column, any_grade, grade3):
    # Totals of independent classes: clinical facts, README 1.5.
    irae, people = drawn.course.irae, _column(drawn, column)
    found = 100 * _incidence(drawn, irae, people)[YEAR]
    severe = 100 * _incidence(drawn, irae.of(irae.grade >= 3), people)[YEAR]
    assert any_grade - 8 < found < any_grade + 1
    assert grade3 - 4.5 < severe < grade3 + 2.5


@pytest.mark.parametrize(
    ("column", "frequent"), [("PD1", 12), ("PDL1", 8), ("IPI3", 9), ("IPI1", 9)]
)
def test_median_onset_is_that_of_the_parameters(drawn, column, frequent):
    irae, people, tested = drawn.course.irae, _column(drawn, column), 0
    for place, name in enumerate(CLASSES):
        events = irae.of((irae.organ_class == place) & irae.first)
        n = people[events.person].sum()
        if n < 60:
            continue
        tested += 1
        curve = _incidence(drawn, events, people, last=730)
        median = np.searchsorted(curve, curve[-1] / 2)
        wanted = WEEK * rates("onset_median_weeks")[place, INCIDENCE_COLUMNS.index(column)]
        sigma = rates("onset_lognormal_sigma")[place, INCIDENCE_COLUMNS.index(column)]
        # Standard error of the log of a lognormal median.
        error = 1.2533 * sigma / np.sqrt(n)
        assert abs(np.log(median / wanted)) < 3.5 * error + 0.06, name
    assert tested >= frequent


def test_one_in_three_people_with_irae_has_several_organs(drawn):
    # Shankar 2020: 58 of 206 people with irAE in lung cancer (recalled), mostly monotherapy.
    irae = drawn.course.irae
    organs = sorted(set(classes().organ))
    organ = np.array([organs.index(name) for name in classes().organ])[irae.organ_class]
    number = np.zeros((len(drawn.people), len(organs)), dtype=bool)
    number[irae.person, organ] = True
    single_agent = _column(drawn, "PD1")
    having = number.sum(axis=1)[single_agent]
    assert 0.20 < (having > 1).sum() / (having > 0).sum() < 0.35


def test_frailty_makes_organs_overlap_more_than_chance(drawn):
    irae, people = drawn.course.irae, _column(drawn, "PD1")
    skin, thyroid = np.zeros((2, len(drawn.people)), dtype=bool)
    skin[irae.person[irae.organ_class == CLASSES.index("skin")]] = True
    thyroid[irae.person[irae.organ_class == CLASSES.index("thyroid")]] = True
    both = (skin & thyroid)[people].mean()
    assert both > 1.15 * skin[people].mean() * thyroid[people].mean()


def test_myositis_and_myasthenia_come_with_myocarditis(drawn):
    irae = drawn.course.irae
    terms = parameters()["irae_terms"].words("term")

    def having(term):
        return set(irae.person[irae.term == terms.index(term)])

    heart = set(irae.person[irae.organ_class == CLASSES.index("myocarditis")])
    assert len(heart) > 100
    assert 0.18 < len(heart & having("Myositis")) / len(heart) < 0.42
    assert 0.04 < len(heart & having("Myasthenia gravis")) / len(heart) < 0.24


def test_nothing_happens_after_observation_or_outside_the_window(drawn):
    course, irae = drawn.course, drawn.course.irae
    assert (irae.onset <= course.end[irae.person]).all()
    assert (irae.onset >= 1).all()
    closed = np.isin(course.stop_reason, [STOP_REASONS.index("progression")])
    late = irae.onset - course.stop[irae.person]
    assert late[closed[irae.person]].max() <= 91


def test_fatal_events_are_followed_by_death(drawn):
    course, irae = drawn.course, drawn.course.irae
    fatal = irae.of(irae.grade == 5)
    assert len(fatal) > 100
    known = np.isfinite(course.death[fatal.person])
    assert (course.death[fatal.person][known] - fatal.onset[known] <= 14).all()
    # The rest were lost or reached the data cut within the two weeks.
    assert known.mean() > 0.95
    assert 0.002 < len(fatal) / len(drawn.people) < 0.009


def test_severe_events_mostly_end_treatment_and_endocrine_ones_rarely(drawn):
    course, irae = drawn.course, drawn.course.irae
    severe = irae.of((irae.grade >= 3) & irae.first)
    stopped = course.stop[severe.person] <= severe.onset
    endocrine = np.array([organ == "endocrine" for organ in classes().organ])[severe.organ_class]
    assert stopped[~endocrine].mean() > 0.7
    assert stopped[endocrine].mean() < 0.45


@pytest.mark.parametrize(
    "cancer", ["Non-small-cell lung cancer", "Melanoma", "Urothelial carcinoma"]
)
def test_median_survival_is_close_to_the_recalled_one(drawn, cancer):
    block = parameters()["cancers"]
    place = block.words("name").index(cancer)
    chosen = (drawn.people.cancer == place) & (drawn.people.stage == 3)
    end, died = drawn.course.end[chosen], np.isfinite(drawn.course.death[chosen])
    order = np.lexsort((~died, end))
    alive = np.cumprod(1 - died[order] / np.arange(len(end), 0, -1))
    median = end[order][np.argmax(alive <= 0.5)] / DAYS_PER_MONTH
    assert median == pytest.approx(block.numbers("os_months")[place], rel=0.2)


def test_recurrences_are_never_worse_than_the_first_event(drawn):
    irae = drawn.course.irae
    worst = np.zeros((len(drawn.people), len(CLASSES)))
    first = irae.of(irae.first)
    worst[first.person, first.organ_class] = first.grade
    companions = (CLASSES.index("arthritis"), CLASSES.index("neurologic"))
    again = irae.of(~irae.first & ~np.isin(irae.organ_class, companions))
    assert len(again) > 200
    assert (again.grade <= worst[again.person, again.organ_class]).all()
