"""An errand for a model: a line that asks for general knowledge or for a piece of writing.

People ask each other things in mail all the time, but of each other: with I, you and we, with
names, and about what the mail is about. A line that has none of these, asks what a reference
book or a writing machine would answer, and shares no word with the text around it is
suspicious. Every trait has a weight; `score` is their sum, at least `signals.THRESHOLD` for a
line to be suspected. Pure, some 20 µs a line.
"""

from __future__ import annotations

import re
from collections.abc import Set

from archive.signal_parts import LANGUAGES
from index.words import content_stems, words

_ASKS = 0.65  # a question
_ORDERS = 0.75  # an order that people give each other too: find, list, book
_WRITES = 1.0  # an order for words: write, explain, translate
_KNOWLEDGE = 0.5  # worded like a question to a reference book
_TOPIC = 0.3  # about science, history, programming, a language
_GENRE = 0.35  # for a poem, an essay, a function
_OFFICE_GENRE = 0.15  # for a letter, a report: offices ask for these
_INDEFINITE = 0.2  # for "a" thing, none that both know
_THAT = 0.2  # an order to say that something is so
_QUOTED = 0.2  # with words in quotation marks
_EDGE = 0.15  # first or last in its text
_PERSONAL = -0.5  # each I, we, your, he
_DEICTIC = -0.3  # each this, here, today
_SMALL_TALK = -0.4  # a question about dinner, the kids, the deal
_NAMED = -0.1  # each name, two at most
_FIGURES = -0.1  # a question with a number
_OVERLAP = -1.0  # times the share of its words that the text around it has
_INCOMPLETE = -0.3  # a question without its mark
_ALONE = -0.3  # hardly anything around it to compare with

_QUESTION = re.compile(
    r"(?:and |but |so |now |also,? |first,? |ps:? |p\.s\.:? )?(?:please |kindly )?(?:in |on "
    r"|at |of )?"
    r"(?:who|what|where|when|why|how|which|whose|is|are|does|do|did|can|could)(?:'s|'re|\b)"
)
_TASK = re.compile(
    r"(?:and |but |now |also,? |then |next,? |first,? |finally,? |ps:? |p\.s\.:? )?"
    r"(?:please |kindly |can you |could you |would you |i want you to |i need you to |you must "
    r"|you should |your task is to )*"
    r"(?P<verb>write|compose|draft|create|generate|produce|provide|give|explain|describe|define"
    r"|develop|translate|convert|list|calculate|compute|solve|summari[sz]e|discuss|outline"
    r"|compare|contrast|break down|teach|recommend|tell|design|prepare|craft|devise"
    r"|invent|narrate|recite|sing|name|identify|classify|analy[sz]e|evaluate|determine|rewrite"
    r"|paraphrase|implement|code|debug|plan|imagine|show|find|detect|rate|interpret|illustrate"
    r"|demonstrate|mention|claim|state|assert|insist|suggest|endorse|emphasi[sz]e|make up|mimic"
    r"|include|insert|embed|say that|say|use|replace|delete|spell|join|warn|ask|reveal|repeat"
    r"|schedule|automate|optimi[sz]e|remind|set up|sort|encourage|pretend|forecast|research"
    r"|investigate|examine|assess|highlight|brainstorm|propose|estimate|differentiate"
    r"|distinguish"
    r"|elaborate on|walk (?:me )?through|set (?:an?|the) (?:alarm|timer|reminder)"
    r"|turn (?:on|off)|play|order|book|search (?:for|the web)|look up|promote|advertise"
    r"|spread|argue|persuade|convince|predict|count|spell|multiply|divide|add up|simulate"
    r"|formulate|construct|build|pen|author|put together|come up with|talk about)\b"
)
_WRITING = re.compile(
    r"(?:write|compose|draft|generate|produce|explain|describe|define|develop|translate"
    r"|summari[sz]e"
    r"|discuss|outline|compare|contrast|break down|teach|craft|devise|invent|narrate|recite"
    r"|sing"
    r"|paraphrase|imagine|illustrate|elaborate|come up|make up|argue|claim|persuade|convince"
    r"|solve"
    r"|calculate|mimic|brainstorm|simulate|pen|author|recommend|suggest|classify|promote"
    r"|advertise"
    r"|endorse|design|analy[sz]e|interpret|differentiate|distinguish|convert|implement|identify"
    r"|automate|forecast|turn o|mention|claim|assert|insist|state|say that|spread)"
)
_QUOTATION = re.compile(r"(?<!\w)(?P<mark>['\"‘“`]).{2,120}?['\"’”`](?!\w)")
_YOUR_REPLY = re.compile(
    r"\byour (?:next |final )?(?:reply|repl?ies|response|answer|output|summary)s?\b"
)
_INDEFINITE_FORM = re.compile(
    r"^\w+(?: \w+)? (?:me |us )?(?:an?|some|any|two|three|four|five|six|seven|ten|several|tips"
    r"|ideas|examples|ways)\b"
)
_COMMONPLACES = frozenset(
    "things everything word up place night weekend birthday file wrong happening number status"
    " deal deals anything something thing think up? trip game plans vacation holiday holidays"
    " christmas thanksgiving kids family party dinner lunch price meeting call".split()
)

