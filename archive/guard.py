"""Text from the archive is untrusted: what reaches the model or a terminal is cleaned.

Nothing here changes what is stored; offsets always refer to the stored text. `visible` and
`one_line` are for people; `shown_to_model` and `named_to_model` are for a prompt: they also
leave out what seems to be an instruction to a model (`archive/suspicion.py`) and break what
looks like the prompt's own marks. A span takes less than a millisecond.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable

LEFT_OUT = "[instruction to a model left out]"

# C0 and C1 controls but newline and tab; bidi controls; zero-width and other invisible format
# characters. Escape sequences lose their ESC and are inert.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)

_MARKER_BYTES = 4
"""One in four billion to guess. Every further byte is read once for each source."""

_NAME_CHARS = 200

# Whatever a chat template, our fence or our source numbers look like, and what is put instead.
_MARKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"§(?=\s*[0-9a-fA-F]{4,})"), "par. "),
    (re.compile(r"<\||\|>"), "|"),
    (re.compile(r"\[(/?)(INST|SYS|SYSTEM|ASSISTANT|USER)\]", re.IGNORECASE), r"\1\2"),
    (
        re.compile(
            r"<{1,2}(/?)(SYS|system|assistant|user|s|sources?|im_\w{1,9})>{1,2}", re.IGNORECASE
        ),
        r"\1\2",
    ),
    (re.compile(r"<(?:start|end)_of_turn>", re.IGNORECASE), " "),
    (re.compile(r"^([ \t>]{0,9})#{2,}(?=[ \t]*\w)", re.MULTILINE), r"\1"),
    (
        re.compile(
            r"^([ \t>*_#]{0,9})(system|assistant|user|human|question|answer|sources?)"
            r"([*_]{0,3}):",
            re.MULTILINE | re.IGNORECASE,
        ),
        r"\1\2\3 -",
    ),
    (re.compile(r"\[(\d{1,3})\]"), r"(\1)"),
    (re.compile(r"!\[([^\]\n]{0,200})\]\([^)\n]{0,1000}\)"), r"\1"),
    (re.compile(r"`{3,}|~{3,}"), "'''"),
)


def visible(text: str) -> str:
    """`text` without characters that a terminal obeys or a reader cannot see."""
    return _INVISIBLE.sub("", text)


def one_line(text: str) -> str:
    """The same on one line, for titles, names and file names."""
    return " ".join(visible(text).split())


def fence(sources: Iterable[str] = ()) -> str:
    """A marker no source can know, drawn afresh for each call; none of `sources` holds it."""
    texts = list(sources)
    while True:
        marker = secrets.token_hex(_MARKER_BYTES)
        if not any(marker in text for text in texts):
            return marker


def shown_to_model(text: str, title: str = "", *, around: str = "") -> str:
    """`text` as a model may read it: no suspected instruction, nothing that mimics the prompt.

    `title` and `around` are the document's subject and more of its text, which tell whether a
    line is off the topic.
    """
    from archive import suspicion  # its patterns take a while, and a search needs none

    pieces: list[str] = []
    done = 0
    for suspect in suspicion.suspected(text, title, around=around):
        pieces += [text[done : suspect.start], LEFT_OUT]
        done = suspect.end
    pieces.append(text[done:])
    return unmarked(visible("".join(pieces)))


def named_to_model(name: str) -> str:
    """The same for a title, a person or a file name: one line, of bounded length."""
    from archive import suspicion

    line = one_line(name)
    if suspicion.suspected(line):
        return LEFT_OUT
    return " ".join(unmarked(line)[:_NAME_CHARS].split())


def unmarked(text: str) -> str:
    """`text` with everything broken that looks like a prompt's own marks or source numbers."""
    for pattern, instead in _MARKS:
        text = pattern.sub(instead, text)
    return text
