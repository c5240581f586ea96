from __future__ import annotations

import pytest

from components.data_dictionary import allowed_values, anchors, matching, table_sections
from models.columns import Column
from models.schema import TABLES


def heading(section: object) -> object:
    return section.children[0].children[0]


def test_every_table_and_every_column_is_documented() -> None:
    sections = table_sections(TABLES.values())
    assert [heading(section).children for section in sections] == list(TABLES)
    for table, section in zip(TABLES.values(), sections, strict=True):
        body = section.children[2].children.children[-1].children
        assert [row.children[0].children.children for row in body] == list(table.names)


def test_links_lead_to_headings() -> None:
    links = [item.children.href for item in anchors(TABLES.values()).children.children]
    ids = [f"#{heading(section).id}" for section in table_sections(TABLES.values())]
    assert links == ids


def test_search_finds_all_words_anywhere_in_a_table() -> None:
    assert [table.name for table in matching(TABLES.values(), "LOINC")] == ["lab"]
    assert "adverse_event" in [table.name for table in matching(TABLES.values(), "grade organ")]
    assert matching(TABLES.values(), "nothing like that") == []
    assert len(matching(TABLES.values(), "")) == len(TABLES)


def test_no_match_is_a_sentence() -> None:
    (notice,) = table_sections([])
    assert notice.children[0].children == "No table or column has these words."


@pytest.mark.parametrize(
    ("column", "words"),
    [
        (Column("sex", "string", "", allowed=("F", "M")), "F, M"),
        (Column("grade", "int32", "", minimum=1, maximum=5), "1 to 5"),
        (Column("days", "float64", "", minimum=0), "0 or more"),
        (Column("note", "string", ""), ""),
    ],
)
def test_allowed_values_in_words(column: Column, words: str) -> None:
    assert allowed_values(column) == words


def test_a_pattern_is_shown_as_code() -> None:
    assert allowed_values(Column("loinc", "string", "", pattern=r"\d-\d")).children == r"\d-\d"
