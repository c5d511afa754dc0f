"""Text from the archive, made safe and steady for a terminal.

Everything that was ingested is untrusted: an escape character would drive the
terminal, a bidi control would turn a name around, a zero-width character would
hide in it. All of them are left out before anything is drawn, and so is what
terminals disagree about the width of.
"""

from __future__ import annotations

import re

_BREAK = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")

# Categories Cc, Cf and Cs, variation selectors and the letters that are drawn as
# nothing. A test compares the list with unicodedata, which takes 0.3 s to walk.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891"
    "\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000110bd\U000110cd"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)


def clean(text: str) -> str:
    """`text` with newlines as \\n, tabs as four spaces and nothing that cannot be seen."""
    return _UNSEEN.sub("", _BREAK.sub("\n", text).replace("\t", "    "))


def one_line(text: str) -> str:
    """`text` cleaned, every run of white space a single space."""
    return " ".join(clean(text).split())
