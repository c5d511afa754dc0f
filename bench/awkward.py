"""Whether reading takes time linear in its input, on input made to make it squared.

    python bench/awkward.py [--kilobytes 500]

Each kind is read at a size, at twice and at four times that size; the last column is
the time of the largest over that of the smallest: 4 is linear, 16 squared.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent
SEPARATOR = b"From a@b.org Mon Mar  1 09:00:00 2004\n"
HTML = b"Content-Type: text/html\n\n"


def of_size(piece: bytes, before: bytes = b"", after: bytes = b"") -> Callable[[int], bytes]:
    """Bytes that repeat a piece."""
    return lambda size: before + piece * (size // len(piece)) + after


def nested(size: int) -> bytes:
    """Multiparts within multiparts."""
    deep = size // 60
    pieces = [
        b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (n, n) for n in range(deep)
    ]
    return b"".join(pieces)


KINDS: dict[str, tuple[str, Callable[[int], bytes]]] = {
    "one line": ("mbox", of_size(b"x", SEPARATOR + b"Subject: x\n\n")),
    "separators": ("mbox", of_size(SEPARATOR)),
    "separators, no blank line": ("mbox", of_size(SEPARATOR, SEPARATOR + b"A: b\n\nx\n")),
    "long Content-Lengths": (
        "mbox",
        of_size(SEPARATOR + b"Content-Length: 99999999\n\ntext\n\n"),
    ),
    "CR only": ("mbox", of_size(b"Subject: x\r\rtext\r\r", SEPARATOR.replace(b"\n", b"\r"))),
    "NULs": ("mbox", of_size(b"\0", SEPARATOR)),
    "header bomb": ("eml", of_size(b"X-A: b\n", b"From: a\n")),
    "one folded header": ("eml", of_size(b" a@b.org,\n", b"To: x@y.z,\n")),
    "encoded words": ("eml", of_size(b"=?utf-8?q?=ff?= ", b"Subject: ")),
    "unclosed words": ("eml", of_size(b"=?utf-8?q?", b"Subject: ")),
    "unclosed quotes": ("eml", of_size(b'"a, <b@c ', b"To: ")),
    "references": ("eml", of_size(b"<a@b> ", b"References: ")),
    "nested parts": ("eml", nested),
    "parts": ("eml", of_size(b"--b\n\nx\n", b"Content-Type: multipart/mixed; boundary=b\n\n")),
    "borders": ("eml", of_size(b"--b\n", b"Content-Type: multipart/mixed; boundary=b\n\n")),
    "quotes": ("eml", of_size(b"> a\n\nb wrote:\n", b"From: a\n\n")),
    "original messages": ("eml", of_size(b"-----Original Message-----\n> a\n", b"From: a\n\n")),
    "headers in the body": ("eml", of_size(b"From: a\nTo: b\n\n\n\n", b"From: a\n\n")),
    "signatures": ("eml", of_size(b"-- \n", b"From: a\n\n")),
    "flowed": ("eml", of_size(b"> a \n", b"Content-Type: text/plain; format=flowed\n\n")),
    "uuencoded": ("eml", of_size(b"begin 644 a\n", b"From: a\n\n")),
    "PGP": ("eml", of_size(b"-----BEGIN PGP MESSAGE-----\n", b"From: a\n\n")),
    "nested tags": ("eml", of_size(b"<div>", HTML)),
    "nested tables": ("eml", of_size(b"<table><tr><td>", HTML)),
    "attributes": ("eml", of_size(b" a=b", HTML + b"<p")),
    "entities": ("eml", of_size(b"&amp", HTML)),
    "markdown": ("markdown", of_size(b"[[a|![[b]]\n# h\n#t ", b"---\n")),
    "text": ("text", of_size(b"29/12/2023, 22:42 - A: b\n", b"x\n")),
}


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kilobytes", type=int, default=500)
    args = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    from ingest.read import read

    print(f"{'kind':<28} {'size':>8} {'twice':>8} {'4 times':>8}  ratio")
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "awkward"
        for kind, (name, made) in KINDS.items():
            seconds = []
            for times in (1, 2, 4):
                path.write_bytes(made((args.kilobytes << 10) * times))
                best = float("inf")
                for _ in range(2):
                    began = time.perf_counter()
                    for _item in read(path, name):
                        pass
                    best = min(best, time.perf_counter() - began)
                seconds.append(best)
            shown = " ".join(f"{value:7.2f}s" for value in seconds)
            print(f"{kind:<28} {shown} {seconds[2] / max(seconds[0], 1e-4):6.1f}", flush=True)


if __name__ == "__main__":
    main()
