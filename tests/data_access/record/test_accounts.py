import pytest

from data_access.errors import NotAllowed, RecordUnavailable
from data_access.record import Record, Role
from data_access.record.database import Database
from tests.data_access.record.people import OPERATOR, PASSWORD


def test_a_grant_counts_at_once_and_so_does_its_end(record: Record) -> None:
    record.accounts.grant(OPERATOR, "anna", ["ES/Madrid", "patient:p1"])
    assert record.viewer(1).scopes == ("ES/Madrid", "FR", "patient:p1")
    record.accounts.revoke(OPERATOR, "anna", ["FR"])
    assert record.viewer(1).scopes == ("ES/Madrid", "patient:p1")


def test_granting_twice_and_revoking_once_leaves_nothing(record: Record) -> None:
    record.accounts.grant(OPERATOR, "anna", ["ES", "ES"])
    record.accounts.revoke(OPERATOR, "anna", ["ES"])
    assert record.viewer(1).scopes == ("FR",)


def test_revoking_several_scopes_is_all_or_nothing(record: Record) -> None:
    with pytest.raises(NotAllowed, match="does not hold DE"):
        record.accounts.revoke(OPERATOR, "anna", ["FR", "DE"])
    assert record.viewer(1).scopes == ("FR",)


def test_members_of_a_care_team_share_its_scopes_while_they_are_in_it(record: Record) -> None:
    record.teams.add(OPERATOR, "Lung team", ["FR/Lyon", "ES"])
    record.teams.join(OPERATOR, "Lung team", "ben")
    record.teams.join(OPERATOR, "Lung team", "ben")
    assert record.viewer(2).scopes == ("ES", "FR/Lyon")
    assert record.teams.all()[0].members == ("ben",)
    record.teams.leave(OPERATOR, "Lung team", "ben")
    assert record.viewer(2).scopes == ("ES",)
    with pytest.raises(NotAllowed, match="not in that care team"):
        record.teams.leave(OPERATOR, "Lung team", "ben")


def test_roles_without_patients_have_no_scopes_whatever_they_were_granted(record: Record) -> None:
    record.accounts.add(OPERATOR, "sam", Role.STEWARD, PASSWORD, ["FR"])
    assert record.viewer(3).scopes == ()
    record.accounts.set_role(OPERATOR, "sam", Role.BOARD)
    assert record.viewer(3).scopes == ("FR",)


def test_a_disabled_user_is_no_viewer(record: Record) -> None:
    record.accounts.set_active(OPERATOR, "anna", active=False)
    with pytest.raises(NotAllowed):
        record.viewer(1)


@pytest.mark.parametrize(
    ("name", "password", "sentence"),
    [
        ("anna", PASSWORD, "already a user"),
        ("ANNA", PASSWORD, "already a user"),
        ("no spaces", PASSWORD, "A user name has"),
        ("", PASSWORD, "A user name has"),
        ("eva", "seven c", "8 to 128"),
        ("eva", "x" * 129, "8 to 128"),
        ("eva", "Password1234", "first that are guessed"),
        ("eva", "zzzzzzzzzzzzzz", "first that are guessed"),
        ("eva.the.second", "Eva.the.second", "must not be the user name"),
    ],
)
def test_unusable_names_and_passwords_are_refused(
    record: Record, name: str, password: str, sentence: str
) -> None:
    with pytest.raises(NotAllowed, match=sentence):
        record.accounts.add(OPERATOR, name, Role.BOARD, password)
    assert [account.name for account in record.accounts.all()] == ["anna", "ben"]


def test_a_long_password_of_any_characters_is_accepted(record: Record) -> None:
    record.accounts.add(OPERATOR, "eva", Role.BOARD, "un mot de passe très long 🔑")
    assert record.sign_in("eva", "un mot de passe tre\u0300s long 🔑", "192.0.2.1")


def test_a_wrong_scope_adds_no_user(record: Record) -> None:
    with pytest.raises(NotAllowed, match="A scope is"):
        record.accounts.add(OPERATOR, "eva", Role.BOARD, PASSWORD, ["FR", "France"])
    assert len(record.accounts.all()) == 2


def test_every_act_on_accounts_is_in_the_log(record: Record) -> None:
    record.accounts.unlock(OPERATOR, "anna")
    record.accounts.set_role(OPERATOR, "anna", Role.BOARD)
    record.teams.add(OPERATOR, "Lung team", ["FR"])
    latest = [(entry.actor, entry.role, entry.action) for entry in record.entries(limit=3)]
    assert latest == [
        ("tester", "operator", action) for action in ("add team", "set role", "unlock user")
    ]


def test_a_store_that_was_never_set_up_says_what_to_do(empty_url: str) -> None:
    store = Record(empty_url)
    assert not store.ready()
    with pytest.raises(RecordUnavailable, match="flask record upgrade"):
        store.accounts.all()
    store.upgrade()
    store.upgrade()
    assert store.ready()
    assert store.accounts.all() == []
    store.close()


def test_the_migrations_make_the_tables_that_the_program_expects(record: Record) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from data_access.record.tables import Base

    with record._database._engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_a_database_out_of_reach_is_one_sentence(tmp_path) -> None:  # type: ignore[no-untyped-def]
    store = Record(f"postgresql://nobody@/none?host={tmp_path}")
    assert not store.ready()
    with pytest.raises(RecordUnavailable, match="does not answer"):
        store.accounts.all()


@pytest.mark.parametrize("url", ["record.db", "sqlite://", "mysql://u@h/d", "sqlite:///:memory:"])
def test_a_record_address_of_another_kind_is_refused(url: str) -> None:
    from data_access.errors import NotConfigured

    with pytest.raises(NotConfigured, match="IMMUNOBOARD_RECORD"):
        Database(url)


def test_sqlite_runs_in_the_mode_that_lost_nothing(tmp_path) -> None:  # type: ignore[no-untyped-def]
    from sqlalchemy import text

    database = Database(f"sqlite:///{tmp_path / 'record.db'}")
    database.upgrade()
    with database.read() as session:
        pragmas = {
            name: session.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "trusted_schema")
        }
    database.close()
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "trusted_schema": 0,
    }
    assert (tmp_path / "record.db").stat().st_mode & 0o077 == 0
