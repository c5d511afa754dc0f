"""Signs of an instruction: other instructions set aside, and a model spoken to."""

from __future__ import annotations

from archive.signal_parts import DROP, MODEL, MODEL_NEEDS, OLD, ORDERS, SAY, Signal

ORDERS_TO_MODEL: tuple[Signal, ...] = (
    # --- setting other instructions aside
    Signal(
        "override", 1.0, "asks to set other instructions aside",
        ("instr", "direct", "prompt", "rule", "guid", "guard", "command", "constr", "context",
         "order", "programming", "train", "restr", "safeg", "brief"),
        rf"(?<!n't\s)(?<!not\s)\b{DROP} (?:{OLD} ){{1,6}}{ORDERS}\b", opens="paragraph",
    ),
    Signal(
        "override_told", 1.0, "asks to set other instructions aside",
        ("told", "everything", "anything", "whatever", "above", "before"),
        rf"\b{DROP} (?:everything|anything|whatever|all|what) (?:\w+ ){{0,3}}?"
        r"(?:you (?:were|are|have been|'ve been) (?:told|given|taught|instructed)|above this|"
        r"you know|written above|said above|said before|before this|until now|so far)\b",
        opens="paragraph",
    ),
    Signal(
        "ignore_above", 0.6, "asks to ignore what comes before",
        ("above", "question", "user", "sources", "context", "rest of"),
        r"\b(?:ignore|disregard|forget) (?:\w+ ){0,3}?"
        r"(?:above|questions?|user|(?:other )?sources|rest of the (?:mail|email|text"
        r"|sources))\b",
    ),
    Signal(
        "new_orders", 0.7, "gives a model new instructions",
        ("new ", "real", "actual", "true ", "updated", "your", "instead", "from now", "now on"),
        r"\b(?:new|real|actual|true|updated|only|sole|revised|your) (?:new |system )?"
        r"(?:instructions?|directives?|objective|role|persona|job|task|prompt|purpose)"
        r" ?(?:is|are|:|now\b)|\bfrom now on,? (?:you|always|only|answer|respond|reply|act"
        r"|speak"
        r"|write|every)\b|\bnew instructions\b",
    ),
    Signal(
        "instead", 0.7, "asks for something else instead",
        ("instead", "rather than"),
        rf"\binstead,? (?:of \w+(?: \w+){{0,6}},\s*)?(?:just |please |you (?:must |should )?)?"
        rf"(?:{SAY}|tell|give|translate|recite|sing|compose)\b"
        rf"|(?:^\W{{0,9}}|[.!?:;|]\s+)(?:please |just )?(?:{SAY}|tell|translate|recite"
        rf"|compose)\b(?! instead)[^.?!:]{{0,90}}"
        rf"\binstead\b|\brather than (?:answer|summari[sz]|respond)\w*",
    ),
    # --- speaking to a model
    Signal(
        "addresses_model", 1.0, "speaks to a model",
        MODEL_NEEDS,
        rf"\b(?:dear|hey|hi|hello|attention|ok|okay|listen|notice|notes?|messages?"
        rf"|instructions?|important|orders?)[,:]? (?:(?:to|for) )?(?:(?:all|any|an|a|the|every"
        rf"|whichever|my|your) )*{MODEL}\b ?(?:[,:;.!\u2013-]|(?:that|which|who|reading"
        rf"|processing"
        rf"|reader|summari|system|model)\b)|\b(?:you are|you're|act as|since you are"
        rf"|if you are|if you're|you,) (?:an?|the|any) (?:\w+ )?{MODEL}\b"
        rf"|\bas an? (?:\w+ )?{MODEL},? (?:you|your|it is your|please)\b",
        opens="paragraph",
    ),
    Signal(
        "vocative", 0.8, "speaks to a model",
        (*MODEL_NEEDS, "machine", "robot"),
        rf"(?:^\W{{0,9}}|[.!?:;>*_|\"(\[] ?)(?:{MODEL}|assistant|bot|robot|machine|model)"
        rf"(?:s?[,:!\u2013]| -) ?(?:please |now |you |just |kindly )?(?:must|should|will|{SAY}"
        rf"|ignore|forget|tell|do|don'?t|give|use|add|include|insert|append|stop|follow|execute"
        rf"|run|send|call|list|translate|summari[sz]e|mention|recommend|treat|begin|start|end"
        rf"|make|read|repeat|reveal|disregard|provide|explain|always|never|if|when|in)\b",
        opens="paragraph",
    ),
    Signal(
        "model_must", 1.0, "says what a model must do",
        (*MODEL_NEEDS, "summar", "reading", "processing"),
        rf"\b(?:the|any|every|all|an?|whichever|whatever) (?:\w+ )?(?:{MODEL}|assistant|model"
        rf"|bot|tool|program|software|machine|system) (?:\w+ ){{0,5}}?(?:reading|summari[sz]ing"
        rf"|processing|answering|indexing|analy[sz]ing) (?:this|these|the|my)\b"
        rf"|\b(?:the|any|every|all) (?:{MODEL}|(?<!an\s)assistant|summari[sz]er) (?:is to|are"
        rf" to"
        rf"|must|should|shall|has to|needs to|ought to|is (?:asked|instructed|required"
        rf"|ordered))\b",
    ),
    Signal(
        "about_user", 0.8, "tells a model how to treat its user",
        ("user", "reader", "whoever", "human", "person asking", "owner"),
        r"\b(?:tell|inform|convince|urge|advise|direct|ask|persuade|recommend|remind|warn|let"
        r"|assure|refer|encourage|trick|instruct|notify) (?:to )?(?:the|your) "
        r"(?:user|human|person asking|owner of (?:this|the) (?:archive|mailbox))s?\b"
        r"|(?:^\W{0,9}|[.!?:;|]\s+)(?:please )?(?:tell|urge|convince|encourage|persuade|direct"
        r"|trick|advise)"
        r" (?:\w+ )?"
        r"(?:readers?|users?|recipients?|people) (?:to|that)\b"
        r"|\bto the (?:user|human)'?s? (?:that|question|quer)|\bthe (?:user|human) (?:asks"
        r"|asked"
        r"|wants to know|must not|should not|is not to|has already|has given)",
    ),
    Signal(
        "unchained", 1.0, "asks a model to play a role",
        ("mode", "jailb", "unrestrict", "dan", "no longer", "free from", "gpt"),
        r"\byou are (?:now )?(?:\w*gpt|dan|no longer (?:bound|an assistant|restricted|limited)"
        r"|free "
        r"(?:from|of) (?:all|any|your)|unrestricted)\b|\b(?:developer|god|dan|jailbreak) mode\b"
        r"|\bjail ?break\w*|\bunrestricted (?:ai|mode|assistant)", opens="paragraph",
    ),
    Signal(
        "role_play", 0.8, "asks a model to play a role",
        ("act as", "act like", "pretend", "role", "imagine you", "you are now", "you are no",
         "behave", "take on", "persona", "mode", "jailb", "unrestrict", "you will be"),
        r"(?:^\W{0,9}|[.!?:;,|] ?|\b(?:please|must|should|will|now|to) )(?:act"
        r"|behave|respond|talk"
        r"|speak)"
        r" (?:as if you|as though you|like (?:an?|you)|as an? )|\bpretend (?:to be an?|you"
        r" (?:are|have"
        r"|can)|that you)\b|\b(?:role-?play|take on the (?:role|persona)|imagine you are"
        r"|assume the "
        r"(?:role|persona))\b|\byou are (?:now|no longer) (?:an?|in|the|free|bound)\b"
        r"|\b(?:debug|maintenance|admin) mode\b",
    ),
    Signal(
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
)  # fmt: skip
