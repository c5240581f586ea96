"""The ``flask`` commands, one module per group; each module names its group ``group``."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from flask import Flask

GROUPS = ("users", "teams", "record", "access", "warehouse", "models", "risk", "qol")


def register(app: Flask) -> None:
    """Give the ``flask`` command all groups."""
    for name in GROUPS:
        module = f"{__name__}.{name}"
        if find_spec(module):
            app.cli.add_command(import_module(module).group)
