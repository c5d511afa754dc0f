"""From the model's choice and its few words to a reply: the answer, then the quote it rests on.

The quote is cut from the stored text, so a reader can check the answer without opening the
source. Words of the model that its source does not bear out are dropped, and the quote stands
alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from archive.cite import MARK, SUPPORTED, Checked, Citation, check, is_header
from archive.dated import Dated, dated
from archive.evidence import Evidence
from archive.guard import one_line
from archive.spans import SPEAKER, converses
from archive.suspicion import suspected
from index.rank import Asked
from index.words import content_stems, sentences

QUOTE_CHARS = 240
"""A longer quote is cut to the sentences that bear most on the question."""

_LIST_CHARS = 600
"""The same of a question that asks for several things, for a way or for a reason. Such a quote
runs on beyond what the search found and, in a conversation, into what others say."""

_ASKS_FOR_MORE = re.compile(
    r"\b(?:what|which|who)\s+(?:are|were)\b"
    r"|\b(?:what|which)\s+(?:[\w-]+\s+){0,2}?(?!(?:was|is|does|has|this)\b)\w*[^\Ws]s\b"
    r"|^\W*(?:list|name|describe|explain|tell me)\b"
    r"|\bhow\s+(?:do|does|did|can|could|should|to)\b|\bwhy\b|\bwhat\s+happen",
    re.IGNORECASE,
)
_YES_NO = re.compile(r"\W*(yes|no)\b", re.IGNORECASE)
_ASKS_WHETHER = re.compile(
    r"\W*(?:(?:and|so|but|then),? )?(?:is|are|was|were|am|do|does|did|has|have|had|can|could"
    r"|will|would|should|shall|may|might|must)(?:n['’]t)?\b",
    re.IGNORECASE,
)
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
    words: str, question: str, asked: Asked, chosen: Evidence, evidence: Sequence[Evidence]
) -> Reply:
    """The reply to a question that `chosen` answers, in `words` if it bears them out."""
    words = one_line(words).strip('"“”')
    if verdict := _verdict(words, question):
        return _by_quote(chosen, question, verdict, Checked.nothing())
    # What only repeats the question answers nothing.
    if not content_stems(MARK.sub("", words)) - content_stems(question):
        words = ""
    checked = check(f"{words} [{chosen.n}]", question, evidence) if words else None
    when = dated(words, asked, chosen)
    if when is not None and when.by_code:
        return _by_date(when, chosen)
    if checked is None or not checked.citations or checked.support < SUPPORTED / 2:
        return _by_quote(chosen, question, "", checked or Checked.nothing())
    text = checked.text if when is None else checked.text.replace(words, when.text, 1)
    quote = _in_context(checked.citations[0], evidence, question)
    if _says_little_more(quote, words):
        return Reply(text=text, checked=checked, words=words)
    return Reply(text=f"{text}\n“{quote}”", checked=checked, words=words)


def _verdict(words: str, question: str) -> str:
    """`Yes` or `No`, if it is asked for and the words say no more than the question."""
    said = _YES_NO.match(words)
    if said is None or not _ASKS_WHETHER.match(question):
        return ""
    more = content_stems(MARK.sub("", words)) - content_stems(question) - {said[1].lower()}
    return "" if more else said[1].capitalize()


def _by_quote(chosen: Evidence, question: str, verdict: str, checked: Checked) -> Reply:
    """The source's own words, where the model's are not borne out by any."""
    quoted = _quoted(chosen, question)
    text = f"“{_in_context(quoted, [chosen], question)}” [{chosen.n}]"
    if verdict:
        text = f"{verdict}. {text}"
    return Reply(
        text=text,
        checked=replace(checked, text=text, citations=(quoted,)),
        words=verdict,
    )


def _by_date(when: Dated, chosen: Evidence) -> Reply:
    """A date that was reckoned, and the sentence that it was reckoned from."""
    cited = _citation(chosen, when.start, when.end, supported=True)
    text = f"{when.text} [{chosen.n}]"
    checked = Checked(text=text, citations=(cited,), support=1.0, invented=(), missing=())
    quote = _in_context(cited, [chosen])
    return Reply(text=f"{text}\n“{quote}”", checked=checked, words=when.text)


def denies(words: str) -> bool:
    """Whether the model says that no source tells it, or says nothing."""
    return _DENIES.search(MARK.sub("", one_line(words))) is not None


def _says_little_more(quote: str, words: str) -> bool:
    return len(content_stems(quote) - content_stems(words)) <= 1


def _in_context(cited: Citation, evidence: Sequence[Evidence], question: str = "") -> str:
    """The cited words and what the same person says next, as far as a quote may go.

    What was found often tells the half of it: "We got a dog! She is called Bessie."
    """
    source = next(item for item in evidence if item.n == cited.n)
    text, begin = source.text, source.start
    most, others_too, last = QUOTE_CHARS, False, len(text)
    if _ASKS_FOR_MORE.search(question):
        passage = source.passage
        text, begin = passage.text, passage.start
        most, others_too = _LIST_CHARS, converses(passage)
        # What was found was looked through for errands to a model, and flagged; this was not.
        errands = (one.start for one in suspected(text, passage.title))
        last = min(errands, default=len(text))
    start, end = cited.start - begin, cited.end - begin
    for begins, ends in sentences(text):
        if begins < end:
            continue
        if ends > last:
            break
        if ends - start > most or (SPEAKER.match(text[begins:]) and not others_too):
            break
        end = ends
    return one_line(text[start:end])


def _quoted(item: Evidence, question: str) -> Citation:
    """The whole span if it is short, else the sentence that bears most on the question."""
    start, end = 0, len(item.text)
    if end > QUOTE_CHARS:
        asked = content_stems(question)

        def bearing(span: tuple[int, int]) -> tuple[bool, int]:
            text = item.text[slice(*span)]
            return not is_header(text), len(asked & content_stems(text))

        start, end = max(sentences(item.text), key=bearing, default=(0, end))
    return _citation(item, start, end, supported=False)


def _citation(item: Evidence, start: int, end: int, *, supported: bool) -> Citation:
    return Citation(
        n=item.n,
        passage=item.passage,
        quote=item.text[start:end],
        start=item.start + start,
        end=item.start + end,
        supported=supported,
    )
