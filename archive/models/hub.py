"""Models on the Hugging Face hub, or on the server that HF_ENDPOINT names.

Three plain requests do it: what a repository holds, with sizes and digests; a
file; the rest of a file. huggingface_hub 2 is not used for this: it fetches into
a file of its own for each process and deletes it on failure, so that a killed
pull starts again, and it honours HF_HUB_OFFLINE, which this program sets.

Only weights and settings are fetched, never a pickle, never code. Each file is
checked against the digest the hub gives for the commit it is fetched from.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from archive.models.errors import PullFailed, UnknownModel
from archive.models.foreign import describe, embedder_files
from archive.models.registry import ModelFile
from archive.models.stage import Plan, Stage

if TYPE_CHECKING:
    import httpx

_SPEC = re.compile(r"hf:(?P<repo>[\w.-]+/[\w.-]+)(?:/(?P<file>[^@]+\.gguf))?")
_TIMEOUT_S = 30
_ATTEMPTS = 5
"""Tries in a row that bring no byte."""

_PAUSE_S = 1.0
_PROGRESS_BYTES = 4 << 20


def hub_plan(spec: str) -> Plan:
    """How to fetch `hf:OWNER/REPO` or `hf:OWNER/REPO/FILE.gguf`."""
    match = _SPEC.fullmatch(spec)
    if match is None or ".." in spec:
        raise UnknownModel(
            f"{spec} names nothing on the hub.",
            remedy="An embedder is hf:OWNER/REPO, a language model hf:OWNER/REPO/FILE.gguf.",
        )
    repo, wanted = match["repo"], match["file"]
    listing = _listing(repo)
    held = {str(entry["rfilename"]): entry for entry in listing["siblings"]}
    if wanted is None:
        names = embedder_files(spec, held)
    elif wanted in held:
        names = [wanted]
    else:
        ggufs = ", ".join(sorted(name for name in held if name.endswith(".gguf"))[:8])
        raise UnknownModel(
            f"{repo} has no file {wanted}.",
            remedy=f"It has {ggufs}." if ggufs else "It has no .gguf file.",
        )
    files = tuple(_file(repo, held[name]) for name in names)
    owner, _, title = repo.partition("/")
    commit = str(listing["sha"])
    info = describe(
        title if wanted is None else wanted.rpartition("/")[2].removesuffix(".gguf"),
        "embedder" if wanted is None else "llm",
        files,
        origin=f"{spec}@{commit}",
        whose=owner,
        licence=str((listing.get("cardData") or {}).get("license") or "unknown"),
    )

    def fetch(stage: Stage) -> None:
        with _client() as client:
            for file in files:
                url = f"{_endpoint()}/{repo}/resolve/{commit}/{quote(file.path)}"
                _fetch(client, url, file, stage)

    return Plan(info=info, files=files, fetch=fetch)


def _endpoint() -> str:
    return os.environ.get("HF_ENDPOINT", "").rstrip("/") or "https://huggingface.co"


@contextmanager
def _client() -> Iterator[httpx.Client]:
    import httpx

    token = os.environ.get("HF_TOKEN")
    # httpx drops the token where the hub sends on to another host. Compression would make
    # offsets meaningless.
    headers = {"Accept-Encoding": "identity", "User-Agent": "life-archive"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    with httpx.Client(timeout=_TIMEOUT_S, follow_redirects=True, headers=headers) as client:
        yield client


def _listing(repo: str) -> dict[str, Any]:
    """What the hub says about a repository: its commit and its files."""
    import httpx

    try:
        with _client() as client:
            answer = client.get(f"{_endpoint()}/api/models/{repo}", params={"blobs": "true"})
            _require_success(answer, repo)
            listing: dict[str, Any] = answer.json()
            if (
                not re.fullmatch(r"[0-9a-f]{40}", str(listing["sha"]))
                or not listing["siblings"]
            ):
                raise ValueError(repo)
            return listing
    except httpx.HTTPError as error:
        raise PullFailed(
            f"{_endpoint()} cannot be reached: {error}.",
            remedy="Check the connection, and HF_ENDPOINT if it is set.",
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise PullFailed(
            f"{_endpoint()} does not answer as a hub does.", remedy="Check HF_ENDPOINT."
        ) from error


def _file(repo: str, entry: dict[str, Any]) -> ModelFile:
    """A file as the listing describes it, with one digest to check it by."""
    large = entry.get("lfs") or {}
    sha256, git_blob = str(large.get("sha256", "")), str(entry.get("blobId", ""))
    if not re.fullmatch(r"[0-9a-f]{64}", sha256):
        sha256 = ""
        if large or not re.fullmatch(r"[0-9a-f]{40}", git_blob):
            raise PullFailed(
                f"The hub gives no digest for {entry['rfilename']} of {repo}.",
                remedy="A file that cannot be checked is not fetched.",
            )
    return ModelFile(
        path=str(entry["rfilename"]),
        size_bytes=int(large.get("size") or entry["size"]),
        sha256=sha256,
        git_blob="" if sha256 else git_blob,
    )


def _fetch(client: httpx.Client, url: str, file: ModelFile, stage: Stage) -> None:
    """Complete one file, going on after each broken connection."""
    import httpx

    failures = 0
    while (start := stage.length(file.path)) != file.size_bytes or not start:
        stage.progress(file.path)
        try:
            _fetch_rest(client, url, file, start, stage)
        except httpx.TransportError as error:
            failures = 0 if stage.length(file.path) > start else failures + 1
            if failures >= _ATTEMPTS:
                raise PullFailed(f"{file.path} stopped arriving: {error}.") from error
            time.sleep(_PAUSE_S)
        else:
            return


def _fetch_rest(
    client: httpx.Client, url: str, file: ModelFile, start: int, stage: Stage
) -> None:
    if start > file.size_bytes:
        start = 0
    headers = {"Range": f"bytes={start}-"} if start else {}
    with client.stream("GET", url, headers=headers) as answer:
        _require_success(answer, file.path)
        if answer.status_code != 206:  # the server sends the whole file
            start = 0
        left, told = file.size_bytes - start, file.size_bytes - start
        with stage.append(file.path, start) as target:
            for block in answer.iter_bytes():  # as it comes: a break loses nothing
                left -= len(block)
                if left < 0:
                    raise PullFailed(f"{file.path} is longer than the hub says.")
                target.write(block)
                if told - left >= _PROGRESS_BYTES:
                    told = left
                    target.flush()
                    stage.progress(file.path)
    if left:
        raise PullFailed(f"{file.path} ended {left} bytes early.")


def _require_success(answer: httpx.Response, what: str) -> None:
    if answer.is_success:
        return
    remedy = ""
    if answer.status_code in (401, 403):
        remedy = "It may be misspelt, or its owner asks for an account: accept its terms on "
        remedy += "the hub and set HF_TOKEN."
    elif answer.status_code == 404:
        remedy = "Check its name."
    raise PullFailed(f"The hub refused {what}: HTTP {answer.status_code}.", remedy=remedy)
