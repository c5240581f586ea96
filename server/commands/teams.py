"""``flask teams``: care teams, their scopes and who is in them."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from data_access.services import services
from server.commands.group import CommandGroup
from server.commands.users import scope_option

group = CommandGroup("teams", help="Care teams: add, join, leave.")


@group.command()
@click.argument("name")
@scope_option(required=True)
def add(name: str, scopes: tuple[str, ...]) -> None:
    """Add a care team whose members see the patients of the scopes."""
    from data_access.record import host_operator

    services().record.teams.add(host_operator(), name, scopes)
    click.echo(f"Added the care team {name}, {', '.join(scopes)}.")


@group.command()
@click.argument("name")
@click.argument("user")
def join(name: str, user: str) -> None:
    """Put a user into a care team."""
    from data_access.record import host_operator

    services().record.teams.join(host_operator(), name, user)
    click.echo(f"{user} is in {name}.")


@group.command()
@click.argument("name")
@click.argument("user")
def leave(name: str, user: str) -> None:
    """Take a user out of a care team."""
    from data_access.record import host_operator

    services().record.teams.leave(host_operator(), name, user)
    click.echo(f"{user} is no longer in {name}.")


@group.command("list")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def list_teams(as_json: bool) -> None:
    """Every care team with scopes and members."""
    teams = services().record.teams.all()
    if as_json:
        click.echo(json.dumps({"teams": [asdict(team) for team in teams]}, indent=2))
        return
    for team in teams:
        click.echo(f"{team.name}\t{', '.join(team.scopes)}\t{', '.join(team.members)}")
