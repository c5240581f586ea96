from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.qol import scoring
from models.qol.eq5d5l_value_sets import VALUE_SETS, value_set
from models.qol.instrument import Instrument, Item, Scale
from models.qol.instruments import BUILT_IN, CHECK_IN, EQ_5D_5L, FACT_G, QLQ_C30, QLQ_SHORT
from models.qol.scoring import score

DATA = Path(__file__).parents[2] / "data"

# Items made at random, scales by R package QoLR 1.0.3 (scoring.QLQC30), summary as the mean
# of the 13 scales when all are there.
QLQ_VECTORS = pd.read_csv(DATA / "qlqc30_test_vectors.csv")

# Unit tests of R package eq5d, and states computed from its coefficient table (see the columns).
EQ_STATES = pd.read_csv(DATA / "eq5d5l_test_states.csv")

BEST = np.array([[1.0] * 28 + [7.0, 7.0]])
EQ_ITEMS = ("mo", "sc", "ua", "pd", "ad")

# 55555, 21111 and 33333 of each set, from the publication named in the set.
PUBLISHED = {
    "FR": (-0.525, 0.962, 0.768),
    "ES": (-0.416, 0.916, 0.570),
    "PT": (-0.603, 0.952, 0.589),
    "NL": (-0.446, 0.918, 0.511),
    "GB-ENG": (-0.285, 0.942, 0.593),
    "GB": (-0.567, 0.968, 0.604),
    "DE": (-0.661, 0.974, 0.662),
    "IT": (-0.571, 0.949, 0.619),
    "BE": (-0.532, 0.931, 0.577),
    "IE": (-0.974, 0.937, 0.448),
    "DK": (-0.758, 0.959, 0.571),
    "PL": (-0.590, 0.975, 0.800),
    "SE": (-0.314, 0.978, 0.701),
    "US": (-0.573, 0.904, 0.449),
}
EVERY_STATE = np.array(list(itertools.product(range(1, 6), repeat=5)), dtype=float)


def index(states: np.ndarray, country: str) -> np.ndarray:
    forms = np.column_stack([states, np.full(len(states), np.nan)])
    return score(EQ_5D_5L, forms, [country] * len(states))["index"]


def answers_of(instrument: Instrument) -> st.SearchStrategy[np.ndarray]:
    """One form: codes that the items admit, some of them missing."""
    codes = [
        st.one_of(st.just(np.nan), st.integers(int(item.low), int(item.high)))
        for item in instrument.items
    ]
    return st.tuples(*codes).map(lambda form: np.array([form], dtype=float))


def of(instrument: Instrument, form: np.ndarray) -> dict[str, float]:
    countries = ["FR"] * len(form)
    return {code: float(points[0]) for code, points in score(instrument, form, countries).items()}


# QLQ-C30


@pytest.mark.parametrize("scale", QLQ_C30.scale_codes)
def test_scores_equal_those_of_the_r_package(scale):
    scored = score(QLQ_C30, QLQ_VECTORS[list(QLQ_C30.item_codes)].to_numpy(float))[scale]
    np.testing.assert_allclose(scored, QLQ_VECTORS[scale], atol=5e-5)


def test_the_best_form_scores_best_everywhere():
    points = of(QLQ_C30, BEST)
    for scale in QLQ_C30.scales:
        assert points[scale.code] == (scale.high if scale.higher_is_better else scale.low)


@pytest.mark.parametrize(
    ("scale", "unanswered", "scored"),
    [
        ("PF", (1, 2), True),
        ("PF", (1, 2, 3), False),
        ("EF", (21, 22), True),
        ("EF", (21, 22, 23), False),
        ("FA", (10,), True),
        ("FA", (10, 12), False),
        ("NV", (14,), True),
        ("DY", (8,), False),
    ],
)
def test_a_scale_needs_half_of_its_items(scale, unanswered, scored):
    form = BEST.copy()
    form[0, [item - 1 for item in unanswered]] = np.nan
    assert np.isfinite(of(QLQ_C30, form)[scale]) == scored


def test_the_summary_needs_all_thirteen_scales_but_neither_global_nor_financial():
    form = BEST.copy()
    form[0, [27, 28, 29]] = np.nan
    assert of(QLQ_C30, form)["SUM"] == 100
    form[0, 7] = np.nan
    assert np.isnan(of(QLQ_C30, form)["SUM"])


def test_the_short_form_scores_as_the_full_one():
    full = QLQ_VECTORS[list(QLQ_C30.item_codes)].to_numpy(float)
    short = QLQ_VECTORS[list(QLQ_SHORT.item_codes)].to_numpy(float)
    for code, points in score(QLQ_SHORT, short).items():
        np.testing.assert_array_equal(points, score(QLQ_C30, full)[code])


