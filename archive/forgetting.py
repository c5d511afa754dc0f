"""Taking what left the archive out of all that is kept beside it.

Answers in the history, the owner's questions, the records of their evaluation and the
notes for summaries quote documents; what is no longer in the archive is no longer there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archive.paths import Paths
    from index.catalog import Catalog


def forget_quotes(paths: Paths, catalog: Catalog) -> None:
    """Take it out of the owner's questions and records, the history and the notes."""
    from archive.testset import forget_gone

    for path in (paths.questions, paths.question_drafts):
        forget_gone(path, _is_there(catalog))
    forget_answers(paths, catalog)
    # Records hold whole passages, and are made again by the next `archive eval`.
    for records in paths.evaluations.glob("*.jsonl"):
        records.unlink(missing_ok=True)
    forget_notes(paths, catalog)


def forget_answers(paths: Paths, catalog: Catalog) -> None:
    """Take answers that quote it out of the history."""
    from archive import history

    history.forget_gone(paths.history, _is_there(catalog))


def forget_notes(paths: Paths, catalog: Catalog) -> None:
    """Take it out of what was noted for summaries."""
    from archive.summary.cache import forget_gone

    forget_gone(paths.summaries, catalog.connection)


def _is_there(catalog: Catalog) -> Callable[[str], bool]:
    return lambda name: catalog.find_document(name) is not None
