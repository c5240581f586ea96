"""What every command group shares: the application at hand, and refusals in a line or two."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from click.exceptions import NoArgsIsHelpError
from flask.cli import AppGroup

from data_access.errors import NotConfigured, RecordsError


class CommandGroup(AppGroup):
    """A group whose commands run with the application at hand (``services()`` works).

    A ``RecordsError`` becomes one line on standard error and exit code 1, and so does a full disk,
    a locked file or too little memory. Wrong usage, exit code 2, is one line and where to find
    help; a missing or unusable setting is wrong usage too.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the options of the group itself."""
        with _brief_usage():
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; see the class for how it fails."""
        try:
            with _brief_usage():
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


@contextmanager
def _brief_usage() -> Iterator[None]:
    """Leave out the pattern of usage that click prints above the error, and its line breaks."""
    try:
        yield
    except NoArgsIsHelpError:
        raise
    except click.UsageError as error:
        sentence = " ".join(error.format_message().split())
        path = error.ctx.command_path if error.ctx else ""
        raise click.UsageError(f"{sentence}\nTry '{path} --help'." if path else sentence) from error


def _database_errors() -> tuple[type[Exception], ...]:
    """DuckDB's errors, where it was loaded; their texts may quote values and are not repeated."""
    module = sys.modules.get("duckdb")
    return (module.Error,) if module else ()
