"""Signs of an instruction: what a reply must say, or how it must look."""

from __future__ import annotations

from archive.signal_parts import (
    LANGUAGE,
    LANGUAGES,
    MANNER,
    REPLY,
    REPLY_NEEDS,
    SAY,
    YOUR_REPLY,
    Signal,
)

REPLY_DICTATED: tuple[Signal, ...] = (
    # --- the form of the reply
    Signal(
        "manner", 1.0, "says in what form to reply",
        REPLY_NEEDS,
        rf"{YOUR_REPLY}\b[^.?!\n]{{0,80}}?\b{MANNER}\b|\b{MANNER}[^.?!\n]{{0,80}}?"
        rf"\b(?:in|of|to|for|into|throughout|within|with|from) {YOUR_REPLY}\b",
    ),
    Signal(
        "manner_verb", 1.0, "says in what form to reply",
        ("vowel", "consonant", "letter", "word", "space", "character", "like a", "style",
         "backward", "reverse", "rhyme", "caps", "morse", "base", "case", "cipher", "emoji",
         "code", "latin", "syllab"),
        r"(?:^\W{0,9}|[.!?:;|]\s+)(?:\w+ ){0,3}?(?:replace|substitute|swap|convert|exchange"
        r"|scramble|anagram"
        r"|shuffle|encode"
        r"|reverse|group|misspell|rearrange|omit|remove|drop|insert|permute|shift|change|turn"
        r"|jumble"
        r"|capitali[sz]e|repeat|translate|merge|combine|join) (?:the |all |any |some |each "
        r"|every |two |three |random"
        r"|of |first |last |second |third |other |your |in )*(?:vowels?|consonants?|letters?"
        r"|words?|characters"
        r"|spaces|syllables|nouns|verbs|adjectives|sentences)\b"
        r"|\bmisspell\b|\b(?:in|as) (?:rot-?13|ca?esar cipher|base-?64|morse code|pig latin)\b"
        rf"|\b(?:{SAY}|talk) (?:\w+ ){{0,4}}?(?:backwards|in reverse|upside down|in (?:all )?"
        r"(?:caps|capitals|upper ?case|lower ?case|capital letters)|in morse|in base ?-?64|in"
        r" rhymes?"
        r"|in verse|in pig latin|in emojis?|in (?:binary|hex|code|rot13|leet)|in the (?:style"
        r"|voice|"
        r"manner) of|like a (?:pirate|robot|child|cat|\w+ from)|as a (?:poem|haiku|limerick"
        r"|pirate))\b",
    ),
    Signal(
        "manner_order", 1.0, "says in what form to reply",
        (*REPLY_NEEDS, "write", "speak", "talk", "you"),
        rf"(?:^\W{{0,9}}|[.!?:;|]\s+)(?:please |also |always |now |you must |make sure"
        rf" to )*(?:use"
        rf"|add|write|encode"
        rf"|replace"
        rf"|substitute|swap|change|convert|introduce|combine|group|scramble|leave out|omit"
        rf"|turn|remove"
        rf"|rearrange|misspell|spell|render|insert|put|make|give|space|reverse"
        rf"|{SAY})\b[^.?!\n]{{0,100}}?"
        rf"(?:\b{MANNER}\b[^.?!\n]{{0,60}}?\b(?:when |as |while |that |in everything )you"
        rf" (?:reply"
        rf"|respond|answer|write|output|say|speak)\b)|(?:^\W{{0,9}}|[.!?:;"
        rf"|]\s+)(?:please |always "
        rf"|now |only"
        rf" )*(?:reply"
        rf"|respond|answer|speak|output)\b[^.?!\n]{{0,60}}?\b{MANNER}\b",
    ),
    Signal(
        "rework", 1.0, "says in what form to reply",
        REPLY_NEEDS,
        r"(?:^\W{0,9}|[.!?:;|]\s+)(?:please |also |always |now )*(?:express|transform|transfer"
        r"|turn|render|rewrite|rephrase|reword|phrase|encode|encrypt|shorten|recast|convert) "
        r"(?:\w+ ){0,3}?(?:your|the) (?:answer|reply|response|output|summary)\b"
        r"|(?:^\W{0,9}|[.!?:;|]\s+)(?:please |also |always |now )*(?:take out|remove|delete"
        r"|strip"
        r"|erase|drop) (?:\w+ ){0,5}?(?:from|in|of) your (?:answer|reply|response|output"
        r"|summary)",
    ),
    Signal(
        "language", 1.0, "says in what language to reply",
        tuple(LANGUAGES),
        rf"\b(?:reply|respond|answer|speak|write|summari[sz]e|output|continue)(?: \w+){{0,4}}? "
        rf"(?:only |just |entirely |exclusively )?in {LANGUAGE}\b|{YOUR_REPLY} (?:\w+"
        rf" ){{0,3}}?(?:in)?to? ?{LANGUAGE}\b"
        rf"|\btranslat(?:e|ing) (?:this|the|your|all|every)[^.?!\n]{{0,60}}\b(?:in)?to"
        rf" {LANGUAGE}\b",
    ),
    Signal(
        "begin_reply", 1.0, "says what to put into the reply",
        REPLY_NEEDS,
        rf"\b(?:begin|start|end|finish|preface|precede|conclude|prefix|close|open|sign off"
        rf"|prepend"
        rf"|append|interleave|sprinkle|embed) (?:\w+ ){{0,6}}?(?:in |to |into |of |after "
        rf"|before |at "
        rf"the end of )?(?:your|every|each|all|any) (?:\w+ )?{REPLY}\b",
    ),
    Signal(
        "orders_words", 0.3, "says what to say",
        ("say", "repl", "respon", "answer", "output", "print", "write", "mention",
         "add", "append",
         "includ", "begin", "end", "start", "confirm", "tell", "repeat", "reveal",
         "sign", "word",
         "inform", "comply", "treat", "recommend", "state", "render", "call"),
        r"(?:^\W{0,9}|[,:;.!?>|)\]]\s*|\b(?:and|then|please|now|always|only|just|must|should|to"
        r"|also"
        r"|instead"
        r"|you|never|not|will|shall)\s+)(?:say|reply|respond|answer|output|print|write|mention"
        r"|add"
        r"|append|include|begin|end|start|confirm|tell|repeat|reveal|sign|inform|comply|treat"
        r"|state"
        r"|recommend|render|call|summari[sz]e)\b"
        r"|\b(?:the )?(?:reply|answer|response|word \w+) (?:is|must|should|has to)\b",
    ),
    Signal(
        "in_reply", 0.6, "says what to put into the reply",
        REPLY_NEEDS,
        rf"(?:^\W{{0,9}}|[.!?:;|]\s+)(?:please |also |always |never )?(?:add|insert"
        rf"|include|mention"
        rf"|use|give|put"
        rf"|provide"
        rf"|write|make|keep|format|structure|limit|deliver|present|express|craft|phrase"
        rf"|combine|join"
        rf"|introduce|spread|weave|link)\b[^.?!\n]{{0,80}}?\b(?:your|every|each|any) (?:\w+"
        rf" )?{REPLY}\b"
        rf"|\b(?:in|of|with|to|into) (?:your|every|each) (?:entire |whole |final |next )?"
        rf"(?:response|output|summary)\b",
    ),
    Signal(
        "say_only", 1.0, "dictates the reply",
        ("reply", "respond", "answer", "say", "output", "print", "return", "write", "type",
         "state", "echo"),
        rf"\b(?:reply|respond|answer|output|print|echo|return)(?: \w+){{0,5}}? (?:only|just"
        rf"|solely"
        rf"|exactly|nothing (?:but|else)|verbatim|simply)(?: (?:with|by|the|in|using|saying"
        rf"|as)\b"
        rf"|:| ?[\"'\u201c\u2018`])|\bonly (?:ever )?(?:reply|respond|answer|output|print) "
        rf"(?:with|the|in|using|by)\b|\b(?:{SAY})\b[^.?!\n]{{0,80}}?\b(?:and nothing (?:else"
        rf"|more)|no other (?:text|words)"
        rf"|not another word)\b[^\n]{{0,3}}$|\b(?:reply|respond|answer)(?: \w+){{0,6}}?"
        rf" (?:with|by saying|by "
        rf"writing):? (?:only |just )?(?:the (?:single )?(?:word|phrase|sentence|text|string"
        rf"|number)s?\b|[\"'\u201c\u2018`]"
        rf"(?!unsubscribe|remove|stop|subscribe|yes|no|help|end))",
    ),
    Signal(
        "say_following", 1.0, "dictates the reply",
        ("following", "the word", "phrase", "sentence", "string", "exact",
         "verbatim", "sequence"),
        r"\b(?:say|output|print|repeat|echo|write|reply|respond|recite|return|display|type)"
        r"(?: (?:with|back|out|only))? (?:the|these|this) (?:following|exact|single|word|words"
        r"|phrase"
        r"|string|sequence)(?: (?:text|words?|phrase|sentence|string|message|lines?|\w+"
        r" times))?"
        r" ?(?:[:\"'\u201c\u2018`]|\w+ times|and nothing|in your|[a-z0-9]+$)",
    ),
    Signal(
        "reply_with", 0.4, "says with what to reply",
        ("reply", "respond", "answer"),
        r"(?:^\W{0,9}|[.!?:;|]\s+)(?:please |you must |always |now )?(?:reply"
        r"|respond|answer)(?:"
        r" \w+){0,4}? "
        r"(?:with|that|as|in)\b",
    ),
    Signal(
        "false_answer", 1.0, "says what the answer to any question is",
        ("answer", "question", "quer"),
        r"\b(?:correct|right|true|only|real|official|final|valid) (?:answer|response)"
        r"(?: to [^.?!\n]{0,60})? (?:is|must be|should be)\b"
        r"|\b(?:the )?answer to (?:all|any|every|each|whatever|the user'?s)[^.?!\n]{0,40}"
        r" (?:is|must)\b"
        rf"|\b(?:to|answer) (?:all|any|every|each) (?:\w+ )?(?:questions?|quer(?:y|ies)"
        rf"|requests?),?"
        rf" (?:[^.?!\n]{{0,50}} )?(?:with|by (?:saying|writing)|{SAY}|you (?:must|should"
        rf"|always)|always)\b",
    ),
    Signal(
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
    Signal(
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
)  # fmt: skip
