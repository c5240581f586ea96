"""Panels of a comparison: what they draw, say and hold back."""

from __future__ import annotations

import math
from dataclasses import replace

import plotly.graph_objects as go
import pytest
from dash import dcc
from dash.development.base_component import Component

from components.cohort_adjusted import LABEL, adjusted_panel, balance_finding
from components.cohort_characteristics import characteristics_finding, characteristics_panel
from components.cohort_choices import GRADES, ORGANS, SCALES, VIEWS
from components.cohort_curves import curve_figure, curve_rows
from components.cohort_facet_views import adjusted_facets, characteristics_facets, incidence_facets
from components.cohort_facets import by_country
from components.cohort_incidence import heat_finding, heat_panel, incidence_panel, shade
from components.cohort_panels import exports_of, panel_of
from components.cohort_quality import quality_finding, quality_panel
from components.cohort_risk import risk_panel
from components.cohort_smd import smd_scale, smd_words
from components.cohort_state import Chosen
from components.cohort_survival import restricted_words, survival_panel
from models.cohort.definition import parse_cohort
from models.cohort.results import Characteristic, Curve, Facet, HeatCell, Point, Share, Test
from tests.components import cohort_values as values
from tests.components.patient_values import of_class, parts_of, text_of

A, B = parse_cohort("drug_class=PD1"), parse_cohort("drug_class=PDL1")
SIDES = values.sides()


def graphs(tree: object) -> list[dict[str, object]]:
    """Figures of a tree, each checked against what Plotly knows."""
    found = [part.figure for part in parts_of(tree) if isinstance(part, dcc.Graph)]
    for figure in found:
        go.Figure(figure)
    return found


def titles(tree: object) -> list[str]:
    return [text_of(part) for part in of_class(tree, "chart-title")]


def shown(view: str, *, by_country: bool = False) -> Chosen:
    return Chosen(view, "any", 2, "QL", "severe", by_country)


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_draws_says_and_tabulates(view: str) -> None:
    tree = panel_of(values.Warehouse(), SIDES, (A, B), shown(view))
    charts = of_class(tree, "chart")
    assert charts
    assert len(of_class(tree, "chart-table")) == len(charts)
    assert all(text_of(finding) for finding in of_class(tree, "chart-finding"))
    assert graphs(tree) or view == "characteristics"


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_says_n_definition_anchor_and_data_date(view: str) -> None:
    said = text_of(of_class(panel_of(values.Warehouse(), SIDES, (A, B), shown(view)), "panel-note"))
    for words in (
        "A: n 1\N{NARROW NO-BREAK SPACE}240, drug class PD-1.",
        "B: n 310, drug class PD-L1.",
        "Days from the first dose.",
        "Data to 30 Sep 2026.",
    ):
        assert words in said


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_asks_for_its_own_values_only(view: str) -> None:
    warehouse = values.Warehouse()
    panel_of(warehouse, SIDES, (A, B), shown(view))
    own = {
        "irae": ["incidence"],
        "survival": ["survival", "survival"],
        "characteristics": ["characteristics"],
        "quality": ["quality"],
        "risk": ["predicted_risk"],
        "adjusted": ["adjusted"],
    }
    assert [name for name, *_ in warehouse.asked] == own[view]


def test_the_cohorts_are_told_apart_by_dash_and_letter() -> None:
    (figure,) = graphs(incidence_panel(SIDES, values.incidence()))
    lines = {trace["name"]: trace["line"] for trace in figure["data"] if "name" in trace}
    assert (lines["A"]["dash"], lines["B"]["dash"]) == ("solid", "dash")
    ends = [text for trace in figure["data"] for text in trace.get("text", ()) if "<b>" in text]
    assert [text[3] for text in ends] == ["A", "B"]


