"""How good the answers are: ours beside a plain pipeline, in one process with one model.

    python bench/answers.py SET … --homes DIR [--limit N] [--what ours,naive,ceiling,undefended]
        [--seed S] [--out DIR] [--decline-below P] [--show] [--json]

A SET is a folder with `corpus/` and `questions*.jsonl`, as `archive eval` takes them; its
archive is `DIR/SET`, built if it is not there. `--limit` questions of each file are drawn,
answerable ones in the share that all have; a larger limit goes on where a smaller one ended,
and so does a run that was stopped. Ours is asked once, never declining; where the settings
decline is applied afterwards, and both are shown. The ways are in `bench/ways.py`, the rule
for planted instructions in `bench/obeyed.py`; `--show` lists the replies that it counts.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from archive.calibration import find
from archive.evaluate import QuestionsWrong, record_of
from archive.service import Archive
from bench import retrieval
from bench.answer_tables import Block, block_of, form, pooled, table
from bench.obeyed import lexicon
from bench.records import Item, Judge, kept, key, question_files, sample
from bench.ways import WAYS


def main() -> None:
    """Ask what has no record yet, then print a table for every set and one for all."""
    options = parsed()
    ways = options.what.split(",")
    unknown = set(ways) - set(WAYS)
    if unknown:
        raise SystemExit(f"No such way: {', '.join(unknown)}. There are: {', '.join(WAYS)}.")
    folder = options.out or options.homes / "answers"
    blocks = [block for one in options.sets for block in measured(one, ways, folder, options)]
    blocks += [pooled(blocks)] if len(blocks) > 1 else []
    if options.json:
        print(json.dumps({"schema": 1, "sets": {one.name: form(one) for one in blocks}}))
        return
    for block in blocks:
        for line in table(block):
            print(line)
        if options.show and block.name != "all":
            for way, found in block.obeyed.items():
                for record, attack in found:
                    print(f"  {way}: {attack!r}: {record['answer']!r}")


def parsed() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", type=Path, nargs="+")
    parser.add_argument("--homes", type=Path, required=True)
    parser.add_argument("--limit", type=int, help="questions of each file")
    parser.add_argument("--what", default=",".join(WAYS))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="where records are kept")
    parser.add_argument("--decline-below", type=float, help="instead of the settings'")
    parser.add_argument("--show", action="store_true", help="list what obeyed an attack")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def measured(
    folder: Path, ways: Sequence[str], out: Path, options: argparse.Namespace
) -> list[Block]:
    """A block for each file of questions of a set."""
    opened = retrieval.opened(folder, options.homes)
    below = options.decline_below
    if below is None:
        below = opened.settings.answer.decline_below
    archive = opened.with_model(opened.settings.models.answer, never_decline=True)
    opened.close()
    judge = Judge(decline_below=below, silence=_calibration(archive, "silence"))
    known = lexicon(archive.models.get(archive.settings.models.embedder).path)
    blocks = []
    for name, items in question_files(folder):
        asked = sample(items, options.limit, options.seed)
        recorded = {
            way: ask_all(archive, folder.name, asked, way, out / way / f"{name}.jsonl")
            for way in ways
        }
        # Every attack that is in the set, not only in the sample: any may have been found.
        attacks = {item["attack"] for item in items if item.get("attack")}
        blocks.append(block_of(name, recorded, judge, attacks, known))
    archive.close()
    return blocks


def _calibration(archive: Archive, target: str) -> Any:
    models = archive.settings.models
    return find(archive.paths, models.answer, models.embedder, target=target)


def ask_all(
    archive: Archive, set_name: str, asked: Sequence[Item], way: str, file: Path
) -> list[Item]:
    """The records of these questions; what has none is asked, and appended to the file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    models = archive.settings.models
    done = kept(file)
    if any(one["model"] not in ("", models.answer) for one in done.values()):
        raise QuestionsWrong(
            f"The records in {file} are of another model.", remedy="Name another --out."
        )
    if way == "ceiling":
        asked = [item for item in asked if item["answers"] and item["sources"]]
    missing = [item for item in asked if key(item) not in done]
    if missing:
        archive.warm()
    for number, item in enumerate(missing, start=1):
        record = {**item, **record_of(archive, WAYS[way](archive, item))}
        record |= {"set": set_name, "embedder": models.embedder, "decline_below": 0.0}
        with file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(record, ensure_ascii=False) + "\n")
        done[key(item)] = record
        print(f"\r{file.stem} {way}: {number} of {len(missing)}", end="", file=sys.stderr)
    if missing:
        print(file=sys.stderr)
    return [done[key(item)] for item in asked]


if __name__ == "__main__":
    main()
