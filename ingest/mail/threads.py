"""Which messages are one conversation.

By Message-ID and References as mail programs do (J. Zawinski, "message threading",
jwz.org/doc/threading.html, without its containers: only who belongs together). Old
mailboxes have no References; there a reply is joined to the message it can only be
an answer to: same subject, its people among that one's, not long before.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

LONGEST_GAP_S: Final = 45 * 86400.0
"""A reply without References that comes later begins a conversation of its own."""

LONGEST_GAP_UNNAMED_S: Final = 3 * 86400.0
"""The same where there is no subject at all."""

_LOOKED_AT: Final = 200
_PREFIX: Final = re.compile(
    r"\s*(?:(?:re|aw|antw|antwort|sv|vs|rif|r|res|ref|odp|ynt|fw|fwd|wg|tr|rv|enc|i|doorst"
    r"|vl|vb|pd|回复|答复|转发|返信|転送)\s*(?:\[\d+\]|\(\d+\)|\^\d+)?\s*[:：]"
    r"|\[[^\]]{1,40}\](?=\s*\S))\s*",
    re.IGNORECASE,
)
_TAIL: Final = re.compile(r"\s*\((?:fwd|fw|was:[^)]*)\)\s*$", re.IGNORECASE)
_SPACE: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A message, as much of it as says where it belongs."""

    id: int
    message_id: str
    """Empty if it has none."""
    references: tuple[str, ...]
    subject: str
    created_s: float | None
    """Seconds since 1970."""
    sender: str
    """Address, else name, in lower case; may be empty."""
    others: frozenset[str]
    """The recipients, likewise."""
    same_as: int | None = None
    """Id of another member that it is a copy of."""


def base_subject(subject: str) -> tuple[str, bool]:
    """A subject without `Re:` and list names, in lower case; whether it had a prefix."""
    rest, is_reply = subject, False
    while match := _PREFIX.match(rest):
        is_reply = is_reply or not match.group().lstrip().startswith("[")
        rest = rest[match.end() :]
    if match := _TAIL.search(rest):
        is_reply, rest = True, rest[: match.start()]
    return _SPACE.sub(" ", rest).strip().casefold(), is_reply


def threads(members: Sequence[Member]) -> dict[int, int]:
    """The thread of each member: the smallest id in it. Cycles do no harm."""
    joined = _Joined(member.id for member in members)
    _join_by_references(members, joined)
    _join_by_subject(members, joined)
    return {member.id: joined.root(member.id) for member in members}


class _Joined:
    """Sets of ids that are merged again and again (union-find)."""

    def __init__(self, ids: Iterable[int]) -> None:
        self._above = {number: number for number in ids}

    def root(self, number: int) -> int:
        above = self._above
        while above[number] != number:
            above[number] = above[above[number]]
            number = above[number]
        return number

    def join(self, one: int, other: int) -> None:
        low, high = sorted((self.root(one), self.root(other)))
        self._above[high] = low


def _join_by_references(members: Sequence[Member], joined: _Joined) -> None:
    # A message that is not here still joins those that name it.
    first_with: dict[str, int] = {}
    for member in members:
        if member.same_as is not None:
            joined.join(member.id, member.same_as)
        for name in (member.message_id, *member.references):
            if name:
                joined.join(member.id, first_with.setdefault(name, member.id))


def _join_by_subject(members: Sequence[Member], joined: _Joined) -> None:
    by_subject: dict[str, list[tuple[Member, bool]]] = defaultdict(list)
    for member in members:
        if member.created_s is not None and member.same_as is None:
            subject, is_reply = base_subject(member.subject)
            by_subject[subject].append((member, is_reply))
    for subject, group in by_subject.items():
        group.sort(key=lambda item: (item[0].created_s or 0.0, item[0].id))
        for place, (member, is_reply) in enumerate(group):
            if is_reply and not member.references:
                before = _answered(member, group, place, named=bool(subject))
                if before is not None:
                    joined.join(member.id, before.id)


def _answered(
    reply: Member, group: list[tuple[Member, bool]], place: int, *, named: bool
) -> Member | None:
    """The latest earlier message of that subject that `reply` can be an answer to.

    Without a subject its two people have to be the same two, and soon after.
    """
    longest = LONGEST_GAP_S if named else LONGEST_GAP_UNNAMED_S
    for earlier, _ in reversed(group[max(place - _LOOKED_AT, 0) : place]):
        if (reply.created_s or 0.0) - (earlier.created_s or 0.0) > longest:
            return None
        there = reply.sender in earlier.others
        back = earlier.sender in reply.others
        if (there and back) or (
            named and (there or back or (reply.sender and reply.sender == earlier.sender))
        ):
            return earlier
    return None
