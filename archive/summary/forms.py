"""The JSON form of a summary (`docs/schema/summarize.json`)."""

from __future__ import annotations

from typing import Any

from archive.forms import SCHEMA, citation
from archive.summary.made import Coverage, Line, Summary


def summary(item: Summary) -> dict[str, Any]:
    """What `archive summarize --json` prints."""
    return {
        "schema": SCHEMA,
        "form": item.shape.value,
        "length": item.length.value,
        "asked": item.asked,
        "text": item.text,
        "sections": [
            {"heading": one.heading, "lines": [line(each) for each in one.lines]}
            for one in item.sections
        ],
        "citations": [citation(one) for one in item.citations],
        "coverage": coverage(item.coverage),
        "flagged": list(item.flagged),
        "themes": list(item.themes),
        "remarks": list(item.remarks),
        "model": item.model,
        "stopped": item.stopped,
        "seconds": round(item.seconds, 1),
        "tokens_read": item.tokens_read,
        "tokens_written": item.tokens_written,
    }


def line(item: Line) -> dict[str, Any]:
    """One sentence; `cites` are numbers of citations."""
    return {
        "text": item.text,
        "quoted": item.quoted,
        "cites": list(item.cites),
        "date": item.date and item.date.isoformat(),
    }


def coverage(item: Coverage) -> dict[str, Any]:
    """How much of what matches was read."""
    return {
        "messages": item.messages,
        "read": item.read,
        "by_model": item.by_model,
        "by_code": item.by_code,
        "threads": item.threads,
        "threads_read": item.threads_read,
        "left_out": item.left_out,
        "first": item.first and item.first.isoformat(),
        "last": item.last and item.last.isoformat(),
        "told": item.told(),
    }
