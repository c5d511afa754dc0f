"""What one sign of an instruction to a model is, and the wordings that signs are made of.

Patterns are matched against folded text: lower case, accents and invisible characters gone
(`archive.suspicion.fold`). A blank in a pattern is any white space, because an instruction may
be wrapped like other text. A pattern is compiled when it is first tried: most never are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

THRESHOLD = 1.0
"""A stretch is suspected when the weights of its signs sum to this."""


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing that speaks for an instruction to a model."""

    name: str

    weight: float
    """1.0 alone decides: nobody writes that to a person. 0.5 to 0.9 needs company: people say
    it too, but seldom. What is below only adds to others."""

    why: str
    """Ends the sentence "It …"."""

    needs: tuple[str, ...]
    """One of these must occur before the pattern is tried, which keeps a span cheap."""

    pattern: str

    opens: str = ""
    """How far the instruction goes on from here: to the end of its `paragraph`, or on to the
    `rest` of the text. Empty if only its own sentence is meant."""

    def found(self, folded: str) -> Iterator[re.Match[str]]:
        """Every place in a folded text where it stands."""
        if any(need in folded for need in self.needs):
            yield from _compiled(self.pattern).finditer(folded)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    flexible = pattern.replace(" ?", r"\s*").replace(" ", r"\s+")
    return re.compile(flexible, re.MULTILINE)


REPLY = (
    r"(?:repl(?:y|ies)|responses?|answers?|outputs?|summar(?:y|ies)|completions?|translations?)"
)
YOUR_REPLY = (
    rf"(?:(?:your|the|every|each|all|any)\s+(?:\w+\s+){{0,2}}?{REPLY}|your (?:\w+ )?message)"
)
REPLY_NEEDS = (
    "your message",
    "repl",
    "respon",
    "answer",
    "output",
    "summar",
    "complet",
    "translation",
)
SAY = r"(?:reply|respond|answer|say|output|print|return|write|type|state|echo|speak)"
MODEL = (
    r"(?:ai|a\.i\.|artificial intelligence|(?:large )?language models?|llms?|chat ?bots?"
    r"|chatgpt|gpt(?:-?\d\w*)?|gemini|copilot|llama|qwen|mistral"
    r"|(?:ai|virtual|digital|automated|mail|email|helpful|intelligent) (?:assistant|agent)s?)"
)
MODEL_NEEDS = (
    "ai", "a.i", "artificial", "model", "llm", "bot", "gpt", "gemini", "copilot",
    "llama", "qwen", "mistral", "assistant", "agent",
)  # fmt: skip
OLD = (
    r"(?:all|any|every|each|your|the|of|these|those|what|previous(?:ly)?|prior|earlier|above"
    r"|former|foregoing|preceding|other|existing|initial|original|current|past|last|given"
    r"|system|safety|and|or|such|stated|default)"
)
ORDERS = (
    r"(?:instructions?|directions|directives?|prompts?|rules?|guidelines?|guardrails?|commands?"
    r"|constraints?|context|orders|programming|training|restrictions?|safeguards?|briefing)"
)
DROP = (
    r"(?:ignor(?:e|ing)|disregard(?:ing)?|forget(?:ting)?|overrid(?:e|ing)|bypass(?:ing)?"
    r"|discard|overlook|neglect|set aside|pay no (?:attention|heed) to|stop (?:following"
    r"|obeying)"
    r"|(?:do not|don'?t|never|no longer) (?:follow|obey|heed|apply)|throw (?:out|away)|abandon"
    r"|supersedes?|replaces?|cancels?|void)"
)
LANGUAGES = (
    "english french german spanish italian portuguese dutch swedish norwegian danish finnish "
    "polish czech russian ukrainian greek turkish arabic hebrew hindi urdu bengali tamil"
    " chinese "
    "mandarin cantonese japanese korean thai vietnamese indonesian malay swahili latin klingon "
    "esperanto hungarian romanian welsh irish gaelic icelandic persian farsi"
).split()
LANGUAGE = rf"(?:{'|'.join(LANGUAGES)})"
MANNER = (
    r"(?:vowels?|consonants?|spelling|typing (?:errors?|mistakes?)|spell(?:ed|ing)?"
    r" wrong(?:ly)?"
    r"|wrong spelling|(?:one|a) (?:single )?long word|symbols?|numbers (?:for|instead)|digits"
    r" (?:for"
    r"|in place|instead)|look-?alikes?|asterisks?|in (?:groups|sets|pairs|blocks) of|blanks"
    r" between"
    r"|dashes between|letters (?:for|of|with|into|by)|(?:instead of|for|into|as) (?:letters"
    r"|numbers)|(?:every|each|all|of|the|swap|replace|group|with) letters"
    r"|letters in|punctuation|typos?|mis-?spell\w*|emojis?|emoticons?|base ?-?(?:64|32)"
    r"|hexadecimal|in hex|binary code|in binary|morse|rot-?13|ca?esar|ciphers?|encod\w+"
    r"|encrypt\w*|revers(?:e|ed|ing)|backwards?|anagram\w*|scrambl\w+|jumbl\w+|shuffl\w+"
    r"|rhym\w+|upper ?case|lower ?case|all caps|capital letters|pirate|shakespear\w+|leet\w*"
    r"|homophones?|synonyms?|haiku|limerick|syllables?|pig latin|phonetic\w*|braille|ascii"
    r"|(?:every|each) (?:other|second|third|fourth|fifth|nth) (?:word|letter)|(?:no|any"
    r"|without) "
    r"spaces|spaces between|without spaces|spaces or|keyboard symbols?|word order"
    r"|alphabet\w*|numerals?|sarcas\w+|substitution|nonsens\w+|gibberish|slang|accent)"
)
