"""What is left out on purpose: the owner's globs, and spam and bin folders.

Globs are those of .gitignore, in the settings for all sources or in a file named
`.archiveignore` for the folder it lies in and those below.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

FILE_NAME: Final = ".archiveignore"
IGNORED: Final = "ignored by your rules"
SPAM: Final = "in a spam or bin folder"

# What mail programs call them, in lower case, in the languages they are sold in.
_SPAM_AND_BIN: Final = frozenset(
    (
        "spam", "junk", "junk e-mail", "junk email", "junk mail", "bulk mail", "trash",
        "bin", "deleted", "deleted items", "deleted messages", "deleted objects",
        "papierkorb", "gelöschte elemente", "gelöschte objekte", "gelöscht", "unerwünscht",
        "junk-e-mail", "spamverdacht", "corbeille", "éléments supprimés", "messages supprimés",
        "courrier indésirable", "indésirables", "pourriel", "papelera",
        "elementos eliminados", "correo no deseado", "cestino", "posta indesiderata",
        "posta eliminata", "elementi eliminati", "prullenbak", "verwijderde items",
        "ongewenste e-mail", "ongewenste reclame", "lixeira", "lixo", "itens excluídos",
        "lixo eletrônico", "kosz", "wiadomości-śmieci", "elementy usunięte", "slettet post",
        "slettede elementer", "skräppost", "papperskorg", "borttaget", "søppelpost",
        "roskaposti", "roskakori", "корзина", "спам", "удаленные", "удалённые",
        "нежелательная почта", "ゴミ箱", "迷惑メール", "削除済みアイテム",
        "垃圾邮件", "已删除邮件",
        "垃圾桶", "스팸함", "휴지통", "çöp kutusu", "istenmeyen",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a walk leaves out."""

    globs: tuple[str, ...] = ()
    spam_and_bin: bool = False
    """True: spam and deleted mail is read like any other."""


def is_spam_or_bin(names: Iterable[str]) -> bool:
    """Whether a folder's or label's name is one of spam or of deleted mail.

    A Maildir's subfolder `.INBOX.Trash` and a label `[Gmail]/Spam` are looked at by
    their last piece.
    """
    for name in names:
        lower = name.casefold().strip(" .")
        pieces = {lower, lower.rpartition("/")[2], lower.rpartition(".")[2]}
        if not pieces.isdisjoint(_SPAM_AND_BIN):
            return True
    return False


class Globs:
    """The globs that hold in one folder: its own and those of the folders above."""

    def __init__(self, layers: Sequence[tuple[Path, GitIgnoreSpec]] = ()) -> None:
        self._layers = tuple(layers)

    @classmethod
    def of(cls, root: Path, lines: Sequence[str]) -> Globs:
        """Those that hold for everything below `root`."""
        return cls().below(root, lines)

    def below(self, folder: Path, lines: Sequence[str]) -> Globs:
        """These, and `lines` for what is in `folder`."""
        if not lines:
            return self
        from pathspec import GitIgnoreSpec  # most folders have no such file

        return Globs((*self._layers, (folder, GitIgnoreSpec.from_lines(lines))))

    def ignore(self, path: Path, *, is_folder: bool) -> bool:
        """Whether they leave a file or folder out."""
        for folder, spec in self._layers:
            relative = PurePosixPath(path.relative_to(folder)).as_posix()
            if spec.match_file(relative + "/" if is_folder else relative):
                return True
        return False

    def __bool__(self) -> bool:
        return bool(self._layers)
