from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_access.errors import ImportRefused, NotConfigured, RecordsError
from data_access.instrument_text import instrument_text, read_instrument
from data_access.instruments import LARGEST_FILE, all_instruments
from data_access.services import build_services
from data_access.settings import Settings
from models.qol.instrument import Instrument, Item, Scale
from models.qol.instruments import BUILT_IN

OWN = """
name = "dry-mouth"
title = "Dry mouth"
version = "2"
licence = "free to use"
source = "our clinic, 2026"

[[items]]
code = "dry1"
topic = "dryness"
low = 0
high = 10

[[items]]
code = "dry2"
topic = "swallowing"
question = "How hard is it to swallow?"
low = 0
high = 10

[[scales]]
code = "DRY"
label = "dryness"
rule = "mean"
higher_is_better = false
items = ["dry1", "dry2"]
least_answered = 1

[[scales.sizes]]
points = 10
size = "important"
source = "our clinic, 2026"
verified = false
"""


def folder_of(root: Path, **files: str | bytes) -> Path:
    folder = root / "instruments"
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        data = content if isinstance(content, bytes) else content.encode()
        (folder / f"{name}.toml").write_bytes(data)
    return folder


@pytest.mark.parametrize(
    "instrument",
    [one for one in BUILT_IN.values() if not one.needs_country],
    ids=lambda one: one.name,
)
def test_a_built_in_description_survives_the_way_to_toml_and_back(instrument):
    assert read_instrument(instrument_text(instrument), "copy.toml") == instrument


def test_a_value_set_is_the_one_thing_that_a_file_cannot_hold():
    text = instrument_text(BUILT_IN["eq-5d-5l"])
    with pytest.raises(ImportRefused, match=r"scales 1 \(index\), rule must be one of mean, sum"):
        read_instrument(text, "copy.toml")


@given(
    st.text(st.characters(exclude_categories=("Cs",)), max_size=40),
    st.floats(-999, 999),
    st.booleans(),
)
def test_any_text_and_number_survives(text, number, yes):
    item = Item("a", text, number, number, whole=yes, question=text)
    scale = Scale("A", text, "item", yes, items=("a",), unit=text, low=number)
    own = Instrument("own", text, text, text, (item,), (scale,), text)
    assert read_instrument(instrument_text(own), "copy.toml") == own


def test_a_site_adds_a_questionnaire_by_a_file(tmp_path):
    folder = folder_of(tmp_path, dry="\ufeff" + OWN)
    (folder / "readme.txt").write_text("left alone")
    (folder / ".hidden.toml").write_text("left alone")
    found = all_instruments(folder)
    assert set(found) == {*BUILT_IN, "dry-mouth"}
    own = found["dry-mouth"]
    assert own.items[1].question == "How hard is it to swallow?"
    assert own.scale("DRY").sizes[0].points == 10


def test_without_a_folder_there_are_the_built_in_ones(tmp_path):
    assert all_instruments(tmp_path / "absent") == BUILT_IN


def test_the_folder_is_a_setting_and_the_services_know_the_questionnaires(tmp_path):
    folder_of(tmp_path, dry=OWN)
    assert "dry-mouth" in build_services(Settings(var=tmp_path)).instruments
    empty = tmp_path / "empty"
    empty.mkdir()
    assert build_services(Settings(var=tmp_path, instruments=empty)).instruments == BUILT_IN


def test_a_setting_that_names_no_folder_is_said(tmp_path):
    assert build_services(Settings(var=tmp_path)).instruments == BUILT_IN
    elsewhere = Settings(var=tmp_path, instruments=tmp_path / "absent")
    with pytest.raises(NotConfigured, match="IMMUNOBOARD_INSTRUMENTS names a folder"):
        _ = build_services(elsewhere).instruments


def without(line: str) -> str:
    assert line in OWN
    return OWN.replace(line, "")


