"""The ``flask`` commands, one module per group; each module names its group ``group``."""

from __future__ import annotations

from importlib import import_module

from flask import Flask

GROUPS = ("users", "teams", "record", "access", "warehouse", "models", "risk", "qol", "cohort")


def register(app: Flask) -> None:
    """Give the ``flask`` command all groups."""
    for name in GROUPS:
        app.cli.add_command(import_module(f"{__name__}.{name}").group)
