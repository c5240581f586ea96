"""Progress of whatever takes longer than two seconds."""

from __future__ import annotations

import sys

import click


class ProgressLine:
    """Steps and how far they are, on standard error: one line per step, kept up to date."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._step = ""
        self._percent = -1

    def __call__(self, step: str, share: float) -> None:
        """Say that ``share`` (0 to 1) of a step is done."""
        percent = int(100 * share)
        if step != self._step:
            if self._step and self._live:
                click.echo(err=True)
            self._step, self._percent = step, -1
            if not self._live:
                click.echo(f"  {step} ...", err=True)
        if self._live and percent != self._percent:
            click.echo(f"\r  {step}: {percent} %", nl=False, err=True)
        self._percent = percent

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(self, *_error: object) -> None:
        """Leave the line, so that what follows has its own."""
        if self._live and self._step:
            click.echo(err=True)
