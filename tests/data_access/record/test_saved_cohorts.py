from __future__ import annotations

import threading

import pytest
from sqlalchemy.exc import DBAPIError

from data_access.errors import NotAllowed, NotFound, RecordUnavailable
from data_access.record import SavedCohorts
from data_access.record.saved_cohorts import LONGEST_NAME, MOST_SAVED
from data_access.record.tables import LONGEST_EXPRESSION
from tests.data_access.record.people import OPERATOR

PD1, CTLA4 = "drug_class=PD1", "drug_class=CTLA4"


def names(record, viewer):
    return [one.name for one in record.saved_cohorts.of(viewer)]


def logged(record, count):
    return [(e.actor, e.action, e.outcome, e.subject) for e in record.entries(limit=count)]


def test_what_was_saved_comes_back_and_is_logged_without_its_name(record, anna, clock):
    record.saved_cohorts.save(anna, "  Mono or combined ", PD1, "")
    assert record.saved_cohorts.of(anna) == (SavedCohorts("Mono or combined", PD1, "", clock.now),)
    assert logged(record, 1) == [("anna", "save cohorts", "done", "saved cohorts 1")]
    assert record.verify().broken_seq is None


def test_saved_cohorts_come_by_name_in_any_capitals(record, anna):
    for name in ("b", "C", "A", "é"):
        record.saved_cohorts.save(anna, name, PD1, CTLA4)
    assert names(record, anna) == ["A", "b", "C", "é"]


def test_saving_under_the_same_name_replaces_and_keeps_the_old_one_as_removed(record, anna, clock):
    record.saved_cohorts.save(anna, "mine", PD1, CTLA4)
    clock.forward(days=1)
    record.saved_cohorts.save(anna, " mine", CTLA4, PD1)
    assert record.saved_cohorts.of(anna) == (SavedCohorts("mine", CTLA4, PD1, clock.now),)
    assert logged(record, 1)[0][3] == "saved cohorts 2"
    with record._database.read() as session:
        rows = session.connection().exec_driver_sql(
            "SELECT a, removed IS NULL FROM saved_cohort ORDER BY id"
        )
        assert [(a, bool(kept)) for a, kept in rows] == [(PD1, False), (CTLA4, True)]


def test_two_users_neither_see_nor_remove_each_others(record, anna, ben):
    record.saved_cohorts.save(anna, "mine", PD1, CTLA4)
    assert record.saved_cohorts.of(ben) == ()
    with pytest.raises(NotFound):
        record.saved_cohorts.forget(ben, "mine")
    record.saved_cohorts.save(ben, "mine", CTLA4, PD1)
    record.saved_cohorts.forget(ben, "mine")
    assert [one.a for one in record.saved_cohorts.of(anna)] == [PD1]


def test_what_was_forgotten_is_gone_and_its_name_free(record, anna):
    record.saved_cohorts.save(anna, "mine", PD1, CTLA4)
    record.saved_cohorts.forget(anna, " mine ")
    assert record.saved_cohorts.of(anna) == ()
    assert logged(record, 1) == [("anna", "forget cohorts", "done", "saved cohorts 1")]
    record.saved_cohorts.save(anna, "mine", CTLA4, PD1)
    assert names(record, anna) == ["mine"]


def test_forgetting_what_is_not_there_is_refused_and_not_logged(record, anna):
    before = len(record.entries())
    with pytest.raises(NotFound, match="no comparison of that name"):
        record.saved_cohorts.forget(anna, "mine")
    assert len(record.entries()) == before


@pytest.mark.parametrize(
    "name", ["", "  ", "x" * (LONGEST_NAME + 1), "red \x1b[31m", "two\nlines", "turned \u202e"]
)
def test_a_name_is_asked_for(record, anna, name):
    with pytest.raises(NotAllowed, match="Give a name"):
        record.saved_cohorts.save(anna, name, PD1, CTLA4)
    assert record.saved_cohorts.of(anna) == ()


def test_the_longest_name_and_definition_are_kept_whole(record, anna):
    name, expression = "é" * LONGEST_NAME, "é" * LONGEST_EXPRESSION
    record.saved_cohorts.save(anna, f" {name} ", expression, expression)
    (saved,) = record.saved_cohorts.of(anna)
    assert (saved.name, saved.a, saved.b) == (name, expression, expression)


@pytest.mark.parametrize("expression", ["x" * (LONGEST_EXPRESSION + 1), "sex=F\x00"])
@pytest.mark.parametrize("place", ["a", "b"])
def test_a_definition_that_cannot_be_kept_is_refused(record, anna, expression, place):
    pair = {"a": PD1, "b": PD1, place: expression}
    with pytest.raises(NotAllowed, match="definition of a cohort"):
        record.saved_cohorts.save(anna, "mine", **pair)
    assert record.saved_cohorts.of(anna) == ()


def test_there_is_a_most_that_may_be_saved_and_replacing_still_goes(record, anna, ben):
    for number in range(MOST_SAVED):
        record.saved_cohorts.save(anna, f"n{number}", PD1, CTLA4)
    with pytest.raises(NotAllowed, match="remove one first"):
        record.saved_cohorts.save(anna, "one more", PD1, CTLA4)
    record.saved_cohorts.save(anna, "n7", CTLA4, PD1)
    record.saved_cohorts.save(ben, "one more", PD1, CTLA4)
    record.saved_cohorts.forget(anna, "n0")
    record.saved_cohorts.save(anna, "one more", PD1, CTLA4)
    assert len(record.saved_cohorts.of(anna)) == MOST_SAVED


def test_a_disabled_user_can_neither_save_nor_forget(record, anna):
    record.saved_cohorts.save(anna, "mine", PD1, CTLA4)
    record.accounts.set_active(OPERATOR, "anna", active=False)
    with pytest.raises(NotAllowed, match="may not be used"):
        record.saved_cohorts.save(anna, "other", PD1, CTLA4)
    with pytest.raises(NotAllowed, match="may not be used"):
        record.saved_cohorts.forget(anna, "mine")
    assert names(record, anna) == ["mine"]


def test_nothing_is_saved_or_forgotten_when_the_log_refuses_the_entry(record, anna, url, execute):
    record.saved_cohorts.save(anna, "mine", PD1, CTLA4)
    if url.startswith("sqlite"):
        execute(
            "CREATE TRIGGER full_disk BEFORE INSERT ON access_log "
            "BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )
    else:
        execute("ALTER TABLE access_log ADD CONSTRAINT full_disk CHECK (seq < 0) NOT VALID")
    with pytest.raises(RecordUnavailable):
        record.saved_cohorts.save(anna, "mine", CTLA4, PD1)
    with pytest.raises(RecordUnavailable):
        record.saved_cohorts.forget(anna, "mine")
    assert [one.a for one in record.saved_cohorts.of(anna)] == [PD1]


def test_windows_that_save_one_name_at_once_leave_one(record, anna):
    def save():
        record.saved_cohorts.save(anna, "mine", PD1, CTLA4)

    threads = [threading.Thread(target=save) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert names(record, anna) == ["mine"]
    assert [entry[1] for entry in logged(record, 4)] == ["save cohorts"] * 4


def test_the_database_itself_keeps_one_of_a_name(record, anna, execute):
    record.saved_cohorts.save(anna, "mine", PD1, CTLA4)
    with pytest.raises(DBAPIError, match=r"(?i)unique"):
        execute(
            "INSERT INTO saved_cohort (id, user_id, name, a, b, created, removed) "
            "SELECT 99, user_id, name, a, b, created, removed FROM saved_cohort"
        )