_KNOWLEDGE_FORM = re.compile(
    r"\bhow (?:does|do|did|can|to|would|should)\s+(?!(?!i (?:write|say|use|create|reverse|cent"
    r"|sort|make a|convert)|i\s+\w+ an?)i\b|we\b|you\s+(?!say|write|spell|calculate|"
    r"define|declare|use|create|implement|connect|convert|reverse|sort|write|make a|solve|cook"
    r"|bake|find the|pronounce"
    r"|translate)|they\b|it\b|that\b|this\b|he\b|she\b)"
    r"|\bhow (?:is|are|was|were) (?:\w+ ){1,4}?(?:made|formed|produced|built|measured"
    r"|discovered"
    r"|invented|different|related|created|used in|defined|classified)\b"
    r"|\bwho (?:was|is|were) the (?:first|last|author|inventor|founder|president|king|queen"
    r"|painter"
    r"|composer|prime minister|current|main character|greek|roman|god|\w+ president)\b"
    r"|\bwho (?:wrote|invented|discovered|painted|composed|founded|directed|won|sang|built"
    r"|created"
    r"|designed|developed|proposed|starred|played|sculpted|first|ruled|conquered|formulated)\b"
    r"|\bwhat(?:'s| is| are| was| were) (?:the|some|an?) (?:\w+ ){0,2}?(?:capital|differences?"
    r" (?:between|in|of)"
    r"|main|primary|key|largest|smallest|tallest|highest|longest|deepest|fastest|oldest|best"
    r" way"
    r"|function|functions|role|purpose of an?|meaning of|definition|definitions|formula"
    r"|population"
    r"|currency|chemical|boiling|freezing|melting|atomic|square root|speed of|distance|causes?"
    r"|effects?"
    r"|symptoms?|benefits|advantages|disadvantages|process of|theory|history of|significance"
    r" of|"
    r"importance of|concept|principles?|most (?:common|popular|famous|important)|official"
    r"|national"
    r"|plot|themes?|rules of|exports|origins?|types of|weather|temperature|time in|symbol"
    r"|longest|atomic number|value of pi|word for|opposite of|plural of|capital city|top"
    r"|current|latest|newest|key performance|syntax|time complexity|latest (?:news|trends"
    r"|research)|current "
    r"(?:trends|president|population)|steps|stages|features of|characteristics|ingredients)\b"
    r"|\bwhat (?:causes|caused|year did|happens when|happened (?:in|during)|language|does"
    r" .{1,40} mean"
    r"|do (?:plants|animals|birds|bees|fish|cells|people eat)|led to)\b"
    r"|\bwhat(?:'s| is| are) (?:an? )?(?!it|that|this|up|new|next|wrong|your|his|her|their|our"
    r"|my|going|the)[a-z]{4,}(?: [a-z]+)?(?: in [a-z]+)?\?$"
    r"|\bwhat happened (?:at|during|in) the\b|\bin (?:"
    + "|".join(LANGUAGES)
    + r")\W*$|\b(?:"
    + "|".join(LANGUAGES)
    + r") (?:word|phrase|translation|expression) (?:for|of)\b"
    r"|\bhow to (?!get|reach|contact)|\bwhen (?:was|were|did) (?:the )?(?:\w+"
    r" ){0,4}?(?:invented|discovered|founded|built|born|end|"
    r"begin|start|published|written|fall|die|independen\w+|war)\b"
    r"|\bwhere (?:is|are|was|were|do|does) (?:the )?(?:\w+ ){0,3}?(?:located|found|native|live"
    r"|grow|"
    r"river|mountains?|desert|ocean|born|originate|from)\b"
    r"|\bwhy (?:is|are|do|does|did|was|were) (?:the )?(?!you|we|i\b|they|it|this|that|he\b"
    r"|she\b)"
    r"|\bhow (?:many|much|far|long|old|tall|deep|fast|big|hot|cold) (?:\w+ ){0,3}?(?:are there"
    r" in|in an?"
    r"|is the|does an?|do|does it take|of the)\b"
    r"|\bwhich (?:country|planet|city|element|animal|ocean|continent|language|river|president"
    r"|king"
    r"|author|scientist|artist|state|team|gas|metal|organ|vitamin|bird)\b"
    r"|\b(?:explain|describe|discuss|outline|summari[sz]e|define|break down|teach|illustrate"
    r"|compare|"
    r"contrast|elaborate on|analy[sz]e|interpret) (?:me |us )?(?:briefly |in detail |in simple"
    r" terms )?"
    r"(?:the (?:\w+ ){0,2}?(?:theory|concept|process|difference|differences|plot|principles?"
    r"|history|"
    r"causes?|effects?|importance|significance|role|structure|function|functions|idea|basics"
    r"|themes?|"
    r"meaning|origins?|laws?|rules|life|works?|water|carbon|impact|relationship|steps|stages"
    r"|term|"
    r"characters?|philosophy|mechanism|symbolism|fundamentals|character)|how|what|why)\b"
)
_LANGUAGE_NAMES = frozenset(LANGUAGES)
_TOPICS = frozenset(
    "theory planet planets universe galaxy solar moon sun stars gravity relativity quantum atom"
    " atoms molecule molecules photosynthesis evolution dna cell cells liver heart brain kidney"
    " lungs blood disease cancer vaccine vitamin protein dinosaur dinosaurs animal animals"
    " mammals"
    " birds insects plants species ecosystem volcano volcanoes earthquake earthquakes climate"
    " ocean oceans continent continents country capital river mountain desert empire dynasty"
    " king"
    " queen emperor pharaoh war wars revolution renaissance medieval ancient civilization roman"
    " greek egyptian president century philosopher philosophy religion mythology novel play"
    " poem"
    " poetry poet author sonnet painter painting composer symphony opera sculpture movie film"
    " films movies song songs guitar piano football olympics chess recipe recipes cake pancakes"
    " bread pasta soup python javascript java php sql mysql html css react node typescript rust"
    " c++ regex algorithm algorithms recursion array arrays loop loops string strings function"
    " functions variable variables class database api binary sorting fibonacci factorial prime"
    " primes programming code equation equations theorem pythagorean algebra geometry calculus"
    " integral derivative triangle square root probability mathematics physics chemistry"
    " biology"
    " astronomy geography psychology sociology economics inflation democracy constitution"
    " shakespeare hamlet romeo juliet einstein newton darwin mozart beethoven picasso napoleon"
    " robot robots dragon dragons unicorn wizard knight princess pirate pirates detective thief"
    " alien aliens spaceship fairy castle forest sea seaside sunset spring autumn winter love"
    " friendship courage happiness life nature technology artificial intelligence internet"
    " blockchain bitcoin cryptocurrency healthy diet exercise yoga meditation".split()
)
_GENRES = frozenset(
    "poem poems poetry haiku limerick sonnet story stories tale fable essay essays speech song"
    " songs lyrics verse novel screenplay script monologue dialogue joke jokes riddle pun blog"
    " tweet slogan jingle advertisement advert ad article biography obituary eulogy toast rap"
    " ballad parody scene chapter fairytale recipe function program snippet code algorithm"
    " query"
    " sentence sentences paragraph quiz tutorial trivia tagline backstory character review"
    " narrative fiction satire introduction sentiment emotion emotions tone polarity alarm"
    " timer"
    " reminder lights music pizza flight hotel weather restaurant restaurants movie movies"
    " book books gift gifts headline headlines propaganda rumor rumors conspiracy".split()
)
_OFFICE_GENRES = frozenset(
    "letter email memo report plan list summary proposal description press release statement"
    " presentation guide outline itinerary announcement invitation newsletter".split()
)
_PERSONALS = frozenset(
    "i i'm i've i'll i'd my mine we we're we've we'll us our ours you're you've your yours he"
    " she"
    " they them him her his hers their theirs y'all ya u".split()
)
_DEICTICS = frozenset(
    "it it's this that's these those here there today tomorrow tonight yesterday now currently"
    " attached enclosed below above monday tuesday wednesday thursday friday saturday sunday"
    " asap"
    " everyone anyone anybody someone guys folks going still yet again".split()
)
_IMPERSONAL_I = re.compile(r"\bhow (?:do|can|would|could|should) i\b")
_IMPERSONAL_YOU = re.compile(r"\b(?:how (?:do|would|can|does)|can|could|would|want|need) you\b")
_HELPING_ME = re.compile(r"\b(?:tell|give|show|teach|write|sing|help|recommend) me\b")
_NAME = re.compile(r"(?<=[\w,'’\"] )[A-Z][a-z]+|\b[A-Z]{2,}\b")
_TABULAR = re.compile(r"\s{3}|\t")
_FIGURE = re.compile(r"\d|[$€£]")


