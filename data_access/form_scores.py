"""Scores of the forms in a file, as a CSV table of any size: what ``flask qol score`` writes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from data_access.errors import ImportRefused
from data_access.form_files import FormFile, Forms
from data_access.importers.formulas import guarded
from models.arrays import Floats
from models.qol.eq5d5l_value_sets import VALUE_SETS, value_set
from models.qol.instrument import Instrument, Scale
from models.qol.scoring import score

COUNTRY = "country"
DECIMALS = 4

_UNSAFE = r"^[^0-9A-Za-z]|[\",\r\n]"
"""A cell that may have to be guarded or quoted; all others are written as they are."""


def scored_lines(file: FormFile, instrument: Instrument, country: str | None) -> Iterator[bytes]:
    """Lines of the table, header first: other columns as they were, then the scales.

    An answer that is a scale by itself (the EQ VAS) is passed through as it is; its column need
    not be there. Text that a spreadsheet would run as a formula gets an apostrophe in front.

    Args:
        file: the forms.
        instrument: the questionnaire.
        country: of all forms, where the file has no column ``country``; for value sets.

    Raises:
        ImportRefused: an item's column is missing, a cell is no answer, a country has no value
            set; lines given before are not to be used then.
    """
    written = [scale for scale in instrument.scales if not _is_answer(scale)]
    places = file.places(instrument.item_codes)
    missing = [code for code in _needed(instrument, written) if code not in places]
    if missing:
        for _ in file.read([0], []):
            pass  # a file that is no table at all is told to be that
        raise file.refused(f"lacks the columns {', '.join(missing)}.")
    others = _others(file, instrument, written)
    names = [file.header[place] for place in others]
    names += [scale.code for scale in written]
    yield _lines([_safe(pa.array([name])) for name in names])
    for forms in file.read(list(places.values()), others):
        if len(forms):
            scores = _scores(file, forms, instrument, places, country)
            cells = [_safe(forms.text(place)) for place in others]
            yield _lines([*cells, *(_decimals(scores[scale.code]) for scale in written)])


def has_country(file: FormFile) -> bool:
    """Whether the forms of a file say of which country they are."""
    return COUNTRY in file.places([COUNTRY])


def _is_answer(scale: Scale) -> bool:
    return scale.rule == "item" and scale.items == (scale.code,)


def _needed(instrument: Instrument, written: Sequence[Scale]) -> list[str]:
    """Items whose columns must be there."""
    used = {code for scale in written for code in instrument.items_of(scale)}
    return [code for code in instrument.item_codes if code in used or not written]


def _others(file: FormFile, instrument: Instrument, written: Sequence[Scale]) -> list[int]:
    """Places of the columns that are passed through."""
    answers = {scale.code for scale in instrument.scales if _is_answer(scale)}
    dropped = ({*instrument.item_codes} - answers) | {scale.code for scale in written}
    return [place for place, name in enumerate(file.header) if name.strip() not in dropped]


def _scores(
    file: FormFile,
    forms: Forms,
    instrument: Instrument,
    places: Mapping[str, int],
    country: str | None,
) -> dict[str, Floats]:
    answers = file.numbers(forms, instrument.item_codes, places)
    countries = _countries(file, forms, country) if instrument.needs_country else None
    try:
        return score(instrument, answers, countries, first_form=forms.first)
    except ValueError as error:
        raise ImportRefused(f"{file.name}: {error}") from None


def _countries(file: FormFile, forms: Forms, given: str | None) -> npt.NDArray[np.object_]:
    """Country of each form, each of them one with a value set."""
    place = file.places([COUNTRY]).get(COUNTRY)
    if place is None:
        cells, codes = [given or ""], np.zeros(len(forms), dtype=np.int32)
    else:
        cells, codes = forms.distinct(place)
    names = [cell.strip().upper() for cell in cells]
    unknown = np.array([value_set(name) is None for name in names])[codes]
    if unknown.any():
        raise ImportRefused(
            f"{file.name}, form {forms.first + int(unknown.argmax())}, country: there is no value"
            f" set of that country; there are {', '.join(VALUE_SETS)}."
        )
    return np.array(names, dtype=object)[codes]


def _decimals(values: Floats) -> pa.StringArray:
    """Scores as text, NULL where there is none; equal ones are written once."""
    coded = pa.array(values, from_pandas=True).dictionary_encode()
    words = map(repr, np.round(coded.dictionary.to_numpy(), DECIMALS).tolist())
    return pa.DictionaryArray.from_arrays(coded.indices, pa.array(words, pa.string())).cast(
        pa.string()
    )


def _safe(cells: pa.StringArray) -> pa.StringArray:
    """Cells guarded against being run as formulas, and quoted where CSV needs it."""
    suspect = pc.match_substring_regex(cells, _UNSAFE)
    if not pc.any(suspect).as_py():
        return cells
    mended = [_quoted(guarded(cell)) for cell in cells.filter(suspect).to_pylist()]
    return pc.replace_with_mask(cells, suspect, pa.array(mended, pa.string()))


def _quoted(cell: str) -> str:
    if not re.search(r"[\",\r\n]", cell):
        return cell
    return '"' + cell.replace('"', '""') + '"'


def _lines(columns: Sequence[pa.StringArray]) -> bytes:
    """Rows of a CSV file; one empty cell alone is quoted, or its row would be a blank line."""
    alone = len(columns) == 1
    if alone:
        columns = [pc.if_else(pc.equal(columns[0], ""), None, columns[0])]
    rows = pc.binary_join_element_wise(
        *columns, ",", null_handling="replace", null_replacement='""' if alone else ""
    )
    text = pc.binary_join(pa.ListArray.from_arrays([0, len(rows)], rows), "\n")[0]
    return bytes(text.as_buffer()) + b"\n"
