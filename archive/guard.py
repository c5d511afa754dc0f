"""Text from the archive is untrusted: what reaches the model or a terminal is cleaned.

Nothing here changes what is stored; offsets always refer to the stored text.
"""

from __future__ import annotations

import re
import secrets

# C0 and C1 controls but newline and tab; bidi controls; zero-width and other invisible format
# characters. Escape sequences lose their ESC and are inert.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """`text` without characters that a terminal obeys or a reader cannot see."""
    return _INVISIBLE.sub("", text)


def one_line(text: str) -> str:
    """The same on one line, for titles, names and file names."""
    return " ".join(visible(text).split())


def fence() -> str:
    """A marker that no source can know, drawn afresh for each call."""
    return secrets.token_hex(2)
