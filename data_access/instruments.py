"""The questionnaires that there are: those of the program and those that a site adds by a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from data_access.errors import ImportRefused
from data_access.instrument_text import read_instrument
from models.qol.instrument import Instrument
from models.qol.instrument_checks import problem
from models.qol.instruments import BUILT_IN

LARGEST_FILE = 1 << 20
"""Bytes that the description of a questionnaire may have."""

MOST_FILES = 200


@dataclass(frozen=True)
class _Found:
    """A questionnaire and the file that describes it."""

    file: str
    instrument: Instrument


def all_instruments(folder: Path) -> Mapping[str, Instrument]:
    """Every questionnaire by name: built-in ones, then those of the TOML files of a folder.

    A folder that is not there holds none. Files of other kinds, hidden ones and links are left
    alone.

    Raises:
        ImportRefused: a file cannot be read, is no sound description, or takes a name that there
            is already; one sentence with the file, the place, what is wrong and how to mend it.
    """
    found = [_Found(path.name, _read(path)) for path in _files(folder)]
    by_name = dict(BUILT_IN)
    for one in found:
        name = one.instrument.name
        if name in by_name:
            taken = "comes with the program" if name in BUILT_IN else "is in another file"
            raise ImportRefused(
                f"{one.file}: name: a questionnaire called {name} {taken}; give yours another name."
            )
        by_name[name] = one.instrument
    for one in found:
        of = one.instrument.short_of
        if of and (of not in by_name or of == one.instrument.name):
            raise ImportRefused(
                f"{one.file}: short_of must name another questionnaire, or be left out."
            )
    return MappingProxyType(by_name)


def _files(folder: Path) -> list[Path]:
    if not folder.exists():
        return []
    if not folder.is_dir():
        raise ImportRefused(f"{folder.name} must be a folder of TOML files: make it one.")
    try:
        paths = [path for path in sorted(folder.iterdir()) if _is_description(path)]
    except OSError:
        raise ImportRefused(f"{folder.name} cannot be read: check its permissions.") from None
    if len(paths) > MOST_FILES:
        raise ImportRefused(f"{folder.name}: more than {MOST_FILES} TOML files; keep fewer.")
    return paths


def _is_description(path: Path) -> bool:
    hidden = path.name.startswith(".")
    return path.suffix == ".toml" and not hidden and path.is_file() and not path.is_symlink()


def _read(path: Path) -> Instrument:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError:
        raise ImportRefused(f"{path.name} cannot be read: check its permissions.") from None
    if len(content) > LARGEST_FILE:
        raise ImportRefused(f"{path.name} is larger than {LARGEST_FILE:,} bytes: shorten it.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ImportRefused(f"{path.name} is not UTF-8 text: save it as UTF-8.") from None
    instrument = read_instrument(text, path.name)
    wrong = problem(instrument)
    if wrong:
        raise ImportRefused(f"{path.name}: {wrong}.")
    return instrument
