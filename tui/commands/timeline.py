"""How much there is from when: by year and month, on this day, and whom one lost touch with."""

from __future__ import annotations

import re
import shutil
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ingest.errors import LifeArchiveError
from tui.commands.common import dim, heading, json_option, open_archive, print_json, safe

if TYPE_CHECKING:
    from archive.charts import Bar
    from index.acquaintance import LostTouch
    from index.passage import Passage
    from index.timeline import Silence, Timeline

_SCHEMA = 1
_TODAY = "today"
_FEW_YEARS = 3
_PIPED_WIDTH = 80
_MONTH_DAY = re.compile(r"(\d{1,2})-(\d{1,2})")


class NotWritten(LifeArchiveError):
    """A picture could not be written."""

    exit_code = 5


@click.command()
@click.argument("query", nargs=-1)
@click.option(
    "--by",
    type=click.Choice(["year", "month"]),
    help="What a bar is of.  [default: month for up to three years, else year]",
)
@click.option(
    "--on-this-day",
    "on_day",
    is_flag=False,
    flag_value=_TODAY,
    metavar="[DATE]",
    help="What is of this day of any year: YYYY-MM-DD or MM-DD; without one, today.",
)
@click.option(
    "--gaps",
    is_flag=True,
    help="List with whom regular contact broke off; with a QUERY, of those it names.",
)
@click.option("--png", type=click.Path(path_type=Path, dir_okay=False), help="Draw a picture.")
@click.option("--svg", type=click.Path(path_type=Path, dir_okay=False), help="The same as SVG.")
@json_option
def timeline(
    query: tuple[str, ...],
    by: str | None,
    on_day: str | None,
    gaps: bool,
    png: Path | None,
    svg: Path | None,
    as_json: bool,
) -> None:
    """Count the archive, or all that satisfies QUERY, by year and month.

    QUERY takes the operators of `archive search`. Every document is counted that satisfies all
    of it: words must all occur. A chat is a document a day, an attachment is part of its mail.

    \b
    archive timeline boat with:anna
    archive timeline --on-this-day 03-05
    """
    day, words = _day(on_day, query)
    asked = " ".join(words)
    archive = open_archive()
    found = archive.timeline(asked)
    seen = archive.on_this_day(day, asked) if day else []
    lost = archive.lost_touch(asked) if gaps else []
    by = by or ("month" if len(found.years()) <= _FEW_YEARS else "year")
    for path, form in ((png, "png"), (svg, "svg")):
        if path is not None:
            _draw(path, found, by, form)
    if as_json:
        print_json(_as_data(found, day, seen, lost if gaps else None))
        return
    for remark in found.remarks:
        click.echo(safe(remark), err=True)
    if day is not None:
        _print_day(found, day, seen)
    elif gaps:
        _print_lost(lost)
    else:
        _print(found, by)


def _day(said: str | None, query: tuple[str, ...]) -> tuple[date | None, tuple[str, ...]]:
    """The day that is meant; a word behind the option that is no date belongs to the query."""
    if said is None:
        return None, query
    if said == _TODAY:
        return date.today(), query
    if not re.fullmatch(r"[\d-]+", said):
        return date.today(), (said, *query)
    try:
        short = _MONTH_DAY.fullmatch(said)
        # A leap year, so that 29 February is a day.
        day = date(2000, int(short[1]), int(short[2])) if short else date.fromisoformat(said)
    except ValueError as error:
        raise click.BadParameter(
            f"{said} is no date; write it like 2004-03-05 or 03-05.",
            param_hint="--on-this-day",
        ) from error
    return day, query


def _bars(found: Timeline, by: str) -> list[Bar]:
    from archive.charts import Bar

    years = found.years()
    if by == "year":
        return [Bar(str(year), number) for year, number in years.items()]
    bars = [
        Bar(f"{year}-{month:02}", number)
        for year in years
        for month, number in enumerate(found.months(year), start=1)
    ]
    full = [place for place, one in enumerate(bars) if one.number]
    return bars[full[0] : full[-1] + 1] if full else []


def _print(found: Timeline, by: str) -> None:
    from archive.charts import lines
    from tui.words import count

    undated = f", {found.undated:,} of them without a date" if found.undated else ""
    about = f": {safe(found.said)}" if found.said else ""
    click.echo(f"{count(found.total, 'document')}{undated}{about}")
    for line in lines(_bars(found, by), _width()):
        click.echo(line)
    for silence in found.silences(1):
        click.echo(dim(f"Longest silence: {_silence(silence)}"))


def _silence(one: Silence) -> str:
    from tui.words import span

    return f"{one.days:,} days, {span(one.last, one.next)}"


def _print_day(found: Timeline, day: date, seen: list[Passage]) -> None:
    from tui.words import count

    years = found.on(day)
    name = f"{day.day} {day:%B}"
    click.echo(
        f"{name}: {count(sum(years.values()), 'document')} in {count(len(years), 'year')}"
    )
    shown: int | None = None
    for passage in seen:
        year = passage.date.astimezone().year if passage.date else None
        if year is not None and year != shown:
            click.echo(f"{year}  " + dim(f"{years.get(year, 0):,}"))
            shown = year
        click.echo(f"  {heading(passage)}  " + dim(safe(passage.id)))


def _print_lost(lost: list[LostTouch]) -> None:
    from tui.acquainted import lost_line

    for one in lost:
        click.echo(lost_line(one))
    if not lost:
        click.echo("No regular contact that broke off was found.")


def _draw(path: Path, found: Timeline, by: str, form: str) -> None:
    from archive.charts import write

    try:
        write(path, found.said or "Documents", _bars(found, by), form=form)
    except OSError as error:
        raise NotWritten(
            f"{path} cannot be written: {error.strerror or error}.",
            remedy="Name a file in a folder that is there and may be written to.",
        ) from error


def _width() -> int:
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else _PIPED_WIDTH


def _as_data(
    found: Timeline, day: date | None, seen: list[Passage], lost: list[LostTouch] | None
) -> dict[str, object]:
    data: dict[str, object] = {
        "schema": _SCHEMA,
        "query": found.said,
        "documents": found.total,
        "undated": found.undated,
        "years": [
            {"year": year, "documents": number, "months": list(found.months(year))}
            for year, number in found.years().items()
        ],
        "silences": [silence_data(one) for one in found.silences()],
        "remarks": list(found.remarks),
    }
    if day is not None:
        data["on_this_day"] = {
            "day": f"{day:%m-%d}",
            "years": [
                {"year": year, "documents": number} for year, number in found.on(day).items()
            ],
            "results": [
                {
                    "id": one.id,
                    "kind": one.kind,
                    "title": one.title,
                    "date": one.date and one.date.isoformat(),
                    "people": list(one.people),
                }
                for one in seen
            ],
        }
    if lost is not None:
        data["lost_touch"] = [
            {"label": one.label, "silence": silence_data(one.silence)} for one in lost
        ]
    return data


def silence_data(one: Silence) -> dict[str, object]:
    """A silence in the JSON forms."""
    return {
        "last": one.last.isoformat(),
        "next": one.next and one.next.isoformat(),
        "days": one.days,
        "before": one.before,
        "usual_days": one.usual_days,
    }