# EQ-5D-5L


@pytest.mark.parametrize("country", sorted(VALUE_SETS))
def test_published_states(country):
    states = np.array([[5, 5, 5, 5, 5], [2, 1, 1, 1, 1], [3, 3, 3, 3, 3]], dtype=float)
    assert index(states, country).tolist() == list(PUBLISHED[country])


@pytest.mark.parametrize(
    "row", list(EQ_STATES.itertuples()), ids=lambda row: f"{row.iso} {row.state}"
)
def test_an_index_equals_that_of_the_r_package(row):
    state = np.array([[row.MO, row.SC, row.UA, row.PD, row.AD]], dtype=float)
    assert index(state, row.iso)[0] == row.expected_value


@pytest.mark.parametrize("country", sorted(VALUE_SETS))
def test_full_health_is_one_and_the_worst_state_the_least(country):
    found = index(EVERY_STATE, country)
    assert found[0] == 1
    assert found[-1] == found.min()
    assert found.max() == 1


@pytest.mark.parametrize("country", sorted(VALUE_SETS))
def test_more_trouble_is_never_better(country):
    by_state = dict(zip(map(tuple, EVERY_STATE), index(EVERY_STATE, country), strict=True))
    for state, value in by_state.items():
        for place in range(len(EQ_ITEMS)):
            if state[place] < 5:
                worse = (*state[:place], state[place] + 1, *state[place + 1 :])
                assert by_state[worse] <= value


@pytest.mark.parametrize("country", sorted(VALUE_SETS))
def test_an_index_is_rounded_once_to_three_decimals(country):
    found, values = index(EVERY_STATE, country), value_set(country)
    assert np.array_equal(found, np.round(found, 3))
    taken = [
        sum(
            values.decrements[place][int(level) - 2]
            for place, level in enumerate(state)
            if level > 1
        )
        for state in EVERY_STATE
    ]
    exact = 1 + np.array(taken) + values.any_problem * (EVERY_STATE > 1).any(axis=1)
    assert np.abs(found - exact).max() < 0.0005 + 1e-9


@given(st.integers(0, 4), st.lists(st.integers(1, 5), min_size=5, max_size=5))
def test_an_unanswered_dimension_leaves_no_index(place, levels):
    state = np.array([levels], dtype=float)
    state[0, place] = np.nan
    assert np.isnan(index(state, "FR")).all()


def test_each_form_has_the_value_set_of_its_country_and_none_without_one():
    forms = np.array([[5.0, 5, 5, 5, 5, 40]] * 4)
    scored = score(EQ_5D_5L, forms, np.array(["FR", "ES", "KR", None], dtype=object))
    np.testing.assert_array_equal(scored["index"], [-0.525, -0.416, np.nan, np.nan])
    assert scored["vas"].tolist() == [40] * 4
    assert np.isnan(score(EQ_5D_5L, forms)["index"]).all()


def test_a_value_set_can_be_named_on_screen():
    assert value_set("FR").name == "France"
    assert "doi" in value_set("FR").source
    assert value_set("KR") is None


# FACT-G: worked by hand from the rules of the FACIT administration and scoring guidelines
# (reversed items, prorated subscales, total with more than 80 % of the items).


def fact_g(**codes: float) -> np.ndarray:
    """A form with 2 everywhere but for what is given."""
    return np.array([[codes.get(code, 2.0) for code in FACT_G.item_codes]], dtype=float)


def test_fact_g_of_a_form_worked_by_hand():
    codes = {
        **dict(zip([f"gp{n}" for n in range(1, 8)], (3, 0, 1, 2, 1, 0, 4), strict=True)),
        **dict(zip([f"gs{n}" for n in range(1, 8)], (4, 3, 4, 2, 3, 4, 1), strict=True)),
        **dict(zip([f"ge{n}" for n in range(1, 7)], (1, 3, 0, 2, 1, 2), strict=True)),
        **dict(zip([f"gf{n}" for n in range(1, 8)], (2, 3, 3, 4, 2, 1, 3), strict=True)),
    }
    # Physical: 28 - (3+0+1+2+1+0+4) = 17. Social: 4+3+4+2+3+4+1 = 21.
    # Emotional: 3 + (20 - (1+0+2+1+2)) = 17. Functional: 2+3+3+4+2+1+3 = 18. Total 73.
    assert of(FACT_G, fact_g(**codes)) == {"PWB": 17, "SWB": 21, "EWB": 17, "FWB": 18, "TOTAL": 73}


