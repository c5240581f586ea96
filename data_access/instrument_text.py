"""A questionnaire as a TOML file: read strictly, and written so that a site can copy it.

The format is that of ``models.qol.instrument``: every field by its name, items and scales as
arrays of tables. Fields that have a default may be left out; there are no others.
"""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, TypeVar, get_args, get_type_hints

from data_access.errors import ImportRefused
from models.qol.instrument import Instrument, Rule

RULES = tuple(rule for rule in get_args(Rule) if rule != "value set")
"""Rules that a file may use: value sets are part of the program."""

Made = TypeVar("Made")


def read_instrument(text: str, file: str) -> Instrument:
    """The questionnaire that a file describes; whether it makes sense is not looked at here.

    Raises:
        ImportRefused: not TOML, or a key that is missing, unknown or of another kind.
    """
    try:
        content = tomllib.loads(text)
    except RecursionError:
        raise ImportRefused(f"{file}: it is nested too deeply for a questionnaire.") from None
    except ValueError as error:
        raise ImportRefused(f"{file} is not TOML: {_one_line(error)}.") from None
    return _made(Instrument, content, f"{file}: ")


def _one_line(error: ValueError) -> str:
    """What the parser says, short and without line breaks; it quotes no more than a character."""
    return " ".join(str(error).split())[:200].rstrip(".")


def _made(kind: type[Made], content: Mapping[str, Any], where: str) -> Made:
    """A description from a table, every key of it known and of its kind."""
    hints = get_type_hints(kind)
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    unknown = [key for key in content if key not in known]
    if unknown:
        raise ImportRefused(
            f"{where}the key {_shown(unknown[0])} is not known; known are {', '.join(known)}."
        )
    required = [name for name, field in known.items() if field.default is MISSING]
    missing = [name for name in required if name not in content]
    if missing:
        raise ImportRefused(f"{where}the key {missing[0]} is missing; add it.")
    return kind(
        **{name: _value(hints[name], given, name, where) for name, given in content.items()}
    )


def _value(hint: Any, given: Any, name: str, where: str) -> Any:
    """A value of the kind that a field asks for."""
    options = get_args(hint)
    if options and options[-1] is Ellipsis:
        return _list(options[0], given, name, where)
    tables: list[Any] = [option for option in (hint, *options) if is_dataclass(option)]
    if tables:
        if not isinstance(given, dict):
            raise ImportRefused(f"{where}{name} must be a table.")
        return _made(tables[0], given, f"{where}{name}, ")
    if options:
        return _word(RULES if name == "rule" else options, given, name, where)
    return _scalar(hint, given, name, where)


def _list(kind: Any, given: Any, name: str, where: str) -> tuple[Any, ...]:
    if not isinstance(given, list):
        what = f"tables: write [[{name}]]" if is_dataclass(kind) else 'codes such as ["a", "b"]'
        raise ImportRefused(f"{where}{name} must be a list of {what}.")
    if is_dataclass(kind):
        return tuple(_table(kind, one, f"{where}{name} {n}") for n, one in enumerate(given, 1))
    return tuple(_scalar(kind, one, f"{name} {n}", where) for n, one in enumerate(given, 1))


def _table(kind: Any, given: Any, where: str) -> Any:
    if not isinstance(given, dict):
        raise ImportRefused(f"{where} must be a table.")
    code = given.get("code")
    name = f" ({_shown(code)})" if isinstance(code, str) else ""
    return _made(kind, given, f"{where}{name}, ")


def _word(allowed: tuple[str, ...], given: Any, name: str, where: str) -> str:
    if not isinstance(given, str) or given not in allowed:
        raise ImportRefused(f"{where}{name} must be one of {', '.join(allowed)}.")
    return given


def _scalar(kind: type, given: Any, name: str, where: str) -> Any:
    number = isinstance(given, int | float) and not isinstance(given, bool)
    if kind is float and number and abs(given) < 1e9 and math.isfinite(given):
        return float(given)
    if kind is int and number and isinstance(given, int) and abs(given) < 1e9:
        return given
    if kind in (str, bool) and type(given) is kind:
        return given
    words = {float: "a number", int: "a whole number", str: "text", bool: "true or false"}[kind]
    raise ImportRefused(f"{where}{name} must be {words}.")


def _shown(key: str) -> str:
    return "".join(letter for letter in key if letter.isprintable())[:40] or "(no name)"


def instrument_text(instrument: Instrument) -> str:
    """The questionnaire as TOML, fields at their default left out; tables in the order of fields.

    A scale that is scored by a value set is written too, though no file may hold one.
    """
    return "\n".join(_lines(instrument, "")) + "\n"


def _lines(described: Any, path: str) -> Iterator[str]:
    """Plain values first: what follows the head of a table belongs to it."""
    given = {
        field.name: getattr(described, field.name)
        for field in fields(described)
        if getattr(described, field.name) != field.default
    }
    inner = {name: value for name, value in given.items() if _is_table(value)}
    for name, value in given.items():
        if name not in inner:
            yield f"{name} = {_written(value)}"
    for name, value in inner.items():
        head = f"{path}{name}"
        for one in value if isinstance(value, tuple) else (value,):
            yield ""
            yield f"[[{head}]]" if isinstance(value, tuple) else f"[{head}]"
            yield from _lines(one, f"{head}.")


def _is_table(value: Any) -> bool:
    return is_dataclass(value) or (isinstance(value, tuple) and bool(value) and _is_table(value[0]))


def _written(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_written, value))}]"
    if isinstance(value, float):
        return f"{value:g}" if value.is_integer() else repr(value)
    # JSON texts, numbers and truth values are TOML too; DEL is the one letter TOML wants escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
