import threading
from datetime import timedelta

import pytest
from sqlalchemy import MetaData, create_engine, select

from data_access.record import Record, Role, SignInRefused
from data_access.record.passwords import _HASHER, NOBODY
from data_access.record.sign_in import ADDRESS_FAILURES, FAILURES
from tests.data_access.record.people import OPERATOR, PASSWORD, MovableClock

HERE, THERE = "192.0.2.1", "192.0.2.2"


def fail(record: Record, name: str = "anna", address: str = HERE, times: int = 1) -> str:
    """Fail to sign in; the sentence of the refusal."""
    for _ in range(times):
        with pytest.raises(SignInRefused) as refusal:
            record.sign_in(name, "a wrong password", address)
    return str(refusal.value)


def signs_in(record: Record, name: str = "anna", address: str = HERE) -> bool:
    try:
        record.sign_in(name, PASSWORD, address)
    except SignInRefused:
        return False
    return True


def test_the_right_password_starts_a_session_of_its_own(record: Record) -> None:
    first, second = record.sign_in("anna", PASSWORD, HERE), record.sign_in("Anna ", PASSWORD, HERE)
    assert first != second
    viewer = record.sessions.find(first).viewer
    assert viewer is not None
    assert (viewer.name, viewer.role, viewer.scopes) == ("anna", Role.ONCOLOGIST, ("FR",))


def test_every_failure_gets_the_same_sentence(record: Record) -> None:
    record.accounts.set_active(OPERATOR, "ben", active=False)
    with pytest.raises(SignInRefused) as disabled:
        record.sign_in("ben", PASSWORD, THERE)
    unknown = fail(record, "nobody")
    wrong = fail(record)
    locked = fail(record, times=FAILURES)
    assert {str(disabled.value), unknown, wrong, locked} == {wrong}


def test_unknown_names_cost_the_same_hash_as_known_ones() -> None:
    assert not _HASHER.check_needs_rehash(NOBODY)


@pytest.mark.parametrize("name", ["", "x" * 10_000, "an\0na", "anna\ud800", "' OR 1=1 --"])
def test_odd_names_are_refused_like_any_other(record: Record, name: str) -> None:
    assert "Sign-in failed" in fail(record, name)


def test_five_failures_lock_the_name_from_everywhere(record: Record) -> None:
    fail(record, times=FAILURES)
    assert not signs_in(record, address=THERE)
    assert signs_in(record, "ben", THERE)


def test_many_failures_lock_the_address_for_every_name(record: Record) -> None:
    for number in range(ADDRESS_FAILURES):
        fail(record, f"guess-{number}")
    assert not signs_in(record)
    assert signs_in(record, address=THERE)


def test_the_lock_opens_after_fifteen_minutes(record: Record, clock: MovableClock) -> None:
    fail(record, times=FAILURES)
    clock.forward(minutes=14, seconds=59)
    assert not signs_in(record)
    clock.forward(seconds=2)
    assert signs_in(record)


def test_trying_while_locked_does_not_prolong_the_lock(record: Record, clock: MovableClock) -> None:
    fail(record, times=FAILURES)
    clock.forward(minutes=10)
    fail(record, times=FAILURES)
    clock.forward(minutes=5, seconds=1)
    assert signs_in(record)


def test_a_success_starts_the_count_of_the_name_anew(record: Record) -> None:
    fail(record, times=FAILURES - 1)
    assert signs_in(record, address=THERE)
    fail(record, address=THERE)
    assert signs_in(record, address=THERE)


def test_an_administrator_unlocks(record: Record) -> None:
    fail(record, times=FAILURES)
    record.accounts.unlock(OPERATOR, "anna")
    assert signs_in(record, address=THERE)


def test_unlocking_a_name_leaves_the_address_locked(record: Record) -> None:
    for number in range(ADDRESS_FAILURES - FAILURES):
        fail(record, f"guess-{number}")
    fail(record, times=FAILURES)
    record.accounts.unlock(OPERATOR, "anna")
    assert not signs_in(record)
    assert signs_in(record, address=THERE)


def test_failures_after_unlocking_lock_again(record: Record) -> None:
    fail(record, times=FAILURES)
    record.accounts.unlock(OPERATOR, "Anna")
    assert not next(account for account in record.accounts.all() if account.name == "anna").locked
    fail(record, address=THERE, times=FAILURES)
    assert not signs_in(record, address=THERE)


