"""Alembic migrations of the record store, run by the program itself (no alembic.ini)."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


def upgrade(connection: Connection) -> None:
    """Run the migrations that are missing, in one transaction."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def at_head(connection: Connection) -> bool:
    """Whether every migration has run and none from a newer program."""
    heads = ScriptDirectory.from_config(_config()).get_heads()
    return MigrationContext.configure(connection).get_current_heads() == tuple(heads)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config