def test_fact_g_prorates_what_is_unanswered_by_hand():
    nan = np.nan
    form = fact_g(gs7=nan, gs1=4, gs2=3, gs3=4, gs4=2, gs5=3, gs6=4, gp1=nan, gp2=nan, gp3=nan)
    # Social: 20 x 7 / 6 = 23.333. Physical: four items of 4 - 2: 8 x 7 / 4 = 14.
    found = of(FACT_G, form)
    assert found["SWB"] == pytest.approx(20 * 7 / 6)
    assert found["PWB"] == 14
    assert found["TOTAL"] == pytest.approx(14 + 20 * 7 / 6 + 12 + 14)


@pytest.mark.parametrize(("code", "missing", "scored"), [("SWB", 3, True), ("SWB", 4, False)])
def test_a_subscale_needs_more_than_half_of_seven(code, missing, scored):
    form = fact_g(**{f"gs{n}": np.nan for n in range(1, missing + 1)})
    assert np.isfinite(of(FACT_G, form)[code]) == scored


@pytest.mark.parametrize(("missing", "scored"), [(2, True), (3, False)])
def test_a_subscale_needs_more_than_half_of_six(missing, scored):
    form = fact_g(**{f"ge{n}": np.nan for n in range(1, missing + 1)})
    assert np.isfinite(of(FACT_G, form)["EWB"]) == scored


@pytest.mark.parametrize(
    ("missing", "scored"),
    [
        (("gp1", "gp2", "gs1", "gs2", "ge1"), True),  # 22 of 27: 81.5 %
        (("gp1", "gp2", "gs1", "gs2", "ge1", "gf1"), False),  # 21 of 27: 77.8 %
        (("gs1", "gs2", "gs3", "gs4"), False),  # 23 of 27, but no social subscale
    ],
)
def test_the_total_needs_more_than_80_percent_and_all_subscales(missing, scored):
    found = of(FACT_G, fact_g(**dict.fromkeys(missing, np.nan)))
    assert np.isfinite(found["TOTAL"]) == scored


def test_fact_g_runs_from_0_to_108():
    best = fact_g(**{code: 0.0 if code[:2] in ("gp", "ge") else 4.0 for code in FACT_G.item_codes})
    best[0, FACT_G.item_codes.index("ge2")] = 4
    assert list(of(FACT_G, best).values()) == [28, 28, 24, 28, 108]
    assert list(of(FACT_G, 4 - best).values()) == [0, 0, 0, 0, 0]


# Check-in


def test_the_burden_of_a_check_in_is_the_mean_of_ten_symptoms():
    form = np.array([[4.0, 0, 0, 0, 0, 0, 0, 4, 0, 2, 3]])
    found = of(CHECK_IN, form)
    assert found["BURDEN"] == 25
    assert (found["diarrhoea"], found["overall"]) == (4, 3)
    form[0, :6] = np.nan
    assert np.isnan(of(CHECK_IN, form)["BURDEN"])


# Every questionnaire


@pytest.mark.parametrize("instrument", BUILT_IN.values(), ids=lambda one: one.name)
@given(data=st.data())
def test_scores_stay_within_the_range_of_their_scale(instrument, data):
    found = of(instrument, data.draw(answers_of(instrument)))
    for scale in instrument.scales:
        assert np.isnan(found[scale.code]) or (
            scale.low - 1e-9 <= found[scale.code] <= scale.high + 1e-9
        )


@pytest.mark.parametrize("instrument", BUILT_IN.values(), ids=lambda one: one.name)
@given(data=st.data())
def test_a_scale_is_scored_exactly_when_enough_of_its_items_are_answered(instrument, data):
    form = data.draw(answers_of(instrument))
    answered = {
        code for code, value in zip(instrument.item_codes, form[0], strict=True) if value >= 0
    }
    found = of(instrument, form)
    for scale in instrument.scales:
        enough = len(answered & set(instrument.items_of(scale))) >= scale.least_answered
        parts = all(np.isfinite(found[part]) for part in scale.parts)
        assert np.isfinite(found[scale.code]) == (enough and parts), scale.code


