from __future__ import annotations

import threading

import pytest
from sqlalchemy.exc import DBAPIError

from data_access.errors import NotAllowed, RecordUnavailable
from data_access.record import Agent, Released, ReleasesChanged, Role
from data_access.record.tables import LONGEST_EXPRESSION
from models.cohort.definition import LONGEST
from tests.data_access.record.people import OPERATOR

PD1, WOMEN = "drug_class=PD1", "sex=F"
TWO = [PD1, WOMEN]


def expressions(record, actor):
    return [one.expression for one in record.releases.released_to(actor)]


def test_what_was_released_comes_back_in_order_and_is_logged(record, anna):
    assert record.releases.released_to(anna) == []
    assert record.releases.admit(anna, "s1", TWO, 0) == 2
    assert record.releases.released_to(anna) == [Released(1, PD1), Released(2, WOMEN)]
    entry = record.entries(limit=1)[0]
    assert (entry.actor, entry.action, entry.outcome) == ("anna", "cohort comparison", "granted")
    assert (entry.subject, entry.snapshot) == ("drug_class=PD1 | sex=F", "s1")
    assert record.verify().broken_seq is None


def test_a_cohort_is_noted_once_whatever_the_snapshot_and_logged_each_time(record, anna):
    record.releases.admit(anna, "s1", [PD1, PD1], 0)
    assert record.releases.admit(anna, "s2", [WOMEN, PD1], 1) == 2
    assert record.releases.admit(anna, "s3", TWO, 2) == 2
    assert expressions(record, anna) == TWO
    logged = [entry.snapshot for entry in record.entries(limit=3)]
    assert logged == ["s3", "s2", "s1"]


def test_everybody_is_a_cohort_too(record, anna):
    record.releases.admit(anna, "s1", [""], 0)
    assert expressions(record, anna) == [""]
    assert record.entries(limit=1)[0].subject == "everybody"


def test_users_and_accounts_of_the_host_do_not_see_each_others_releases(record, anna, ben):
    same_name = Agent("anna", "operator")
    newest = record.releases.admit(anna, "s1", [PD1], 0)
    assert record.releases.admit(ben, "s1", TWO, 0) > newest
    assert record.releases.released_to(same_name) == []
    record.releases.admit(same_name, "s1", [WOMEN], 0)
    assert record.releases.released_to(OPERATOR) == []
    assert expressions(record, anna) == [PD1]
    assert expressions(record, ben) == TWO
    assert expressions(record, same_name) == [WOMEN]
    record.releases.admit(anna, "s1", [WOMEN], newest)


@pytest.mark.parametrize("known_id", [0, 1, 3])
def test_a_release_audited_against_others_than_there_are_is_not_written(record, anna, known_id):
    record.releases.admit(anna, "s1", TWO, 0)
    before = len(record.entries())
    with pytest.raises(ReleasesChanged, match="compare again"):
        record.releases.admit(anna, "s1", ["age=50-59"], known_id)
    assert expressions(record, anna) == TWO
    assert len(record.entries()) == before


def test_of_windows_that_release_at_once_one_goes_first(record, anna):
    admitted, refused = [], []

    def release(number):
        try:
            admitted.append(record.releases.admit(anna, "s1", [f"line={number}"], 0))
        except ReleasesChanged:
            refused.append(number)

    threads = [threading.Thread(target=release, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (admitted, len(refused)) == ([1], 3)
    assert len(record.releases.released_to(anna)) == 1


def test_different_people_who_release_at_once_all_may(record, anna, ben):
    actors = [anna, ben, OPERATOR, Agent("other", "operator")]

    def release(actor):
        newest = 0
        for number in range(5):
            newest = record.releases.admit(actor, "s1", [f"line={number}"], newest)

    threads = [threading.Thread(target=release, args=(actor,)) for actor in actors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(record.releases.released_to(actor)) for actor in actors] == [5] * 4
    assert record.verify().broken_seq is None


def take_scope(record):
    record.accounts.revoke(OPERATOR, "anna", ["FR"])


def disable(record):
    record.accounts.set_active(OPERATOR, "anna", active=False)


def change_role(record):
    record.accounts.set_role(OPERATOR, "anna", Role.STEWARD)


@pytest.mark.parametrize("change", [take_scope, disable, change_role])
def test_nothing_is_released_to_somebody_whose_access_changed(record, anna, change):
    change(record)
    with pytest.raises(NotAllowed, match="access has changed"):
        record.releases.admit(anna, "s1", TWO, 0)
    assert record.releases.released_to(anna) == []
    entry = record.entries(limit=1)[0]
    assert (entry.actor, entry.action, entry.outcome) == ("anna", "cohort comparison", "refused")


def test_a_refused_comparison_is_logged(record, anna):
    record.releases.refuse(anna, "s1", "cohort export")
    entry = record.entries(limit=1)[0]
    assert (entry.action, entry.outcome, entry.snapshot) == ("cohort export", "refused", "s1")
    assert record.releases.released_to(anna) == []


def test_nothing_is_noted_when_the_log_refuses_the_entry(record, anna, execute):
    execute("DELETE FROM access_head")
    with pytest.raises(RecordUnavailable):
        record.releases.admit(anna, "s1", TWO, 0)
    assert record.releases.released_to(anna) == []


def test_long_definitions_are_kept_whole_and_told_apart_in_the_log(record, anna):
    first, second = (("é" * (LONGEST_EXPRESSION - 1)) + end for end in "ab")
    record.releases.admit(anna, "s1", [first], 0)
    record.releases.admit(anna, "s1", [second], 1)
    assert expressions(record, anna) == [first, second]
    subjects = [entry.subject for entry in record.entries(limit=2)]
    assert len(set(subjects)) == 2
    assert [len(subject) for subject in subjects] == [200, 200]


def test_a_definition_too_long_to_be_kept_is_refused(record, anna):
    with pytest.raises(NotAllowed, match="too long"):
        record.releases.admit(anna, "s1", [PD1, "x" * (LONGEST_EXPRESSION + 1)], 0)
    assert record.releases.released_to(anna) == []


def test_every_definition_that_may_be_typed_can_be_kept():
    assert LONGEST_EXPRESSION >= LONGEST


@pytest.mark.parametrize(
    "statement", ["UPDATE cohort_release SET expression = 'x'", "DELETE FROM cohort_release"]
)
def test_releases_can_be_neither_changed_nor_deleted(record, anna, execute, statement):
    record.releases.admit(anna, "s1", TWO, 0)
    with pytest.raises(DBAPIError, match="never changed"):
        execute(statement)
    assert expressions(record, anna) == TWO


def test_a_release_can_be_neither_replaced_nor_truncated(record, anna, url, execute):
    record.releases.admit(anna, "s1", TWO, 0)
    replace = "INSERT OR REPLACE INTO cohort_release SELECT * FROM cohort_release WHERE id = 1"
    statement = replace if url.startswith("sqlite") else "TRUNCATE cohort_release"
    with pytest.raises(DBAPIError, match="never changed"):
        execute(statement)
    assert expressions(record, anna) == TWO
