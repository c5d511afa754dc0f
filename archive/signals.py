"""What an instruction to a model looks like: named signals, each with a weight and a reason."""

from __future__ import annotations

from archive.signal_parts import THRESHOLD, Signal
from archive.signals_marks import MARKS_IMITATED
from archive.signals_orders import ORDERS_TO_MODEL
from archive.signals_reply import REPLY_DICTATED

__all__ = ["SIGNALS", "THRESHOLD", "Signal"]

SIGNALS: tuple[Signal, ...] = ORDERS_TO_MODEL + REPLY_DICTATED + MARKS_IMITATED
