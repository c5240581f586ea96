"""``flask users``: people, their roles and their own scopes. Takes effect without a restart."""

from __future__ import annotations

import json
import os
import secrets
import sys
from dataclasses import asdict

import click

from data_access.errors import NotAllowed
from data_access.services import services
from server.commands.group import CommandGroup

ROLES = ("oncologist", "pharmacist", "board", "steward", "administrator")

DEMONSTRATION = {
    "oncologist": ("oncologist", ("FR",)),
    "pharmacist": ("pharmacist", ("FR",)),
    "board": ("board", ("FR",)),
    "steward": ("steward", ()),
    "admin": ("administrator", ()),
}
"""Users of the demonstration: role and scopes."""

group = CommandGroup("users", help="People: add, disable, unlock, grant and revoke scopes.")


def scope_option(*, required: bool) -> object:
    """The option ``--scope``, which may be given several times."""
    return click.option(
        "--scope",
        "scopes",
        multiple=True,
        required=required,
        help="A country (FR), a site (FR/Lyon) or one patient (patient:ID).",
    )


@group.command()
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), required=True)
@scope_option(required=False)
def add(name: str, role: str, scopes: tuple[str, ...]) -> None:
    """Add a user; the password is asked for or taken from IMMUNOBOARD_PASSWORD."""
    from data_access.record import Role, host_operator

    password = _password()
    services().record.accounts.add(host_operator(), name, Role(role), password, scopes)
    click.echo(f"Added {name}, {role}, {', '.join(scopes) or 'no scopes'}.")


@group.command("set-password")
@click.argument("name")
def set_password(name: str) -> None:
    """Change a password (asked for, or IMMUNOBOARD_PASSWORD); ends the user's sessions."""
    from data_access.record import host_operator

    services().record.accounts.set_password(host_operator(), name, _password())
    click.echo(f"Changed the password of {name}.")


@group.command("set-role")
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), required=True)
def set_role(name: str, role: str) -> None:
    """Change a role; ends the user's sessions."""
    from data_access.record import Role, host_operator

    services().record.accounts.set_role(host_operator(), name, Role(role))
    click.echo(f"{name} is now {role}.")


@group.command()
@click.argument("name")
@scope_option(required=True)
def grant(name: str, scopes: tuple[str, ...]) -> None:
    """Let a user see the patients of a scope."""
    from data_access.record import host_operator

    services().record.accounts.grant(host_operator(), name, scopes)
    click.echo(f"Granted {', '.join(scopes)} to {name}.")


@group.command()
@click.argument("name")
@scope_option(required=True)
def revoke(name: str, scopes: tuple[str, ...]) -> None:
    """Take a scope back."""
    from data_access.record import host_operator

    services().record.accounts.revoke(host_operator(), name, scopes)
    click.echo(f"Revoked {', '.join(scopes)} from {name}.")


@group.command()
@click.argument("name")
def disable(name: str) -> None:
    """Close an account and end its sessions."""
    from data_access.record import host_operator

    services().record.accounts.set_active(host_operator(), name, active=False)
    click.echo(f"Disabled {name}.")


@group.command()
@click.argument("name")
def enable(name: str) -> None:
    """Open a disabled account again."""
    from data_access.record import host_operator

    services().record.accounts.set_active(host_operator(), name, active=True)
    click.echo(f"Enabled {name}.")


@group.command()
@click.argument("name")
def unlock(name: str) -> None:
    """Let a user try again at once who mistyped the password too often."""
    from data_access.record import host_operator

    services().record.accounts.unlock(host_operator(), name)
    click.echo(f"Unlocked {name}.")


@group.command("list")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def list_users(as_json: bool) -> None:
    """Every user with role, state, scopes and care teams."""
    accounts = services().record.accounts.all()
    if as_json:
        rows = [{**asdict(one), "created": one.created.isoformat()} for one in accounts]
        click.echo(json.dumps({"users": rows}, indent=2))
        return
    for one in accounts:
        state = "locked" if one.locked else "active" if one.active else "disabled"
        click.echo(f"{one.name}\t{one.role}\t{state}\t{', '.join(one.scopes)}")


@group.command()
def demo() -> None:
    """Add the users of the demonstration; those that exist stay as they are."""
    from data_access.record import Role, host_operator

    accounts = services().record.accounts
    known = {account.name for account in accounts.all()}
    missing = [name for name in DEMONSTRATION if name not in known]
    if not missing:
        return
    given = os.environ.get("IMMUNOBOARD_DEMO_PASSWORD")
    password = given or secrets.token_urlsafe(12)
    for name in missing:
        role, scopes = DEMONSTRATION[name]
        accounts.add(host_operator(), name, Role(role), password, scopes)
    click.echo(f"Demonstration users: {', '.join(missing)}.")
    if not given:
        click.echo(f"Their password, shown only now: {password}")


def _password() -> str:
    # Not a setting: the server has no business knowing it.
    given = os.environ.get("IMMUNOBOARD_PASSWORD")
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise NotAllowed("No password: set IMMUNOBOARD_PASSWORD, or run this in a terminal.")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
