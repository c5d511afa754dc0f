"""A large file is read in a process of its own, ahead of what is done with its documents.

Parsing and storing take about the same time, so two cores halve it. The pipe between
them is the only buffer: who reads too far ahead waits.
"""

from __future__ import annotations

import json
import os
import pickle
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from ingest.ignore import Rules
from ingest.read import Read, read

LARGE_BYTES: Final = 16 << 20
"""From here on it is worth a process, which takes 0.2 s to start."""

_ITEMS_PER_MESSAGE: Final = 100
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
        while (message := _received(child.stdout)) is not None:
            if isinstance(message, BaseException):
                raise message
            yield from message
        if child.wait() != 0:
            raise RuntimeError(f"the process that read {path} ended with {child.returncode}")
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


def _received(pipe: IO[bytes]) -> list[Read] | BaseException | None:
    """The next message; None when there is none any more."""
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    message: list[Read] | BaseException = pickle.loads(pipe.read(*_LENGTH.unpack(head)))
    return message


def serve() -> None:
    """The child: read what standard input names, write it to standard output."""
    path, format_name, start, rules = pickle.load(sys.stdin.buffer)
    pipe = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # for what a library may print
    items: list[Read] = []
    try:
        for item in read(path, format_name, start, rules=rules):
            items.append(item)
            if len(items) >= _ITEMS_PER_MESSAGE:
                _send(pipe, items)
                items.clear()
        _send(pipe, items)
    except BrokenPipeError:
        return  # nobody wants it any more
    except Exception as error:  # raised again by whoever asked
        _send(pipe, items)
        _send(pipe, error)


def _send(pipe: IO[bytes], message: list[Read] | BaseException) -> None:
    raw = pickle.dumps(message, 5)
    packed = memoryview(_LENGTH.pack(len(raw)) + raw)
    while packed:
        packed = packed[pipe.write(packed) :]
