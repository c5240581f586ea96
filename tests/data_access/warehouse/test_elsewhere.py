from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import ibis
import pandas as pd
import pytest

from data_access.errors import WarehouseUnavailable
from data_access.warehouse.cohort_questions import Answers
from data_access.warehouse.elsewhere import (
    Elsewhere,
    asked_of,
    check_columns,
    framed,
    version_name,
)
from data_access.warehouse.layout import Snapshot
from data_access.warehouse.parcel import Parcel
from models.cohort import counts
from models.cohort.definition import parse_cohort
from models.cohort.membership import compared, marks
from models.cohort.people import COHORT

SNAPSHOT = Snapshot("2026-11-25-001", datetime(2026, 11, 25, 8, 5, 9, tzinfo=UTC), None, "s", None)


class Numbered:
    """One snapshot of a place that counts how often it was looked at."""

    def __init__(self, number: int) -> None:
        self.snapshot = replace(SNAPSHOT, id=str(number))

    def run(self, expression: object) -> pd.DataFrame:
        return pd.DataFrame({"answer": [self.snapshot.id]})


class Counting:
    looks = 0
    closed = False

    def latest(self, open_one: Answers | None) -> Answers:
        self.looks += 1
        return Numbered(self.looks)

    def publish(self, parcel: Parcel) -> bool:
        raise AssertionError("nothing is published here")

    def close(self) -> None:
        self.closed = True


def test_a_newer_snapshot_is_looked_for_only_now_and_then() -> None:
    now = [0.0]
    place = Counting()
    elsewhere = Elsewhere(place, poll_seconds=2.0, clock=lambda: now[0])
    assert place.looks == 0
    kept = elsewhere.current()
    now[0] = 1.9
    assert elsewhere.current() is kept
    now[0] = 2.0
    assert elsewhere.snapshot.id == "2"
    assert elsewhere.run(COHORT.unbound).answer.tolist() == ["2"]
    assert kept.snapshot.id == "1"


def test_after_closing_the_next_question_opens_it_again() -> None:
    place = Counting()
    elsewhere = Elsewhere(place, poll_seconds=1e9)
    elsewhere.current()
    elsewhere.close()
    assert place.closed
    assert elsewhere.snapshot.id == "2"


def test_another_build_of_the_same_number_has_another_name() -> None:
    assert version_name(SNAPSHOT) == "cohort_2026_11_25_001_080509"
    later = replace(SNAPSHOT, created=SNAPSHOT.created.replace(second=10))
    assert version_name(later) != version_name(SNAPSHOT)


def test_a_question_is_asked_of_the_published_table_only() -> None:
    people = compared(marks(parse_cohort("age=50-70"), parse_cohort(""), ["FR"]))
    asked = asked_of(counts.cells(people, ["age"]), "cohort_7", "place")
    sql = ibis.to_sql(asked, dialect="postgres")
    assert '"place"."cohort_7"' in sql
    assert '"cohort"' not in sql


def test_a_table_of_another_version_is_refused() -> None:
    check_columns([*COHORT.names, "more"], SNAPSHOT)
    with pytest.raises(WarehouseUnavailable, match="another version"):
        check_columns(COHORT.names[1:], SNAPSHOT)


def test_answers_have_plain_types_and_gaps_are_missing_values() -> None:
    schema = ibis.schema(
        {"whole": "int32", "gap": "int64", "number": "float64", "word": "string", "yes": "boolean"}
    )
    rows = [(1, 5, 0.5, "a", True), (2, None, None, None, False)]
    found = framed(rows, schema)
    assert found.dtypes.astype(str).tolist() == ["int64", "float64", "float64", "str", "bool"]
    assert found.isna().sum().tolist() == [0, 1, 1, 1, 0]
    gaps = framed([(None,), (True,)], ibis.schema({"yes": "boolean"}))
    assert gaps.yes.tolist() == [None, True]


def test_no_rows_are_an_empty_frame_with_all_columns() -> None:
    found = framed([], ibis.schema({"word": "string", "whole": "int32"}))
    assert (len(found), found.dtypes.astype(str).tolist()) == (0, ["str", "int64"])