@pytest.mark.parametrize("instrument", BUILT_IN.values(), ids=lambda one: one.name)
@given(data=st.data())
def test_one_answer_moves_each_scale_one_way(instrument, data):
    form = data.draw(answers_of(instrument).filter(lambda form: np.isfinite(form).any()))
    place = data.draw(st.sampled_from(np.flatnonzero(np.isfinite(form[0])).tolist()))
    item = instrument.items[place]
    higher = form.copy()
    higher[0, place] = min(form[0, place] + 1, item.high)
    before, after = of(instrument, form), of(instrument, higher)
    for scale in instrument.scales:
        change = after[scale.code] - before[scale.code]
        rises = runs_with(instrument, scale, item.code)
        if rises is None or np.isnan(change):
            assert np.isnan(change) or change == 0
        else:
            assert change >= -1e-9 if rises else change <= 1e-9


def runs_with(instrument: Instrument, scale: Scale, item: str) -> bool | None:
    """Whether a scale rises with an item; None when it does not depend on it."""
    if scale.rule == "value set":
        return False if item in scale.items else None
    if item in scale.items:
        return item not in scale.reversed_items
    for part in scale.parts:
        rises = runs_with(instrument, instrument.scale(part), item)
        if rises is not None:
            return rises != (part in scale.reversed_parts)
    return None


@pytest.mark.parametrize("instrument", BUILT_IN.values(), ids=lambda one: one.name)
@given(data=st.data())
def test_the_order_of_the_items_does_not_matter(instrument, data):
    form = data.draw(answers_of(instrument))
    order = data.draw(st.permutations(range(len(instrument.items))))
    other = replace(instrument, items=tuple(instrument.items[place] for place in order))
    np.testing.assert_allclose(
        list(of(instrument, form).values()), list(of(other, form[:, order]).values()), atol=1e-9
    )


@pytest.mark.parametrize("instrument", BUILT_IN.values(), ids=lambda one: one.name)
@pytest.mark.parametrize("wrong", ["below", "above", "half", np.inf, -np.inf, 1e400, 1e300])
def test_an_answer_that_its_item_does_not_admit_is_refused_by_form_and_item(instrument, wrong):
    form = np.array([[item.low for item in instrument.items]], dtype=float)
    forms = np.repeat(form, 3, axis=0)
    item = instrument.items[1]
    given = {"below": item.low - 1, "above": item.high + 1, "half": item.low + 0.5}
    forms[1, 1] = given.get(wrong, wrong)
    with pytest.raises(ValueError, match=f"{instrument.title} form 12, {item.code}: the .* is not"):
        score(instrument, forms, first_form=11)


def test_a_mark_on_an_analogue_scale_need_not_be_whole():
    assert of(EQ_5D_5L, np.array([[1.0, 1, 1, 1, 1, 70.5]]))["vas"] == 70.5
    with pytest.raises(ValueError, match="form 1, vas: the mark is not between 0 and 100"):
        score(EQ_5D_5L, [[1.0, 1, 1, 1, 1, 100.5]])


@pytest.mark.parametrize("instrument", BUILT_IN.values(), ids=lambda one: one.name)
def test_another_shape_is_refused_and_no_forms_give_no_scores(instrument):
    with pytest.raises(ValueError, match=f"needs {len(instrument.items)} answers"):
        score(instrument, np.ones((2, len(instrument.items) + 1)))
    none = score(instrument, np.empty((0, len(instrument.items))), [])
    assert all(points.shape == (0,) for points in none.values())
    with pytest.raises(ValueError, match="as many countries"):
        score(instrument, np.ones((2, len(instrument.items))), ["FR"])


@settings(max_examples=20)
@given(st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_many_forms_score_as_each_of_them_alone(block, seed):
    """Blocks are scored one after the other; nothing may depend on where they begin."""
    rng = np.random.default_rng(seed)
    forms = rng.integers(1, 5, (41, 30)).astype(float)
    forms[rng.random(forms.shape) < 0.2] = np.nan
    whole = score(QLQ_C30, forms)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scoring, "BLOCK", block)
        for code, points in score(QLQ_C30, forms).items():
            np.testing.assert_array_equal(points, whole[code])


def test_a_mean_of_items_that_run_both_ways_and_a_turned_part():
    """Own instrument: items 0 to 10, b reversed; mean (2 + (10 - 6)) / 2 = 3 of 10, turned 70."""
    items = (Item("a", "a", 0, 10), Item("b", "b", 0, 10))
    mean = Scale("M", "m", "mean", False, items=("a", "b"), reversed_items=("b",), least_answered=1)
    turned = Scale("T", "t", "mean of scales", True, parts=("M",), reversed_parts=("M",))
    own = Instrument("own", "own", "1", "free", items, (mean, turned), "own")
    assert of(own, np.array([[2.0, 6.0]])) == {"M": pytest.approx(30), "T": pytest.approx(70)}
    assert of(own, np.array([[np.nan, 6.0]]))["M"] == pytest.approx(40)
