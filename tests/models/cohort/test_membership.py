"""Who belongs to a cohort, on rows that are looked at one by one."""

from __future__ import annotations

import ibis
import pandas as pd
import pytest

from models.cohort.definition import parse_cohort
from models.cohort.membership import belongs, compared, marks, own
from models.cohort.people import COHORT

NONE = dict.fromkeys(COHORT.names)


def row(number: int, **changes: object) -> dict[str, object]:
    return (
        NONE
        | {
            "number": number,
            "patient_id": f"p{number}",
            "country": "FR",
            "site": "FR/Lyon",
            "entry_day": 0,
            "follow_days": 400,
            "died": False,
            "irae_known": True,
        }
        | changes
    )


PEOPLE = [
    row(0, sex=0, stage=3, drug=1 + 128, start=52, albumin=0),
    row(1, sex=1, stage=None, drug=2, start=53, country="ES", site="ES/Madrid"),
    row(2, sex=0, stage=0, drug=0, start=54, follow_days=60, died=True),
    row(3, drug=None, any_1=30, skin_1=30, steroid_after_day=35, response=0, response_day=80),
    row(4, any_1=100, skin_1=100, any_3=100, response=1, response_day=90),
    row(5, irae_known=False, follow_days=None),
]


def run(expression: ibis.Table) -> pd.DataFrame:
    engine = ibis.duckdb.connect()
    frame = pd.DataFrame(PEOPLE, columns=list(COHORT.names))
    casts = ", ".join(
        f"CAST({column.name} AS {kind}) AS {column.name}"
        for column in COHORT.columns
        for kind in [
            {"int32": "INTEGER", "float64": "DOUBLE", "boolean": "BOOLEAN"}.get(
                column.kind, "VARCHAR"
            )
        ]
    )
    engine.con.register("raw", frame)
    engine.con.execute(f"CREATE TABLE cohort AS SELECT {casts} FROM raw")
    return engine.con.execute(engine.compile(expression)).df()


def members(expression: str) -> list[int]:
    people = COHORT.unbound
    found = run(people.filter(belongs(parse_cohort(expression), people)).select("number"))
    return sorted(found.number)


@pytest.mark.parametrize(
    ("expression", "numbers"),
    [
        ("", [0, 1, 2, 3, 4, 5]),
        ("sex=F", [0, 2]),
        ("sex!=F", [1, 3, 4, 5]),
        ("sex!=F,missing", [1]),
        ("stage=missing", [1, 3, 4, 5]),
        ("stage=IV,missing", [0, 1, 3, 4, 5]),
        ("stage=I,IV;sex=F", [0, 2]),
        ("drug=nivolumab", [0]),
        ("drug=ipilimumab,pembrolizumab", [0, 1]),
        ("drug=none", [2]),
        ("drug=missing", [3, 4, 5]),
        ("country=ES", [1]),
        ("site!=FR/Lyon", [1]),
        ("start=2023Q2-2023Q3", [1, 2]),
        ("albumin=-3.5", [0]),
        ("landmark=84", [0, 1, 3, 4]),
        ("landmark=84;irae=skin", [3]),
        ("landmark=126;irae=skin", [3, 4]),
        ("landmark=126;irae=severe", [4]),
        ("landmark=84;irae=none", [0, 1, 4]),
        ("landmark=84;irae!=none", [3]),
        ("landmark=84;steroid_after=yes", [3]),
        ("landmark=84;steroid_after=no", [0, 1, 4]),
        ("landmark=84;response=responder", [3]),
        ("landmark=84;response=missing", [0, 1, 4]),
        ("landmark=126;response=other", [4]),
    ],
)
def test_conditions_choose_the_rows_they_say(expression, numbers):
    assert members(expression) == numbers


def test_both_cohorts_and_the_viewers_own_patients_are_marked_at_once():
    a, b = parse_cohort("sex=F"), parse_cohort("stage=IV")
    found = run(compared(marks(a, b, ("ES", "FR/Paris", "patient:p2")))).set_index("number")
    assert found.in_a.to_dict() == {0: True, 2: True}
    assert found.in_b.to_dict() == {0: True, 2: False}
    assert found.own.to_dict() == {0: False, 2: True}


@pytest.mark.parametrize(
    ("scopes", "numbers"),
    [
        ((), []),
        (("ES",), [1]),
        (("ES/Madrid",), [1]),
        (("FR/Lyon",), [0, 2, 3, 4, 5]),
        (("patient:p4", "ES"), [1, 4]),
    ],
)
def test_scopes_say_who_is_the_viewers_own(scopes, numbers):
    people = COHORT.unbound
    assert sorted(run(people.filter(own(people, scopes)).select("number")).number) == numbers
