"""Reads an Outlook data file in a process of its own: `python -m ingest.mail.pff FILE`.

libpff is a library in C that reads damaged files by people unknown, so it may crash,
hang or take all memory; only this process is lost then. It writes one JSON line for
each item, and one before it, so that whoever reads them knows what it was at.
"""

from __future__ import annotations

import base64
import ctypes
import json
import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

ITEM_LIMIT_S: Final = 120
"""What one item may take; longer, and the process ends itself."""
_MEMORY_BYTES: Final = 6 << 30
_MOST_BYTES: Final = 64 << 20
_MOST_RECIPIENTS: Final = 5000
_DEEPEST_FOLDER: Final = 60
_DEEPEST_MESSAGE: Final = 8
_CONTENT: Final = 0x3701
_METHOD: Final = 0x3705
_BY_VALUE: Final = b"\x01"
_EMBEDDED: Final = b"\x05"
_ITEM_OF_STORE: Final = 0x35E0  # the entry that leads to the folders people see
_NAME_ENTRIES: Final = 3
_NAME_STRINGS: Final = 4
# Where a damaged file has nothing, pypff gives None.
_DAMAGE: Final = (OSError, MemoryError, ValueError, TypeError, AttributeError)
# Large, and of no use.
_UNREAD: Final = frozenset((0x3702, 0x3709, 0x6619))


def main(path: str, skipped: int, shallow: int) -> None:
    """Write the items of a file, without the first `skipped`.

    Of the item number `shallow` the messages attached to it are left out.
    """
    try:
        import pypff  # type: ignore[import-not-found]
    except ImportError:
        _write({"missing": "libpff-python"})
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    signal.alarm(ITEM_LIMIT_S)
    file = pypff.file()
    try:
        file.open(path)
        _write({"names": _names(file)})
        root = _visible_root(file)
    except _DAMAGE:
        _write({"unreadable": True})
        return
    for number, (folder, name, position) in enumerate(_items(root, [], 0)):
        if number < skipped:
            continue
        signal.alarm(ITEM_LIMIT_S)
        _write({"at": number, "folder": name})
        try:
            message = folder.get_sub_message(position)
            spare = _Spare(folder, position) if number != shallow else None
            _write({"item": _item(message, spare, 0), "id": message.identifier})
        except _DAMAGE:
            _write({"failed": True})
    signal.alarm(0)
    _write({"end": True})


def _write(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _visible_root(file: Any) -> Any:
    """The folder above all that people see; without it, search folders come along."""
    root = file.get_root_folder()
    try:
        entry = dict(_raw(file.get_message_store())).get(_ITEM_OF_STORE)
        wanted = int.from_bytes(entry[1][-4:], "little") if entry else 0
        for folder in root.sub_folders:
            if folder.identifier == wanted:
                return folder
    except _DAMAGE:
        pass
    return root


def _items(folder: Any, above: list[str], depth: int) -> Iterator[tuple[Any, list[str], int]]:
    """Where each item is: its folder, that one's path, its number in there."""
    if depth > _DEEPEST_FOLDER:
        return
    try:
        count = folder.number_of_sub_messages
    except _DAMAGE:
        count = 0
    for position in range(count):
        yield folder, above, position
    try:
        count = folder.number_of_sub_folders
    except _DAMAGE:
        count = 0
    for position in range(count):
        try:
            below = folder.get_sub_folder(position)
            name = str(below.name or "")
        except _DAMAGE:
            continue
        yield from _items(below, [*above, name], depth + 1)


class _Spare:
    """Lends the object through which an attached message is read.

    pypff has no way to such a message, the library that it is made of has one
    (`libpff_attachment_get_item`). It gives a pointer, which takes the place of that in
    another message's object for a while. When that goes wrong, the process is lost, and
    whoever started it asks again without (`shallow`).
    """

    def __init__(self, folder: Any, position: int) -> None:
        self._folder, self._position = folder, position

    @contextmanager
    def message_in(self, attachment: Any) -> Iterator[Any]:
        """The message that is attached; None if it cannot be had."""
        import pypff

        item = ctypes.c_void_p()
        try:
            library = ctypes.CDLL(pypff.__file__)
            get, free = library.libpff_attachment_get_item, library.libpff_item_free
        except (OSError, AttributeError):  # built without these names
            yield None
            return
        if get(_place(attachment), ctypes.byref(item), None) != 1 or not item.value:
            yield None
            return
        holder = self._folder.get_sub_message(self._position)
        place = _place(holder)
        own, place.value = place.value, item.value
        try:
            yield holder
        finally:
            place.value = own
            free(ctypes.byref(item), None)


def _place(python_object: Any) -> ctypes.c_void_p:
    """Where an object of pypff keeps its pointer: first, behind what all objects have."""
    return ctypes.c_void_p.from_address(id(python_object) + object.__basicsize__)


def _item(message: Any, spare: _Spare | None, depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {"p": _packed(message)}
    if not hasattr(message, "number_of_attachments"):  # libpff has no kind for it
        return {**found, "bare": True}
    recipients = getattr(message, "recipients", None)  # a task has none
    if recipients is not None:
        sets = range(min(recipients.number_of_record_sets, _MOST_RECIPIENTS))
        found["r"] = [_packed_set(recipients.get_record_set(number)) for number in sets]
    found["a"] = []
    try:
        count = message.number_of_attachments
    except OSError:
        found["damaged"] = True
        count = 0
    for number in range(count):
        try:
            found["a"].append(_attached(message.get_attachment(number), spare, depth))
        except OSError:
            found["damaged"] = True
    return found


def _attached(attachment: Any, spare: _Spare | None, depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {"p": _packed(attachment)}
    method = dict(_raw(attachment)).get(_METHOD, (0, b""))[1][:1]
    if method == _EMBEDDED and spare is not None and depth < _DEEPEST_MESSAGE:
        with spare.message_in(attachment) as message:
            if message is not None:
                found["i"] = _item(message, spare, depth + 1)
    elif method == _BY_VALUE:
        try:
            size = attachment.size
            if size <= _MOST_BYTES:
                found["d"] = _text(attachment.read_buffer(size) if size else b"")
        except OSError:
            pass  # its name is something, too
    return found


def _packed(item: Any) -> list[list[Any]]:
    return [[key, kind, _text(value)] for key, (kind, value) in _raw(item)]


def _packed_set(record_set: Any) -> list[list[Any]]:
    return [[key, kind, _text(value)] for key, (kind, value) in _raw_set(record_set)]


def _raw(item: Any) -> Iterator[tuple[int, tuple[int, bytes]]]:
    for number in range(min(item.number_of_record_sets, 1)):
        yield from _raw_set(item.get_record_set(number))


def _raw_set(record_set: Any) -> Iterator[tuple[int, tuple[int, bytes]]]:
    for number in range(record_set.number_of_entries):
        try:
            entry = record_set.get_entry(number)
            key, kind = entry.entry_type, entry.value_type
            if key is None or kind is None or key in _UNREAD:
                continue
            if key == _CONTENT:  # an attachment's content is read apart
                continue
            value = entry.data or b""
        except OSError:
            continue
        if len(value) <= _MOST_BYTES:
            yield key, (kind, value)


def _names(file: Any) -> list[str]:
    """The two streams that say what the numbers from 0x8000 on mean."""
    found = {_NAME_ENTRIES: b"", _NAME_STRINGS: b""}
    try:
        for key, (_, value) in _raw(file.get_name_to_id_map()):
            if key in found:
                found[key] = value
    except _DAMAGE:
        pass
    return [_text(found[key]) for key in (_NAME_ENTRIES, _NAME_STRINGS)]


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