def test_the_lock_is_counted_in_the_store_not_in_the_process(record: Record, url: str) -> None:
    fail(record, times=FAILURES)
    worker = Record(url, secret=b"0123456789abcdef" * 3, clock=record._chain._clock)
    assert not signs_in(worker, address=THERE)
    worker.close()


def test_guesses_at_the_same_moment_are_all_counted(record: Record) -> None:
    tried: list[bool] = []

    def guess(number: int) -> None:
        with pytest.raises(SignInRefused):
            record.sign_in("anna", f"wrong password {number}", f"192.0.2.{number}")
        tried.append(True)

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(tried) == 8
    refused = [entry for entry in record.entries() if entry.outcome == "refused"]
    assert len(refused) == FAILURES


def test_a_session_ends_after_fifteen_idle_minutes(record: Record, clock: MovableClock) -> None:
    session = record.sign_in("anna", PASSWORD, HERE)
    clock.forward(minutes=14)
    assert record.sessions.find(session).viewer is not None
    clock.forward(minutes=14)
    assert record.sessions.find(session).viewer is not None
    clock.forward(minutes=15)
    found = record.sessions.find(session)
    assert (found.viewer, found.ended) == (None, "idle")


def test_a_page_that_only_polls_does_not_keep_the_session(
    record: Record, clock: MovableClock
) -> None:
    session = record.sign_in("anna", PASSWORD, HERE)
    for _ in range(14):
        clock.forward(minutes=1)
        assert record.sessions.find(session, activity=False).viewer is not None
    assert record.sessions.find(session, activity=False).seconds_left == 60
    clock.forward(minutes=1)
    assert record.sessions.find(session, activity=False).ended == "idle"


def test_a_session_ends_after_eight_hours_whatever_happens(
    record: Record, clock: MovableClock
) -> None:
    session = record.sign_in("anna", PASSWORD, HERE)
    start = clock.now
    while clock.now - start < timedelta(hours=7, minutes=55):
        clock.forward(minutes=5)
        assert record.sessions.find(session).viewer is not None
    clock.forward(minutes=5)
    assert record.sessions.find(session).ended == "absolute"


def test_signing_out_ends_the_session_at_once(record: Record) -> None:
    session, other = (record.sign_in("anna", PASSWORD, HERE) for _ in range(2))
    record.sessions.end(session)
    assert record.sessions.find(session).ended == "revoked"
    assert record.sessions.find(other).viewer is not None


def test_an_unknown_session_is_nobody(record: Record) -> None:
    assert record.sessions.find("made up").viewer is None


@pytest.mark.parametrize(
    "act",
    [
        lambda record: record.accounts.set_active(OPERATOR, "anna", active=False),
        lambda record: record.accounts.set_role(OPERATOR, "anna", Role.STEWARD),
        lambda record: record.accounts.set_password(OPERATOR, "anna", "another long password"),
    ],
    ids=["disable", "role", "password"],
)
def test_disabling_or_changing_role_or_password_ends_sessions(record: Record, act) -> None:  # type: ignore[no-untyped-def]
    session = record.sign_in("anna", PASSWORD, HERE)
    act(record)
    assert record.sessions.find(session).viewer is None


def test_an_enabled_user_signs_in_again_but_old_sessions_stay_ended(record: Record) -> None:
    session = record.sign_in("anna", PASSWORD, HERE)
    record.accounts.set_active(OPERATOR, "anna", active=False)
    record.accounts.set_active(OPERATOR, "anna", active=True)
    assert record.sessions.find(session).viewer is None
    assert signs_in(record)


def test_the_store_keeps_neither_passwords_nor_identifiers_nor_typed_names(
    record: Record, url: str
) -> None:
    session = record.sign_in("anna", PASSWORD, HERE)
    fail(record, "my password by mistake")
    engine = create_engine(url)
    tables = MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        kept = str([connection.execute(select(table)).all() for table in tables.sorted_tables])
    engine.dispose()
    assert "anna" in kept
    assert session not in kept
    assert PASSWORD not in kept
    assert "my password by mistake" not in kept
