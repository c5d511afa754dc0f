"""Names as people and programs write them, made comparable. Pure, some 20 µs each.

"Allen, Phillip K.", "Phillip K Allen/HOU/ECT@ECT" and "phillip k. allen (E-mail)" have the
same words; what is left out is decoration, accents and case.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Final

_BRACKETS: Final = re.compile(r"<[^>]*>?|\[[^\]]*\]?|\([^)]*\)?")
_INSIDE: Final = re.compile(r"<([^<>\s]+@[^<>\s]+)>")
_OFFICE: Final = re.compile(r"/[A-Z][A-Z0-9_ -]*(?:[/@].*)?$")
"""Where Lotus Notes puts the department: `Anna Berg/HAM/SALES@FIRM`."""
_HOST: Final = re.compile(r"@[\w.-]*$")
_BEHALF: Final = re.compile(r"\s+(?:via|on behalf of|im Auftrag von)\s.*$", re.IGNORECASE)
_SPELLED: Final = re.compile(r"[^\W\d_]+(?:[._][^\W\d_]+)+")
_WORD: Final = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_NUMBERED: Final = re.compile(r"(?<=\s)\S*\d\S*")
"""A room or a year after the name."""
_APOSTROPHES: Final = re.compile(r"['’‘`´\"“”]")
_SPACE: Final = re.compile(r"\s+")
_DOTS: Final = re.compile(r"[._]")
_CUTS: Final = re.compile(r"[._+\-=\d]+")
_SITE: Final = re.compile(r"\.(?:com|org|net|edu|gov|de|co\.uk|fr|io)\b", re.IGNORECASE)
_LIST_HOSTS: Final = re.compile(
    r"^(?:lists?|groups|listserv|mailman)\.|^(?:yahoo|google)groups\."
)

_TITLES: Final = frozenset("mr mrs ms miss dr prof sir herr frau mme rev".split())
_SUFFIXES: Final = frozenset("jr sr ii iii iv".split())
_DEGREES: Final = frozenset("phd md esq mba cpa dds".split())
_NO_NAMES: Final = frozenset(
    "e-mail email mail unknown undisclosed recipients me you mailto business home fax".split()
)
_THINGS: Final = frozenset(
    """
    account accounts admin administration administrator agency airlines alert alerts all
    announcement announcements announce association bank billing board bulletin center centre
    chairman club committee communications community company corp corporation council customer
    daemon department desk digest direct distribution division editor events everyone
    foundation gmbh group groups help helpdesk hotline inc info information institute list
    lists llc ltd mailer mailing management marketing members membership network news
    newsletter notification notifications office offers online operations orders payroll
    postmaster press program programs project promotions recipient recipients registration
    relations reminder report reports reservations resources sales school security service
    services society solutions staff store studio subscriptions support survey system systems
    team technologies technology university update updates users webmaster weekly
    """.split()
)
"""A name with one of these words is not a person's."""
_MACHINES: Final = frozenset(
    """
    noreply donotreply mailerdaemon postmaster daemon root bounce bounces notification
    notifications notify alert alerts newsletter newsletters news listserv majordomo
    subscribe unsubscribe autoreply automailer undisclosedrecipients announce announcements
    dl list lists webmaster hostmaster abuse noaddress customerservice memberservices
    customercare helpdesk
    """.split()
)
_DESKS: Final = frozenset(
    """
    info support sales help admin administrator service services contact office team hr
    jobs career careers billing order orders account accounts mail email hello post feedback
    enquiries inquiries marketing members press reservations registration reception kontakt
    buero all everyone staff webmail
    """.split()
)
"""Addresses of a firm; but whoever has a firm alone puts a name of their own to it."""
_LIST_ENDS: Final = frozenset(
    "list lists announce request owner bounces users devel dev".split()
)

_ALIKE: Final = """
abigail abby gail;albert al bert;alexander alex sasha sandy;alexandra alex sandra sasha;
alfred al fred;andrew andy drew;anthony tony;arthur art;barbara barb barbie;
benjamin ben benny;bernard bernie;bradley brad;caroline carrie carol;carolyn carrie carol;
catherine cathy kate katie cat kathy katherine;charles charlie chuck chas;
christine chris chrissy tina;christina chris tina chrissy;christopher chris kit;
clifford cliff;cynthia cindy;daniel dan danny;david dave davey;deborah deb debbie;
debra deb debbie;dennis denny;donald don donnie;dorothy dot dottie;douglas doug;
edward ed eddie ted ned;edwin ed eddie;eleanor ellie nora;
elizabeth liz beth lizzie betty eliza betsy libby lisa;emily em;eugene gene;frances fran;
francis frank fran;franklin frank;frederick fred freddy;gabriel gabe;geoffrey geoff jeff;
george georgie;gerald gerry jerry;gregory greg;gwendolyn gwen;harold hal harry;
henry hank harry;isabel bella izzy;jacob jake;jacqueline jackie;james jim jimmy jamie;
janet jan;jeffery jeff jeffrey;jeffrey jeff geoff;jennifer jen jenny;jessica jess jessie;
johannes hans jo;john jack johnny jon;jonathan jon jonny;joseph joe joey;joshua josh;
joyce joy;judith judy;katharina kathi kate;katherine kate katie kathy kat kay;
kathleen kathy kate;kathryn kate kathy katie katherine;kenneth ken kenny;kimberly kim;
kristin kris;laurence larry;lawrence larry;leonard leo len lenny;louis lou;lucille lucy;
madeline maddie;margaret maggie meg peggy marge greta;maria mia;martin marty;matthew matt;
maximilian max;melissa mel missy;michael mike mick mickey micha;michelle shelly;
mitchell mitch;nancy nan;natalie nat;nathan nate;nathaniel nate nat;nicholas nick nicky;
nicole nicky;pamela pam;patricia pat patty trish;patrick pat paddy;peter pete;
philip phil phillip;phillip phil;raymond ray;rebecca becky becca;
richard rick dick rich ricky;robert bob rob bobby robbie bert;roberta bobbie;rodney rod;
ronald ron ronnie;russell russ;samantha sam;samuel sam sammy;sandra sandy;
sebastian seb basti;sharon shari;stanley stan;stephanie steph steffi;stephen steve steven;
steven steve;susan sue susie suzy;suzanne sue suzy;sylvester sly;tamara tammy;
teresa terry tess theresa;theresa terry tess;theodore ted teddy theo;thomas tom tommy;
timothy tim timmy;valerie val;veronica ronnie;victor vic;victoria vicky tori;
vincent vince vinny;virginia ginny;walter walt wally;wilhelm willi;
william bill will billy willy liam;zachary zach zack
"""
"""First names, each with its other forms."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name's words in lower case, first name first."""

    words: tuple[str, ...] = ()
    suffix: str = ""
    """`jr`, `sr`, `ii` … if it has one."""
    thing: bool = False
    """It names a firm, a list or a programme."""

    @property
    def full(self) -> bool:
        """First and last name are both there, and written out."""
        words = self.words
        return (
            not self.thing and 2 <= len(words) <= 5 and len(words[0]) > 1 and len(words[-1]) > 1
        )

    @property
    def ends(self) -> tuple[str, str]:
        """First and last name."""
        return self.words[0], self.words[-1]

    def agrees(self, other: Name) -> bool:
        """Nothing between first and last name, and no suffix, tells the two apart."""
        if self.suffix and other.suffix and self.suffix != other.suffix:
            return False
        pairs = zip(self.words[1:-1], other.words[1:-1], strict=False)
        return all(a.startswith(b) or b.startswith(a) for a, b in pairs)


