"""Looking at sources one at a time, and a probe for what the model had in mind."""

from __future__ import annotations

import math
import random
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest

from archive import looking
from archive.calibration import Calibration
from archive.evidence import Evidence
from archive.fitting import fit, logistic
from archive.llm import Reading, Turn, Weighed
from archive.looking import Look
from archive.probe import Probe, from_text, to_text, unpacked
from archive.probing import LEAST_STATES, fitted, said, table
from tests.unit.fakes import passage


def source(n: int, text: str = "The mast cost £1,140.", score: float = 0.2) -> Evidence:
    return Evidence(n=n, passage=passage(text), text=text, start=0, end=len(text), score=score)


def own(n: int, text: str, score: float = 0.2) -> Evidence:
    """A source that is a document of its own."""
    one = passage(text, number=n)
    return Evidence(n=n, passage=one, text=text, start=0, end=len(text), score=score)


def look(n: int, *, none: float = 0.1, foreseen: float = -1.0, score: float = 0.2) -> Look:
    return Look(source=source(n, score=score), turns=(), none=none, foreseen=(foreseen,) * 3)


class Reader:
    """Notes what it is shown; finds an answer where `told` stands."""

    name = "reader"

    def __init__(self, told: str) -> None:
        self.told = told
        self.shown: list[str] = []

    def weigh(
        self, turns: Sequence[Turn], *, begun: str, options: Sequence[str], foreseen: str = ""
    ) -> Weighed:
        """Sure of what it looks for."""
        assert (begun, list(options)) == ("[", ["0", "1"])
        self.shown.append(turns[-1].content)
        none = 0.1 if self.told in turns[-1].content else 0.8
        return Weighed(shares=(none, 0.9 - none), foreseen=(none - 1.0,), state=b"\0\0")

    def stream(
        self,
        turns: Sequence[Turn],
        *,
        max_tokens: int,
        reading: Reading,
        should_stop: Callable[[], bool],
        begun: str = "",
    ) -> Iterator[str]:
        """Nothing."""
        yield ""


def test_each_of_the_first_sources_is_shown_alone_the_likeliest_last() -> None:
    model = Reader("mast")
    texts = ["the mast", "the hull", "the oars", "the sails"]
    evidence = [own(n, text) for n, text in enumerate(texts, start=1)]
    looks = list(looking.each(model, "What?", looking.sources(evidence)))
    assert [one.source.n for one in looks] == [3, 2, 1]
    for shown, text in zip(model.shown, ["the oars", "the hull", "the mast"], strict=True):
        assert text in shown
        assert "[1]" in shown
        assert sum(other in shown for other in texts) == 1
    assert [round(one.none, 3) for one in looks] == [0.889, 0.889, 0.111]
    assert looks[0].state == b"\0\0"


def test_what_the_search_holds_for_unlikely_is_not_read() -> None:
    evidence = [own(1, "the mast", 0.6), own(2, "the hull", 0.05), own(3, "oars", 0.3)]
    assert [one.n for one in looking.sources(evidence)] == [1, 3]


TALK = "\n".join(
    f"{'Anna' if n % 2 else 'Otto'}: Line {n} tells of the harbour and of boat {n}."
    for n in range(60)
)


def line_30(text: str, kind: str) -> Evidence:
    """The 30th line as a source, of a passage that begins at 1,000."""
    start = text.index("Line 30")
    end = text.index(".", start) + 1
    return Evidence(
        n=1,
        passage=replace(passage(text, start=1000), kind=kind),
        text=text[start:end],
        start=1000 + start,
        end=1000 + end,
        score=0.4,
    )


def test_of_a_conversation_the_turns_around_are_read_too() -> None:
    found = line_30(TALK, "note")
    (wide,) = looking.sources([found])
    assert wide.start < found.start < found.end < wide.end
    assert wide.text == TALK[wide.start - 1000 : wide.end - 1000]
    assert looking.TALK_CHARS / 2 < len(wide.text) <= looking.TALK_CHARS
    assert (wide.n, wide.score) == (1, 0.4)


def test_of_a_letter_or_a_mail_what_was_found_is_read() -> None:
    for found in (
        line_30(TALK.replace("Anna: ", "").replace("Otto: ", ""), "note"),
        line_30(TALK, "mail"),
    ):
        assert looking.sources([found]) == (found,)


def test_only_the_likeliest_conversation_is_read_widely() -> None:
    first = line_30(TALK, "note")
    other = replace(line_30(TALK, "note"), n=2, score=0.3)
    other = replace(other, passage=replace(other.passage, document_id=2))
    wide, narrow = looking.sources([first, other])
    assert len(wide.text) > len(first.text)
    assert narrow == other