def instead(old: str, new: str) -> str:
    assert old in OWN
    return OWN.replace(old, new, 1)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "own.toml: the key name is missing; add it."),
        ("name = ", "own.toml is not TOML: "),
        ("a" * 3 + " = [" * 2000, "own.toml is not TOML: "),
        ("a = " + "[" * 100_000, "own.toml: it is nested too deeply"),
        (b"\xff\xfe\x00", "own.toml is not UTF-8 text: save it as UTF-8."),
        (b"\x00", "own.toml is not TOML: "),
        (b"#" * (LARGEST_FILE + 1), "own.toml is larger than 1,048,576 bytes"),
        (without('version = "2"'), "own.toml: the key version is missing; add it."),
        ('nmae = "x"\n' + OWN, "own.toml: the key nmae is not known; known are name, title"),
        (instead("topic", "wording"), "own.toml: items 1 (dry1), the key wording is not known"),
        (instead('topic = "dryness"\n', ""), "own.toml: items 1 (dry1), the key topic is missing"),
        (instead('"Dry mouth"', "7"), "own.toml: title must be text."),
        (instead("low = 0", 'low = "0"'), "own.toml: items 1 (dry1), low must be a number."),
        (instead("low = 0", "low = true"), "own.toml: items 1 (dry1), low must be a number."),
        (instead("low = 0", "low = nan"), "own.toml: items 1 (dry1), low must be a number."),
        (instead("low = 0", "low = -inf"), "own.toml: items 1 (dry1), low must be a number."),
        (instead("low = 0", "low = 1" + "0" * 400), "own.toml: items 1 (dry1), low must be a num"),
        (instead("low = 0", "low = 1" + "0" * 5000), "own.toml is not TOML: "),
        (instead("low = 0", "low = 2020-01-01"), "own.toml: items 1 (dry1), low must be a number."),
        (instead("= false", '= "no"'), "higher_is_better must be true or false."),
        (instead("least_answered = 1", "least_answered = 1.0"), "must be a whole number."),
        (instead('rule = "mean"', 'rule = "median"'), "rule must be one of mean, sum, item, mean"),
        (instead('rule = "mean"', "rule = []"), "rule must be one of mean, sum, item, mean"),
        (instead('["dry1", "dry2"]', '"dry1"'), "items must be a list of codes"),
        (instead('["dry1", "dry2"]', "[1, 2]"), "scales 1 (DRY), items 1 must be text."),
        (instead("[[scales.sizes]]", "[scales.sizes]"), "sizes must be a list of tables"),
        (instead("[[scales.sizes]]", "[[scales.individual]]"), "individual must be a table."),
        (instead("[[scales.sizes]]", "[scales.x]"), "scales 1 (DRY), the key x is not known"),
        ("items = 3\nscales = []\n" + OWN.split("[[items]]")[0], "items must be a list of tables"),
        ("items = [3]\nscales = []\n" + OWN.split("[[items]]")[0], "items 1 must be a table."),
        (instead('"dry-mouth"', '"Dry Mouth"'), "own.toml: name: use 2 to 30 small letters"),
        (instead('"dry2"', '"dry1"'), "own.toml: items: dry1 is there twice"),
        (instead('["dry1", "dry2"]', '["dry1", "dry3"]'), "scale DRY, items: dry3 is not the code"),
        (instead("least_answered = 1", "least_answered = 3"), "least_answered: must be from 1 to"),
        (instead("least_answered = 1", ""), "least_answered: must be from 1 to 2"),
        (instead('"dry-mouth"', '"qlq-c30"'), "a questionnaire called qlq-c30 comes with the prog"),
        ('short_of = "nothing"\n' + OWN, "own.toml: short_of must name another questionnaire"),
        ('short_of = "dry-mouth"\n' + OWN, "own.toml: short_of must name another questionnaire"),
    ],
)
def test_what_is_wrong_with_a_file_is_one_sentence(tmp_path, content, sentence):
    with pytest.raises(ImportRefused) as refused:
        all_instruments(folder_of(tmp_path, own=content))
    assert sentence in str(refused.value)
    assert str(refused.value).startswith("own.toml")
    assert "\n" not in str(refused.value)


def test_two_files_cannot_describe_one_questionnaire(tmp_path):
    with pytest.raises(ImportRefused, match=r"two\.toml: name: .* is in another file"):
        all_instruments(folder_of(tmp_path, one=OWN, two=OWN))


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "instruments").write_text("")
    with pytest.raises(ImportRefused, match="instruments must be a folder of TOML files"):
        all_instruments(tmp_path / "instruments")


def test_a_folder_called_like_a_file_is_left_alone(tmp_path):
    folder = folder_of(tmp_path, dry=OWN)
    (folder / "other.toml").mkdir()
    assert "dry-mouth" in all_instruments(folder)


def test_a_short_form_may_name_another_file_of_the_site(tmp_path):
    short = 'short_of = "dry-mouth"\n' + OWN.replace('"dry-mouth"', '"dry-short"')
    assert all_instruments(folder_of(tmp_path, a=short, b=OWN))["dry-short"].short_of == "dry-mouth"


@given(st.binary(max_size=200))
def test_any_file_is_a_description_or_refused_in_words(tmp_path_factory, content):
    folder = folder_of(tmp_path_factory.mktemp("any"), own=content)
    with pytest.raises(RecordsError) as refused:
        all_instruments(folder)
    assert str(refused.value).startswith("own.toml")