def test_numbers_at_risk_stand_under_their_ticks() -> None:
    (figure,) = graphs(incidence_panel(SIDES, values.incidence()))
    below = [trace for trace in figure["data"] if trace.get("yaxis") == "y2"]
    assert [trace["x"] for trace in below] == 2 * [figure["layout"]["xaxis"]["tickvals"]]
    assert below[0]["text"][0] == "1\N{NARROW NO-BREAK SPACE}240"
    assert below[1]["text"][-1] == "–"


def test_the_finding_names_both_shares_their_difference_and_the_test() -> None:
    said = text_of(of_class(incidence_panel(SIDES, values.incidence()), "chart-finding"))
    assert "By day 365, 24 % of A and 18 % of B; A − B +6.0 points (+2.0 to +10.0)." in said
    assert "Gray’s test p = 0.021. Association, not cause." in said


def test_differences_stand_beside_the_curves() -> None:
    said = text_of(of_class(incidence_panel(SIDES, values.incidence()), "data-table"))
    for words in ("90 days 6.5 % 4.8 %", "180 days 13 % 9.3 %", "365 days 24 % 18 %"):
        assert words in said


def test_overlapping_cohorts_have_no_difference_and_say_why() -> None:
    sides = values.sides(overlap=True)
    tree = incidence_panel(sides, values.incidence(differences=(), test=None))
    assert "Some patients are in both cohorts" in text_of(of_class(tree, "chart-finding"))
    assert of_class(tree, "data-table") == []


def test_curves_that_were_held_back_are_a_sentence_and_a_next_step() -> None:
    held = (values.HELD_OUT, values.HELD_OUT)
    tree = incidence_panel(SIDES, values.incidence("renal", 3, curves=held))
    assert graphs(tree) == []
    assert (
        "No curve of renal irAE, grade 3 or more. A: under 10 events; B: under 10 events."
        in text_of(tree)
    )
    assert "Choose another organ" in text_of(tree)


def test_one_curve_that_was_held_back_is_named() -> None:
    found = values.incidence(curves=(values.curve(0.2), values.HELD_OUT), differences=())
    tree = incidence_panel(SIDES, found)
    assert len(graphs(tree)) == 1
    assert "B: under 10 events." in text_of(of_class(tree, "panel-note"))


def test_a_held_cell_of_the_heat_map_is_a_dash_with_its_meaning() -> None:
    tree = heat_panel(SIDES, values.heat_cells())
    (held,) = of_class(tree, "cohort-held")
    assert (held.children, held.title) == ("–", "held back")
    assert "held back" in text_of(of_class(tree, "chart-table"))


def test_the_heat_map_names_the_largest_difference() -> None:
    cells = [HeatCell("skin", 1, 0.2, 0.1), HeatCell("renal", 2, 0.3, None)]
    assert heat_finding(cells).startswith("Furthest apart: skin, any grade, 20 % of A and 10 %")
    nothing = [HeatCell("skin", 1, None, None)]
    assert "Too few patients" in text_of(heat_panel(SIDES, nothing))


def test_shades_rise_with_the_share_and_end() -> None:
    assert [shade(share) for share in (0.0, 0.04, 0.06, 0.29, 0.30, 1.0)] == [0, 0, 1, 5, 5, 5]


def test_survival_and_time_on_treatment_stand_side_by_side() -> None:
    tree = survival_panel(SIDES, [values.survival(), values.survival("stop")])
    assert titles(tree) == ["Alive", "Still on treatment"]
    said = text_of(tree)
    assert "Log-rank test p ≤ 0.001." in said
    assert "Restricted mean to day 545: A 430 days, B 401 days; A − B +29 days (+8 to +50)." in said


def test_no_restricted_mean_is_no_sentence() -> None:
    assert restricted_words(values.survival(restricted_mean=None, difference=None)) == ""


def test_the_definition_of_the_difference_is_on_the_screen() -> None:
    tree = characteristics_panel(SIDES, values.characteristics())
    assert "divided by the pooled standard deviation" in text_of(of_class(tree, "panel-note"))
    assert len(of_class(tree, "smd-limit")) == 2 * len(of_class(tree, "smd-dot"))