def is_form(folded: str) -> bool:
    """Whether a folded line begins like an errand at all; the rest need not be weighed."""
    return bool(_QUESTION.match(folded) or _TASK.match(folded))


def score(line: str, folded: str, shared: float, *, edge: bool, alone: bool) -> float:
    """How much a line looks like an errand.

    `shared` is the share of its stems that the text around it has too; `edge` is true for the
    first and the last line, where an errand interrupts nothing; `alone` if there is hardly
    anything around it.
    """
    task = _TASK.match(folded)
    bare = _YOUR_REPLY.sub(" ", _QUOTATION.sub(" ", folded))
    own = set(words(bare))
    if len(words(folded)) < 3 or _TABULAR.search(line):
        return 0.0
    total = _EDGE * edge
    if task:
        total += _WRITES if _WRITING.match(task["verb"]) else _ORDERS
        total += _GENRE if own & _GENRES else _OFFICE_GENRE * bool(own & _OFFICE_GENRES)
        total += _INDEFINITE * bool(_INDEFINITE_FORM.search(folded[task.start("verb") :]))
    else:
        complete = line.rstrip(" \"'”’)").endswith("?")
        total += _ASKS if complete else _ASKS + _INCOMPLETE
    total += _KNOWLEDGE * bool(_KNOWLEDGE_FORM.search(folded))
    total += _TOPIC * bool(own & _TOPICS) + _TOPIC * bool(own & _LANGUAGE_NAMES)
    total += _QUOTED * bool(_QUOTATION.search(folded))
    total += _PERSONAL * _personal(bare, own) + _DEICTIC * len(own & _DEICTICS)
    total += _SMALL_TALK * bool(not task and own & _COMMONPLACES)
    total += _THAT * bool(task and folded.startswith("that ", task.end() + 1))
    total += _NAMED * min(2, len(_NAME.findall(line))) + _FIGURES * bool(
        not task and _FIGURE.search(line)
    )
    # With nothing to compare with, it may be all that somebody wrote.
    return total + _OVERLAP * shared + _ALONE * alone


def topic(folded: str) -> set[str]:
    """Stems of what a line is about, for comparison with what is around it."""
    return content_stems(folded) - _COMMON


def _personal(bare: str, own: Set[str]) -> int:
    """How many of its words speak of the two who write to each other, or of somebody known."""
    count = len(own & _PERSONALS) - ("i" in own and bool(_IMPERSONAL_I.search(bare)))
    if "you" in own and not _IMPERSONAL_YOU.search(bare):
        count += 1
    if "me" in own and not _HELPING_ME.search(bare):
        count += 1
    return count


_COMMON = content_stems(
    "write compose draft create generate provide give explain describe define develop list"
    " please tell show find main key name say make use used work works"
)
