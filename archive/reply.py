"""From the model's choice and its few words to a reply: the answer, then the quote it rests on.

The quote is cut from the stored text, so a reader can check the answer without opening the
source. Words of the model that its source does not bear out are dropped, and the quote stands
alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from archive.cite import MARK, SUPPORTED, Checked, Citation, check
from archive.evidence import Evidence
from archive.guard import one_line
from index.words import content_stems, sentences

QUOTE_CHARS = 240
"""A longer quote is cut to the sentences that bear most on the question."""

_DENIES = re.compile(
    r"\bnot\s+in\s+(the\s+|your\s+)?archive\b"
    r"|\b(sources?|text|context|information|archive)\b.{0,40}\b(do|does|is|are)(\s+not|n't)\b.{0,40}"
    r"\b(contain|mention|say|specif|provid|stat|includ|given|indicat)"
    r"|\bnot\s+(specified|mentioned|stated|provided)\b|^\W*(n/?a|unknown|none)?\W*$",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is shown, and how its words were borne out."""

    text: str
    checked: Checked
    words: str
    """The model's own. Empty if they were dropped."""


def composed(
    words: str, question: str, chosen: Evidence, evidence: Sequence[Evidence]
) -> Reply:
    """The reply to a question that `chosen` answers, in `words` if it bears them out."""
    words = one_line(words).strip('"“”')
    # What only repeats the question answers nothing.
    if not content_stems(MARK.sub("", words)) - content_stems(question):
        words = ""
    checked = check(f"{words} [{chosen.n}]", question, evidence) if words else None
    if checked is None or not checked.citations or checked.support < SUPPORTED / 2:
        quoted = _quoted(chosen, question)
        alone = Checked(
            text=f"“{one_line(quoted.quote)}” [{chosen.n}]",
            citations=(quoted,),
            support=0.0 if checked is None else checked.support,
            invented=() if checked is None else checked.invented,
            missing=() if checked is None else checked.missing,
        )
        return Reply(text=alone.text, checked=alone, words="")
    quote = one_line(checked.citations[0].quote)
    if _says_little_more(quote, words):
        return Reply(text=checked.text, checked=checked, words=words)
    return Reply(text=f"{checked.text}\n“{quote}”", checked=checked, words=words)


def denies(words: str) -> bool:
    """Whether the model says that no source tells it, or says nothing."""
    return _DENIES.search(MARK.sub("", one_line(words))) is not None


def _says_little_more(quote: str, words: str) -> bool:
    return len(content_stems(quote) - content_stems(words)) <= 1


def _quoted(item: Evidence, question: str) -> Citation:
    """The whole span if it is short, else the sentence that bears most on the question."""
    start, end = 0, len(item.text)
    if end > QUOTE_CHARS:
        asked = content_stems(question)
        start, end = max(
            sentences(item.text),
            key=lambda span: len(asked & content_stems(item.text[slice(*span)])),
            default=(0, end),
        )
    return Citation(
        n=item.n,
        passage=item.passage,
        quote=item.text[start:end],
        start=item.start + start,
        end=item.start + end,
        supported=False,
    )
