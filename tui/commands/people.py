"""Who is in the archive, who is who, and whose archive it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tui.commands.common import dim, json_option, open_archive, print_json, safe

if TYPE_CHECKING:
    from datetime import datetime

    from index.people import Correspondent, OwnerGuess

_SCHEMA = 1


class _NameOrCommand(click.Group):
    """`people NAME` is short for `people list NAME`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `list` first where no command is."""
        first = args[0] if args else ""
        if first not in self.commands and first not in ctx.help_option_names:
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_NameOrCommand)
def people() -> None:
    """List who is in the archive, and correct who is who.

    `archive people [NAME]` is short for `archive people list [NAME]`. Names and addresses are
    joined where that is sure; the rest is yours to merge. NAME is an address, a name or part
    of one. What you say here holds for what is read later, too.
    """


@people.command("list")
@click.argument("name", nargs=-1)
@click.option("--limit", default=20, show_default=True, type=click.IntRange(min=1))
@json_option
def list_people(name: tuple[str, ...], limit: int, as_json: bool) -> None:
    """Names, addresses, messages from and to, first and last date."""
    found = open_archive().correspondents(" ".join(name), limit=limit)
    if as_json:
        print_json({"schema": _SCHEMA, "people": [_as_data(one) for one in found]})
        return
    for one in found:
        _print(one, in_full=bool(name))
    if not found:
        click.echo("Nobody is known yet. Try: archive sync", err=True)


@people.command()
@click.argument("one", metavar="A")
@click.argument("other", metavar="B")
def merge(one: str, other: str) -> None:
    """Two names or addresses are the same person."""
    click.echo(f"One person now: {safe(open_archive().merge_people(one, other))}")


@people.command()
@click.argument("address")
def split(address: str) -> None:
    """An address, or a name as it is written, is somebody else."""
    was = open_archive().split_people(address)
    click.echo(f"{safe(address)} is no longer counted as {safe(was)}.")


@people.command()
@click.argument("address", required=False)
@json_option
def me(address: str | None, as_json: bool) -> None:
    """Show whose archive this seems to be, or confirm it with your address or name."""
    archive = open_archive()
    if address is not None:
        archive.confirm_owner(address)
    guess = archive.owner()
    if as_json:
        print_json({"schema": _SCHEMA, "owner": guess and _owner_as_data(guess)})
    elif guess is None:
        click.echo("Nobody is clearly ahead. Say who you are: archive people me ADDRESS")
    elif guess.confirmed:
        click.echo(f"You are {safe(guess.label)}.")
    else:
        click.echo(
            f"You seem to be {safe(guess.label)}, who is in {guess.share:.0%} of the messages."
            " If so, confirm it with your address: archive people me ADDRESS"
        )


def _print(one: Correspondent, *, in_full: bool) -> None:
    what = "" if one.person else ", not a person"
    span = f", {_day(one.first)} to {_day(one.last)}" if one.first else ""
    click.echo(
        f"{safe(one.label)}\t" + dim(f"wrote {one.wrote}, received {one.received}{span}{what}")
    )
    if one.addresses:
        click.echo(f"  {safe(', '.join(one.addresses))}")
    others = [name for name in one.names if name != one.label]
    if others and in_full:
        click.echo(f"  {safe('also ' + '; '.join(others))}")


def _day(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d}" if at else ""


def _as_data(one: Correspondent) -> dict[str, object]:
    return {
        "label": one.label,
        "person": one.person,
        "names": list(one.names),
        "addresses": list(one.addresses),
        "wrote": one.wrote,
        "received": one.received,
        "first": one.first and one.first.isoformat(),
        "last": one.last and one.last.isoformat(),
    }


def _owner_as_data(guess: OwnerGuess) -> dict[str, object]:
    return {
        "label": guess.label,
        "share": round(guess.share, 4),
        "confirmed": guess.confirmed,
    }
