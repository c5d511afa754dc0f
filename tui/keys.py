"""Which key does what, and what `[keys]` in config.toml changes about it.

A binding that can be given other keys has an id: `search`, or `library.add` for one that
works in one place only. A key that two things would share is not given; one line says so.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib import import_module

from textual.binding import Binding
from textual.dom import DOMNode
from textual.keys import Keys

_MODIFIERS = {"ctrl", "shift", "alt", "meta", "super", "hyper"}
_NAMED = {key.value for key in Keys} | {"minus", "plus", "slash", "question_mark", "comma"}
_CHARACTERS = {"?": "question_mark", "/": "slash", "-": "minus", "+": "plus", ",": "comma"}


def place(spec: str) -> type[DOMNode]:
    """The class that `module:Class` names; its module is imported now."""
    module, _, name = spec.partition(":")
    found: type[DOMNode] = getattr(import_module(module), name)
    return found


def bindings(where: type[DOMNode]) -> Iterator[Binding]:
    """The bindings that a place itself declares."""
    for binding in where.BINDINGS:
        if isinstance(binding, Binding):
            yield binding


def keys_of(binding: Binding, keymap: Mapping[str, str]) -> list[str]:
    """The keys a binding answers to, with what the owner changed."""
    keys = keymap.get(binding.id or "", binding.key)
    return [_plain(key) for key in keys.split(",")]


def checked(
    wanted: Mapping[str, str], places: Sequence[type[DOMNode]]
) -> tuple[dict[str, str], list[str]]:
    """What of `wanted` can be had, by id, and a line for each entry that cannot."""
    known = {one.id: (where, one) for where in places for one in bindings(where) if one.id}
    taken: dict[str, str] = {}
    refused: list[str] = []
    for name, keys in wanted.items():
        said = f"[keys] {name} = {keys!r}"
        if name not in known:
            near = difflib.get_close_matches(name, [str(one) for one in known], n=1)
            hint = f"did you mean {near[0]}?" if near else "`?` in the app lists the names."
            refused.append(f"{said}: there is no such name; {hint}")
            continue
        new = [_plain(key) for key in keys.split(",")]
        bad = next((key for key in new if not _is_key(key)), None)
        if bad is not None:
            refused.append(f"{said}: {bad or 'nothing'} is no key; write it like ctrl+k.")
            continue
        where, mine = known[name]
        other = _clash(new, where, mine, places, {**wanted, **taken})
        if other is not None:
            refused.append(f"{said}: that key is {other}; it is left as it was.")
            continue
        taken[name] = ",".join(new)
    return taken, refused


def rebind(bound: dict[str, list[Binding]], keymap: Mapping[str, str]) -> None:
    """Give bindings of the app itself other keys, in place.

    Textual's own keymap would leave a key such as ctrl+k to a line of text that edits with
    it; one that writes no character goes before what the focus does.
    """
    moved: dict[str, Binding] = {}
    for key, there in list(bound.items()):
        moved.update((one.id, one) for one in there if one.id and one.id in keymap)
        left = [one for one in there if one.id not in keymap]
        if left:
            bound[key] = left
        else:
            del bound[key]
    for name, one in moved.items():
        for key in keymap[name].split(","):
            first = one.priority or "ctrl+" in key or "alt+" in key or _is_function(key)
            new = replace(one, key=key, key_display=None, priority=first)
            bound[key] = [*bound.get(key, ()), new]


def _is_function(key: str) -> bool:
    return key[:1] == "f" and key[1:].isdigit()


def _clash(
    keys: Iterable[str],
    where: type[DOMNode],
    mine: Binding,
    places: Sequence[type[DOMNode]],
    keymap: Mapping[str, str],
) -> str | None:
    """What else would answer to one of these keys where this binding works."""
    everywhere = places[0]
    for other in places:
        if where is not everywhere and other not in (where, everywhere):
            continue
        for one in bindings(other):
            same = one is mine or (one.action.removeprefix("app.") == mine.action)
            if not same and set(keys) & set(keys_of(one, keymap)):
                title = other.BINDING_GROUP_TITLE or other.__name__
                return f"“{one.description or one.action}” already ({title})"
    return None


def _plain(key: str) -> str:
    key = key.strip()
    return _CHARACTERS.get(key, key)


def _is_key(key: str) -> bool:
    *modifiers, last = key.split("+")
    named = last in _NAMED or (len(last) == 1 and last.isprintable())
    return named and set(modifiers) <= _MODIFIERS
