"""What every command group shares: the application at hand, and refusals as one line."""

from __future__ import annotations

import sys
from typing import Any

import click
from flask.cli import AppGroup

from data_access.errors import NotConfigured, RecordsError


class CommandGroup(AppGroup):
    """A group whose commands run with the application at hand (``services()`` works).

    A ``RecordsError`` becomes one line on standard error and exit code 1; a missing or unusable
    setting is wrong usage, exit code 2.
    """

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; see the class for how it fails."""
        try:
            return super().invoke(ctx)
        except NotConfigured as error:
            raise click.UsageError(str(error)) from error
        except RecordsError as error:
            raise click.ClickException(str(error)) from error
        except (OSError, MemoryError, *_database_errors()) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise click.ClickException(
                f"Stopped, nothing was switched: {reason}. Check disk space, memory and the"
                " permissions of the state folder, then run the command again."
            ) from error


def _database_errors() -> tuple[type[Exception], ...]:
    """DuckDB's errors, where it was loaded; their texts may quote values and are not repeated."""
    module = sys.modules.get("duckdb")
    return (module.Error,) if module else ()