def test_what_was_not_recorded_is_shown_and_what_was_held_back_is_said() -> None:
    said = text_of(of_class(characteristics_panel(SIDES, values.characteristics()), "data-table"))
    assert "not recorded" in said
    assert "held back" in said


def test_the_largest_differences_are_named_first() -> None:
    share = Share(100, 50.0)
    rows = [
        Characteristic("sex", "sex", "female", share, share, -0.31),
        Characteristic("age", "age", "under 40 years", share, share, 0.05),
    ]
    assert characteristics_finding(rows) == (
        "1 level differs by more than 0.1 standard deviations, most: sex: female (−0.31)."
    )
    assert characteristics_finding(rows[1:]).startswith("No level differs")


def test_differences_have_signs_and_no_signed_zero() -> None:
    assert [smd_words(value) for value in (0.123, -0.2, -0.001, None)] == [
        "+0.12",
        "−0.20",
        "0.00",
        "held back",
    ]


def test_the_scale_of_differences_holds_them() -> None:
    assert smd_scale([0.05, -0.33]).high == pytest.approx(0.4)
    assert smd_scale([]).high == pytest.approx(0.2)
    assert smd_scale([math.inf]).high == pytest.approx(2.0)
    assert smd_words(-math.inf) == "−∞"


def test_quality_of_life_shows_means_answers_and_who_is_worse() -> None:
    tree = quality_panel(SIDES, values.quality())
    assert titles(tree) == [
        "Global quality of life (higher is better)",
        "Who answered",
        "Worse by 10 points or more",
    ]
    stacked = graphs(tree)[1]
    assert [trace["name"] for trace in stacked["data"]] == [
        "answered",
        "missed the form",
        "out of follow-up",
        "died",
    ]
    totals = [sum(trace["y"][0] for trace in stacked["data"])]
    assert totals == [pytest.approx(100)]


def test_the_difference_of_means_is_in_the_points_of_the_scale() -> None:
    said = quality_finding(SIDES, values.quality())
    assert said == (
        "Day 365: 62.7 in A, 57.2 in B; A − B +5.6 points (−1.1 to +12.2). Association, not cause."
    )


def test_a_held_visit_leaves_a_gap_and_no_zero() -> None:
    found = values.quality()
    held = replace(found.visits[0][1], answered=None, worse=None)
    visits = ((found.visits[0][0], held, *found.visits[0][2:]), found.visits[1])
    figures = graphs(quality_panel(SIDES, values.quality(visits=visits)))
    assert figures[1]["data"][0]["y"][2] is None
    assert 90 not in figures[2]["data"][0]["x"]


def test_quality_without_forms_is_a_sentence() -> None:
    held = (values.HELD_OUT, values.HELD_OUT)
    assert "too few patients with a form" in text_of(
        quality_panel(SIDES, values.quality(curves=held))
    )


def test_predicted_risk_is_spread_and_set_against_what_came() -> None:
    tree = risk_panel(SIDES, values.predicted_risk())
    spread, agreement = graphs(tree)
    assert spread["data"][1]["y"][-1] is None
    assert len(agreement["data"][1]["x"]) == 6
    assert len(agreement["data"][2]["x"]) == 5
    assert (
        "A predicted 14 %, observed 15 % (13 to 17); B predicted 12 %, observed 11 % (9 to 13)"
        in text_of(tree)
    )


def test_a_landmark_without_a_predicted_risk_says_what_has_one() -> None:
    a, b = parse_cohort("sex=F;landmark=84"), parse_cohort("sex=M;landmark=84")
    warehouse = values.Warehouse()
    chosen = Chosen("risk", "any", 2, "QL", "hepatic")
    tree = panel_of(warehouse, values.sides(a.expression, b.expression), (a, b), chosen)
    assert "Hepatic irAE, grade 2 or more: no predicted risk is kept for day 84." in text_of(tree)
    exports_of(warehouse, a, b, chosen)["predicted risk"]()
    assert warehouse.asked[-1] == ("predicted_risk", "severe")


