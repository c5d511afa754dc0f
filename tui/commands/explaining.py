"""`archive ask --explain`: where the time went and what the confidence is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tui.commands.common import safe

if TYPE_CHECKING:
    from archive.answer import Answer

_STAGES = (
    ("evidence", "sources found"),
    ("weighed", "read by the model"),
    ("first_token", "first word"),
    ("total", "answered"),
)
_MOST_PARTS = 8


def explain(answer: Answer) -> None:
    """Print each stage's seconds, and the features that moved the confidence most."""
    click.echo()
    before = 0.0
    for key, name in _STAGES:
        if key in answer.timings_ms:
            at = answer.timings_ms[key] / 1000
            click.echo(f"{at:7.2f} s  {name} (+{at - before:.2f} s)")
            before = at
    sure = answer.confidence
    parts = sorted(sure.parts.items(), key=lambda part: -abs(part[1]))[:_MOST_PARTS]
    if parts:
        click.echo("Log-odds that each adds to an average answer's confidence:")
    for name, added in parts:
        click.echo(f"{added:+9.2f}  {safe(name)} = {sure.features.get(name, 0.0):.2f}")
    if not parts and sure.features:
        click.echo("The confidence is not calibrated; it was made of:")
        for name, value in sorted(sure.features.items()):
            click.echo(f"{value:9.2f}  {safe(name)}")
