from __future__ import annotations

import ibis
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ibis.backends.duckdb import Backend

from models.cohort.disclosure import (
    MINIMUM_CELL,
    MINIMUM_FOR_QUANTILES,
    released_count,
    released_quantiles,
    risk_reference,
    score_band,
)
from models.schema import TABLES


def run(expression: ibis.Table, **frames: pd.DataFrame) -> pd.DataFrame:
    """Execute an expression over unbound tables that have these rows."""
    backend: Backend = ibis.duckdb.connect()
    for name, frame in frames.items():
        backend.con.register(name, frame)
    return backend.con.execute(backend.compile(expression)).df()


def frame(table: str, records: list[dict[str, object]]) -> pd.DataFrame:
    return pd.DataFrame(records, columns=list(TABLES[table].names))


COUNTS = ibis.table({"n": "int64"}, name="counts")


@pytest.mark.parametrize(
    ("count", "released"),
    [(0, None), (1, None), (9, None), (10, 10), (12, 10), (13, 15), (17, 15), (18, 20), (100, 100)],
)
def test_counts_below_ten_are_hidden_and_others_are_rounded_to_five(count, released):
    found = run(COUNTS.select(n=released_count(COUNTS.n)), counts=pd.DataFrame({"n": [count]}))
    assert [None if pd.isna(n) else n for n in found.n] == [released]


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=50))
@settings(deadline=None, max_examples=40)
def test_a_released_count_is_a_multiple_of_five_and_never_below_ten(counts):
    found = run(COUNTS.select(n=released_count(COUNTS.n)), counts=pd.DataFrame({"n": counts})).n
    shown = found.dropna()
    assert len(shown) == sum(count >= MINIMUM_CELL for count in counts)
    assert (shown >= MINIMUM_CELL).all()
    assert (shown % 5 == 0).all()


ROWS = ibis.table(
    {"patient_id": "string", "country": "string", "cell": "string", "value": "float64"}, name="rows"
)
QUARTILES = {"q25": 0.25, "median": 0.5, "q75": 0.75}


@given(
    st.dictionaries(
        st.sampled_from("abcde"),
        st.lists(st.floats(0, 1), min_size=1, max_size=40),
        min_size=1,
    ),
    st.integers(1, 3),
)
@settings(deadline=None, max_examples=60)
def test_quantiles_need_twenty_different_patients(cells, repeats):
    records = [
        {"patient_id": f"{cell}{number}", "country": "FR", "cell": cell, "value": value}
        for cell, values in cells.items()
        for number, value in enumerate(values)
        for _ in range(repeats)
    ]
    found = run(
        released_quantiles(ROWS, ("cell",), "value", QUARTILES), rows=pd.DataFrame(records)
    ).set_index("cell")
    large = {cell for cell, values in cells.items() if len(values) >= MINIMUM_FOR_QUANTILES}
    assert set(found.index) == large
    assert (found.n >= MINIMUM_FOR_QUANTILES).all()
    assert (found.n % 5 == 0).all()
    assert (found.q25 <= found["median"]).all()
    assert (found["median"] <= found.q75).all()


@pytest.mark.parametrize(("outsiders", "released"), [(0, 1), (1, 0), (9, 0), (10, 1)])
def test_few_patients_outside_the_largest_country_keep_a_group_back(outsiders, released):
    countries = ["FR"] * 30 + ["ES"] * outsiders
    records = [
        {"patient_id": f"p{number}", "country": country, "cell": "a", "value": 0.5}
        for number, country in enumerate(countries)
    ]
    found = run(released_quantiles(ROWS, ("cell",), "value", QUARTILES), rows=pd.DataFrame(records))
    assert len(found) == released


def patients(consents: list[str]) -> pd.DataFrame:
    return frame(
        "patient",
        [
            {
                "patient_id": f"p{number}",
                "country": "FR",
                "site": "Lyon",
                "sex": "F",
                "index_date": pd.Timestamp("2024-01-01"),
                "consent": consent,
            }
            for number, consent in enumerate(consents)
        ],
    )


