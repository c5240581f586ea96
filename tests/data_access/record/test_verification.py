from collections.abc import Callable, Iterator

import numpy as np
import pytest

from data_access.errors import NotConfigured, RecordUnavailable
from data_access.record import PredictionShown, Record, Role, Viewer
from data_access.record.access_log import BEFORE_FIRST
from tests.data_access.record.people import OPERATOR, PASSWORD, SECRET, view

SEALED_SINCE_THE_START = 4
"""Entries of the store that tests begin with: adding anna and ben."""


@pytest.fixture
def keyless(url: str) -> Iterator[Record]:
    """A command on the host that has no secret key."""
    store = Record(url)
    yield store
    store.close()


@pytest.fixture
def forger(keyless: Record, monkeypatch: pytest.MonkeyPatch) -> Record:
    """Somebody with the database's password and this program, but without the key."""
    monkeypatch.setattr(keyless._chain, "ask_for_key", lambda _session: None)
    return keyless


@pytest.mark.parametrize(
    ("change", "broken_seq", "reason"),
    [
        ("UPDATE access_log SET actor = 'ben' WHERE seq = 3", 3, "was changed"),
        ("UPDATE access_log SET patient_id = 'p2' WHERE seq = 5", 5, "was changed"),
        ("UPDATE access_log SET at = '2026-01-01 00:00:00' WHERE seq = 2", 2, "was changed"),
        ("UPDATE access_log SET seal = 'none' WHERE seq = 5", 5, "not sealed"),
        ("UPDATE access_log SET previous = hash WHERE seq = 2", 2, "does not follow"),
        ("UPDATE prediction_shown SET risk = 0.01 WHERE position = 0", 5, "predictions"),
        ("DELETE FROM prediction_shown", 5, "predictions"),
        ("UPDATE access_head SET seq = seq - 1", 6, "end of the log is missing"),
        ("UPDATE prediction_shown SET access_seq = 2", 2, "predictions"),
    ],
)
def test_verification_names_the_first_entry_that_was_tampered_with(
    record: Record,
    anna: Viewer,
    tamper: Callable[..., None],
    change: str,
    broken_seq: int,
    reason: str,
) -> None:
    view(record, anna)  # entry 5: adding anna and ben made four
    record.log(OPERATOR, "import")
    assert record.verify().broken_seq is None
    tamper(change)
    report = record.verify()
    assert (report.broken_seq, reason in report.reason) == (broken_seq, True), report


def test_a_missing_entry_is_noticed(record: Record, tamper: Callable[..., None]) -> None:
    tamper("DELETE FROM access_log WHERE seq = 2")
    assert record.verify().broken_seq == 2


def test_a_prediction_added_to_an_old_entry_is_noticed(
    record: Record, execute: Callable[[str], None]
) -> None:
    execute(
        "INSERT INTO prediction_shown (access_seq, position, landmark_day, outcome, horizon_days, "
        "model_version) VALUES (2, 0, 0, 'severe', 90, 'v1')"
    )
    assert record.verify().broken_seq == 2


def test_the_operator_may_append_without_the_key_until_the_first_sealed_entry(
    empty_url: str,
) -> None:
    keyless, keyed = Record(empty_url), Record(empty_url, secret=SECRET)
    keyless.upgrade()
    keyless.accounts.add(OPERATOR, "anna", Role.ONCOLOGIST, PASSWORD, ["FR"])
    keyed.log(OPERATOR, "import")
    report = keyed.verify()
    assert (report.broken_seq, report.entries, report.unsealed) == (None, 3, 2)
    for act in (
        lambda: keyless.log(OPERATOR, "import"),
        lambda: keyless.accounts.unlock(OPERATOR, "anna"),
        lambda: keyless.accounts.add(OPERATOR, "ben", Role.ONCOLOGIST, PASSWORD),
        keyless.verify,
    ):
        with pytest.raises(NotConfigured, match="set IMMUNOBOARD_SECRET_KEY"):
            act()
    assert keyed.verify().entries == 3
    assert [account.name for account in keyed.accounts.all()] == ["anna"]
    keyless.close()
    keyed.close()


def test_nobody_but_the_operator_is_unsealed_ever(empty_url: str) -> None:
    keyless, keyed = Record(empty_url), Record(empty_url, secret=SECRET)
    keyless.upgrade()
    keyless.accounts.add(OPERATOR, "anna", Role.ONCOLOGIST, PASSWORD, ["FR"])
    view(keyless, keyless.viewer(1))
    report = keyed.verify()
    assert (report.broken_seq, report.reason) == (3, "it is not sealed")
    keyless.close()
    keyed.close()


