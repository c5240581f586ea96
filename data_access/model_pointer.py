"""The file that names the models in use, when they are not the shipped ones."""

from __future__ import annotations

import json
import re
from pathlib import Path

from data_access.errors import ModelsUnavailable

IN_USE = "in-use.json"
VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,40}(/[0-9]{1,6})?")


def read_pointer(pointer: Path) -> dict[str, str] | None:
    """Version and seal of the models in use; None where the shipped ones are.

    Raises:
        ModelsUnavailable: there is such a file and it does not name a version.
    """
    try:
        content = json.loads(pointer.read_bytes())
        named = {key: content[key] for key in ("version", "sha256")}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise _no_pointer() from error
    if not all(isinstance(value, str) for value in named.values()):
        raise _no_pointer()
    if not VERSION.fullmatch(named["version"]):
        raise _no_pointer()
    return named


def _no_pointer() -> ModelsUnavailable:
    return ModelsUnavailable(
        f"Risk is not available: {IN_USE} does not name a version of the models; restore it or"
        " approve a version again."
    )


def folder_in_use(shipped: Path, pointer: Path | None) -> tuple[Path, str | None]:
    """Folder of the models in use and the seal they must have, None where any will do.

    Raises:
        ModelsUnavailable: the file that names them is damaged.
    """
    named = read_pointer(pointer) if pointer is not None else None
    if pointer is None or named is None:
        return shipped, None
    return pointer.parent / folder_name(named["version"]), named["sha256"]


def folder_name(version: str) -> str:
    """Folder of a version: its name, with the slash replaced."""
    return version.replace("/", "_")
