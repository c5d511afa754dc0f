"""config.toml: what the owner chose. Everything has a default; no file is needed.

A key that means nothing is an error that names its line and the nearest right
key: a misspelt setting that is silently ignored costs an evening.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from dataclasses import dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from ingest.errors import LifeArchiveError


class SettingsWrong(LifeArchiveError):
    """config.toml cannot be used as it is."""

    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSettings:
    """`[models]`: which models answer and embed."""

    answer: str = "qwen2.5-coder-1.5b-instruct"
    """The language model: a name from `archive models list`."""

    embedder: str = "all-minilm-l6-v2"
    """The model that compares meanings. With another one everything is embedded again."""

    directory: str = ""
    """Where models are kept. Empty: the shared place, `$XDG_DATA_HOME/life-archive/models`."""

    context_tokens: int = 2048
    """How much the language model holds at once. More takes more memory."""

    threads: int = 0
    """0: one for each physical core."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSettings:
    """`[answer]`: how questions are answered."""

    evidence_tokens: int = 380
    """How much text the model is shown. Every 100 tokens cost about a second on two cores."""

    max_tokens: int = 120
    """How long an answer may become."""

    decline_below: float = 0.35
    """Below this the archive says that it does not know: how likely the answer is right, beside
    how likely it is that the archive does not tell."""

    confident_from: float = 0.9
    """From this confidence on an answer is called confident: so often it is right then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSettings:
    """`[sources]`: what is read."""

    ignore: tuple[str, ...] = ()
    """Globs like those of .gitignore. A file `.archiveignore` in a folder says more."""

    spam_and_bin: bool = False
    """Whether mail in spam and bin folders, or labelled so, is read too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorStoreSettings:
    """`[vector_store]`: where vectors are searched."""

    url: str = ""
    """A Chroma server, `http://host:port`. Vectors leave this machine for it, no text does.
    Empty: Chroma here, in the data directory."""

    token: str = ""
    """Sent along with every request to the server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppSettings:
    """`[app]`: the full-screen app."""

    keep_history: bool = True
    """Whether questions and answers are kept, in a file in the state directory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SummarySettings:
    """`[summaries]`: summaries of a correspondence."""

    nightly_minutes: int = 0
    """How long a sync that nobody watches goes on reading threads for summaries afterwards.
    0: not at all; `archive summarize --nightly` then takes an hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalSettings:
    """`[terminal]`: what the commands print on a terminal."""

    links: bool = True
    """Whether a click on a title opens its mail or file, where the terminal takes links."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncSettings:
    """`[sync]`: syncs that nobody watches."""

    digest: bool = False
    """Whether they say what came in, too, if something did: cron mails it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All of config.toml."""

    sources: SourceSettings = field(default_factory=SourceSettings)
    vector_store: VectorStoreSettings = field(default_factory=VectorStoreSettings)
    models: ModelSettings = field(default_factory=ModelSettings)
    answer: AnswerSettings = field(default_factory=AnswerSettings)
    sync: SyncSettings = field(default_factory=SyncSettings)
    summaries: SummarySettings = field(default_factory=SummarySettings)
    app: AppSettings = field(default_factory=AppSettings)
    terminal: TerminalSettings = field(default_factory=TerminalSettings)
    keys: dict[str, str] = field(default_factory=dict)
    """`[keys]`: keys of the app by the name of what they do, `"search" = "ctrl+k"`."""

    @property
    def threads(self) -> int:
        """How many threads the models may use."""
        return self.models.threads or physical_cores()


