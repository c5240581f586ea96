"""Filled-in questionnaires, one form per row of a CSV file of any size.

Rows come in batches, so memory stays bounded. Nothing that is wrong with a file is passed over: a
cell that is no number, a row of another length and a quote that is never closed are refused.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import csv as arrow_csv

from data_access.errors import ImportRefused
from models.arrays import Floats

LONGEST_HEADER = 1 << 16
LARGEST_ROW = 1 << 20
"""Bytes read at a time; a row can have no more."""

_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_END = "the end of the forms"


@dataclass(frozen=True)
class Forms:
    """Some forms of a file: the number of the first one, and columns by their place."""

    first: int
    columns: dict[int, pa.Array]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def text(self, place: int) -> pa.StringArray:
        """Cells of a column as they are in the file."""
        return self.columns[place].cast(pa.string())

    def distinct(self, place: int) -> tuple[list[str], npt.NDArray[np.int32]]:
        """Different cells of a column, and which of them each form has."""
        cells = self.columns[place]
        coded = cells if pa.types.is_dictionary(cells.type) else cells.dictionary_encode()
        return coded.dictionary.to_pylist(), coded.indices.to_numpy()


class FormFile:
    """A CSV file of forms, read once from its beginning to its end.

    Args:
        file: opened for bytes; a pipe will do.
        name: what messages call it.

    Raises:
        ImportRefused: the file has no header of comma-separated names, or is no UTF-8 text.
    """

    def __init__(self, file: BinaryIO, name: str) -> None:
        self.name = name
        self._bytes = _PlainText(file, name)
        self.header = self._read_header()

    def _read_header(self) -> list[str]:
        """Names of the columns as they are; the rest of what was read is put back."""
        head = self._bytes.read(4 * LONGEST_HEADER).removeprefix(codecs.BOM_UTF8)
        # Only the last letter can be cut: the bytes are known to be UTF-8.
        text = head.decode("utf-8", errors="ignore")
        lines = io.StringIO(text, newline="")
        try:
            rows = csv.reader(iter(lines.readline, ""), strict=True)
            header = next((row for row in rows if row), [])
        except csv.Error:
            header = []
        end = lines.tell()
        if end > LONGEST_HEADER or not any(name.strip() for name in header):
            raise self.refused("is not a table of comma-separated values with a header.")
        for sign, words in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
            if len(header) == 1 and sign in header[0]:
                raise self.refused(f"is separated by {words}: save it with commas.")
        self._bytes.put_back(head[len(text[:end].encode()) :])
        return header

    def refused(self, what: str) -> ImportRefused:
        """A refusal of this file."""
        return ImportRefused(f"{self.name} {what}")

    def places(self, columns: Sequence[str]) -> dict[str, int]:
        """Where columns are in the header, blanks around their names aside; absent ones are not.

        Raises:
            ImportRefused: one of them is there twice.
        """
        names = [name.strip() for name in self.header]
        counts = Counter(names)
        twice = [column for column in columns if counts[column] > 1]
        if twice:
            raise self.refused(f"has columns twice: {', '.join(twice)}.")
        return {column: names.index(column) for column in columns if column in counts}

    def read(self, answers: Sequence[int], others: Sequence[int]) -> Iterator[Forms]:
        """The forms in batches; blank lines are none.

        Args:
            answers: places of columns with few different cells; at least one.
            others: places of the other columns that are wanted.

        Raises:
            ImportRefused: the file is not a table of comma-separated values up to its end.
        """
        self._bytes.end_with(self._last_row(answers[0]))
        first, held = 1, None
        for batch in self._batches(answers, others):
            if held is not None:
                yield held
                first += len(held)
            held = Forms(first, batch)
        last = held.text(answers[0])[-1].as_py() if held else None
        if held is None or last != _END:
            raise self._unclosed()
        columns = {place: cells.slice(0, len(cells) - 1) for place, cells in held.columns.items()}
        yield Forms(first, columns)

    def _last_row(self, place: int) -> bytes:
        """A row after all others: where it does not come out as it is, a quote was left open."""
        cells = [""] * len(self.header)
        cells[place] = _END
        return f"\n{','.join(cells)}\n".encode()

    def _batches(
        self, answers: Sequence[int], others: Sequence[int]
    ) -> Iterator[dict[int, pa.Array]]:
        wrong: list[arrow_csv.InvalidRow] = []

        def note(row: arrow_csv.InvalidRow) -> str:
            wrong.append(row)
            return "error"

        coded = pa.dictionary(pa.int32(), pa.string())
        kinds = {str(place): pa.string() for place in others}
        kinds |= {str(place): coded for place in answers}
        try:
            with arrow_csv.open_csv(
                self._bytes,
                arrow_csv.ReadOptions(
                    column_names=[str(place) for place in range(len(self.header))],
                    block_size=LARGEST_ROW,
                    use_threads=False,
                ),
                arrow_csv.ParseOptions(newlines_in_values=True, invalid_row_handler=note),
                arrow_csv.ConvertOptions(column_types=kinds, include_columns=list(kinds)),
            ) as reader:
                for batch in reader:
                    if len(batch):
                        yield {int(key): batch.column(key) for key in kinds}
        except pa.ArrowInvalid as error:
            raise self._not_a_table(wrong, str(error)) from None

    def _not_a_table(self, wrong: list[arrow_csv.InvalidRow], error: str) -> ImportRefused:
        """What to say; what the parser says may quote a row and is not repeated."""
        table = "is not a table of comma-separated values with a header"
        if "straddling" in error:
            return self.refused(f"{table}: a row is longer than {LARGEST_ROW >> 20} MiB.")
        if not wrong:
            return self.refused(f"{table}.")
        if _END in wrong[0].text:
            return self._unclosed()
        where = f"form {wrong[0].number}" if wrong[0].number else "a form"
        return self.refused(
            f"{table}: {where} has {wrong[0].actual_columns:,} cells where the header has"
            f" {wrong[0].expected_columns:,}."
        )

    def _unclosed(self) -> ImportRefused:
        return self.refused(
            "is not a table of comma-separated values with a header: a quote is not closed."
        )

    def numbers(self, forms: Forms, columns: Sequence[str], places: Mapping[str, int]) -> Floats:
        """Answers as numbers, shape (n, columns), NaN where a cell is empty or has no place.

        Raises:
            ImportRefused: a cell is neither empty nor a number.
        """
        found = np.full((len(forms), len(columns)), np.nan)
        unread = np.zeros(found.shape, dtype=np.bool_)
        for number, column in enumerate(columns):
            if column in places:
                cells, codes = forms.distinct(places[column])
                known = [_number(cell) for cell in cells]
                found[:, number] = np.array([one or 0.0 for one in known])[codes]
                unread[:, number] = np.array([one is None for one in known])[codes]
        if unread.any():
            form, number = np.argwhere(unread)[0]
            raise ImportRefused(
                f"{self.name}, form {forms.first + form}, {columns[number]}: the answer is not a"
                " number; leave unanswered items empty."
            )
        return found


def _number(cell: str) -> float | None:
    """The number in a cell, NaN in an empty one, None in any other."""
    text = cell.strip()
    if not text:
        return np.nan
    return float(text) if _NUMBER.fullmatch(text) else None


class _PlainText(io.RawIOBase):
    """The bytes of a file, known to be UTF-8 text, followed by a row of our own."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        super().__init__()
        self._file = file
        self._name = name
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._line = 1
        self._waiting = b""
        self._end = b""

    def readable(self) -> bool:
        return True

    def put_back(self, content: bytes) -> None:
        """Give these bytes before any other."""
        self._waiting = content

    def end_with(self, content: bytes) -> None:
        """Give these bytes after all others."""
        self._end = content

    def read(self, size: int = -1) -> bytes:
        """At most ``size`` bytes, none at the end."""
        if self._waiting:
            given, self._waiting = self._waiting[:size], self._waiting[size:]
            return given
        chunk = self._file.read(size)
        self._check(chunk)
        if not chunk:
            chunk, self._end = self._end, b""
        return chunk

    def _check(self, chunk: bytes) -> None:
        if b"\0" in chunk:
            raise ImportRefused(f"{self._name} is not a text file: save it as CSV (UTF-8).")
        if not chunk.isascii() or self._decoder.getstate()[0] or not chunk:
            try:
                self._decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                line = self._line + error.object[: error.start].count(b"\n")
                raise ImportRefused(
                    f"{self._name} is not UTF-8 text in line {line}: save it as CSV (UTF-8)."
                ) from None
        self._line += chunk.count(b"\n")


def open_forms(path: Path) -> BinaryIO:
    """A file for ``FormFile``.

    Raises:
        ImportRefused: it cannot be opened.
    """
    try:
        return path.open("rb")
    except OSError:
        raise ImportRefused(f"{path.name} cannot be read: check its permissions.") from None
