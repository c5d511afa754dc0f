"""The archive as a tool for other programs."""

from __future__ import annotations

import click

from tui.commands.common import open_archive


@click.command()
@click.option("--stdio", is_flag=True, help="Speak MCP on standard input and output.")
def serve(stdio: bool) -> None:
    """Let another program's model search, ask and show, by the Model Context Protocol.

    Nothing can be changed through it. The program starts this command itself; there is no
    port and no network.
    """
    if not stdio:
        raise click.UsageError("Say --stdio: there is no other way to reach it.")
    archive = open_archive()
    from archive import mcp_server

    try:
        mcp_server.serve(archive)
    finally:
        archive.close()
