import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_access.errors import NotAllowed, NotFound
from data_access.record import PatientTokens, Role, Viewer, may_open
from data_access.record.viewer import checked_scope

PATIENTS = st.text(string.ascii_letters + string.digits + "._-", min_size=1, max_size=64)
TOKENS = PatientTokens(b"0123456789abcdef" * 3)


def viewer(user_id: int = 1, *scopes: str) -> Viewer:
    return Viewer(user_id, "anna", Role.ONCOLOGIST, scopes)


@given(PATIENTS)
def test_a_token_leads_its_viewer_back_to_the_patient(patient_id: str) -> None:
    token = TOKENS.token(viewer(), patient_id)
    assert TOKENS.patient_id(viewer(), token) == patient_id
    assert token == TOKENS.token(viewer(), patient_id)
    assert set(token) <= set(string.ascii_letters + string.digits + "-_")


@given(PATIENTS, st.integers(2, 1000))
def test_a_token_is_of_no_use_to_another_viewer(patient_id: str, user_id: int) -> None:
    with pytest.raises(NotFound):
        TOKENS.patient_id(viewer(user_id), TOKENS.token(viewer(), patient_id))


@given(PATIENTS, st.data())
def test_an_altered_token_is_refused(patient_id: str, data: st.DataObject) -> None:
    token = TOKENS.token(viewer(), patient_id)
    place = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.characters())
    altered = token[:place] + letter + token[place + 1 :]
    if altered != token:
        with pytest.raises(NotFound):
            TOKENS.patient_id(viewer(), altered)


@given(st.text())
def test_no_text_but_a_token_is_one(text: str) -> None:
    with pytest.raises(NotFound):
        TOKENS.patient_id(viewer(), text)


def test_another_secret_key_makes_other_tokens() -> None:
    other = PatientTokens(b"another secret key")
    with pytest.raises(NotFound):
        other.patient_id(viewer(), TOKENS.token(viewer(), "p1"))


@pytest.mark.parametrize(
    "scope", ["FR", "FR/Lyon", "US/CoH", "patient:FR-7Q2K", "DE/St. Anna-Haus"]
)
def test_countries_sites_and_patients_are_scopes(scope: str) -> None:
    assert checked_scope(scope) == scope


@pytest.mark.parametrize(
    "scope", ["", "fr", "FRA", "FR/", "/Lyon", "FR/a/b", "patient:", "patient:a b", "*", "FR\n"]
)
def test_anything_else_is_no_scope(scope: str) -> None:
    with pytest.raises(NotAllowed, match="A scope is"):
        checked_scope(scope)


@pytest.mark.parametrize("path", ["/", "/patient/abc", "/patient"])
def test_only_roles_of_care_open_patient_pages(path: str) -> None:
    opened = {role for role in Role if may_open(role, path)}
    assert opened == {Role.ONCOLOGIST, Role.PHARMACIST, Role.BOARD}


@pytest.mark.parametrize("path", ["/unknown", "/patients", "/models%2F", "/patient%2Fx", "//x"])
def test_a_page_that_is_not_listed_is_open_to_nobody(path: str) -> None:
    assert not any(may_open(role, path) for role in Role)
