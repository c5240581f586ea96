"""A folder of CSV files: which tables they are, whether they can be read, and their rows.

Everything that is wrong with a whole file is found here, before a single row is taken over.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from data_access.errors import ImportRefused
from data_access.importers.formulas import MARK, unguarded
from data_access.importers.quarantine import WHERE_AND_WHY
from models.columns import Table
from models.schema import IMPORTED, TABLES

IDENTIFYING = frozenset(
    "name surname firstname lastname forename familyname fullname patientname initials email mail "
    "phone telephone mobile fax ssn nir dni nie bsn nhs nhsnumber mrn passport insurance address "
    "street city postcode postalcode zip zipcode birthdate dateofbirth dob".split()
)
"""Column names, without separators, that point to a person (GDPR Art. 4(1), direct identifiers)."""

ROWS_AT_ONCE = 20_000
CHARACTERS_AT_ONCE = 1 << 24
"""A portion of rows ends where either is reached: memory stays bounded when rows are long."""

LONGEST_ROW = 1 << 16
"""Characters that a row may have; the longest one that the schema admits has about a thousand."""

_CHUNK = 1 << 20


@dataclass(frozen=True)
class CsvFile:
    """One file that can be read: its table, the columns it has, and its SHA-256.

    ``width`` is the number of columns in the header: a file that was set aside has more than
    ``columns``, the file, line and reason of each row at the end.
    """

    path: Path
    table: Table
    columns: tuple[str, ...]
    width: int
    sha256: str

    @property
    def name(self) -> str:
        """File name without its folder."""
        return self.path.name


@dataclass(frozen=True)
class Rows:
    """Some rows of a file: first line number, values and what is wrong with the shape of each."""

    lines: list[int]
    values: list[list[str]]
    malformed: list[str | None]
    share: float


def read_folder(folder: Path) -> list[CsvFile]:
    """The CSV files of a folder in the order of the tables, checked as a whole.

    Files of other kinds are left alone.

    Raises:
        ImportRefused: no folder, no CSV file, or files that cannot be read, one line for each.
    """
    if not folder.is_dir():
        raise ImportRefused(f"There is no folder {folder.name}: name a folder of CSV files.")
    found = [path for path in sorted(folder.iterdir()) if _is_csv(path)]
    paths = {path.name.lower(): path for path in found}
    unknown = [path.name for name, path in paths.items() if name[:-4] not in IMPORTED]
    problems = [
        f"{name} is not the name of a table; tables are {_TABLE_NAMES}." for name in unknown
    ] + _several_of_one_table(found)
    if not paths:
        problems = [f"There is no CSV file in {folder.name}; files are named {_TABLE_NAMES}."]
    files = []
    for name in IMPORTED:
        if f"{name}.csv" in paths:
            try:
                files.append(_read_head(paths[f"{name}.csv"], TABLES[name]))
            except ImportRefused as problem:
                problems.append(str(problem))
    if problems:
        raise ImportRefused("\n".join(problems))
    return files


_TABLE_NAMES = ", ".join(f"{name}.csv" for name in IMPORTED)


def _several_of_one_table(paths: Sequence[Path]) -> list[str]:
    """One sentence for each table that has files in other letter case."""
    names: dict[str, list[str]] = {}
    for path in paths:
        names.setdefault(path.name.lower(), []).append(path.name)
    return [
        f"{' and '.join(same)} are files of the same table: keep one."
        for same in names.values()
        if len(same) > 1
    ]


def _is_csv(path: Path) -> bool:
    return path.is_file() and not path.is_symlink() and path.suffix.lower() == ".csv"


def _read_head(path: Path, table: Table) -> CsvFile:
    sha256 = _checked_text(path)
    with path.open(encoding="utf-8-sig", newline="") as text:
        header = _header(path.name, text)
    added = len(WHERE_AND_WHY) if tuple(header[-len(WHERE_AND_WHY) :]) == WHERE_AND_WHY else 0
    columns = header[: len(header) - added]
    _check_columns(path.name, columns, table)
    return CsvFile(path, table, tuple(columns), len(header), sha256)


def _checked_text(path: Path) -> str:
    """SHA-256 of a file that is UTF-8 text throughout."""
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")()
    line = 1
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                if b"\0" in chunk:
                    raise ImportRefused(f"{path.name} is not a text file: save it as CSV (UTF-8).")
                decoder.decode(chunk)
                line += chunk.count(b"\n")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        line += error.object[: error.start].count(b"\n")
        raise ImportRefused(
            f"{path.name} is not UTF-8 text in line {line}: save it as CSV (UTF-8)."
        ) from None
    except OSError:
        raise ImportRefused(f"{path.name} cannot be read: check its permissions.") from None
    return digest.hexdigest()


class _RowTooLong(csv.Error):
    """A row has more characters than any row of data."""


class _Lines:
    """Lines of a file for a CSV reader, of one row no more than ``LONGEST_ROW`` characters.

    The reader keeps a row in memory until it ends; ``row`` counts its characters and is set back
    by whoever takes the row.
    """

    def __init__(self, text: io.TextIOBase) -> None:
        self._text = text
        self.row = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._text.readline(LONGEST_ROW + 1)
        if not line:
            raise StopIteration
        self.row += len(line)
        if self.row > LONGEST_ROW:
            raise _RowTooLong
        return line


def _header(name: str, text: io.TextIOBase) -> list[str]:
    try:
        header = next(csv.reader(_Lines(text), strict=True), [])
    except _RowTooLong:
        raise ImportRefused(
            f"{name}: the header has more than {LONGEST_ROW:,} characters; the first line must"
            " name the columns and nothing else."
        ) from None
    except csv.Error:
        raise ImportRefused(f"{name}: the first line is not a CSV header.") from None
    columns = [column.strip() for column in header]
    if not any(columns):
        raise ImportRefused(f"{name} is empty: the first line must name the columns.")
    for separator, words in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        if len(columns) == 1 and separator in columns[0]:
            raise ImportRefused(f"{name} is separated by {words}: save it with commas.")
    return columns


def _check_columns(name: str, columns: list[str], table: Table) -> None:
    unknown = [column for column in columns if column not in table.names]
    identifying = [column for column in unknown if _plain(column) in IDENTIFYING]
    missing = [c.name for c in table.columns if c.required and c.name not in columns]
    twice = sorted(column for column, times in Counter(columns).items() if times > 1)
    if identifying:
        raise ImportRefused(
            f"{name} has columns that may identify a person ({_listed(identifying)}): such data"
            " must not leave the site; remove them and import again."
        )
    if len(unknown) == len(columns):
        raise ImportRefused(
            f"{name}: the first line names no column of this table; known are"
            f" {', '.join(table.names)}."
        )
    if unknown:
        raise ImportRefused(
            f"{name} has unknown columns: {_listed(unknown)}; known are {', '.join(table.names)}."
        )
    if missing:
        raise ImportRefused(f"{name} lacks required columns: {', '.join(missing)}.")
    if twice:
        raise ImportRefused(f"{name} has columns twice: {', '.join(twice)}.")


def _plain(column: str) -> str:
    return "".join(letter for letter in column.lower() if letter.isalnum())


def _listed(columns: list[str]) -> str:
    """Column names as they may be printed: short, and without control characters."""
    names = [
        "".join(c for c in column if c.isprintable())[:40] or "(no name)" for column in columns
    ]
    return ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")


def read_rows(file: CsvFile) -> Iterator[Rows]:
    """Rows in portions, blank lines left out; memory stays bounded.

    A row with another number of values than the header is kept with what is wrong; missing
    values are filled with nothing and surplus ones left out. Apostrophes that keep spreadsheets
    from running text as a formula are taken off.

    Raises:
        ImportRefused: the file is not CSV from some line on (a quote that is never closed), or a
            row is longer than any row of data.
    """
    size = max(file.path.stat().st_size, 1)
    with file.path.open("rb") as raw:
        lines = _Lines(io.TextIOWrapper(raw, encoding="utf-8-sig", newline=""))
        reader = csv.reader(lines, strict=True)
        next(reader)
        portion: list[tuple[int, list[str]]] = []
        start, held = reader.line_num + 1, 0
        lines.row = 0
        try:
            for values in reader:
                if values:
                    portion.append((start, values))
                start, held, lines.row = reader.line_num + 1, held + lines.row, 0
                if len(portion) == ROWS_AT_ONCE or held > CHARACTERS_AT_ONCE:
                    yield _portion(portion, file, raw.tell() / size)
                    portion, held = [], 0
        except _RowTooLong:
            raise ImportRefused(
                f"{file.name}: the row in line {start} has more than {LONGEST_ROW:,} characters;"
                " look for a quote that is not closed."
            ) from None
        except csv.Error:
            raise ImportRefused(
                f"{file.name} is not CSV from line {start} on: a quote is misplaced or not closed."
            ) from None
        yield _portion(portion, file, 1.0)


def _portion(rows: list[tuple[int, list[str]]], file: CsvFile, share: float) -> Rows:
    values = [_cells(row, len(file.columns)) for _, row in rows]
    malformed = [
        None if len(row) == file.width else f"{len(row)} values where the header has {file.width}"
        for _, row in rows
    ]
    return Rows([line for line, _ in rows], values, malformed, share)


def _cells(row: list[str], count: int) -> list[str]:
    """As many cells as there are columns."""
    cells = row if len(row) == count else (row + [""] * count)[:count]
    # A search of the whole row is several times faster than one in each cell.
    return [unguarded(cell) for cell in cells] if MARK in "".join(cells) else cells
