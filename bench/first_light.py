"""How fast the main job is, from nothing to an answer. Prints one table.

    python bench/first_light.py PATH… --questions FILE.jsonl [--answers N]

Every command runs as a process of its own, as an owner would call it. The index is built in a
new folder that is deleted afterwards, or kept with --keep DIR. Run nothing else meanwhile.
"""

from __future__ import annotations

import argparse
import json
import os
import pty
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
ARCHIVE = [sys.executable, "-m", "tui"]


def run(*words: str, home: Path) -> tuple[float, str, float]:
    """Seconds, standard output and peak memory in MB of one command."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [*ARCHIVE, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env={**os.environ, "ARCHIVE_HOME": str(home)},
    )
    assert process.stdout is not None
    out = process.stdout.read()
    _, _, usage = os.wait4(process.pid, 0)
    return time.perf_counter() - started, out.decode(), usage.ru_maxrss / 1024


def seconds_to_ask(question: str, home: Path) -> tuple[float, float | None]:
    """Seconds from the start of `archive ask` until its evidence and its first word are seen.

    On a terminal, as its owner sees it: the evidence ends with an empty line, and what comes
    next is the model's. None if the answer came without the model.
    """
    mine, theirs = pty.openpty()
    started = time.perf_counter()
    process = subprocess.Popen(
        [*ARCHIVE, "ask", question],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env={**os.environ, "ARCHIVE_HOME": str(home)},
    )
    os.close(theirs)
    seen = b""
    evidence = word = None
    while word is None:
        try:
            piece = os.read(mine, 4096)
        except OSError:  # how Linux says that the other side has closed
            break
        now = time.perf_counter() - started
        evidence = evidence or now
        seen += piece
        if b"\r\n\r\n" in seen and not seen.endswith(b"\r\n\r\n"):
            word = now
    process.kill()
    process.wait()
    os.close(mine)
    assert evidence is not None
    return evidence, word


def median(values: list[float]) -> str:
    """Median, and the range."""
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def first_paint(home: Path) -> float:
    """Seconds from the interpreter's start to the app's first paint."""
    script = ROOT / "bench" / "paint.py"
    started = time.time()
    out = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
        env={**os.environ, "ARCHIVE_HOME": str(home), "PYTHONPATH": str(ROOT)},
    )
    return float(out.stdout.split()[-1]) - started


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--answers", type=int, default=20)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        home = options.keep or Path(temporary)
        measure(options.paths, options.questions, options.answers, home)


def measure(paths: list[Path], questions: Path, answers: int, home: Path) -> None:
    """Run everything in `home` and print the table."""
    run("add", *(str(path.absolute()) for path in paths), home=home)
    taken, out, memory = run("sync", "--json", home=home)
    report = json.loads(out)
    stages = report["seconds"]
    print(f"sync from nothing     {taken:.1f} s, peak {memory:.0f} MB")
    print(
        f"  read                {stages['read']:.1f} s, "
        f"{report['added'] / stages['read']:.0f} documents/s ({report['added']})"
    )
    print(
        f"  embed               {stages['embed']:.1f} s, "
        f"{report['chunks'] / stages['embed']:.0f} chunks/s ({report['chunks']})"
    )
    print(f"  vectors             {stages['vectors']:.1f} s")
    nothing = [run("sync", home=home) for _ in range(7)]
    print(
        f"sync, nothing changed {median([item[0] for item in nothing])} s, n = 7, "
        f"peak {max(item[2] for item in nothing):.0f} MB"
    )
    print(
        f"archive --help        {median([run('--help', home=home)[0] for _ in range(15)])} s, "
        "n = 15"
    )
    print(f"app, first paint      {median([first_paint(home) for _ in range(9)])} s, n = 9")
    lines = questions.read_text(encoding="utf-8").splitlines()
    asked = [json.loads(line)["question"] for line in lines]
    step = max(1, len(asked) // answers)
    asked = asked[::step][:answers]
    seen = [seconds_to_ask(item, home) for item in asked]
    evidence = [item[0] for item in seen]
    first = [item[1] for item in seen if item[1] is not None]
    print(f"ask, new process      evidence after {median(evidence)} s, n = {len(evidence)}")
    print(f"ask, new process      first token after {median(first)} s, n = {len(first)}")
    in_app(asked, home)
    print(
        f"bench itself          peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10}"
        " MB"
    )


def in_app(asked: list[str], home: Path) -> None:
    """The same questions in one process that is warm, as in the app."""
    sys.path.insert(0, str(ROOT))
    from archive.answer import Answer
    from archive.service import Archive

    archive = Archive.open({**os.environ, "ARCHIVE_HOME": str(home)})
    archive.warm()
    evidence, first = [], []
    for item in asked:
        for part in archive.ask(item):
            if isinstance(part, Answer):
                evidence.append(part.timings_ms["evidence"] / 1000)
                if "first_token" in part.timings_ms:
                    first.append(part.timings_ms["first_token"] / 1000)
    print(f"ask, in the app       evidence after {median(evidence)} s, n = {len(evidence)}")
    print(f"ask, in the app       first token after {median(first)} s, n = {len(first)}")
    archive.close()


if __name__ == "__main__":
    main()
