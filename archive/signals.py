"""What an instruction to a model looks like: named signals, each with a weight and a reason.

A stretch of text is suspected when the weights of its signals sum to `THRESHOLD`. A weight
of 1.0 alone decides: nobody writes that to a person. 0.5 to 0.9 needs company: people say it
too, but seldom. Below 0.5 it only adds to others. Patterns are matched against folded text:
lower case, accents and invisible characters gone (`archive.suspicion.fold`). `needs` are
substrings of which one must occur before the pattern is tried, which keeps a span cheap.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

THRESHOLD = 1.0


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing that speaks for an instruction to a model."""

    name: str
    weight: float
    why: str
    """Ends the sentence "It …"."""

    needs: tuple[str, ...]
    pattern: re.Pattern[str]

    opens: str = ""
    """How far the instruction goes on from here: to the end of its `paragraph`, or on to the
    `rest` of the text. Empty if only its own sentence is meant."""


_REPLY = (
    r"(?:repl(?:y|ies)|responses?|answers?|outputs?|summar(?:y|ies)|completions?|translations?)"
)
_YOUR_REPLY = rf"(?:your|the|every|each|all|any)\s+(?:\w+\s+){{0,2}}?{_REPLY}"
_REPLY_NEEDS = ("repl", "respon", "answer", "output", "summar", "complet", "translation")
_SAY = r"(?:reply|respond|answer|say|output|print|return|write|type|state|echo|speak)"
_MODEL = (
    r"(?:ai|a\.i\.|artificial intelligence|(?:large )?language models?|llms?|chat ?bots?"
    r"|chatgpt|gpt(?:-?\d\w*)?|gemini|copilot|llama|qwen|mistral"
    r"|(?:ai|virtual|digital|automated|mail|email|helpful|intelligent) (?:assistant|agent)s?)"
)
_MODEL_NEEDS = (
    "ai", "a.i", "artificial", "model", "llm", "bot", "gpt", "gemini", "copilot",
    "llama", "qwen", "mistral", "assistant", "agent",
)  # fmt: skip
_OLD = (
    r"(?:all|any|every|each|your|the|of|these|those|what|previous(?:ly)?|prior|earlier|above"
    r"|former|foregoing|preceding|other|existing|initial|original|current|past|last|given"
    r"|system|safety|and|or|such|stated|default)"
)
_ORDERS = (
    r"(?:instructions?|directions|directives?|prompts?|rules?|guidelines?|guardrails?|commands?"
    r"|constraints?|context|orders|programming|training|restrictions?|safeguards?|briefing)"
)
_DROP = (
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
_LANGUAGE = rf"(?:{'|'.join(LANGUAGES)})"
_MANNER = (
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
    r"|alphabet\w*|numerals?|sarcas\w+|nonsens\w+|gibberish|slang|accent)"
)


def _signal(
    name: str,
    weight: float,
    why: str,
    needs: tuple[str, ...],
    pattern: str,
    *,
    opens: str = "",
) -> Signal:
    # A blank in a pattern is any white space: an instruction may be wrapped like other text.
    flexible = pattern.replace(" ?", r"\s*").replace(" ", r"\s+")
    compiled = re.compile(flexible, re.MULTILINE)
    return Signal(name, weight, why, needs, compiled, opens)


SIGNALS: tuple[Signal, ...] = (
    # --- setting other instructions aside ---------------------------------------------------
    _signal(
        "override", 1.0, "asks to set other instructions aside",
        ("instr", "direct", "prompt", "rule", "guid", "guard", "command", "constr", "context",
         "order", "programming", "train", "restr", "safeg", "brief"),
        rf"(?<!n't\s)(?<!not\s)\b{_DROP} (?:{_OLD} ){{1,6}}{_ORDERS}\b", opens="paragraph",
    ),
    _signal(
        "override_told", 1.0, "asks to set other instructions aside",
        ("told", "everything", "anything", "whatever", "above", "before"),
        rf"\b{_DROP} (?:everything|anything|whatever|all|what) (?:\w+ ){{0,3}}?"
        r"(?:you (?:were|are|have been|'ve been) (?:told|given|taught|instructed)|above this|"
        r"you know|written above|said above|said before|before this|until now|so far)\b",
        opens="paragraph",
    ),
    _signal(
        "ignore_above", 0.6, "asks to ignore what comes before",
        ("above", "question", "user", "sources", "context", "rest of"),
        r"\b(?:ignore|disregard|forget) (?:\w+ ){0,3}?"
        r"(?:above|questions?|user|(?:other )?sources|rest of the (?:mail|email|text"
        r"|sources))\b",
    ),
    _signal(
        "new_orders", 0.7, "gives a model new instructions",
        ("new ", "real", "actual", "true ", "updated", "your", "instead", "from now", "now on"),
        r"\b(?:new|real|actual|true|updated|only|sole|revised|your) (?:new |system )?"
        r"(?:instructions?|directives?|objective|role|persona|job|task|prompt|purpose)"
        r" ?(?:is|are|:|now\b)|\bfrom now on,? (?:you|always|only|answer|respond|reply|act"
        r"|speak"
        r"|write|every)\b|\bnew instructions\b",
    ),
    _signal(
        "instead", 0.7, "asks for something else instead",
        ("instead", "rather than"),
        rf"\binstead,? (?:of \w+(?: \w+){{0,6}},\s*)?(?:just |please |you (?:must |should )?)?"
        rf"(?:{_SAY}|tell|give|translate|recite|sing|compose)\b"
        rf"|^\W*(?:please |just )?(?:{_SAY}|tell|translate|recite|compose)\b[^.?!]{{0,90}}"
        rf"\binstead\b|\brather than (?:answer|summari[sz]|respond)\w*",
    ),
    # --- speaking to a model ----------------------------------------------------------------
    _signal(
        "addresses_model", 1.0, "speaks to a model",
        _MODEL_NEEDS,
        rf"\b(?:dear|hey|hi|hello|attention|ok|okay|listen|notice|notes?|messages?"
        rf"|instructions?|important|orders?)[,:]? (?:(?:to|for) )?(?:(?:all|any|an|a|the|every"
        rf"|whichever|my|your) )*{_MODEL}\b ?(?:[,:;.!\u2013-]|(?:that|which|who|reading"
        rf"|processing"
        rf"|reader|summari|system|model)\b)|\b(?:you are|you're|act as|since you are"
        rf"|if you are|if you're|you,) (?:an?|the|any) (?:\w+ )?{_MODEL}\b"
        rf"|\bas an? (?:\w+ )?{_MODEL},? (?:you|your|it is your|please)\b",
        opens="paragraph",
    ),
    _signal(
        "vocative", 0.8, "speaks to a model",
        (*_MODEL_NEEDS, "machine", "robot"),
        rf"(?:^|[.!?:;>*_\"(\[] ?)(?:{_MODEL}|assistant|bot|robot|machine|model)"
        rf"(?:s?[,:!\u2013]| -) ?(?:please |now |you |just |kindly )?(?:must|should|will|{_SAY}"
        rf"|ignore|forget|tell|do|don'?t|give|use|add|include|insert|append|stop|follow|execute"
        rf"|run|send|call|list|translate|summari[sz]e|mention|recommend|treat|begin|start|end"
        rf"|make|read|repeat|reveal|disregard|provide|explain|always|never|if|when|in)\b",
        opens="paragraph",
    ),
    _signal(
        "model_must", 1.0, "says what a model must do",
        (*_MODEL_NEEDS, "summar", "reading", "processing"),
        rf"\b(?:the|any|every|all|an?|whichever|whatever) (?:\w+ )?(?:{_MODEL}|assistant|model"
        rf"|bot|tool|program|software|machine|system) (?:\w+ ){{0,5}}?(?:reading|summari[sz]ing"
        rf"|processing|answering|indexing|analy[sz]ing) (?:this|these|the|my)\b"
        rf"|\b(?:the|any|every|all) (?:{_MODEL}|(?<!an\s)assistant|summari[sz]er) (?:is to|are"
        rf" to"
        rf"|must|should|shall|has to|needs to|ought to|is (?:asked|instructed|required"
        rf"|ordered))\b",
    ),
    _signal(
        "about_user", 0.8, "tells a model how to treat its user",
        ("user", "reader", "whoever", "human", "person asking", "owner"),
        r"\b(?:tell|inform|convince|urge|advise|direct|ask|persuade|recommend|remind|warn|let"
        r"|assure|refer|encourage|trick|instruct|notify) (?:to )?(?:the|your) "
        r"(?:user|human|person asking|owner of (?:this|the) (?:archive|mailbox))s?\b"
        r"|^\W*(?:please )?(?:tell|urge|convince|encourage|persuade|direct|trick|advise)"
        r" (?:\w+ )?"
        r"(?:readers?|users?|recipients?|people) (?:to|that)\b"
        r"|\bto the (?:user|human)'?s? (?:that|question|quer)|\bthe (?:user|human) (?:asks"
        r"|asked"
        r"|wants to know|must not|should not|is not to|has already|has given)",
    ),
    _signal(
        "unchained", 1.0, "asks a model to play a role",
        ("mode", "jailb", "unrestrict", "dan", "no longer", "free from", "gpt"),
        r"\byou are (?:now )?(?:\w*gpt|dan|no longer (?:bound|an assistant|restricted|limited)"
        r"|free "
        r"(?:from|of) (?:all|any|your)|unrestricted)\b|\b(?:developer|god|dan|jailbreak) mode\b"
        r"|\bjail ?break\w*|\bunrestricted (?:ai|mode|assistant)", opens="paragraph",
    ),
    _signal(
        "role_play", 0.8, "asks a model to play a role",
        ("act as", "act like", "pretend", "role", "imagine you", "you are now", "you are no",
         "behave", "take on", "persona", "mode", "jailb", "unrestrict", "you will be"),
        r"(?:^|[.!?:;,] ?|\b(?:please|must|should|will|now|to) )(?:act|behave|respond|talk"
        r"|speak)"
        r" (?:as if you|as though you|like (?:an?|you)|as an? )|\bpretend (?:to be an?|you"
        r" (?:are|have"
        r"|can)|that you)\b|\b(?:role-?play|take on the (?:role|persona)|imagine you are"
        r"|assume the "
        r"(?:role|persona))\b|\byou are (?:now|no longer) (?:an?|in|the|free|bound)\b"
        r"|\b(?:debug|maintenance|admin) mode\b",
    ),
    _signal(
        "condition", 0.8, "names what a model does as its occasion",
        ("summar", "answering", "asked", "asks", "query", "queri", "translating", "processing",
         "analy", "index", "pars", "ingest", "retriev", "citing", "quoting", "question"),
        r"\b(?:when|whenever|while|before|after|if|upon|once) (?:you(?:'re| are)? )?(?:being )?"
        r"(?:asked (?:to |for )?|going to |about to |requested to )?(?:summari[sz](?:e|ing)"
        r"|answer(?:ing)?|translat(?:e|ing)|process(?:ing)?|analy[sz](?:e|ing)|index(?:ing)?"
        r"|pars(?:e|ing)|ingest(?:ing)?|retriev(?:e|ing)|cit(?:e|ing)|quot(?:e|ing)) "
        r"(?:to |about |from |on )?(?:this|the|any|an?|all|these|my|questions?)\b"
        r"|\b(?:when|whenever|if) (?:you are |you're |anyone |someone |somebody |the user |a"
        r" user )"
        r"(?:is |are )?ask(?:ed|s|ing)? (?:you |for |to |any|a question|about|what|who|when"
        r"|where)"
        r"|\b(?:in|for) (?:a|any|your|the) summary of (?:this|the) (?:e-?mail|mail|message"
        r"|document|note|text|page|thread)",
    ),
    # --- the form of the reply --------------------------------------------------------------
    _signal(
        "manner", 1.0, "says in what form to reply",
        _REPLY_NEEDS,
        rf"{_YOUR_REPLY}\b[^.?!\n]{{0,80}}?\b{_MANNER}\b|\b{_MANNER}[^.?!\n]{{0,80}}?"
        rf"\b(?:in|of|to|for|into|throughout|within|with|from) {_YOUR_REPLY}\b",
    ),
    _signal(
        "manner_verb", 1.0, "says in what form to reply",
        ("vowel", "consonant", "letter", "word", "space", "character", "like a", "style",
         "backward", "reverse", "rhyme", "caps", "morse", "base", "case", "cipher", "emoji",
         "code", "latin", "syllab"),
        r"^\W*(?:\w+ ){0,3}?(?:replace|substitute|swap|convert|exchange|scramble|anagram"
        r"|shuffle|encode"
        r"|reverse|group|misspell|rearrange|omit|remove|drop|insert|permute|shift|change|turn"
        r"|jumble"
        r"|capitali[sz]e|repeat|translate|merge|combine|join) (?:the |all |any |some |each "
        r"|every |two |three |random"
        r"|of |first |last |second |third |other |your |in )*(?:vowels?|consonants?|letters?"
        r"|words?|characters"
        r"|spaces|syllables|nouns|verbs|adjectives|sentences)\b"
        r"|\bmisspell\b|\b(?:in|as) (?:rot-?13|ca?esar cipher|base-?64|morse code|pig latin)\b"
        rf"|\b(?:{_SAY}|talk) (?:\w+ ){{0,4}}?(?:backwards|in reverse|upside down|in (?:all )?"
        r"(?:caps|capitals|upper ?case|lower ?case|capital letters)|in morse|in base ?-?64|in"
        r" rhymes?"
        r"|in verse|in pig latin|in emojis?|in (?:binary|hex|code|rot13|leet)|in the (?:style"
        r"|voice|"
        r"manner) of|like a (?:pirate|robot|child|cat|\w+ from)|as a (?:poem|haiku|limerick"
        r"|pirate))\b",
    ),
    _signal(
        "manner_order", 1.0, "says in what form to reply",
        (*_REPLY_NEEDS, "write", "speak", "talk", "you"),
        rf"^\W*(?:please |also |always |now |you must |make sure to )*(?:use|add|write|encode"
        rf"|replace"
        rf"|substitute|swap|change|convert|introduce|combine|group|scramble|leave out|omit"
        rf"|turn|remove"
        rf"|rearrange|misspell|spell|render|insert|put|make|give|space|reverse"
        rf"|{_SAY})\b[^.?!\n]{{0,100}}?"
        rf"(?:\b{_MANNER}\b[^.?!\n]{{0,60}}?\b(?:when |as |while |that |in everything )you"
        rf" (?:reply"
        rf"|respond|answer|write|output|say|speak)\b)|^\W*(?:please |always |now |only"
        rf" )*(?:reply"
        rf"|respond|answer|speak|output)\b[^.?!\n]{{0,60}}?\b{_MANNER}\b",
    ),
    _signal(
        "language", 1.0, "says in what language to reply",
        tuple(LANGUAGES),
        rf"\b(?:reply|respond|answer|speak|write|summari[sz]e|output|continue)(?: \w+){{0,4}}? "
        rf"(?:only |just |entirely |exclusively )?in {_LANGUAGE}\b|{_YOUR_REPLY} (?:\w+"
        rf" ){{0,3}}?(?:in)?to? ?{_LANGUAGE}\b"
        rf"|\btranslat(?:e|ing) (?:this|the|your|all|every)[^.?!\n]{{0,60}}\b(?:in)?to"
        rf" {_LANGUAGE}\b",
    ),
    _signal(
        "begin_reply", 1.0, "says what to put into the reply",
        _REPLY_NEEDS,
        rf"\b(?:begin|start|end|finish|preface|precede|conclude|prefix|close|open|sign off"
        rf"|prepend"
        rf"|append|interleave|sprinkle|embed) (?:\w+ ){{0,6}}?(?:in |to |into |of |after "
        rf"|before |at "
        rf"the end of )?(?:your|every|each|all|any) (?:\w+ )?{_REPLY}\b",
    ),
    _signal(
        "orders_words", 0.3, "says what to say",
        ("say", "repl", "respon", "answer", "output", "print", "write", "mention", "add", "append",
         "includ", "begin", "end", "start", "confirm", "tell", "repeat", "reveal", "sign", "word",
         "inform", "comply", "treat", "recommend", "state", "render", "call"),
        r"(?:^|[,:;.!?>)\]]\s*|\b(?:and|then|please|now|always|only|just|must|should|to|also"
        r"|instead"
        r"|you|never|not|will|shall)\s+)(?:say|reply|respond|answer|output|print|write|mention"
        r"|add"
        r"|append|include|begin|end|start|confirm|tell|repeat|reveal|sign|inform|comply|treat"
        r"|state"
        r"|recommend|render|call|summari[sz]e)\b"
        r"|\b(?:the )?(?:reply|answer|response|word \w+) (?:is|must|should|has to)\b",
    ),
    _signal(
        "in_reply", 0.6, "says what to put into the reply",
        _REPLY_NEEDS,
        rf"^\W*(?:please |also |always |never )?(?:add|insert|include|mention|use|give|put"
        rf"|provide"
        rf"|write|make|keep|format|structure|limit|deliver|present|express|craft|phrase"
        rf"|combine|join"
        rf"|introduce|spread|weave|link)\b[^.?!\n]{{0,80}}?\b(?:your|every|each|any) (?:\w+"
        rf" )?{_REPLY}\b"
        rf"|\b(?:in|of|with|to|into) (?:your|every|each) (?:entire |whole |final |next )?"
        rf"(?:response|output|summary)\b",
    ),
    _signal(
        "say_only", 1.0, "dictates the reply",
        ("reply", "respond", "answer", "say", "output", "print", "return", "write", "type",
         "state", "echo"),
        rf"\b(?:reply|respond|answer|output|print|echo|return)(?: \w+){{0,5}}? (?:only|just"
        rf"|solely"
        rf"|exactly|nothing (?:but|else)|verbatim|simply)(?: (?:with|by|the|in|using|saying"
        rf"|as)\b"
        rf"|:| ?[\"'\u201c\u2018`])|\bonly (?:ever )?(?:reply|respond|answer|output|print) "
        rf"(?:with|the|in|using|by)\b|\b(?:{_SAY})\b[^.?!\n]{{0,80}}?\b(?:and nothing (?:else"
        rf"|more)|no other (?:text|words)"
        rf"|not another word)\b[^\n]{{0,3}}$|\b(?:reply|respond|answer)(?: \w+){{0,6}}?"
        rf" (?:with|by saying|by "
        rf"writing):? (?:only |just )?(?:the (?:single )?(?:word|phrase|sentence|text|string"
        rf"|number)s?\b|[\"'\u201c\u2018`]"
        rf"(?!unsubscribe|remove|stop|subscribe|yes|no|help|end))",
    ),
    _signal(
        "say_following", 1.0, "dictates the reply",
        ("following", "the word", "phrase", "sentence", "string", "exact", "verbatim", "sequence"),
        r"\b(?:say|output|print|repeat|echo|write|reply|respond|recite|return|display|type)"
        r"(?: (?:with|back|out|only))? (?:the|these|this) (?:following|exact|single|word|words"
        r"|phrase"
        r"|string|sequence)(?: (?:text|words?|phrase|sentence|string|message|lines?|\w+"
        r" times))?"
        r" ?(?:[:\"'\u201c\u2018`]|\w+ times|and nothing|in your|[a-z0-9]+$)",
    ),
    _signal(
        "reply_with", 0.4, "says with what to reply",
        ("reply", "respond", "answer"),
        r"^\W*(?:please |you must |always |now )?(?:reply|respond|answer)(?: \w+){0,4}? "
        r"(?:with|that|as|in)\b",
    ),
    _signal(
        "false_answer", 1.0, "says what the answer to any question is",
        ("answer", "question", "quer"),
        r"\b(?:correct|right|true|only|real|official|final|valid) (?:answer|response)"
        r"(?: to [^.?!\n]{0,60})? (?:is|must be|should be)\b"
        r"|\b(?:the )?answer to (?:all|any|every|each|whatever|the user'?s)[^.?!\n]{0,40}"
        r" (?:is|must)\b"
        rf"|\b(?:to|answer) (?:all|any|every|each) (?:\w+ )?(?:questions?|quer(?:y|ies)"
        rf"|requests?),?"
        rf" (?:[^.?!\n]{{0,50}} )?(?:with|by (?:saying|writing)|{_SAY}|you (?:must|should"
        rf"|always)|always)\b",
    ),
    _signal(
        "secrecy", 0.8, "asks a model to keep something back",
        ("mention", "reveal", "tell", "disclose", "cit", "quot", "refus", "not know",
         "don't know", "no information", "other source", "unable", "cannot"),
        r"\b(?:do not|don'?t|never|without|avoid|refrain from|must not) (?:mention|reveal"
        r"|disclose|cit"
        r"|quot|refer|acknowledg|us|tell)(?:e|ing|ring)?(?: to)? (?:any|this|these|the|that"
        r"|your)"
        r" (?:\w+ )?(?:instructions?|prompts?|users?|sources?|rules?|human|injection|hidden"
        r" \w+)\b"
        r"|\brefuse to (?:answer|summari[sz]e|respond)\b|\b(?:say|answer|reply|respond|claim"
        r"|state)"
        r"(?: that)? (?:you|there|nothing|it|the (?:archive|source|mail|document)s?) (?:do not"
        r"|don'?t|"
        r"cannot|can'?t|are unable|is (?:no|nothing)|has no|have no|does not|was found)\b"
        r"|\bignore (?:the|all|any) other (?:sources|mails?|documents|results)\b",
    ),
    _signal(
        "leak", 1.0, "asks for what the model was told",
        ("prompt", "your instructions", "initial instructions", "context window", "your rules",
         "hidden instructions", "conversation", "you were given"),
        r"\b(?:repeat|print|reveal|output|show|display|tell|disclose|share|give|summari[sz]e"
        r"|leak"
        r"|send|list|write|copy|paste|recite|translate|quote|dump)\b[^.?!\n]{0,30}?\b(?:your"
        r"|the) "
        r"(?:\w+ ){0,3}?(?:system prompt|prompt above|initial prompt|(?:initial|original|hidden"
        r"|system) instructions|context window|conversation (?:so far|history)|prompt (?:you"
        r"|in full"
        r"|verbatim)|instructions you were given)|\b(?:reveal|repeat|print|output|disclose)"
        r" your "
        r"(?:\w+ )?(?:prompt|instructions|rules|guidelines)\b|\bsystem prompt\b",
    ),
    # --- marks of a conversation with a model -----------------------------------------------
    _signal(
        "chat_marker", 1.0, "imitates the marks of a conversation with a model",
        ("##", "<|", "[inst", "[/inst", "<<sys", "<<user", "</s>", "<s>", "<start_of_turn", "<end_of_turn"),
        r"^#{2,}\s*(?:instruction|input|human|user)s?\b[^#]{0,600}^#{2,}\s*(?:response|output"
        r"|assistant)\b|"
        r"<\|[a-z_]{2,24}\|?>|\[/?inst\]|<</?(?:sys|user)>>|</?s>|<(?:start|end)_of_turn>",
        opens="rest",
    ),
    _signal(
        "tag_marker", 1.0, "imitates the marks of a conversation with a model",
        ("system>", "assistant>", "user>", "instruction", "prompt>", "sources>", "source>",
         "context>", "system]", "assistant]", "untrusted"),
        r"</?(?:system|assistant|user|instructions?|prompt|sources?|context|untrusted\w*)>"
        r"|\[/?(?:system|assistant|system (?:message|prompt|note|override))\]|</?(?:system|"
        r"important)_?(?:prompt|instructions?|message)>",
        opens="rest",
    ),
    _signal(
        "role_marker", 0.7, "imitates the marks of a conversation with a model",
        ("system", "assistant", "instruction", "human", "developer", "prompt", "### "),
        r"^[\W_]{0,6}(?:system (?:prompt|message|instructions?|override|note|notice|update"
        r"|alert"
        r"|command)|assistant|ai|human|developer(?: message)?|prompt|system|override"
        r"|hidden (?:instruction|prompt)s?|instructions? (?:to|for) (?:the )?\w+)[\W_]{0,4}[:>]"
        r"|^#{2,} ?(?:instructions?|system|assistant|human|response|prompt)\b[:\s]{0,2}$"
        r"|^\W{0,4}(?:begin|start|new) (?:new |system |of )?(?:instructions?|prompt)\b",
        opens="paragraph",
    ),
    _signal(
        "end_marker", 1.0, "imitates the end of the sources",
        ("end of", "sources end", "end sources", "end_of", "endsources", "end context", "§"),
        r"\bend[ _]of (?:the )?(?:sources?|context|user input|untrusted \w+|retrieved \w+"
        r"|system \w+"
        r"|prompt)\b|^\W{0,6}end (?:sources?|context|documents?)\W{0,6}$|§ ?[0-9a-f]{4,}\b",
        opens="rest",
    ),
    # --- carrying something out -------------------------------------------------------------
    _signal(
        "exfiltrate", 1.0, "asks to carry text out by a link or a picture",
        ("](http", "<img", "img src"),
        r"!?\[[^\]\n]{0,80}\]\(https?://[^)\s]{0,200}(?:[?&/=](?:\{|<|\[|%7b|\$|your|answer"
        r"|secret)"
        r"|=(?:data|text|summary|base64|answer|content|secret|history)|=\))",
    ),
    _signal(
        "render", 0.8, "asks to carry text out by a link or a picture",
        ("image", "link", "url", "picture", "markdown", "http"),
        r"\b(?:append|render|embed|show|display|output|insert|add|include|put|place|fetch"
        r"|load) "
        r"(?:\w+ ){0,4}?(?:markdown|image from|picture from|image at|link|url"
        r"|image)\b[^.?!\n]{0,60}"
        rf"(?:{_REPLY}|https?://|markdown)",
    ),
    _signal(
        "decode", 1.0, "asks to decode and follow hidden text",
        ("decod", "base64", "base 64", "rot13", "decipher", "decrypt", "hex"),
        r"\b(?:decode|decipher|decrypt|un-?base64|unscramble)\b[^\n]{0,60}?\b(?:and|then|to) "
        r"(?:follow|obey|execute|do|run|act|carry|comply|treat|reply|answer|say)\w*"
        r"|\b(?:decode|decipher|decrypt)\b[^\n]{0,80}\s[a-z0-9+/]{24,}={0,2}"
        r"|\b(?:base ?-?64|rot13|hex)\b[^\n]{0,60}?\s[a-z0-9+/]{32,}={0,2}",
    ),
    _signal(
        "execute", 0.7, "asks to run something",
        ("execute", "tool", "shell", "sql", "function call"),
        r"\b(?:execute|run|call|invoke|use) (?:\w+ ){0,3}?(?:following (?:code|command|script"
        r"|query"
        r"|tool)|tool (?:call|named)|\w+_\w+ tool|shell command|rm -rf)\b|\brm -rf\b|\bdrop"
        r" table\b",
    ),
    _signal(
        "attack_talk", 0.6, "speaks of prompts as an attacker does",
        ("prompt", "override", "authori", "security test", "hacked", "pwned"),
        r"\bprompt (?:injection|override)\b|\b(?:system|admin(?:istrator)?|security|priority|"
        r"emergency) override\b|\bhighest priority\b|\b(?:i have been|you have been|been) "
        r"(?:pwned|hacked)\b|\boverrides? (?:all|any|every)\b",
    ),
    # --- the same in other languages (folded: no accents) -----------------------------------
    _signal(
        "override_abroad", 1.0, "asks to set other instructions aside",
        ("anweis", "befehl", "vorgab", "regel", "instru", "consigne", "directiv", "regle", "indic",
         "orden", "istruz", "orient", "regra", "opdracht", "aanwijz", "инструк", "указан", "правил",
         "polece", "zasad", "talimat", "指", "提示", "规则", "說明", "说明", "命令", "anvisning"),
        r"\b(?:ignorier\w*|vergiss|vergessen|missacht\w*|ignore[rz]?|oublie[rz]?|ne t(?:iens"
        r"|enez) pas "
        r"compte|ignora\w*|olvid\w+|haz caso omiso|desestim\w+|dimentic\w+|esquec\w+"
        r"|desconsider\w+"
        r"|negeer|vergeet|игнорир\w+|проигнорир\w+|забуд\w+|zignoruj|ignoruj|zapomnij|ignorera"
        r"|glom"
        r"|glem|ignorer)\b[^.?!\n]{0,50}?\b(?:anweisung\w*|befehle?|vorgaben|regeln"
        r"|instruktion\w*"
        r"|instruc\w+|instrukc\w+|consignes|directives?|regles|indica\w+|ordenes|istruzioni"
        r"|orientac\w+"
        r"|regras|reglas|regole|instructies|opdrachten|aanwijzingen|инструкц\w+|указани\w+"
        r"|правил\w*"
        r"|polecen\w*|zasad\w*|anvisning\w*)|(?:忽略|无视|無視|忘记|忘記|不要理会)[^。\n]{0,16}"
        r"(?:指令|指示|说明|說明|提示|规则|命令)|(?:指示|命令|指令|プロンプト)[^。\n]{0,8}(?:無視|忘れ)"
        r"|(?:talimat\w*)[^.\n]{0,30}(?:yok say|unut|gormezden)",
        opens="paragraph",
    ),
    _signal(
        "reply_abroad", 1.0, "dictates the reply",
        ("antwort", "repond", "respond", "rispond", "antwoord", "ответ", "odpowied", "回答", "回复",
         "回覆", "答え", "svara", "svar "),
        r"\b(?:antworte(?:n sie)? (?:nur|ausschliesslich|stattdessen|immer|mit)\b|repond(?:s"
        r"|ez|re) "
        r"(?:uniquement|seulement|toujours|simplement|par|a la place)\b|responde?\w* (?:solo"
        r"|solamente|"
        r"unicamente|siempre|apenas|somente|sempre)\b|rispond\w+ (?:solo|soltanto|sempre"
        r"|unicamente)\b"
        r"|antwoord (?:alleen|enkel|uitsluitend|altijd|met)\b|(?:ответ\w*|отвечай\w*) только"
        r"|odpowied\w+ (?:tylko|zawsze)|svara? (?:bara|endast|kun|alltid))"
        r"|(?:只|仅|請只|请只)(?:需|能|要)?(?:回答|回复|回覆|输出)|とだけ(?:答え|返信|出力)",
    ),
)  # fmt: skip
