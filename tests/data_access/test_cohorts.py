"""Comparisons through the gate, against scikit-survival and pandas on the rows behind them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sksurv.nonparametric import cumulative_incidence_competing_risks, kaplan_meier_estimator

from app import create_app
from data_access.cohort_gate import CohortGate
from data_access.cohorts import CohortRecords
from data_access.errors import CohortRefused, NotAllowed
from data_access.record import Viewer
from data_access.record.roles import Role
from data_access.record.viewer import Agent
from data_access.services import EXTENSION, Services
from data_access.settings import Settings
from data_access.warehouse import cohort_counts
from models.cohort.definition import Cohort, parse_cohort
from models.cohort.people import COHORT
from models.cohort.results import Curve
from models.cohort.variables import VARIABLES
from tests.conftest import PASSWORD, SECRET

PD1, BOTH = parse_cohort("drug_class=PD1"), parse_cohort("drug_class=PD1_CTLA4")
PEOPLE = 1500


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """A simulated warehouse and a record with two users."""
    app = create_app(Settings(var=tmp_path_factory.mktemp("cohorts"), secret_key=SECRET))
    runner = app.test_cli_runner()
    for command in (
        ["record", "upgrade"],
        ["users", "add", "french", "--role", "oncologist", "--scope", "FR"],
        ["users", "add", "steward", "--role", "steward", "--scope", "FR"],
        ["warehouse", "demo", "--patients", str(PEOPLE), "--seed", "3"],
    ):
        done = runner.invoke(args=command, env={"IMMUNOBOARD_PASSWORD": PASSWORD})
        assert done.exit_code == 0, done.output
    services: Services = app.extensions[EXTENSION]
    yield services
    services.record.close()


@pytest.fixture(scope="module")
def people(parts: Services) -> pd.DataFrame:
    """The rows that the comparisons are of."""
    return parts.warehouse.run(COHORT.unbound)


@pytest.fixture
def records(parts: Services, request: pytest.FixtureRequest) -> CohortRecords:
    """Comparisons of somebody who has not seen any."""
    return asked_by(parts, Agent(request.node.name[:60], "operator"))


def asked_by(parts: Services, actor: Any) -> CohortRecords:
    return CohortRecords(actor, parts, parts.warehouse.current())


def viewer(parts: Services, name: str) -> Viewer:
    with parts.record._database.read() as session:
        from data_access.record.viewers import user_named

        return parts.record.viewer(user_named(session, name).id)


def of_class(people: pd.DataFrame, code: int) -> pd.DataFrame:
    return people[people.drug_class == code]


def near(curve: Curve, times: np.ndarray, values: np.ndarray, before: float, n: int) -> None:
    """Every point lies within half a step of five patients of the reference."""
    assert len(curve.points) > 5
    days = [point.time_days for point in curve.points]
    place = np.searchsorted(times, days, side="right")
    expected = np.concatenate([[before], values])[place]
    off = np.abs([point.estimate for point in curve.points] - expected)
    assert off.max() <= 2.5 / n + 1e-9


def test_survival_is_that_of_scikit_survival_on_the_rows(records, people):
    curves = records.survival(PD1, BOTH, "death").curves
    for curve, code in zip(curves, (0, 3), strict=True):
        rows = of_class(people, code)
        times, values = kaplan_meier_estimator(rows.died.astype(bool), rows.follow_days)
        near(curve, times, values, 1.0, 5 * round(len(rows) / 5))


@pytest.mark.parametrize(("outcome", "grade"), [("any", 1), ("any", 3), ("skin", 1)])
@pytest.mark.parametrize("landmark", [0, 84])
def test_incidence_is_that_of_scikit_survival_with_death_competing(
    records, people, outcome, grade, landmark
):
    a, b = (replace(one, landmark_day=landmark) for one in (PD1, BOTH))
    curve = records.incidence(a, b, outcome, grade).curves[0]
    rows = of_class(people, 0)
    day = rows[f"{outcome}_{grade}"].astype(float)
    if landmark:
        rows = rows[(rows.follow_days > landmark) & ~(day <= landmark)]
        day = day[rows.index]
    cause = np.where(day.notna(), 1, np.where(rows.died.astype(bool), 2, 0))
    time = day.fillna(rows.follow_days.astype(float)) - landmark
    times, values = cumulative_incidence_competing_risks(cause, time.to_numpy())
    near(curve, times, values[1], 0.0, 5 * round(len(rows) / 5))


def test_the_heat_map_says_what_the_curves_say(records):
    cells = {(cell.organ, cell.grade): cell for cell in records.heat_map(PD1, BOTH)}
    told = 0
    for (organ, grade), cell in cells.items():
        curves = records.incidence(PD1, BOTH, organ, grade).curves
        for value, curve in zip((cell.a, cell.b), curves, strict=True):
            point = curve.at(365)
            if value is not None and point is not None:
                assert value == pytest.approx(point.estimate, abs=1e-12)
                told += 1
    assert told > 20


def test_means_of_scores_are_those_of_the_rows(records, people):
    curve = records.quality(PD1, BOTH, "QL").curves[0]
    rows = of_class(people, 0)
    for point in curve.points:
        values = rows[f"ql_{point.time_days}"].dropna()
        assert point.estimate == pytest.approx(values.mean(), abs=0.051)
        assert abs(point.at_risk - len(values)) <= 2.5


def test_who_answered_is_told_from_who_died_and_who_is_gone(records, people):
    visits = records.quality(PD1, BOTH, "SUM").visits[0]
    rows = of_class(people, 0)
    last = visits[-1]
    answered = rows["sum_548"].notna()
    died = ~answered & rows.died.astype(bool) & (rows.follow_days <= 548)
    n = len(rows)
    assert last.answered == pytest.approx(answered.sum() / n, abs=5 / n)
    assert last.died == pytest.approx(died.sum() / n, abs=5 / n)
    assert last.answered + last.missed + last.gone + last.died == pytest.approx(1, abs=10 / n)


def test_weights_make_the_cohorts_alike_and_change_what_is_compared(records):
    adjusted = records.adjusted(PD1, BOTH)
    assert not adjusted.note
    assert max(abs(row.before) for row in adjusted.balance) > 0.3
    assert max(abs(row.after) for row in adjusted.balance) < 0.01
    assert adjusted.effective[0] < records.sides(PD1, BOTH).a.n
    plain = records.survival(PD1, BOTH, "death").curves[0]
    assert [p.estimate for p in plain.points] != [p.estimate for p in adjusted.survival[0].points]


def test_weighted_survival_is_that_of_weighted_rows(records, people):
    """Weights of a logistic regression on the rows, put into a product-limit by hand."""
    from sklearn.linear_model import LogisticRegression

    from models.cohort.adjusted_panel import COVARIATES

    rows = people[people.drug_class.isin((0, 3))]
    columns = pd.get_dummies(rows[list(COVARIATES)].fillna(-1).astype(int).astype(str))
    fitted = LogisticRegression(C=1e6, tol=1e-9, max_iter=10_000)
    fitted.fit(columns, rows.drug_class == 0)
    chance = fitted.predict_proba(columns)[:, 1]
    a = (rows.drug_class == 0).to_numpy()
    weight, time = (1 - chance)[a], rows.follow_days.to_numpy(float)[a]
    died = rows.died.to_numpy(bool)[a]
    curve = records.adjusted(PD1, BOTH).survival[0]
    for point in curve.points[1:12]:
        alive = 1.0
        for day in np.unique(time[died & (time <= point.time_days)]):
            alive *= 1 - weight[died & (time == day)].sum() / weight[time >= day].sum()
        assert point.estimate == pytest.approx(alive, abs=2.5 / (5 * round(a.sum() / 5)) + 1e-6)


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        ("country=DE", "“DE” is no country of this warehouse, which has ES, FR, NL, PT."),
        ("site=FR/Nowhere", "“FR/Nowhere” is no site of this warehouse, which has ES/"),
    ],
)
def test_a_place_that_is_not_there_is_named(records, expression, sentence):
    with pytest.raises(CohortRefused) as refusal:
        records.sides(PD1, parse_cohort(expression))
    assert str(refusal.value).startswith(sentence)


def test_observed_and_predicted_risk_stand_beside_each_other(records, people):
    risk = records.predicted_risk(PD1, BOTH, "severe")
    assert risk.predicted[0] == pytest.approx(of_class(people, 0).risk_severe_0.mean(), rel=0.01)
    assert risk.scored[0] == 1
    shares = [one.share[0] for one in risk.bins if one.share[0] is not None]
    assert 0.8 < sum(shares) <= 1.02
    came = risk.observed[0]
    assert came.lower < came.estimate < came.upper


def test_countries_are_compared_each_where_that_gives_nobody_away(records):
    facets = records.facets(PD1, BOTH)
    assert [facet.country for facet in facets] == ["ES", "FR", "NL", "PT"]
    shown = [facet for facet in facets if facet.parts]
    assert len(shown) >= 2
    assert all(facet.n == (None, None) for facet in facets if not facet.parts)
    for facet in shown:
        sides = records.sides(*facet.parts)
        assert facet.n == (sides.a.n, sides.b.n)
        assert f"country={facet.country}" in sides.a.expression


def test_a_country_that_a_definition_leaves_out_is_left_out(records):
    spain = parse_cohort("country=ES,FR;drug_class=PD1_CTLA4")
    assert {facet.country for facet in records.facets(PD1, spain)} == {"ES", "FR"}


def test_a_part_is_the_same_cohort_whatever_countries_the_whole_names(records):
    whole = {one.country: one.parts for one in records.facets(PD1, BOTH)}
    without = parse_cohort("country!=NL;drug_class=PD1")
    parts = {one.country: one.parts for one in records.facets(without, BOTH)}
    assert set(parts) == set(whole) - {"NL"}
    assert all(parts[country] == whole[country] for country in parts)


PANELS: dict[str, Any] = {
    "characteristics": lambda records, a, b: records.characteristics(a, b),
    "survival": lambda records, a, b: records.survival(a, b, "death"),
    "incidence": lambda records, a, b: records.incidence(a, b, "any", 2),
    "quality": lambda records, a, b: records.quality(a, b, "QL"),
    "risk": lambda records, a, b: records.predicted_risk(a, b, "severe"),
    "adjusted": lambda records, a, b: records.adjusted(a, b),
}


@pytest.mark.parametrize("name", PANELS)
def test_parts_counted_together_are_the_countries_compared_one_by_one(parts, name):
    panel = PANELS[name]
    # Two who have seen nothing, so that neither finds the other's panels kept.
    together, alone = (asked_by(parts, Agent(f"{name} {who}", "operator")) for who in "xy")
    facets = [one for one in together.facets(PD1, BOTH) if one.parts]
    assert len(facets) >= 2
    for facet in facets:
        assert panel(together, *facet.parts) == panel(alone, *facet.parts)


def test_parts_in_all_countries_take_one_question(records, monkeypatch):
    asked = []
    answer = cohort_counts.ask_members
    monkeypatch.setattr(
        cohort_counts,
        "ask_members",
        lambda data, question, members: asked.append(question) or answer(data, question, members),
    )
    for facet in records.facets(PD1, BOTH):
        if facet.parts:
            records.survival(*facet.parts, "death")
    assert len(asked) == 1


def test_a_country_with_few_patients_is_held_back_whole(records, people):
    by_country = pd.crosstab(people.cancer, people.country)
    few = by_country[(by_country.min(axis=1) < 10) & (by_country.sum(axis=1) >= 40)]
    word = VARIABLES["cancer"].label_of(int(few.index[0]))
    held = {country for country, n in few.iloc[0].items() if n < 10}
    facets = records.facets(parse_cohort(f"cancer={word}"), parse_cohort(f"cancer!={word}"))
    assert held
    assert {facet.country for facet in facets if not facet.parts} >= held
    assert all(facet.n == (None, None) for facet in facets if not facet.parts)


def numbers_of(result: object) -> Iterator[tuple[str, object]]:
    """Every field of a result, with its name."""
    if hasattr(result, "__dataclass_fields__"):
        for name in result.__dataclass_fields__:
            value = getattr(result, name)
            yield name, value
            yield from numbers_of(value)
    elif isinstance(result, (tuple, list)):
        for one in result:
            yield from numbers_of(one)
    elif isinstance(result, dict):
        yield from numbers_of(tuple(result.values()))


def test_every_count_is_a_multiple_of_five_and_none_is_below_ten(records):
    panels = [
        records.sides(PD1, BOTH),
        records.characteristics(PD1, BOTH),
        records.survival(PD1, BOTH, "death"),
        records.survival(PD1, BOTH, "stop"),
        records.incidence(PD1, BOTH, "any", 1),
        records.quality(PD1, BOTH, "QL"),
        records.facets(PD1, BOTH),
        records.adjusted(PD1, BOTH),
    ]
    counts = [
        value
        for panel in panels
        for name, value in numbers_of(panel)
        if name in ("n", "at_risk") and isinstance(value, int)
    ]
    assert len(counts) > 200
    assert all(count % 5 == 0 and count >= 10 for count in counts)


def test_percentages_are_of_rounded_counts(records):
    n = records.sides(PD1, BOTH).a.n
    for row in records.characteristics(PD1, BOTH):
        if row.a is not None:
            assert row.a.percent == pytest.approx(min(100, 100 * row.a.n / n))


def test_no_level_can_be_worked_out_from_the_others(records, people):
    rows = of_class(people, 3)
    by_variable: dict[str, list[Any]] = {}
    for row in records.characteristics(PD1, BOTH):
        by_variable.setdefault(row.variable, []).append(row)
    for name in ("cancer", "stage", "age", "ecog", "smoking"):
        hidden = [row for row in by_variable[name] if row.b is None]
        assert len(hidden) != 1, name
    assert (rows.cancer.value_counts() < 10).any(), "there is something to hide"


def test_too_few_patients_are_refused_in_one_sentence(records):
    rare = parse_cohort("cancer=Hodgkin lymphoma;sex=F;age=80-")
    with pytest.raises(CohortRefused, match="fewer than 10 patients"):
        records.sides(PD1, rare)


def test_cohorts_defined_alike_or_from_different_days_are_refused(records):
    with pytest.raises(CohortRefused, match="defined alike"):
        records.sides(PD1, parse_cohort(" drug_class = PD1 "))
    with pytest.raises(CohortRefused, match="same landmark"):
        records.sides(PD1, replace(BOTH, landmark_day=84))


def small_difference(people: pd.DataFrame) -> tuple[Cohort, Cohort]:
    """Two cohorts of PD-1 of which one leaves out one to nine patients of a rare cancer."""
    rows = of_class(people, 0)
    counts = rows.cancer.value_counts()
    rare = int(counts[(counts >= 1) & (counts <= 9)].index[0])
    word = VARIABLES["cancer"].label_of(rare)
    return PD1, parse_cohort(f"drug_class=PD1;cancer!={word}")


def test_a_cohort_that_differs_by_few_from_one_seen_is_refused(records, people):
    whole, without = small_difference(people)
    records.sides(whole, BOTH)
    with pytest.raises(CohortRefused, match="fewer than 10"):
        records.sides(without, BOTH)


def test_the_refusal_outlives_the_process(parts, people):
    actor = Agent("outlives", "operator")
    whole, without = small_difference(people)
    asked_by(parts, actor).sides(whole, BOTH)
    fresh = Services(parts.settings)
    fresh.__dict__["cohort_gate"] = CohortGate(lambda: parts.record)
    with pytest.raises(CohortRefused, match="fewer than 10"):
        asked_by(fresh, actor).sides(without, BOTH)


def test_another_person_has_seen_nothing_yet(parts, people):
    whole, without = small_difference(people)
    asked_by(parts, Agent("first", "operator")).sides(whole, BOTH)
    asked_by(parts, Agent("other", "operator")).sides(without, BOTH)


def test_three_cohorts_cannot_be_combined_to_few(records, people):
    """n(A or B or s) less n(A) less n(B) is n(s), the few patients of a rare cancer."""
    counts = people.cancer.value_counts()
    names = [VARIABLES["cancer"].label_of(int(code)) for code in counts.index]
    rare = next(name for name, n in zip(names, counts, strict=True) if 1 <= n <= 9)
    a, b, other = (parse_cohort(f"cancer={name}") for name in names[:3])
    records.sides(a, b)
    with pytest.raises(CohortRefused, match="fewer than 10"):
        records.sides(parse_cohort(f"cancer={names[0]},{names[1]},{rare}"), other)


def test_a_panel_cannot_be_had_past_the_gate(records, people):
    whole, without = small_difference(people)
    records.survival(whole, BOTH, "death")
    with pytest.raises(CohortRefused):
        records.survival(without, BOTH, "death")


def test_patients_of_the_viewer_do_not_hide_the_few_that_are_not(parts, people):
    french = viewer(parts, "french")
    assert french.role is Role.ONCOLOGIST
    others = people[people.country != "FR"].cancer.value_counts()
    all_ = people.cancer.value_counts()
    code = next(
        int(code) for code in all_.index if all_[code] >= 10 and 1 <= others.get(code, 0) <= 9
    )
    narrow = parse_cohort(f"cancer={VARIABLES['cancer'].label_of(code)}")
    with pytest.raises(CohortRefused, match="your own not counted"):
        asked_by(parts, french).sides(narrow, BOTH)
    # For somebody without patients of their own they are patients like all others.
    asked_by(parts, Agent("nobody's", "operator")).sides(narrow, BOTH)


def test_a_refusal_does_not_say_which_rule_it_is(parts, people):
    """With a known number of own patients in it, another sentence would count the others."""
    french = asked_by(parts, viewer(parts, "french"))
    sentences = set()
    for cancer in people.cancer.unique():
        word = VARIABLES["cancer"].label_of(int(cancer))
        mixed = parse_cohort(f"cancer={word};site=ES/Madrid,FR/Lyon,FR/Lille")
        rows = people[
            (people.cancer == cancer) & people.site.isin(["ES/Madrid", "FR/Lyon", "FR/Lille"])
        ]
        others = int((rows.country != "FR").sum())
        try:
            french.sides(mixed, BOTH)
        except CohortRefused as refusal:
            sentences.add(str(refusal).replace(mixed.words, ""))
            refused = True
        else:
            refused = False
        # Nobody of the others is refused as a few of them are.
        assert refused or others >= 10
    assert len([one for one in sentences if "fewer than 10 patients" in one]) == 1


def test_own_places_alone_are_the_viewers_to_compare(parts):
    french = asked_by(parts, viewer(parts, "french"))
    women, men = parse_cohort("country=FR;sex=F"), parse_cohort("country=FR;sex=M")
    sides = french.sides(women, men)
    assert sides.a.n >= 10
    assert french.survival(women, men, "death").curves[0].points
    assert any(row.a for row in french.characteristics(women, men))


def test_ones_own_country_can_be_set_against_the_others(parts):
    french = asked_by(parts, viewer(parts, "french"))
    sides = french.sides(parse_cohort("country=FR"), parse_cohort("country!=FR"))
    assert not sides.overlap
    shown = {facet.country: facet.n for facet in french.facets(PD1, BOTH)}
    assert shown["FR"] != (None, None)


def test_comparisons_and_refusals_are_in_the_access_log(parts, people):
    actor = Agent("logged", "operator")
    whole, without = small_difference(people)
    asked_by(parts, actor).sides(whole, BOTH)
    with pytest.raises(CohortRefused):
        asked_by(parts, actor).sides(without, BOTH)
    entries = [one for one in parts.record.entries() if one.actor == "logged"]
    assert [one.outcome for one in entries] == ["refused", "granted"]
    assert {one.action for one in entries} == {"cohort comparison"}
    assert whole.expression in {one.expression for one in parts.record.releases.released_to(actor)}


def test_access_that_was_taken_away_shows_nothing(parts):
    french = viewer(parts, "french")
    with pytest.raises(NotAllowed):
        asked_by(parts, replace(french, scopes=("FR", "NL"))).sides(PD1, BOTH)


def test_a_panel_is_computed_once(records):
    assert records.characteristics(PD1, BOTH) is records.characteristics(PD1, BOTH)


def test_attrition_leads_from_everybody_to_the_cohort(records):
    a = parse_cohort("drug_class=PD1;sex=F;landmark=84")
    side = records.sides(a, replace(a, conditions=a.conditions[1:])).a
    assert [step.words for step in side.attrition] == [
        "research patients",
        "alive and followed on day 84",
        "sex female",
        "drug class PD-1",
    ]
    counts = [step.n for step in side.attrition if step.n is not None]
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] == side.n


def test_overlapping_cohorts_are_neither_tested_nor_weighted(records):
    everybody = Cohort()
    assert records.sides(PD1, everybody).overlap
    assert records.survival(PD1, everybody, "death").test is None
    assert records.incidence(PD1, everybody, "any", 1).differences == ()
    assert "both cohorts" in records.adjusted(PD1, everybody).note


def test_comparisons_are_kept_by_people_only(parts):
    french = asked_by(parts, viewer(parts, "french"))
    french.save("combination", PD1, BOTH)
    assert [(one.name, one.a, one.b) for one in french.saved()] == [
        ("combination", PD1.expression, BOTH.expression)
    ]
    french.forget("combination")
    assert french.saved() == ()
    with pytest.raises(NotAllowed):
        asked_by(parts, Agent("nobody", "operator")).saved()


def test_a_panel_that_does_not_exist_is_refused(records):
    for ask in (
        lambda: records.survival(PD1, BOTH, "birth"),
        lambda: records.incidence(PD1, BOTH, "skin", 7),
        lambda: records.quality(PD1, BOTH, "XX"),
        lambda: records.predicted_risk(PD1, BOTH, "hair"),
    ):
        with pytest.raises(CohortRefused):
            ask()
