"""Signs of an instruction: marks of a conversation, something carried out, other languages."""

from __future__ import annotations

from archive.signal_parts import REPLY, Signal

MARKS_IMITATED: tuple[Signal, ...] = (
    # --- marks of a conversation with a model
    Signal(
        "chat_marker", 1.0, "imitates the marks of a conversation with a model",
        ("##", "<|", "[inst", "[/inst", "<<sys", "<<user", "</s>", "<s>",
         "<start_of_turn", "<end_of_turn"),
        r"(?:^(?:#+ )?|[|:]\s+)#{2,}\s*(?:instruction|input|human"
        r"|user)s?\b[^#]{0,600}^#{2,}\s*(?:response|output"
        r"|assistant)\b|"
        r"<\|[a-z_]{2,24}\|?>|\[/?inst\]|<</?(?:sys|user)>>|</?s>|<(?:start|end)_of_turn>",
        opens="rest",
    ),
    Signal(
        "tag_marker", 1.0, "imitates the marks of a conversation with a model",
        ("system>", "assistant>", "user>", "instruction", "prompt>", "sources>", "source>",
         "context>", "system]", "assistant]", "untrusted"),
        r"</?(?:system|assistant|user|instructions?|prompt|sources?|context|untrusted\w*)>"
        r"|\[/?(?:system|assistant|system (?:message|prompt|note|override))\]|</?(?:system|"
        r"important)_?(?:prompt|instructions?|message)>",
        opens="rest",
    ),
    Signal(
        "role_marker", 0.7, "imitates the marks of a conversation with a model",
        ("system", "assistant", "instruction", "human", "developer", "prompt", "### "),
        r"(?:^[\W_]{0,6}|[|:]\s+)(?:system (?:prompt|message|instructions?|override|note"
        r"|notice|update"
        r"|alert"
        r"|command)|assistant|ai|human|developer(?: message)?|prompt|system|override"
        r"|hidden (?:instruction|prompt)s?|instructions? (?:to|for) (?:the )?\w+)[\W_]{0,4}[:>]"
        r"|(?:^(?:#+ )?|[|:]\s+)#{2,} ?(?:instructions?|system|assistant|human|response"
        r"|prompt)\b[:\s]{0,2}$"
        r"|^\W{0,4}(?:begin|start|new) (?:new |system |of )?(?:instructions?|prompt)\b",
        opens="paragraph",
    ),
    Signal(
        "end_marker", 1.0, "imitates the end of the sources",
        ("end of", "sources end", "end sources", "end_of", "endsources", "end context", "§"),
        r"\bend[ _]of (?:the )?(?:sources?|context|user input|untrusted \w+|retrieved \w+"
        r"|system \w+"
        r"|prompt)\b|^\W{0,6}end (?:sources?|context|documents?)\W{0,6}$|§ ?[0-9a-f]{4,}\b",
        opens="rest",
    ),
    # --- carrying something out
    Signal(
        "exfiltrate", 1.0, "asks to carry text out by a link or a picture",
        ("](http", "<img", "img src"),
        r"!?\[[^\]\n]{0,80}\]\(https?://[^)\s]{0,200}(?:[?&/=](?:\{|<|\[|%7b|\$|your|answer"
        r"|secret)"
        r"|=(?:data|text|summary|base64|answer|content|secret|history)|=\))",
    ),
    Signal(
        "render", 0.8, "asks to carry text out by a link or a picture",
        ("image", "link", "url", "picture", "markdown", "http"),
        r"\b(?:append|render|embed|show|display|output|insert|add|include|put|place|fetch"
        r"|load) "
        r"(?:\w+ ){0,4}?(?:markdown|image from|picture from|image at|link|url"
        r"|image)\b[^.?!\n]{0,60}"
        rf"(?:{REPLY}|https?://|markdown)",
    ),
    Signal(
        "decode", 1.0, "asks to decode and follow hidden text",
        ("decod", "base64", "base 64", "rot13", "decipher", "decrypt", "hex"),
        r"\b(?:decode|decipher|decrypt|un-?base64|unscramble)\b[^\n]{0,60}?\b(?:and|then|to) "
        r"(?:follow|obey|execute|do|run|act|carry|comply|treat|reply|answer|say)\w*"
        r"|\b(?:decode|decipher|decrypt)\b[^\n]{0,80}\s[a-z0-9+/]{24,}={0,2}"
        r"|\b(?:base ?-?64|rot13|hex)\b[^\n]{0,60}?\s[a-z0-9+/]{32,}={0,2}",
    ),
    Signal(
        "execute", 0.7, "asks to run something",
        ("execute", "tool", "shell", "sql", "function call"),
        r"\b(?:execute|run|call|invoke|use) (?:\w+ ){0,3}?(?:following (?:code|command|script"
        r"|query"
        r"|tool)|tool (?:call|named)|\w+_\w+ tool|shell command|rm -rf)\b|\brm -rf\b|\bdrop"
        r" table\b",
    ),
    Signal(
        "attack_talk", 0.6, "speaks of prompts as an attacker does",
        ("prompt", "override", "authori", "security test", "hacked", "pwned"),
        r"\bprompt (?:injection|override)\b|\b(?:system|admin(?:istrator)?|security|priority|"
        r"emergency) override\b|\bhighest priority\b|\b(?:i have been|you have been|been) "
        r"(?:pwned|hacked)\b|\boverrides? (?:all|any|every)\b",
    ),
    # --- the same in other languages (folded: no accents)
    Signal(
        "override_abroad", 1.0, "asks to set other instructions aside",
        ("anweis", "befehl", "vorgab", "regel", "instru", "consigne", "directiv",
         "regle", "indic",
         "orden", "istruz", "orient", "regra", "opdracht", "aanwijz", "инструк",
         "указан", "правил",
         "polece", "zasad", "talimat", "指", "提示", "规则", "說明", "说明", "命令",
         "anvisning"),
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
        r"(?:指令|指示|说明|說明|提示|规则|命令)|(?:指示|命令|指令|プロンプト)[^。\n]{0,8}(?:無視"
        r"|忘れ)"
        r"|(?:talimat\w*)[^.\n]{0,30}(?:yok say|unut|gormezden)",
        opens="paragraph",
    ),
    Signal(
        "reply_abroad", 1.0, "dictates the reply",
        ("antwort", "repond", "respond", "rispond", "antwoord", "ответ",
         "odpowied", "回答", "回复",
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