def test_an_end_cut_off_and_refilled_without_the_key_is_noticed(
    record: Record, anna: Viewer, forger: Record, tamper: Callable[..., None]
) -> None:
    view(record, anna)
    tamper(
        "DELETE FROM prediction_shown",
        "DELETE FROM access_log WHERE seq > 3",
        "UPDATE access_head SET seq = 3, hash = (SELECT hash FROM access_log WHERE seq = 3)",
    )
    assert record.verify().broken_seq is None
    forger.log(OPERATOR, "import")
    forger.log(OPERATOR, "import")
    report = record.verify()
    assert (report.broken_seq, report.reason, report.further) == (4, "it is not sealed", 1)


def test_flaws_after_the_first_are_counted(
    record: Record, anna: Viewer, tamper: Callable[..., None]
) -> None:
    view(record, anna)
    record.log(OPERATOR, "import")
    tamper(
        "UPDATE access_log SET actor = 'ben' WHERE seq IN (2, 4)",
        "UPDATE prediction_shown SET risk = 0.01 WHERE position = 0",
    )
    report = record.verify()
    assert (report.broken_seq, report.reason, report.further) == (2, "it was changed", 2)


def test_a_log_emptied_while_there_are_users_is_noticed(
    record: Record, tamper: Callable[..., None]
) -> None:
    tamper(
        "UPDATE access_head SET seq = 0, hash = (SELECT previous FROM access_log WHERE seq = 1)",
        "DELETE FROM access_log",
    )
    report = record.verify()
    assert (report.broken_seq, report.further) == (1, 0)
    assert report.reason == "the log is empty although there are users"


def test_an_empty_log_without_users_is_whole(empty_url: str) -> None:
    store = Record(empty_url, secret=SECRET)
    store.upgrade()
    assert (store.verify().broken_seq, store.verify().entries) == (None, 0)
    store.close()


def test_without_its_head_the_log_is_neither_checked_nor_continued(
    record: Record, anna: Viewer, execute: Callable[[str], None]
) -> None:
    execute("DELETE FROM access_head")
    for act in (record.verify, lambda: record.log(OPERATOR, "import"), lambda: view(record, anna)):
        with pytest.raises(RecordUnavailable, match="lost its head: restore"):
            act()


def test_a_head_kept_elsewhere_must_occur(
    record: Record, anna: Viewer, tamper: Callable[..., None]
) -> None:
    view(record, anna)
    kept = record.verify()
    record.log(OPERATOR, "import")
    assert record.verify(kept.head).has_kept_head
    assert record.verify(f"5:{kept.head}").has_kept_head
    assert not record.verify(f"4:{kept.head}").has_kept_head
    tamper(
        "DELETE FROM prediction_shown",
        "DELETE FROM access_log WHERE seq > 4",
        "UPDATE access_head SET seq = 4, hash = (SELECT hash FROM access_log WHERE seq = 4)",
    )
    record.log(OPERATOR, "import")
    record.log(OPERATOR, "import")
    report = record.verify(kept.head)
    assert (report.broken_seq, report.has_kept_head) == (None, False)


def test_the_head_of_an_empty_log_occurs_in_every_log(record: Record) -> None:
    assert record.verify(f"0:{BEFORE_FIRST}").has_kept_head


@pytest.mark.parametrize(
    "shown",
    [
        PredictionShown(np.int64(90), "severe", 180.0, np.float64(0.2), np.float32(0.1), 1, "v1"),  # type: ignore[arg-type]
        PredictionShown(0, np.str_("skin"), np.float64(180), 0, -0.0, 1.0, "v1"),  # type: ignore[arg-type]
        PredictionShown(0, "skin", 180, float("nan"), np.float32("nan"), None, "v1"),  # type: ignore[arg-type]
        PredictionShown(0, "skin", 180, 0.1 + 0.2, 5e-324, 1 / 3, "v1"),
    ],
    ids=["numpy", "whole numbers", "not scored", "many digits"],
)
def test_what_is_digested_is_what_is_read_back(record: Record, shown: PredictionShown) -> None:
    record.log(OPERATOR, "risk explain", patient_id="p1", shown=[shown])
    report = record.verify()
    assert (report.broken_seq, report.entries) == (None, SEALED_SINCE_THE_START + 1), report


def test_half_a_day_is_not_recorded_as_a_whole_one(record: Record) -> None:
    half = PredictionShown(0, "skin", 180.5, None, None, None, "v1")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="not a whole number"):
        record.log(OPERATOR, "risk explain", shown=[half])
    assert record.verify().entries == SEALED_SINCE_THE_START


def test_another_key_is_told_from_tampering(record: Record, url: str) -> None:
    other = Record(url, secret=b"another secret key, long enough")
    report = other.verify()
    assert (report.broken_seq, report.reason) == (1, "it was sealed with another secret key")
    other.close()