def test_no_predicted_risk_is_a_sentence() -> None:
    found = replace(values.predicted_risk(), bins=())
    assert "Too few patients" in text_of(risk_panel(SIDES, found))


def test_the_adjusted_view_says_what_it_is() -> None:
    tree = adjusted_panel(SIDES, values.adjusted())
    assert text_of(of_class(tree, "cohort-label")) == LABEL
    assert titles(tree) == ["Balance", "First irAE of any grade, adjusted", "Alive, adjusted"]
    assert "Effective sample size: A 580, B 240." in text_of(of_class(tree, "panel-note"))
    assert "age, sex, cancer, stage and line of therapy" in text_of(tree)


def test_balance_is_given_before_and_after() -> None:
    said = balance_finding(values.adjusted().balance)
    assert said.startswith("Largest SMD 0.35 before weighting, 0.03 after; 0 of ")


def test_no_adjusted_view_says_why() -> None:
    tree = adjusted_panel(SIDES, values.adjusted(note="Some patients are in both cohorts."))
    assert text_of(tree).startswith("Some patients are in both cohorts.")
    assert graphs(tree) == []


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_can_be_split_by_country(view: str) -> None:
    warehouse = values.Warehouse()
    tree = panel_of(warehouse, SIDES, (A, B), shown(view, by_country=True))
    charts = of_class(tree, "chart")
    assert charts
    assert len(of_class(tree, "chart-table")) == len(charts)
    said = text_of(tree)
    assert all(country in said for country in ("ES", "FR", "NL"))
    assert "PT: held back, too few patients, or too near to what can be" in text_of(
        of_class(tree, "panel-note")
    )
    asked = [name for name, *_ in warehouse.asked]
    own = {"irae": "incidence", "risk": "predicted_risk"}.get(view, view)
    assert asked == ["facets", *([own] * (6 if view == "survival" else 3))]


@pytest.mark.parametrize("view", ["irae", "survival", "adjusted", "quality", "risk"])
def test_countries_share_one_scale_and_say_their_n(view: str) -> None:
    tree = panel_of(values.Warehouse(), SIDES, (A, B), shown(view, by_country=True))
    for chart in of_class(tree, "chart"):
        figures = graphs(chart)
        assert len(figures) == 3
        assert len({str(figure["layout"]["yaxis"]["range"]) for figure in figures}) == 1
    assert "NL  A n 200, B n 100" in text_of(of_class(tree, "cohort-facet"))


@pytest.mark.parametrize(
    ("view", "words"),
    [
        ("irae", "Day 365: A − B "),
        ("survival", "Restricted mean to day 545: A − B +29 days (+8 to +50)"),
        ("quality", "Day 365: A − B "),
        ("adjusted", "Day 365: A − B "),
    ],
)
def test_every_country_says_how_far_apart_its_parts_are(view: str, words: str) -> None:
    tree = panel_of(values.Warehouse(), SIDES, (A, B), shown(view, by_country=True))
    for cell in of_class(tree, "cohort-facet"):
        assert words in text_of(cell)
        assert " to " in text_of(cell)


def test_weighting_by_country_says_what_it_rests_on() -> None:
    tree = panel_of(values.Warehouse(), SIDES, (A, B), shown("adjusted", by_country=True))
    said = text_of(of_class(tree, "panel-note"))
    assert "NL A 580, B 240, " in said
    assert "after. Overlap weights in each country from a propensity score of age, sex," in said


def test_means_by_country_have_their_intervals_in_the_table() -> None:
    tree = panel_of(values.Warehouse(), SIDES, (A, B), shown("quality", by_country=True))
    (table,) = of_class(tree, "chart-table")
    assert "A 95 %" in text_of(table)
    assert "B forms" in text_of(table)


