"""One child process that does what might hang, crash or eat memory.

Files from anywhere go through large C libraries, so their parsers run in a child,
one file at a time. It starts with the first file (0.2 s, plus what the parsers
import), is killed when a file takes too long or too much, and starts afresh for the next.
It ends with its parent, by `close`, or after a minute without work, and gives
its memory back. Pipes only: it works where sockets are forbidden.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import json
import os
import pickle
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final

from ingest.document import Document, ParseFailure, Skipped

MEMORY_BYTES: Final = 4 << 30
"""Address space of the child and of each program it starts."""

IDLE_S: Final = 60.0
START_S: Final = 60.0
"""Allowed on top for a child's first file of a kind: importing its parser takes long on a cold
disk."""

_LENGTH: Final = struct.Struct(">Q")
_START: Final = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[1]);"
    "from ingest.isolated import serve; serve()"
)

Item = Document | ParseFailure | Skipped


class ReaderGone(Exception):
    """The child was killed or died; the message says why, as a failure's reason."""


class _Child:
    """A running child; one request at a time."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", _START, json.dumps(sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # so that what it starts can be killed with it
        )
        self._parsers: set[str] = set()

    def ask(self, request: tuple[Any, ...], limit_s: float) -> Any:
        """Its answer. Raises ReaderGone; the child is of no use then."""
        assert self.process.stdin is not None
        parser = str(request[0])
        deadline = time.monotonic() + limit_s + (START_S if parser not in self._parsers else 0)
        self._parsers.add(parser)
        try:
            _send(self.process.stdin, request)
        except BrokenPipeError as error:
            raise ReaderGone("made the reader crash") from error
        (length,) = _LENGTH.unpack(self._receive(_LENGTH.size, deadline, limit_s))
        return pickle.loads(self._receive(length, deadline, limit_s))

    def _receive(self, size: int, deadline: float, limit_s: float) -> bytes:
        assert self.process.stdout is not None
        descriptor = self.process.stdout.fileno()
        ready = select.poll()  # unlike `select`, for any number of open files
        ready.register(descriptor, select.POLLIN)
        got = bytearray()
        while len(got) < size:
            left_s = deadline - time.monotonic()
            if left_s <= 0 or not ready.poll(left_s * 1000):
                raise ReaderGone(f"took longer than {limit_s:.0f} s to read")
            piece = os.read(descriptor, min(size - len(got), 1 << 20))
            if not piece:
                raise ReaderGone("made the reader crash")
            got += piece
        return bytes(got)

    def kill(self) -> None:
        """End it and all it has started."""
        with contextlib.suppress(OSError):
            os.killpg(self.process.pid, signal.SIGKILL)
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            with contextlib.suppress(OSError):
                pipe.close()
        self.process.wait()


_lock = threading.RLock()
_child: _Child | None = None
_idle: threading.Timer | None = None


def run(
    parser: str, path: Path, *, limit_s: float, settings: tuple[Any, ...] = ()
) -> Iterator[Item]:
    """What the parser `module:function` gives for `path`, from the child.

    `settings` go to the module's function `configure` first. Raises only OSError, and
    RuntimeError with the child's traceback for a mistake in the parser.
    """
    global _child
    with _lock:
        _stop_timer()
        if _child is None or _child.process.poll() is not None:
            close()
            _child = _Child()
        try:
            error, items = _child.ask((parser, path, settings), limit_s)
        except ReaderGone as gone:
            close()
            error, items = None, [ParseFailure(path=path, locator="", reason=str(gone))]
        except BaseException:  # Ctrl-C: the answer that comes would be taken for the next one
            close()
            raise
        _start_timer()
    if isinstance(error, OSError):
        raise error
    if error is not None:
        raise RuntimeError(error)
    yield from items


def close() -> None:
    """End the child, if one runs; the next file starts another."""
    global _child
    with _lock:
        _stop_timer()
        if _child is not None:
            _child.kill()
            _child = None


def _start_timer() -> None:
    global _idle
    _idle = threading.Timer(IDLE_S, close)
    _idle.daemon = True
    _idle.start()


def _stop_timer() -> None:
    global _idle
    if _idle is not None:
        _idle.cancel()
        _idle = None


atexit.register(close)


# --- in the child ------------------------------------------------------------


def serve() -> None:
    """Answer requests until the parent is gone."""
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not be taken for an answer
    sys.stdout = sys.stderr
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    _limit_memory()
    while header := requests.read(_LENGTH.size):
        (length,) = _LENGTH.unpack(header)
        _send(answers, _answer(*pickle.loads(requests.read(length))))


def _answer(parser: str, path: Path, settings: tuple[Any, ...]) -> tuple[Any, list[Item]]:
    """What went wrong, if anything did, and the items."""
    module_name, _, function = parser.partition(":")
    try:
        module = importlib.import_module(module_name)
        if settings:
            module.configure(*settings)
        return None, list(getattr(module, function)(path))
    except MemoryError:
        reason = f"needs more than {MEMORY_BYTES >> 30} GB of memory to read"
        return None, [ParseFailure(path=path, locator="", reason=reason)]
    except OSError as error:
        return OSError(error.errno, error.strerror, error.filename), []
    except Exception:
        import traceback

        return traceback.format_exc(), []


def _send(pipe: IO[bytes], value: object) -> None:
    raw = pickle.dumps(value)
    pipe.write(_LENGTH.pack(len(raw)) + raw)
    pipe.flush()


def _end_with(parent: int) -> None:
    # PR_SET_PDEATHSIG would end it with the parent's thread that happened to start it.
    while os.getppid() == parent:
        time.sleep(1)
    os.killpg(0, signal.SIGKILL)


def _limit_memory() -> None:
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = MEMORY_BYTES if hard == resource.RLIM_INFINITY else min(MEMORY_BYTES, hard)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
