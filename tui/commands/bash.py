"""Completing in bash: where a word begins for the shell, and where for readline.

Readline begins anew at every sign of COMP_WORDBREAKS, at `:` and `@` for instance, and at a
quotation mark. What it takes for done must not be offered again.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from click.shell_completion import BashComplete, CompletionItem

SCRIPT = """\
_archive_completion() {
    local response kind item
    response=$(COMP_WORDS="${COMP_LINE:0:COMP_POINT}" COMP_BREAKS="$COMP_WORDBREAKS" \\
        _ARCHIVE_COMPLETE=bash_complete "$1")
    COMPREPLY=()
    while IFS=',' read -r kind item; do
        case "$kind" in
            dir) COMPREPLY=(); compopt -o dirnames ;;
            file) COMPREPLY=(); compopt -o default ;;
            plain) COMPREPLY+=("$item"); [[ "$item" == *: ]] && compopt -o nospace ;;
        esac
    done <<< "$response"
}
complete -o nosort -F _archive_completion archive
"""

_KEPT = "@$"
"""Breaks that readline leaves in front of the word."""


@dataclass(frozen=True, slots=True)
class Line:
    """A command line up to the cursor."""

    words: tuple[str, ...]
    """Those that are complete, without their quotation marks."""

    begun: str
    """The word the cursor is in."""

    done: int
    """How many of its characters stand before what readline completes."""

    quote: str
    """The quotation mark that is still open, or nothing."""


def cut(line: str, breaks: str = "") -> Line:
    """Split `line` as a shell does; readline begins anew at each of `breaks`."""
    words: list[str] = []
    word, done, quote, inside = "", 0, "", False
    signs = iter(line)
    for sign in signs:
        if sign == quote:
            quote = ""
        elif quote == "'":
            word += sign
        elif sign == "\\":
            word += next(signs, "")
            inside = True
        elif quote:
            word += sign
        elif sign in "\"'":
            quote, inside, done = sign, True, len(word)
        elif sign.isspace():
            if word or inside:
                words.append(word)
            word, done, inside = "", 0, False
        else:
            if sign in breaks:
                done = len(word) + (sign not in _KEPT)
            word += sign
    return Line(tuple(words), word, done, quote)


class Bash(BashComplete):
    """Offers what is to stand where readline's word stands."""

    def get_completion_args(self) -> tuple[list[str], str]:
        """What is complete behind the program's name, and what is not."""
        line = cut(os.environ["COMP_WORDS"], os.environ.get("COMP_BREAKS", ""))
        # What is offered for the value of --with=VALUE is the value alone.
        option, equals, _ = line.begun.partition("=")
        named = len(option + equals) if equals and option.startswith("-") else 0
        self._done = max(0, line.done - named)
        return list(line.words[1:]), line.begun

    def format_completion(self, item: CompletionItem[Any]) -> str:
        """Without what stands there already."""
        return f"{item.type},{item.value[self._done :]}"
