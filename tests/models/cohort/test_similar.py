"""Groups of similar patients share nobody, are never small, and give no country away."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.cohort.similar import MINIMUM_GROUP, USUAL_GROUP, partition
from models.cohort.similar_space import Space
from models.risk.inputs import FEATURE_NAMES
from models.risk.use import Use

COLUMN = {name: place for place, name in enumerate(FEATURE_NAMES)}
USE = Use.of({"severe": {"age_years": 4, "albumin": 3, "sex": 2, "cancer": 1, "ppi": 1}}, {})


def people(n: int, seed: int = 1, classes=(1.0,), missing: float = 0.1) -> np.ndarray:
    """Patients with a few inputs; what is not used is missing."""
    rng = np.random.default_rng(seed)
    features = np.full((n, len(FEATURE_NAMES)), np.nan)
    features[:, COLUMN["age_years"]] = rng.normal(65, 10, n).round()
    features[:, COLUMN["albumin"]] = rng.normal(4, 0.5, n)
    features[:, COLUMN["sex"]] = rng.integers(0, 2, n)
    features[:, COLUMN["cancer"]] = rng.integers(0, 4, n)
    features[:, COLUMN["ppi"]] = rng.integers(0, 2, n)
    features[rng.random(n) < missing, COLUMN["albumin"]] = np.nan
    features[:, COLUMN["drug_class"]] = rng.choice(classes, n)
    return features


def countries(n: int, seed: int = 2, small: int = 0) -> np.ndarray:
    """Two countries in equal parts and ``small`` patients of a third."""
    country = np.random.default_rng(seed).integers(0, 2, n)
    country[:small] = 2
    return country


@settings(max_examples=15, deadline=None)
@given(st.integers(150, 1500), st.integers(0, 10_000), st.integers(0, 60))
def test_every_group_is_large_and_safe_for_every_country(n, seed, small):
    features, country = people(n, seed, classes=(0.0, 1.0, 1.0, 4.0)), countries(n, seed, small)
    groups = partition(features, country, USE)
    assert groups is not None
    group, _, _ = groups.nearest(features)
    for number in range(len(groups.centres)):
        here = np.bincount(country[group == number])
        assert here.sum() >= MINIMUM_GROUP
        outside = here.sum() - here.max()
        assert outside == 0 or outside >= 10


def test_everybody_is_in_one_group_and_the_groups_have_about_the_usual_size():
    features = people(3000)
    groups = partition(features, countries(3000), USE)
    group, _, _ = groups.nearest(features)
    sizes = np.bincount(group)
    assert group.min() == 0
    assert sizes.sum() == 3000
    assert len(sizes) == len(groups.centres)
    assert USUAL_GROUP / 2 <= np.median(sizes) <= 2 * USUAL_GROUP


def test_the_same_patients_give_the_same_groups():
    features, country = people(1500), countries(1500)
    first, again = (partition(features.copy(), country.copy(), USE) for _ in range(2))
    assert np.array_equal(first.centres, again.centres)
    assert np.array_equal(first.nearest(features)[0], again.nearest(features)[0])


def test_who_asks_and_about_whom_changes_no_group():
    features, country = people(1500), countries(1500)
    groups = partition(features, country, USE)
    together = groups.nearest(features)
    alone = [groups.nearest(features[one : one + 1]) for one in range(0, 1500, 100)]
    assert [int(found[0][0]) for found in alone] == together[0][::100].tolist()


def test_the_nearest_group_is_the_one_with_the_nearest_centre():
    features = people(900, missing=0)
    groups = partition(features, countries(900), USE)
    group, _, _ = groups.nearest(features)
    places, _ = groups.space.places(features)
    distances = ((places[:, None] - groups.centres[None]) ** 2).sum(axis=2)
    assert np.array_equal(group, distances.argmin(axis=1))


def test_members_are_more_alike_than_patients_at_random():
    features = people(3000)
    groups = partition(features, countries(3000), USE)
    group, closer, _ = groups.nearest(features)
    age = features[:, COLUMN["age_years"]]
    within = np.mean([age[group == number].var() for number in range(group.max() + 1)])
    assert within < 0.6 * age.var()
    assert 0.6 < closer.mean() < 1


def test_a_patient_unlike_anybody_is_told_to_be_far():
    features = people(1500, missing=0)
    groups = partition(features, countries(1500), USE)
    usual, odd = features[:1].copy(), features[:1].copy()
    usual[0, COLUMN["age_years"]], usual[0, COLUMN["albumin"]] = 65, 4.0
    odd[0, COLUMN["age_years"]], odd[0, COLUMN["albumin"]] = 20, 9.0
    assert groups.nearest(odd)[1][0] < 0.2 < 0.6 < groups.nearest(usual)[1][0]


def test_a_missing_input_is_left_out_and_lowers_what_is_compared():
    features = people(900, missing=0)
    groups = partition(features, countries(900), USE)
    whole, gap = features[:1], features[:1].copy()
    gap[0, COLUMN["albumin"]] = np.nan
    lost = groups.space.weight[COLUMN["albumin"]]
    assert groups.nearest(gap)[2][0] == pytest.approx(groups.nearest(whole)[2][0] - lost)
    assert groups.nearest(gap)[0][0] >= 0


def test_who_has_hardly_any_input_is_compared_with_nobody():
    features = people(900, missing=0)
    groups = partition(features, countries(900), USE)
    bare = features[:1].copy()
    bare[0, [COLUMN["age_years"], COLUMN["albumin"]]] = np.nan
    group, closer, compared = groups.nearest(bare)
    assert (group[0], closer[0]) == (-1, 0)
    assert compared[0] < 0.5


def test_who_is_on_no_known_drug_class_is_in_no_group():
    features = people(900)
    groups = partition(features, countries(900), USE)
    features[0, COLUMN["drug_class"]] = np.nan
    group, _, _ = groups.nearest(features)
    assert group[0] == -1
    assert group[1:].min() == 0


def test_nobody_is_grouped_with_another_drug_class():
    features = people(1200, classes=(0.0, 1.0, 4.0))
    groups = partition(features, countries(1200), USE)
    group, _, _ = groups.nearest(features)
    for number in range(len(groups.centres)):
        assert len(np.unique(features[group == number, COLUMN["drug_class"]])) == 1


def test_drug_classes_with_too_few_are_put_together_or_left_out():
    features = people(600)
    features[:40, COLUMN["drug_class"]], features[40:90, COLUMN["drug_class"]] = 2.0, 3.0
    country = countries(600)
    together = partition(features, country, USE).nearest(features)[0]
    assert set(together[:90]) & set(together[90:]) == set()
    assert len(set(together[:90])) == 1
    few = np.delete(features, slice(0, 40), axis=0)
    alone = partition(few, country[40:], USE).nearest(few)[0]
    assert set(alone[:50]) == {-1}
    assert (alone[50:] >= 0).all()


@pytest.mark.parametrize("n", [0, 1, MINIMUM_GROUP - 1])
def test_without_enough_patients_there_are_no_groups(n):
    assert partition(people(n), countries(n), USE) is None


def test_a_class_with_a_few_from_a_second_country_is_left_out():
    features, country = people(200), np.zeros(200, dtype=np.int64)
    assert partition(features, country, USE) is not None
    country[:9] = 1
    assert partition(features, country, USE) is None


def test_patients_who_are_all_the_same_are_one_group():
    features = np.repeat(people(1, missing=0), 800, axis=0)
    groups = partition(features, countries(800), USE)
    assert groups is None or len(groups.centres) == 1


def test_an_average_pair_differs_by_as_much_in_a_number_as_in_a_code():
    features = people(2000, missing=0)
    space = Space.of(features, Use.of({"severe": {"age_years": 1, "sex": 1}}, {}))
    places, _ = space.places(features)
    square = np.array([(one - other) ** 2 for one, other in pairwise(places)]).mean(axis=0)
    assert square == pytest.approx([0.5, 0.25], abs=0.05)


def test_a_number_that_most_have_in_common_is_measured_by_its_spread_in_training():
    features = people(500)
    features[:, COLUMN["steroid_mg"]] = 0.0
    features[:20, COLUMN["steroid_mg"]] = 40.0
    use = Use.of({"severe": {"steroid_mg": 1.0}}, {"steroid_mg": (0.0, 61.8)})
    assert Space.of(features, use).spread[COLUMN["steroid_mg"]] == pytest.approx(10)


def test_what_is_the_same_for_everybody_is_not_compared():
    features = people(500)
    features[:, COLUMN["ppi"]] = 1.0
    space = Space.of(features, USE)
    assert space.weight[COLUMN["ppi"]] == 0
    assert space.weight.sum() == pytest.approx(1)
