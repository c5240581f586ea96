from __future__ import annotations

import threading

import pytest
from sqlalchemy.exc import IntegrityError

from data_access.errors import NotAllowed, RecordUnavailable
from data_access.record import Role, SignInRefused
from data_access.record.tables import ModelActivation
from tests.data_access.record.people import OPERATOR, PASSWORD

SEAL = "ab" * 32
SHIPPED = ("v1", "cd" * 32)


@pytest.fixture
def people(record):
    """A steward, two administrators and somebody who is neither."""
    roles = {
        "stef": Role.STEWARD,
        "ada": Role.ADMINISTRATOR,
        "abe": Role.ADMINISTRATOR,
        "cara": Role.ONCOLOGIST,
    }
    for name, role in roles.items():
        record.accounts.add(OPERATOR, name, role, PASSWORD)
    return {name: record.sign_in.identify(name, PASSWORD, "host") for name in roles}


def put(switched):
    return lambda version, seal: switched.append((version, seal))


def test_two_people_put_a_version_in_use_and_both_are_logged(record, people):
    switched = []
    record.activations.propose(people["stef"], "v2", SEAL, "  better   in Spain ")
    assert record.activations.approve(people["ada"], SHIPPED, put(switched)) == "v2"
    assert switched == [("v2", SEAL)]
    (act,) = record.activations.all()
    assert (act.proposed_by, act.decided_by, act.decision) == ("stef", "ada", "approved")
    assert (act.reason, act.previous) == ("better in Spain", "v1")
    logged = [(e.actor, e.action, e.subject) for e in record.entries(limit=2)]
    subject = f"models v2, seal {SEAL[:16]}"
    assert logged == [("ada", "approve models", subject), ("stef", "propose models", subject)]


@pytest.mark.parametrize("name", ["ada", "cara"])
def test_only_a_steward_proposes(record, people, name):
    with pytest.raises(NotAllowed, match="Only a steward"):
        record.activations.propose(people[name], "v2", SEAL, "why")
    assert record.activations.all() == []


@pytest.mark.parametrize("name", ["stef", "cara"])
def test_only_an_administrator_decides(record, people, name):
    record.activations.propose(people["stef"], "v2", SEAL, "why")
    with pytest.raises(NotAllowed, match="Only an administrator"):
        record.activations.approve(people[name], SHIPPED, put([]))
    with pytest.raises(NotAllowed, match="Only an administrator"):
        record.activations.reject(people[name])
    with pytest.raises(NotAllowed, match="Only an administrator"):
        record.activations.roll_back(people[name], "why", put([]))


def test_who_proposed_cannot_approve_after_changing_roles(record, people):
    record.activations.propose(people["stef"], "v2", SEAL, "why")
    record.accounts.set_role(OPERATOR, "stef", Role.ADMINISTRATOR)
    turned = record.sign_in.identify("stef", PASSWORD, "host")
    switched = []
    with pytest.raises(NotAllowed, match="second person"):
        record.activations.approve(turned, SHIPPED, put(switched))
    assert switched == []


def test_the_database_itself_refuses_one_person_twice(record, people):
    person = people["stef"].user_id
    row = ModelActivation(
        version="v2",
        sha256=SEAL,
        reason="why",
        proposed_by=person,
        proposed=record.sessions._clock(),
        decision="approved",
        decided_by=person,
        decided=record.sessions._clock(),
    )
    with pytest.raises(RecordUnavailable) as caught, record._database.write() as session:
        session.add(row)
    assert isinstance(caught.value.__cause__, IntegrityError)


def test_one_proposal_at_a_time(record, people):
    record.activations.propose(people["stef"], "v2", SEAL, "why")
    with pytest.raises(NotAllowed, match="v2 are proposed already"):
        record.activations.propose(people["stef"], "v3", SEAL, "why")
    assert record.activations.reject(people["abe"]) == "v2"
    record.activations.propose(people["stef"], "v3", SEAL, "why")


def test_two_administrators_at_once_decide_once(record, people):
    record.activations.propose(people["stef"], "v2", SEAL, "why")
    switched, refused = [], []

    def decide(name):
        try:
            record.activations.approve(people[name], SHIPPED, put(switched))
        except NotAllowed as error:
            refused.append(str(error))

    threads = [threading.Thread(target=decide, args=(name,)) for name in ("ada", "abe")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(switched) == len(refused) == 1


def test_a_switch_that_fails_leaves_the_proposal_open_and_unlogged(record, people):
    record.activations.propose(people["stef"], "v2", SEAL, "why")

    def fail(version, seal):
        raise NotAllowed("The seal is another.")

    with pytest.raises(NotAllowed, match="seal is another"):
        record.activations.approve(people["ada"], SHIPPED, fail)
    assert record.activations.all()[0].decision is None
    assert record.entries(limit=1)[0].action == "propose models"


def test_the_way_back_undoes_one_approval_after_the_other(record, people):
    for version in ("v2", "v3"):
        record.activations.propose(people["stef"], version, SEAL, "why")
        record.activations.approve(people["ada"], SHIPPED, put([]))
    switched = []
    assert record.activations.roll_back(people["ada"], "worse", put(switched)) == "v2"
    assert record.activations.current() == ("v2", SEAL)
    assert record.activations.roll_back(people["ada"], "worse", put(switched)) == "v1"
    assert switched == [("v2", SEAL), SHIPPED]
    with pytest.raises(NotAllowed, match="nothing to return to"):
        record.activations.roll_back(people["ada"], "worse", put([]))


@pytest.mark.parametrize("reason", ["", "  ", "x" * 121, "red \x1b[31m"])
def test_a_reason_is_asked_for(record, people, reason):
    with pytest.raises(NotAllowed, match="Give a reason"):
        record.activations.propose(people["stef"], "v2", SEAL, reason)


def test_a_disabled_person_cannot_act(record, people):
    record.accounts.set_active(OPERATOR, "stef", active=False)
    with pytest.raises(NotAllowed, match="Only a steward"):
        record.activations.propose(people["stef"], "v2", SEAL, "why")


def test_identifying_counts_wrong_passwords_like_signing_in(record, people):
    for _ in range(5):
        with pytest.raises(SignInRefused):
            record.sign_in.identify("stef", "wrong", "host")
    with pytest.raises(SignInRefused):
        record.sign_in.identify("stef", PASSWORD, "host")
    actions = [(e.action, e.outcome) for e in record.entries(limit=5)]
    assert actions == [("identify", "refused")] * 5
