from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.qol.qlq_c30 import ITEMS, SCALE_CODES, SCALES, score

# Items made at random, scales by R package QoLR 1.0.3 (scoring.QLQC30), summary as the mean
# of the 13 scales when all are there.
VECTORS = pd.read_csv(Path(__file__).parents[2] / "data" / "qlqc30_test_vectors.csv")
BEST = np.array([[1.0] * 28 + [7.0, 7.0]])


@pytest.mark.parametrize("scale", SCALE_CODES)
def test_scores_equal_those_of_the_r_package(scale):
    scored = score(VECTORS[list(ITEMS)].to_numpy(float))[scale]
    np.testing.assert_allclose(scored, VECTORS[scale], atol=5e-5)


def test_every_item_belongs_to_exactly_one_scale():
    used = sorted(item for scale in SCALES.values() for item in scale.items)
    assert used == list(range(1, 31))


def test_the_best_form_scores_best_everywhere():
    points = {scale: values[0] for scale, values in score(BEST).items()}
    assert {scale for scale, value in points.items() if value == 100} == {
        "QL",
        "PF",
        "RF",
        "EF",
        "CF",
        "SF",
        "SUM",
    }
    assert all(points[scale] == 0 for scale in SCALES if not SCALES[scale].higher_is_better)


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
    assert np.isfinite(score(form)[scale][0]) == scored


def test_the_summary_needs_all_thirteen_scales_but_neither_global_nor_financial():
    form = BEST.copy()
    form[0, [27, 28, 29]] = np.nan
    assert score(form)["SUM"][0] == 100
    form[0, 7] = np.nan
    assert np.isnan(score(form)["SUM"][0])


@pytest.mark.parametrize(("item", "code"), [(1, 0), (1, 5), (28, 7), (29, 8), (30, 0), (4, 2.5)])
def test_a_code_outside_its_range_is_refused(item, code):
    form = BEST.copy()
    form[0, item - 1] = code
    with pytest.raises(ValueError, match=f"form 1, q{item}:"):
        score(form)


def test_a_form_of_another_length_is_refused():
    with pytest.raises(ValueError, match="30 answers"):
        score(np.ones((2, 29)))


def test_no_forms_give_no_scores():
    assert all(values.shape == (0,) for values in score(np.empty((0, 30))).values())


@given(st.lists(st.one_of(st.just(np.nan), st.integers(1, 4)), min_size=30, max_size=30))
def test_points_stay_between_0_and_100(answers):
    values = np.array([value[0] for value in score(np.array([answers], dtype=float)).values()])
    assert (np.isnan(values) | ((values >= -1e-9) & (values <= 100 + 1e-9))).all()
