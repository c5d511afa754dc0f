"""How much memory this process may still take: the machine's, or its container's if less."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Bytes of main memory; swap is not counted, a model in swap is of no use."""

    free_bytes: int
    total_bytes: int


def memory_now(
    *, cgroups: Path = Path("/sys/fs/cgroup"), process: Path = Path("/proc/self")
) -> Memory:
    """The memory there is now."""
    import psutil

    machine = psutil.virtual_memory()
    free, total = machine.available, machine.total
    for group in _groups(cgroups, process):
        limit = _number(group / "memory.max") or _number(group / "memory.limit_in_bytes")
        used = _number(group / "memory.current") or _number(group / "memory.usage_in_bytes")
        if limit is None or used is None or limit >= machine.total:
            continue
        # Files that were read count as used but are given back when memory is short.
        free = min(free, max(0, limit - used + _inactive_files(group)))
        total = min(total, limit)
    return Memory(free_bytes=free, total_bytes=total)


def _groups(cgroups: Path, process: Path) -> list[Path]:
    """The control groups that hold this process, innermost first; none outside Linux."""
    try:
        lines = (process / "cgroup").read_text().splitlines()
    except OSError:
        return []
    found: list[Path] = []
    for line in lines:
        _, controllers, name = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        base = cgroups / "memory" if controllers else cgroups
        inner = base / name.lstrip("/")
        found += [inner, *(parent for parent in inner.parents if parent.is_relative_to(base))]
    return found


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):  # not there, or "max": no limit
        return None


def _inactive_files(group: Path) -> int:
    try:
        for line in (group / "memory.stat").read_text().splitlines():
            name, _, value = line.partition(" ")
            if name in ("inactive_file", "total_inactive_file"):
                return int(value)
    except (OSError, ValueError):
        pass
    return 0
