"""The copy of a catalog that is made before its schema is changed, beside it."""

from __future__ import annotations

import uuid
from contextlib import closing
from pathlib import Path
from typing import Final

from index.catalogfile import connect, copy_catalog, size
from index.disk import need_room, sync_directory
from index.migrations import STEPS

BEFORE_MIGRATION: Final = "catalog-schema-"

_MIGRATION_COPIES: Final = 2


def before_migration(catalog: Path) -> Path | None:
    """Copy a catalog of an older schema beside itself, once; where, or None.

    The newest two copies are kept. Raises NoRoom, OSError, sqlite3.Error: without a copy
    there is no migration.
    """
    if not catalog.is_file():
        return None
    with closing(connect(catalog)) as connection:
        (schema,) = connection.execute("PRAGMA user_version").fetchone()
    if not 0 < schema < len(STEPS):
        return None
    goal = catalog.with_name(f"{BEFORE_MIGRATION}{schema}.sqlite")
    if goal.exists():
        return goal
    need_room(catalog.parent, size(catalog))
    making = catalog.with_name(f"{BEFORE_MIGRATION}{uuid.uuid4().hex}.making")
    try:
        copy_catalog(catalog, making)
        making.replace(goal)
        sync_directory(goal.parent)
    finally:
        making.unlink(missing_ok=True)
    for stale in migration_copies(catalog.parent)[:-_MIGRATION_COPIES]:
        stale.unlink(missing_ok=True)
    return goal


def migration_copies(data: Path) -> list[Path]:
    """The copies that migrations left, oldest schema first."""
    found = {
        int(path.stem.removeprefix(BEFORE_MIGRATION)): path
        for path in data.glob(f"{BEFORE_MIGRATION}*.sqlite")
        if path.stem.removeprefix(BEFORE_MIGRATION).isdigit()
    }
    return [found[schema] for schema in sorted(found)]