def plain(text: str) -> str:
    """A name without decoration, first name first, in its own case."""
    text = _BEHALF.sub("", _BRACKETS.sub(" ", text)).strip(" \t'\"“”")
    text = _OFFICE.sub("", text)
    if "@" in text:
        if " " not in text and not text.endswith("@"):
            return ""  # it is an address
        text = _HOST.sub("", text)
    if _SPELLED.fullmatch(text) and not _SITE.search(text):
        text = _DOTS.sub(" ", text).title()
    pieces = [piece for piece in map(str.strip, text.split(",")) if piece]
    extra = [piece for piece in pieces[1:] if _bare(piece) in _SUFFIXES | _DEGREES]
    pieces = [piece for piece in pieces if piece not in extra]
    if len(pieces) == 2 and all(len(piece.split()) <= 3 for piece in pieces):
        pieces.reverse()
    pieces += [piece for piece in extra if _bare(piece) in _SUFFIXES]
    return _SPACE.sub(" ", " ".join(pieces)).strip()


def parse(text: str) -> Name:
    """A name as it is compared. No words: it says nothing."""
    name = plain(text)
    if not name:
        return Name()
    folded = _APOSTROPHES.sub("", fold(name))
    found = _WORD.findall(_NUMBERED.sub(" ", folded))
    suffix = next((word for word in found[1:] if word in _SUFFIXES), "")
    words = [word for word in found if word not in _SUFFIXES and word not in _DEGREES]
    while len(words) > 1 and words[0] in _TITLES:
        del words[0]
    if len(words) == 1 and words[0] in _NO_NAMES:
        return Name()
    thing = (
        not _THINGS.isdisjoint(words)
        or (bool(words) and " " in name and name[0].isdigit())
        or _SITE.search(name) is not None
        or "&" in name
        or "and" in words[1:]
    )
    return Name(tuple(words), suffix, thing)


def of_address(address: str) -> Name:
    """The name that an address spells, as `anna.berg@…` does; else no words."""
    local = address.partition("@")[0]
    if not _SPELLED.fullmatch(local):
        return Name()
    found = parse(local)
    return found if found.full else Name()


def is_machine(address: str, name: Name) -> bool:
    """Whether an address is a list's, a machine's, or that of a desk with no person's name."""
    local, _, host = address.partition("@")
    if not host:
        return name.thing
    words = [word for word in _CUTS.split(local) if word]
    joined = "".join(words[:3])
    if joined in _MACHINES or (words and words[0] in _MACHINES) or _LIST_HOSTS.search(host):
        return True
    if len(words) > 1 and words[-1] in _LIST_ENDS:
        return True
    if joined.startswith(("noreply", "donotreply", "mailerdaemon")):
        return True
    if name.full:
        return False
    return name.thing or joined in _DESKS or bool(words and words[0] in _DESKS)


def fold(text: str) -> str:
    """Without case and accents."""
    if text.isascii():
        return text.lower()
    spread = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in spread if not unicodedata.combining(c))


def key(text: str) -> str:
    """What a rule of the owner's calls an address or a name."""
    inside = _INSIDE.search(text)
    if inside:
        return inside[1].lower()
    if "@" in text and " " not in text.strip():
        return text.strip().lower()
    return " ".join(parse(text).words) or fold(text).strip()


def nicknames(word: str) -> frozenset[str]:
    """Other forms of a first name: `bob` for `robert` and the other way round."""
    return _nicknames().get(word, frozenset())


@cache
def _nicknames() -> dict[str, frozenset[str]]:
    near: dict[str, set[str]] = {}
    for line in _ALIKE.replace("\n", " ").split(";"):
        formal, *others = line.split()
        for word in others:
            near.setdefault(formal, set()).add(word)
            near.setdefault(word, set()).add(formal)
    return {word: frozenset(others) for word, others in near.items()}


def _bare(text: str) -> str:
    return text.strip(". ").casefold().replace(".", "")
