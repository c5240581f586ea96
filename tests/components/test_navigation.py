from __future__ import annotations

from components.navigation import account, navigation, scope_words


def test_links_follow_the_pages_given() -> None:
    links = navigation(
        [
            {"name": "Worklist", "relative_path": "/"},
            {"name": "Models", "relative_path": "/models"},
        ]
    )
    assert [(link.children, link.href) for link in links] == [
        ("Worklist", "/"),
        ("Models", "/models"),
    ]


def test_the_account_says_scope_and_role() -> None:
    words = [part.children for part in account("dr-a", "oncologist", ("FR",))]
    assert words == ["FR", "oncologist", "signed in as dr-a"]


def test_single_patients_are_counted_never_named() -> None:
    words = scope_words(("FR", "patient:FR-1", "patient:FR-2"))
    assert words == "FR + 2 single patients"
    assert scope_words(("patient:FR-1",)) == "1 single patient"


def test_many_scopes_stay_short() -> None:
    assert scope_words(("ES", "FR", "NL", "PT", "US")) == "ES, FR, NL and 2 more"


def test_no_scope_is_said() -> None:
    assert scope_words(()) == "no patients"