def tables(*names: str) -> dict[str, ibis.Table]:
    return {name: ibis.table(TABLES[name].schema, name=name) for name in names}


@given(st.lists(st.sampled_from(["research", "care", "withdrawn"]), min_size=15, max_size=60))
@settings(deadline=None, max_examples=30)
def test_only_research_consent_counts_in_a_risk_reference(consents):
    people = patients(consents)
    features = frame(
        "features",
        [{"patient_id": p, "landmark_day": 21, "drug_class": 1.0} for p in people.patient_id],
    ).astype({"drug_class": float})
    prediction = frame(
        "prediction",
        [
            {
                "patient_id": patient_id,
                "landmark_day": 21,
                "outcome": "severe",
                "horizon_days": 180,
                "risk": 0.1 if consent == "research" else 0.9,
                "lower": 0.0,
                "upper": 1.0,
                "model_version": "test/1",
            }
            for patient_id, consent in zip(people.patient_id, consents, strict=True)
        ],
    )
    found = run(
        risk_reference(tables("patient", "features", "prediction"), 21),
        patient=people,
        features=features,
        prediction=prediction,
    )
    research = consents.count("research")
    assert len(found) == (research >= MINIMUM_FOR_QUANTILES)
    assert set(found.q75) <= {0.1}
    assert set(found.drug_class) <= {"PD1"}


def scored_people(sizes: dict[tuple[str, int | None, str], int]) -> dict[str, pd.DataFrame]:
    """People by country, birth year and sex with one form each on the day of the first dose."""
    kinds = [kind for kind, size in sizes.items() for _ in range(size)]
    people = patients(["research"] * len(kinds))
    people["country"] = [country for country, _, _ in kinds]
    people["birth_year"] = pd.array([year for _, year, _ in kinds], dtype="Int64")
    people["sex"] = [sex for _, _, sex in kinds]
    day_0 = pd.Timestamp("2024-01-01")
    line = {"line": 1, "regimen": "r", "drug_class": "PD1", "start_date": day_0}
    form = {"date": day_0, "instrument": "qlq-c30", "scale": "QL"}
    ids = list(people.patient_id)
    return {
        "patient": people,
        "treatment": frame("treatment", [{"patient_id": one, **line} for one in ids]),
        "score": frame(
            "score",
            [{"patient_id": one, **form, "value": float(n % 7)} for n, one in enumerate(ids)],
        ),
    }


def banded(sizes: dict[tuple[str, int | None, str], int]) -> pd.DataFrame:
    frames = scored_people(sizes)
    return run(score_band(tables("patient", "treatment", "score")), **frames)


def groups_of(found: pd.DataFrame) -> dict[tuple[str, str], int]:
    return {(row.age_band, row.sex): row.n for row in found.itertuples() if row.age_band != "all"}


def test_scores_are_released_for_everybody_and_by_age_at_the_first_dose_and_sex():
    found = banded({("FR", 1955, "F"): 30, ("FR", 1954, "M"): 40, ("FR", 1984, "F"): 25})
    assert groups_of(found) == {("60-69", "F"): 30, ("70-79", "M"): 40, ("40-49", "F"): 25}
    everybody = found[found.age_band == "all"]
    assert everybody[["sex", "n"]].to_numpy().tolist() == [["all", 95]]


def test_with_one_group_held_back_the_smallest_of_the_others_is_too():
    found = banded({("FR", 1955, "F"): 30, ("FR", 1954, "M"): 40, ("FR", 1984, "F"): 19})
    assert groups_of(found) == {("70-79", "M"): 40}


def test_two_groups_held_back_that_make_fewer_than_twenty_take_a_third_along():
    some = {("FR", 1955, "F"): 30, ("FR", 1954, "M"): 40}
    few = banded(some | {("FR", 1984, "F"): 9, ("FR", 1984, "M"): 9})
    enough = banded(some | {("FR", 1984, "F"): 11, ("FR", 1984, "M"): 9})
    assert groups_of(few) == {("70-79", "M"): 40}
    assert set(groups_of(enough)) == {("60-69", "F"), ("70-79", "M")}


