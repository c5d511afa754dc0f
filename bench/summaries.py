"""How much of what was asked about a session its summary tells, and how fast threads are read.

    ARCHIVE_HOME=DIR python bench/summaries.py QUESTIONS.jsonl [--sessions N] [--length medium]
    ARCHIVE_HOME=DIR python bench/summaries.py --rate 50

A session is one document, such as a day of a chat, about which at least `--least` questions
can be answered. Beside the summary stand the session's first sentences and what the same model
makes of all of it in one prompt, both as long as the summary. None of them is told what is
asked. `--rate` reads so many threads that were not read before (give it a copy of an archive
without `data/summaries.sqlite`) and says how long 1,000 such threads would take.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from archive.guard import shown_to_model
from archive.llm import LanguageModel, Reading, Turn
from archive.scoring import right_answer
from archive.service import Archive
from archive.summary.made import Length
from archive.summary.nightly import make_ahead
from archive.summary.survey import Wanted
from index.stored import StoredDocument
from index.words import sentences

_WAYS = ("summary", "lead", "one prompt")
_ONE_PROMPT = (
    "Summarise this conversation with all important facts, names and dates, in at most"
    " {words} words."
)
_LONG = 1000


def main() -> None:
    """Measure one or the other and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("questions", type=Path, nargs="?")
    parser.add_argument("--sessions", type=int, default=0, help="Only so many, drawn at random")
    parser.add_argument("--least", type=int, default=3, help="Questions a session must have")
    parser.add_argument("--length", choices=[one.value for one in Length], default="medium")
    parser.add_argument("--rate", type=int, default=0)
    given = parser.parse_args()
    archive = Archive.open()
    if given.rate:
        rate(archive, given.rate)
    if given.questions is not None:
        facts(archive, given.questions, given.sessions, given.least, Length(given.length))
    archive.close()


def rate(archive: Archive, threads: int) -> None:
    """Read so many threads and extrapolate."""
    began = time.monotonic()
    done = make_ahead(archive, minutes=24 * 60, most_threads=threads)
    seconds = time.monotonic() - began
    print(
        f"{threads} threads with the model: {done.noted} portions, {done.chars:,} characters"
        f" in {seconds:.0f} s; {done.chars / max(1.0, done.seconds):.0f} characters/s"
    )
    each = done.seconds / max(1, threads)
    print(f"{_LONG:,} such threads: {each * _LONG / 3600:.1f} h ({each:.1f} s each)")


def facts(archive: Archive, path: Path, most: int, least: int, length: Length) -> None:
    """Share of the answers that each way of summing up tells."""
    sessions = asked(archive, path, least)
    names = sorted(sessions)
    if most:
        random.Random(7).shuffle(names)
        names = sorted(names[:most])
    model = archive.language_model()
    told = dict.fromkeys(_WAYS, 0)
    chars = dict.fromkeys(_WAYS, 0)
    seconds = dict.fromkeys(_WAYS, 0.0)
    total = supported = lines = 0
    for name in names:
        document, questions = sessions[name]
        began = time.monotonic()
        found = archive.survey(Wanted(thread=name, length=length))
        summary = archive.summarise(found)
        seconds["summary"] += time.monotonic() - began
        assert summary.coverage.read == summary.coverage.messages
        for cited in summary.citations:
            text = archive.document(cited.passage).text
            supported += text[cited.start : cited.end] == cited.quote
        lines += len(summary.citations)
        text = summary.text
        began = time.monotonic()
        prompted = one_prompt(model, document, len(text))
        seconds["one prompt"] += time.monotonic() - began
        texts = {
            "summary": text,
            "lead": lead(document.text, len(text)),
            "one prompt": prompted,
        }
        total += len(questions)
        for way, said in texts.items():
            told[way] += sum(right_answer(said, one["answers"]) for one in questions)
            chars[way] += len(said)
    print(f"{path}: {total} questions about {len(names)} sessions, length {length.value}")
    print(f"citations that exist verbatim: {supported}/{lines}")
    for way in _WAYS:
        print(
            f"{way:<11} {told[way] / max(1, total):.3f} of the facts, "
            f"{chars[way] / max(1, len(names)):.0f} characters, "
            f"{seconds[way] / max(1, len(names)):.0f} s a session"
        )


def asked(
    archive: Archive, path: Path, least: int
) -> dict[str, tuple[StoredDocument, list[dict[str, Any]]]]:
    """Sessions by their id, with the questions that one document alone answers."""
    by_session: dict[str, list[dict[str, Any]]] = defaultdict(list)
    documents: dict[str, StoredDocument] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        if not one["answers"] or len(one["sources"]) != 1:
            continue
        (source,) = one["sources"]
        for document in candidates(archive, source["id"]):
            flat = " ".join(document.text.split())
            if all(
                " ".join(text.split()) in flat for text in source.get("evidence") or ("\0",)
            ):
                name = f"{document.passage_id}#{document.locator}".removesuffix("#")
                documents[name] = document
                by_session[name].append(one)
                break
    return {
        name: (documents[name], found)
        for name, found in by_session.items()
        if len(found) >= least
    }


def candidates(archive: Archive, name: str) -> Iterator[StoredDocument]:
    """The documents of a file."""
    rows = archive.catalog.connection.execute(
        "SELECT id FROM document WHERE passage_id=? AND duplicate_of IS NULL", (name,)
    ).fetchall()
    for (number,) in rows:
        found = archive.catalog.document(number)
        if found is not None:
            yield found


def lead(text: str, chars: int) -> str:
    """The first sentences, as many as come nearest to a length."""
    end = 0
    for _, until in sentences(text):
        if abs(until - chars) > abs(end - chars):
            break
        end = until
    return text[:end]


def one_prompt(model: LanguageModel, document: StoredDocument, chars: int) -> str:
    """What the model makes of as much of a session as its context holds."""
    tokens = max(64, chars // 4)
    asking = _ONE_PROMPT.format(words=chars // 6)
    text = shown_to_model(document.text, document.title)
    while text and model.count(text) > model.context_tokens - tokens - 120:
        text = text[: int(len(text) * 0.9)]
    turns = [Turn(role="user", content=f"{text}\n\n{asking}")]
    reading = Reading(log_probabilities=[])
    return "".join(model.stream(turns, max_tokens=tokens, reading=reading))[:chars]


if __name__ == "__main__":
    main()
