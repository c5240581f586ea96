import multiprocessing
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection

import pytest
from sqlalchemy.exc import DBAPIError

from data_access.errors import NotAllowed, NotFound, RecordUnavailable
from data_access.record import Agent, Record, Viewer
from tests.data_access.record.people import OPERATOR, SECRET, view


def test_a_granted_read_is_in_the_log_with_the_predictions_shown(
    record: Record, anna: Viewer
) -> None:
    assert view(record, anna) == "what was read"
    entry = record.entries(patient_id="p1")[0]
    assert (entry.actor, entry.action, entry.outcome) == ("anna", "view patient", "granted")
    assert entry.shown_digest is not None
    assert record.verify().broken_seq is None


def test_nothing_is_shown_when_the_log_refuses_the_entry(
    record: Record, anna: Viewer, url: str, execute: Callable[[str], None]
) -> None:
    if url.startswith("sqlite"):
        execute(
            "CREATE TRIGGER full_disk BEFORE INSERT ON access_log "
            "BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )
    else:
        execute("ALTER TABLE access_log ADD CONSTRAINT full_disk CHECK (seq < 0) NOT VALID")
    with pytest.raises(RecordUnavailable):
        view(record, anna)


def test_nothing_is_shown_when_a_prediction_cannot_be_recorded(
    record: Record, anna: Viewer, execute: Callable[[str], None]
) -> None:
    execute("DROP TABLE prediction_shown")
    before = len(record.entries())
    with pytest.raises(RecordUnavailable):
        view(record, anna)
    assert len(record.entries()) == before


def test_a_refused_read_is_logged_as_refused(record: Record, anna: Viewer) -> None:
    def read() -> None:
        raise NotFound

    with pytest.raises(NotFound, match="No record of that patient in your care"):
        record.grant_read(anna, "p9", "view patient", snapshot="s1", read=read)
    assert [entry.outcome for entry in record.entries(patient_id="p9")] == ["refused"]


def test_a_scope_taken_back_while_reading_stops_the_read(record: Record, anna: Viewer) -> None:
    def read() -> str:
        record.accounts.revoke(OPERATOR, "anna", ["FR"])
        return "too late"

    with pytest.raises(NotAllowed, match="access has changed"):
        record.grant_read(anna, "p1", "view patient", snapshot="s1", read=read)
    assert record.entries(patient_id="p1")[0].outcome == "refused"


def test_a_user_disabled_while_reading_sees_nothing(record: Record, anna: Viewer) -> None:
    def read() -> str:
        record.accounts.set_active(OPERATOR, "anna", active=False)
        return "too late"

    with pytest.raises(NotAllowed):
        record.grant_read(anna, "p1", "view patient", snapshot="s1", read=read)


@pytest.mark.parametrize("table", ["access_log", "prediction_shown"])
@pytest.mark.parametrize("act", ["UPDATE {} SET {} = 'x'", "DELETE FROM {}"])
def test_entries_can_be_neither_changed_nor_deleted(
    record: Record, anna: Viewer, execute: Callable[[str], None], table: str, act: str
) -> None:
    view(record, anna)
    column = "actor" if table == "access_log" else "outcome"
    with pytest.raises(DBAPIError, match="never changed"):
        execute(act.format(table, column))


def test_replacing_an_entry_is_refused(
    record: Record, url: str, execute: Callable[[str], None]
) -> None:
    if not url.startswith("sqlite"):
        execute_error = "duplicate key"
        statement = "INSERT INTO access_log SELECT * FROM access_log WHERE seq = 1"
    else:
        execute_error = "never changed"
        statement = "INSERT OR REPLACE INTO access_log SELECT * FROM access_log WHERE seq = 1"
    with pytest.raises(DBAPIError, match=execute_error):
        execute(statement)


def test_threads_that_append_together_make_one_chain(record: Record) -> None:
    def append(number: int) -> None:
        for _ in range(15):
            record.log(Agent(f"thread {number}", "operator"), "import")

    threads = [threading.Thread(target=append, args=(number,)) for number in range(4)]
    before = record.verify().entries
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report = record.verify()
    assert (report.entries, report.broken_seq) == (before + 60, None)


def append_from_a_process(url: str, number: int) -> None:
    store = Record(url, secret=SECRET)
    for _ in range(15):
        store.log(Agent(f"process {number}", "operator"), "import")
    store.close()


def test_processes_that_append_together_make_one_chain(record: Record, url: str) -> None:
    before = record.verify().entries
    context = multiprocessing.get_context("spawn")
    with context.Pool(4) as pool:
        pool.starmap(append_from_a_process, [(url, number) for number in range(4)])
        pool.close()
        pool.join()
    report = record.verify()
    assert (report.entries, report.broken_seq) == (before + 60, None)


def append_until_killed(url: str, acknowledged: Connection) -> None:
    store = Record(url, secret=SECRET)
    while True:
        store.log(OPERATOR, "import")
        acknowledged.send(True)


@pytest.mark.parametrize("entries", [1, 7, 30])
def test_a_writer_killed_at_work_loses_nothing_it_was_told_is_written(
    record: Record, url: str, entries: int
) -> None:
    before = record.verify().entries
    context = multiprocessing.get_context("spawn")
    listening, acknowledged = context.Pipe(duplex=False)
    writer = context.Process(target=append_until_killed, args=(url, acknowledged))
    writer.start()
    acknowledged.close()
    for _ in range(entries):
        listening.recv()
    writer.kill()
    writer.join()
    told = entries
    while listening.poll():
        try:
            told += listening.recv()
        except EOFError:
            break
    listening.close()
    report = record.verify()
    assert report.broken_seq is None
    assert report.entries >= before + told