def test_characteristics_by_country_stand_beside_each_other() -> None:
    tree = panel_of(values.Warehouse(), SIDES, (A, B), shown("characteristics", by_country=True))
    (table,) = of_class(tree, "cohort-levels")
    assert "FR: A (n 300) · B (n 150) · SMD" in text_of(table)
    assert "held back" in text_of(table)
    assert of_class(table, "cohort-beyond")


def test_levels_held_back_in_every_country_are_in_the_table_of_all_only() -> None:
    rare = Characteristic("cancer", "cancer", "thymic cancer", None, None, None)
    found = [(one, [*values.characteristics(), rare]) for one in values.facets()[:2]]
    (panel,) = characteristics_facets(found)
    (table,) = of_class(panel, "cohort-levels")
    assert "thymic cancer" not in text_of(table)
    assert "cancer: thymic cancer" in text_of(panel)
    assert "1 level held back in every country" in text_of(panel)


def test_a_country_without_an_adjusted_view_says_why() -> None:
    found = [(one, values.adjusted(note="Nobody overlaps.")) for one in values.facets()[:2]]
    said = text_of(adjusted_facets(found))
    assert "ES, FR: Nobody overlaps." in said


def test_a_country_without_curves_says_so_beside_the_others() -> None:
    es, fr, *_ = values.facets()
    none = values.incidence(curves=(values.HELD_OUT, values.HELD_OUT))
    said = text_of(incidence_facets([(es, values.incidence()), (fr, none)]))
    assert "FR A under 10 events, B under 10 events" in said
    empty = text_of(incidence_facets([(es, none), (fr, none)]))
    assert empty.startswith(
        "No curve of “First irAE of any organ, grade 2 or more” in any country."
    )


def test_no_country_is_a_sentence() -> None:
    held = Facet("ES", (None, None), None)
    assert text_of(by_country(SIDES, (), lambda _: [])).startswith(
        "The definitions have no country"
    )
    found = text_of(by_country(SIDES, (held,), lambda _: []))
    assert "No country has enough patients" in found


def test_an_export_holds_every_panel_and_the_chosen_organ() -> None:
    warehouse = values.Warehouse()
    chosen = Chosen("irae", "skin", 2, "QL", "hepatic")
    names = [
        table.name for read in exports_of(warehouse, A, B, chosen).values() for table in read()
    ]
    assert len(names) == len(set(names))
    for name in ("characteristics", "incidence_skin_grade2_curves", "predicted_risk_hepatic"):
        assert name in names
    assert {f"quality_{scale}_curves" for scale in SCALES} <= set(names)
    per_country = [name for name in names if not name.startswith(("by_country", "incidence_one"))]
    assert {f"by_country_{name}" for name in per_country if name != "countries"} <= set(names)


def test_what_can_be_chosen_is_what_can_be_asked() -> None:
    assert ORGANS[0] == "any"
    assert GRADES == (1, 2, 3)
    tests = [values.incidence(organ, grade) for organ in ORGANS for grade in GRADES]
    assert all(isinstance(one.test, Test) for one in tests)
    trees = [incidence_panel(SIDES, one) for one in tests]
    assert all(isinstance(tree[0], Component) for tree in trees)


def test_the_table_of_curves_is_monthly_with_report_days_and_ends() -> None:
    daily = Curve(tuple(Point(day, day / 1000, 0.0, 1.0, 900 - day) for day in range(370)))
    rows = curve_rows((values.curve(0.2, until=100), daily))
    assert [int(row[0]) for row in rows] == [*range(0, 361, 30), 365, 369]
    assert rows[4][1:3] == ("", "")
    assert rows[0][1] == "0 % (0 to 0)"


def test_the_name_of_a_curve_stands_clear_of_the_other_one() -> None:
    curves = (values.curve(0.3, falling=True), values.curve(0.33, falling=True, until=300))
    figure = curve_figure(curves, title="alive, %", top=100, until=730, days="days")
    places = [trace["textposition"] for trace in figure["data"] if "textposition" in trace]
    assert places == ["bottom right", "bottom right"]
    go.Figure(figure)