def load(path: Path) -> Settings:
    """The settings in `path`; all defaults if it is not there. Raises SettingsWrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsWrong(
            f"{path} cannot be read: {error}.", remedy="Mend or remove it."
        ) from error
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsWrong(f"{path} is no TOML: {error}.", remedy="Mend that line.") from error
    filled: Settings = _fill(Settings(), table, text, path, section="")
    return filled


def _fill(defaults: Any, table: dict[str, Any], text: str, path: Path, section: str) -> Any:
    """`defaults` with what `table` sets put in; sections are filled the same way."""
    known = [item.name for item in fields(defaults)]
    values = {}
    for key, value in table.items():
        where = f"{path}, line {_line_of(text, section, key)}"
        if key not in known:
            inside = f" in [{section}]" if section else ""
            near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
            full = [f"[{section}] {name}" if section else f"[{name}]" for name in near or known]
            raise SettingsWrong(
                f"{where}: there is no setting '{key}'{inside}.",
                remedy=f"Did you mean {full[0]}?" if near else f"There are: {', '.join(full)}.",
            )
        default = getattr(defaults, key)
        if is_dataclass(default):
            if not isinstance(value, dict):
                raise SettingsWrong(f"{where}: '{key}' is a section.", remedy=f"Write [{key}].")
            values[key] = _fill(default, value, text, path, section=key)
            continue
        if isinstance(default, dict):
            values[key] = _texts(value, text, path, key)
            continue
        if isinstance(default, float) and type(value) is int:
            value = float(value)
        if isinstance(default, tuple) and isinstance(value, list):
            value = tuple(value) if all(isinstance(item, str) for item in value) else value
        if type(value) is not type(default):
            raise SettingsWrong(
                f"{where}: '{key}' has to be a {_NAMES[type(default)]}, not {value!r}.",
                remedy=f"The default is {_shown(default)}.",
            )
        values[key] = value
    return replace(defaults, **values)


def _texts(value: object, text: str, path: Path, section: str) -> dict[str, str]:
    """A section whose names are free and whose values are texts."""
    if not isinstance(value, dict):
        line = _line_of(text, "", section)
        raise SettingsWrong(
            f"{path}, line {line}: '{section}' is a section.", remedy=f"Write [{section}]."
        )
    for name, one in value.items():
        if not isinstance(one, str):
            raise SettingsWrong(
                f"{path}, line {_line_of(text, section, name)}: '{name}' has to be a text in"
                f" quotes, not {one!r}.",
                remedy='A name with a dot stands in quotes too: "search.sort" = "ctrl+s".',
            )
    return dict(value)


_NAMES: dict[type, str] = {
    str: "text in quotes",
    int: "whole number",
    float: "number",
    bool: "true or false",
    tuple: "list of texts in quotes",
}


def _shown(value: object) -> str:
    """A value as it is written in TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(list(value)) if isinstance(value, tuple) else repr(value)


def _line_of(text: str, section: str, key: str) -> int:
    """The line that sets `key` in `[section]`; tomllib does not say."""
    inside = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*\[\s*([\w.\-]+)\s*\]", line):
            inside = header[1]
            if section == "" and inside.split(".")[0] == key:
                return number
        elif re.match(rf"\s*['\"]?{re.escape(key)}['\"]?\s*[=.]", line) and inside == section:
            return number
    return 1


def set_value(path: Path, section: str, key: str, value: str) -> None:
    """Set one text value in config.toml and leave every other line as it is."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    quoted = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    new = f"{key} = {quoted}"
    inside, end = "", None
    for place, line in enumerate(lines):
        if header := re.match(r"\s*\[\s*([\w.\-]+)\s*\]", line):
            inside = header[1]
            if inside == section:
                end = place + 1
        elif inside == section and re.match(rf"\s*{re.escape(key)}\s*=", line):
            lines[place] = new
            break
    else:
        if end is None:
            lines += ([""] if lines else []) + [f"[{section}]", new]
        else:
            lines.insert(end, new)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_suffix(".new")
    temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
    temporary.chmod(0o600)
    temporary.replace(path)


def physical_cores() -> int:
    """Cores, not hyper-threads: llama.cpp gets slower beyond them."""
    cores = (
        len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count() or 1
    )
    try:
        import psutil

        return max(1, min(cores, psutil.cpu_count(logical=False) or cores))
    except ImportError:
        return max(1, cores)
