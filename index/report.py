"""What became of everything below each added path, as of now: the honest report."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from index.catalog import Catalog
from index.stored import Source

# A value in a remark: what is in quotes, and numbers.
_VALUE = re.compile(r"'[^']*'|\"[^\"]*\"|\b\d[\d.,:]*\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReport:
    """What became of everything below one added path, as of now."""

    path: str
    documents: Mapping[str, int]
    """By kind, copies included."""
    copies: int
    """Documents that say what another one says."""
    attachments: int
    """Documents that came with another one."""
    threads: int
    """Conversations that its mail belongs to."""
    quoted_chars: int
    """Marked as taken over from an earlier message."""
    set_aside_chars: int
    """Of those: not searched, because the earlier message is."""
    remarks: Mapping[str, int]
    """What was guessed or left out, by kind; values in it are replaced by `…`."""
    failures: Mapping[str, int]
    skipped: Mapping[str, int]
    """Both by reason."""


def reports(catalog: Catalog) -> list[SourceReport]:
    """What became of each source, in the order of adding. Reads every remark."""
    return [_report(catalog, source) for source in catalog.sources()]


def _report(catalog: Catalog, source: Source) -> SourceReport:
    connection = catalog.connection

    def counted(query: str) -> dict[str, int]:
        rows = connection.execute(query, (source.id,))
        return {row[0]: row[1] for row in rows}

    of_source = "document d JOIN file f ON f.id=d.file_id WHERE f.source_id=?"
    row = connection.execute(
        f"SELECT count(d.duplicate_of), count(d.within_id), count(DISTINCT d.thread)"
        f" FROM {of_source}",
        (source.id,),
    ).fetchone()
    quoted = aside = 0
    remarks: Counter[str] = Counter()
    for parts, spans, said in connection.execute(
        f"SELECT d.parts, d.set_aside, d.remarks FROM {of_source}"
        " AND (d.parts<>'[]' OR d.remarks<>'[]')",
        (source.id,),
    ):
        quoted += sum(end - start for kind, start, end in json.loads(parts) if kind == "quote")
        aside += sum(end - start for start, end in json.loads(spans))
        remarks.update(_VALUE.sub("…", remark) for remark in json.loads(said))
    by_reason = (
        "SELECT reason, count(*) FROM {} WHERE source_id=? GROUP BY 1 ORDER BY 2 DESC, 1"
    )
    return SourceReport(
        path=source.path,
        documents=counted(f"SELECT d.kind, count(*) FROM {of_source} GROUP BY 1 ORDER BY 1"),
        copies=row[0],
        attachments=row[1],
        threads=row[2],
        quoted_chars=quoted,
        set_aside_chars=aside,
        remarks=dict(remarks.most_common()),
        failures=counted(by_reason.format("failure")),
        skipped=counted(by_reason.format("skipped")),
    )
