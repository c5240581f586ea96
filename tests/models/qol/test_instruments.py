from __future__ import annotations

import pytest

from models.qol.instrument import Difference
from models.qol.instrument_checks import problem
from models.qol.instruments import BUILT_IN, CHECK_IN, EQ_5D_5L, FACT_G, QLQ_C30, SOURCES


def differences(instrument) -> list[Difference]:
    return [
        difference
        for scale in instrument.scales
        for difference in (*scale.sizes, *scale.group, *filter(None, (scale.individual,)))
    ]


@pytest.mark.parametrize("instrument", BUILT_IN.values(), ids=lambda one: one.name)
def test_every_description_makes_sense(instrument):
    assert problem(instrument) is None
    assert BUILT_IN[instrument.name] is instrument


@pytest.mark.parametrize("instrument", BUILT_IN.values(), ids=lambda one: one.name)
def test_every_source_has_a_full_citation(instrument):
    named = {difference.source for difference in differences(instrument)}
    named |= {scale.importance.source for scale in instrument.scales if scale.importance}
    assert named <= set(SOURCES)
    assert all(", doi 10." in SOURCES[name] for name in named)


def test_every_item_of_the_qlq_c30_belongs_to_exactly_one_scale():
    used = sorted(item for scale in QLQ_C30.scales for item in scale.items)
    assert used == sorted(QLQ_C30.item_codes)


def test_differences_of_groups_have_a_direction_and_were_recalled():
    """Cocks 2012: improvement and deterioration have classes of their own."""
    physical = {(d.direction, d.size): d.points for d in QLQ_C30.scale("PF").group}
    assert physical == {
        ("improvement", "small"): 2,
        ("improvement", "medium or more"): 7,
        ("deterioration", "small"): 5,
        ("deterioration", "medium"): 10,
        ("deterioration", "large"): 17,
    }
    for scale in QLQ_C30.scales:
        assert bool(scale.group) == (scale.code != "SUM")
        assert not any(difference.verified for difference in scale.group)


def test_differences_of_groups_are_no_sizes_of_one_persons_change():
    assert QLQ_C30.scale("PF").size_of_change(3) is None
    assert QLQ_C30.scale("PF").size_of_change(-5).size == "small"


def test_fact_g_has_27_items_in_four_subscales():
    assert len(FACT_G.items) == 27
    assert {(item.low, item.high) for item in FACT_G.items} == {(0, 4)}
    sizes = {scale.code: len(scale.items) for scale in FACT_G.scales}
    assert sizes == {"PWB": 7, "SWB": 7, "EWB": 6, "FWB": 7, "TOTAL": 0}
    assert [scale.high for scale in FACT_G.scales] == [28, 28, 24, 28, 108]
    assert FACT_G.scale("EWB").reversed_items == ("ge1", "ge3", "ge4", "ge5", "ge6")
    assert FACT_G.scale("TOTAL").group[0].points == 3
    assert not FACT_G.scale("TOTAL").group[0].verified


def test_the_check_in_claims_no_difference():
    assert differences(CHECK_IN) == []
    assert all(scale.importance is None for scale in CHECK_IN.scales)


def test_only_our_own_questions_have_their_wording():
    for instrument in BUILT_IN.values():
        assert all(bool(item.question) == (instrument is CHECK_IN) for item in instrument.items)


def test_a_compound_scale_is_made_of_the_items_of_its_parts():
    assert set(FACT_G.items_of(FACT_G.scale("TOTAL"))) == set(FACT_G.item_codes)
    left_out = set(QLQ_C30.item_codes) - set(QLQ_C30.items_of(QLQ_C30.scale("SUM")))
    assert left_out == {"q28", "q29", "q30"}


def test_rounding_explains_little():
    assert EQ_5D_5L.scale("index").tolerance == 0.0005
    assert QLQ_C30.scale("QL").tolerance == 0.05


def test_unknown_codes_are_key_errors():
    with pytest.raises(KeyError):
        QLQ_C30.item("q31")
    with pytest.raises(KeyError):
        QLQ_C30.scale("XX")
