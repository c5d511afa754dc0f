"""A large file is read in a process of its own, ahead of what is done with its documents.

Parsing and storing take about the same time, so two cores halve it. A few thousand
documents may wait between them; who reads further ahead than that waits himself.
"""

from __future__ import annotations

import json
import os
import pickle
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import IO, Any, Final

from ingest.document import Document, Part, PartKind, Person, Role
from ingest.ignore import Rules
from ingest.read import Read, read

LARGE_BYTES: Final = 16 << 20
"""From here on it is worth a process, which takes 0.2 s to start."""

_ITEMS_PER_MESSAGE: Final = 100
_MESSAGES_AHEAD: Final = 40
_LENGTH: Final = struct.Struct(">Q")
_CHILD: Final = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[1]);"
    "from ingest.ahead import serve; serve()"
)


def read_ahead(
    path: Path, format_name: str, start: int | None = None, *, rules: Rules | None = None
) -> Iterator[Read]:
    """What `ingest.read.read` gives, and raises."""
    if path.stat().st_size - (start or 0) < LARGE_BYTES or (os.cpu_count() or 1) < 2:
        yield from read(path, format_name, start, rules=rules)
        return
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, json.dumps(sys.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for whoever stores the documents
    )
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        with child.stdin as to_child:
            to_child.write(pickle.dumps((path, format_name, start, rules or Rules())))
        for message in _received(child.stdout):
            if isinstance(message, BaseException):
                raise message
            yield from map(_unpacked, message)
        if child.wait() != 0:
            raise RuntimeError(f"the process that read {path} ended with {child.returncode}")
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


def _received(pipe: IO[bytes]) -> Iterator[list[Any] | BaseException]:
    """The messages, of which some are fetched ahead: a pipe holds hardly one."""
    waiting: Queue[bytes] = Queue(_MESSAGES_AHEAD)

    def fetch() -> None:
        while len(head := pipe.read(_LENGTH.size)) == _LENGTH.size:
            waiting.put(pipe.read(*_LENGTH.unpack(head)))
        waiting.put(b"")

    # Ends when the child is killed, which closes the pipe, and nobody need wait for it.
    Thread(target=fetch, name="reading ahead", daemon=True).start()
    while raw := waiting.get():
        message: list[Any] | BaseException = pickle.loads(raw)
        yield message


def serve() -> None:
    """The child: read what standard input names, write it to standard output."""
    path, format_name, start, rules = pickle.load(sys.stdin.buffer)
    pipe = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # for what a library may print
    items: list[Any] = []
    try:
        for item in read(path, format_name, start, rules=rules):
            items.append(_packed(item))
            if len(items) >= _ITEMS_PER_MESSAGE:
                _send(pipe, items)
                items.clear()
        _send(pipe, items)
    except BrokenPipeError:
        return  # nobody wants it any more
    except Exception as error:  # raised again by whoever asked
        _send(pipe, items)
        _send(pipe, error)


def _send(pipe: IO[bytes], message: list[Any] | BaseException) -> None:
    raw = pickle.dumps(message, 5)
    packed = memoryview(_LENGTH.pack(len(raw)) + raw)
    while packed:
        packed = packed[pipe.write(packed) :]


# A frozen dataclass with slots takes ten times as long to pickle as a tuple, and nearly all
# of a mailbox's are people and parts.


def _packed(item: Read) -> Any:
    if not isinstance(item, Document):
        return item
    values = [getattr(item, name) for name in _FIELDS]
    values[_PEOPLE] = [(p.name, p.address, p.role.value) for p in item.people]
    values[_PARTS] = [(part.kind.value, part.start, part.end) for part in item.parts]
    return values


def _unpacked(packed: Any) -> Read:
    if not isinstance(packed, list):
        other: Read = packed
        return other
    values = dict(zip(_FIELDS, packed, strict=True))
    values["people"] = tuple(
        Person(name=name, address=address, role=Role(role))
        for name, address, role in packed[_PEOPLE]
    )
    values["parts"] = tuple(
        Part(kind=PartKind(kind), start=start, end=end) for kind, start, end in packed[_PARTS]
    )
    return Document(**values)


_FIELDS: Final = [field.name for field in fields(Document)]
_PEOPLE: Final = _FIELDS.index("people")
_PARTS: Final = _FIELDS.index("parts")