def test_a_span_in_what_is_read_anyway_is_not_read_again() -> None:
    text = "Anna: How dear?\nOtto: The mast cost £1,140.\nAnna: Oh.\nOtto: Ruth paid half."
    talk = replace(passage(text), kind="note")
    evidence = [
        Evidence(n=n, passage=talk, text=text[a:b], start=a, end=b, score=score)
        for n, (a, b, score) in enumerate([(16, 43, 0.5), (54, len(text), 0.2)], start=1)
    ]
    (wide,) = looking.sources(evidence)
    assert (wide.n, wide.text) == (1, text)
    assert wide.score == pytest.approx(0.7)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (look(1, score=0.3), look(2, score=0.2)),
        (look(2, foreseen=-0.5), look(1, foreseen=-1.5)),
        (look(2, none=0.1), look(1, none=0.9)),
        (look(1), look(2)),
    ],
)
def test_search_question_and_model_choose_together(one: Look, other: Look) -> None:
    assert looking.best([one, other]) is looking.best([other, one]) is one


def test_weights_are_shares_and_none_is_the_chosen_ones() -> None:
    looks = [look(2, none=0.3, foreseen=-0.5), look(1, none=0.6)]
    weights = looking.weights(looks, [source(1), source(2), source(3)])
    assert sum(weights) == pytest.approx(1.0)
    assert weights[0] == pytest.approx(0.3)
    assert weights[2] > weights[1] > weights[3] == 0.0


# --- the probe ------------------------------------------------------------------------------

SIZE = 32


def states(count: int, seed: int = 1) -> tuple[list[bytes], list[bool]]:
    """Random states, and a label that one direction of them tells with some noise."""
    draw = random.Random(seed)
    rows, labels = [], []
    for _ in range(count):
        numbers = [draw.gauss(0, 1) for _ in range(SIZE)]
        labels.append(numbers[3] - numbers[7] + draw.gauss(0, 0.5) > 0)
        rows.append(struct.pack(f"<{SIZE}e", *numbers))
    return rows, labels


def test_a_probe_finds_the_direction_and_reads_states_it_has_not_seen() -> None:
    rows, labels = states(400)
    matrix = table(rows)
    assert matrix is not None
    probe = fitted(matrix, np.asarray(labels, float), logistic)
    others, theirs = states(300, seed=2)
    odds = [probe.read(state) for state in others]
    hits = [(one or 0.0) > 0 for one in odds]
    assert sum(a == b for a, b in zip(hits, theirs, strict=True)) > 240
    everything = table(others)
    assert everything is not None
    assert said(probe, everything.rows) == pytest.approx(odds, abs=1e-3)


def test_a_probe_learns_only_from_what_may_teach_it() -> None:
    rows, labels = states(400)
    # What the rest says is the opposite, and there is more of it.
    others, theirs = states(900, seed=2)
    hits = np.asarray([*labels, *(not one for one in theirs)], float)
    matrix = table([*rows, *others], [True] * 400 + [False] * 900)
    assert matrix is not None
    probe = fitted(matrix, hits, logistic)
    alone = table(rows)
    assert alone is not None
    assert probe == fitted(alone, hits[:400], logistic)
    assert not np.isnan(said(probe, matrix.rows)).any()


def test_too_few_that_may_teach_make_no_probe() -> None:
    rows, _ = states(400)
    assert table(rows, [place < LEAST_STATES - 1 for place in range(400)]) is None


def test_too_few_states_make_no_probe_and_other_sizes_are_left_out() -> None:
    rows, _ = states(LEAST_STATES)
    assert table(rows[1:]) is None
    assert table([b""] * 500) is None
    matrix = table([*rows, b"", b"\0\0"])
    assert matrix is not None
    assert np.isnan(matrix.rows[-2:]).all()
    assert not np.isnan(matrix.rows[:-2]).any()
    assert matrix.teaching.tolist() == [True] * LEAST_STATES + [False] * 2


def test_a_probe_says_nothing_of_another_models_state() -> None:
    probe = Probe(weights=(1.0, 2.0), bias=0.5)
    assert probe.read(struct.pack("<2e", 1.0, 1.0)) == 3.5
    assert probe.read(struct.pack("<3e", 1.0, 1.0, 1.0)) is None
    assert probe.read(b"") is None


def test_a_state_survives_its_record() -> None:
    (state,), _ = states(1)
    assert from_text(to_text(state)) == state
    assert from_text(None) == from_text("no base 64!") == b""
    assert len(unpacked(state)) == SIZE


def test_a_calibration_with_a_probe_tells_what_its_features_do_not() -> None:
    rows, labels = states(400)
    noise = random.Random(3)
    features = [{"coverage": noise.random()} for _ in rows]
    plain = fit(features, labels, model="m", embedder="e")
    read = fit(features, labels, states=rows, model="m", embedder="e")
    assert plain.probe is None
    assert (plain.truth.auroc or 0) < 0.6 < 0.85 < (read.truth.auroc or 0)
    again = Calibration.from_json(read.to_json())
    good = rows[labels.index(True)]
    assert again.apply({"coverage": 0.5}, good) == pytest.approx(
        read.apply({"coverage": 0.5}, good), abs=1e-4
    )
    parts = again.contributions({"coverage": 0.5}, good)
    assert abs(parts["state"]) > abs(parts["coverage"])
    # Without a state it counts as an average one.
    assert again.contributions({"coverage": 0.5})["state"] == 0.0
    assert math.isfinite(again.apply({}))
