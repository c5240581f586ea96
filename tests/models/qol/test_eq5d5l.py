from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.qol.eq5d5l import DIMENSIONS, checked_vas, index
from models.qol.eq5d5l_value_sets import VALUE_SETS

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
STATES = np.array([[5, 5, 5, 5, 5], [2, 1, 1, 1, 1], [3, 3, 3, 3, 3]], dtype=float)
EVERY_STATE = np.array(list(itertools.product(range(1, 6), repeat=5)), dtype=float)


@pytest.mark.parametrize("country", sorted(VALUE_SETS))
def test_published_states(country):
    assert index(STATES, VALUE_SETS[country]).tolist() == list(PUBLISHED[country])


@pytest.mark.parametrize("country", sorted(VALUE_SETS))
def test_full_health_is_one_and_the_worst_state_the_least(country):
    found = index(EVERY_STATE, VALUE_SETS[country])
    assert found[0] == 1
    assert found[-1] == found.min()
    assert found.max() == 1


@pytest.mark.parametrize("country", sorted(VALUE_SETS))
def test_more_trouble_is_never_better(country):
    by_state = dict(
        zip(map(tuple, EVERY_STATE), index(EVERY_STATE, VALUE_SETS[country]), strict=True)
    )
    for state, value in by_state.items():
        for place in range(len(DIMENSIONS)):
            if state[place] < 5:
                worse = (*state[:place], state[place] + 1, *state[place + 1 :])
                assert by_state[worse] <= value


def test_rounded_once_to_three_decimals():
    for country, found in ((c, index(EVERY_STATE, s)) for c, s in VALUE_SETS.items()):
        assert np.allclose(found, np.round(found, 3), atol=0), country


@given(st.integers(0, 4), st.lists(st.integers(1, 5), min_size=5, max_size=5))
def test_an_unanswered_dimension_leaves_no_index(place, levels):
    form = np.array(levels, dtype=float)
    form[place] = np.nan
    assert np.isnan(index([form], VALUE_SETS["FR"])).all()


@pytest.mark.parametrize("level", [0, 6, 1.5, -1, np.inf])
def test_a_level_that_is_none_is_refused_by_form_and_item(level):
    forms = np.ones((2, 5))
    forms[1, 3] = level
    with pytest.raises(ValueError, match="form 2, pd: the level is not one of 1 to 5"):
        index(forms, VALUE_SETS["FR"])


def test_another_shape_is_refused():
    with pytest.raises(ValueError, match="needs 5 answers"):
        index(np.ones((2, 6)), VALUE_SETS["FR"])


@pytest.mark.parametrize("mark", [-1, 101, np.inf])
def test_a_mark_outside_the_scale_is_refused(mark):
    with pytest.raises(ValueError, match="form 2, vas"):
        checked_vas([50, mark])


def test_every_set_names_its_source():
    for value_set in VALUE_SETS.values():
        assert ", doi 10." in value_set.source
        assert len(value_set.decrements) == len(DIMENSIONS)
