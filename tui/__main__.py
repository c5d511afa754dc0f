"""`python -m tui` is the `archive` command."""

from tui.cli import main

main(prog_name="archive")