@pytest.mark.parametrize("kind", [("FR", None, "F"), ("FR", 1955, "U")])
def test_people_of_no_group_count_as_one_that_is_held_back(kind):
    found = banded({("FR", 1955, "F"): 30, ("FR", 1954, "M"): 40, kind: 25})
    assert groups_of(found) == {("70-79", "M"): 40}
    assert found[found.age_band == "all"].n.tolist() == [95]


def test_few_foreigners_among_those_held_back_keep_all_groups_back():
    # Of those held back one is from Spain, whichever group joins them.
    found = banded(
        {
            ("FR", 1955, "F"): 30,
            ("FR", 1954, "M"): 40,
            ("FR", 1984, "F"): 15,
            ("FR", 1984, "M"): 11,
            ("ES", 1984, "M"): 1,
            ("ES", 1954, "M"): 20,
        }
    )
    assert groups_of(found) == {}
    assert found.age_band.tolist() == ["all"]


YEARS = (1950, 1960, 1970, None)


@given(
    st.dictionaries(
        st.tuples(
            st.sampled_from(["FR", "ES"]), st.sampled_from(YEARS), st.sampled_from(["F", "M", "U"])
        ),
        st.integers(1, 45),
        min_size=1,
    )
)
@settings(deadline=None, max_examples=60)
def test_nothing_small_can_be_worked_out_by_subtracting_groups_from_everybody(sizes):
    found = banded(sizes)
    shown = groups_of(found)
    if not (found.age_band == "all").any():
        assert shown == {}
        return
    bands = {1950: "70-79", 1960: "60-69", 1970: "50-59", None: None}
    hidden: dict[tuple[str | None, str], dict[str, int]] = {}
    for (country, year, sex), size in sizes.items():
        if (bands[year], sex) not in shown:
            known = bands[year] is not None and sex != "U"
            of = hidden.setdefault((bands[year], sex) if known else (None, ""), {})
            of[country] = of.get(country, 0) + size
    if not shown or not hidden:
        return
    by_country = [sum(of.get(country, 0) for of in hidden.values()) for country in ("FR", "ES")]
    assert sum(by_country) >= MINIMUM_FOR_QUANTILES
    assert len(hidden) >= 2
    assert min(by_country) == 0 or min(by_country) >= MINIMUM_CELL


def test_score_bins_are_thirty_days_wide_around_their_middle_and_end_at_two_years():
    people = patients(["research"] * 20)
    treatment = frame(
        "treatment",
        [
            {
                "patient_id": patient_id,
                "line": line,
                "regimen": "r",
                "drug_class": drug_class,
                "start_date": pd.Timestamp(start),
            }
            for patient_id in people.patient_id
            for line, drug_class, start in ((1, "PDL1", "2024-01-01"), (2, "CTLA4", "2024-06-01"))
        ],
    )
    days = {-20: 99.0, -15: 10.0, 14: 30.0, 15: 50.0, 44: 50.0, 800: 99.0}
    score = frame(
        "score",
        [
            {
                "patient_id": patient_id,
                "date": pd.Timestamp("2024-01-01") + pd.Timedelta(days=day),
                "instrument": "qlq-c30",
                "scale": "QL",
                "value": value,
            }
            for patient_id in people.patient_id
            for day, value in days.items()
        ],
    )
    found = run(
        score_band(tables("patient", "treatment", "score")),
        patient=people,
        treatment=treatment,
        score=score,
    ).sort_values("day")
    assert set(found.age_band) == {"all"}  # nobody's year of birth is known
    assert found.day.tolist() == [0, 30]
    assert found["median"].tolist() == [20.0, 50.0]
    assert set(found.drug_class) == {"PDL1"}
    assert set(found.n) == {20}
