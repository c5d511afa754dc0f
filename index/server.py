"""A Chroma server that a team shares, named by URL (`vector_store.url`).

Vectors leave this machine for that URL, those of chunks and those of questions; no text
does, neither a chunk's nor a question's. The collection `life-archive-NAME` is brought to
what the catalog holds, difference by difference, and its generation number is set last: a
reader that finds another one, or no server, answers exactly from the catalog's vectors.
A question costs two requests: one for the number, one for the search.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from index.chroma import SEARCHED
from index.soundness import Unsound
from ingest.errors import LifeArchiveError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_PREFIX = "life-archive-"
_HEARTBEAT_S = 2.0
_REQUEST_S = 60.0
_PER_REQUEST = 2000
_CHANGING = -1


class ServerAway(LifeArchiveError):
    """The Chroma server does not answer, or answers with an error."""


class ChromaServer:
    """One archive's collection on a server. Connects when it is first needed."""

    def __init__(self, url: str, *, name: str, token: str = "") -> None:
        """`url` is http(s)://host:port; `token`, if any, goes along with every request.

        Raises ValueError for a URL of another form.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url} is not of the form http://host:port")
        self.url = url
        self._host = parts.hostname
        self._ssl = parts.scheme == "https"
        self._port = parts.port or (443 if self._ssl else 80)
        self._headers = {"x-chroma-token": token} if token else {}
        self._name = _PREFIX + name
        self._client: Any = None

    def open(self, generation: int, embedder: str) -> ServerSearch:
        """The collection, if it holds just this generation. Raises Unsound."""
        try:
            with self._answering():
                found = self._collection()
                search = ServerSearch(self, found.metadata or {}, generation)
                search.compare(found, embedder)
                return search
        except ServerAway as error:
            raise Unsound(str(error), damaged=False) from error

    def bring(
        self,
        generation: int,
        ids: NDArray[np.int64],
        matrix: NDArray[np.float32],
        embedder: str,
    ) -> Iterator[int]:
        """Make the collection hold just these. Yields how many are in. Raises ServerAway."""
        wanted = {int(number): place for place, number in enumerate(ids)}
        with self._answering():
            client = self._connected()
            collection = self._prepared(embedder)
            held = _held(collection)
            for batch in _batches(sorted(held - wanted.keys()), self._batch(client)):
                collection.delete(ids=[str(number) for number in batch])
            new = sorted(wanted.keys() - held)
            done = len(wanted) - len(new)
            for batch in _batches(new, self._batch(client)):
                collection.upsert(
                    ids=[str(number) for number in batch],
                    embeddings=matrix[[wanted[number] for number in batch]],
                )
                done += len(batch)
                yield done
            if _held(collection) != wanted.keys():
                raise ServerAway(
                    f"The Chroma server at {self.url} does not hold what was written.",
                    remedy="See that no other program writes to it, then run: archive sync",
                )
            collection.modify(
                metadata=_said(generation, embedder, len(wanted), max(wanted, default=0))
            )

    def generation(self) -> int:
        """What the collection holds; -1 if there is none or it is being changed.

        Raises ServerAway.
        """
        with self._answering():
            names = [found.name for found in self._connected().list_collections()]
            if self._name not in names:
                return _CHANGING
            return int((self._collection().metadata or {}).get("generation", _CHANGING))

    def close(self) -> None:
        """Let go of the connection."""
        if self._client is not None:
            for session in _sessions(self._client):
                session.close()
            self._client.close()
            self._client = None

    def request(self, generation: int) -> Any:
        """The collection, for one search. Raises Unsound if it is of another generation."""
        try:
            with self._answering():
                found = self._collection()
        except ServerAway as error:
            raise Unsound(str(error), damaged=False) from error
        now = (found.metadata or {}).get("generation")
        if now != generation:
            reason = f"{self.url} is at generation {now}, the catalog at {generation}"
            raise Unsound(reason, damaged=False)
        return found

    def _prepared(self, embedder: str) -> Any:
        """The collection, marked as being changed; a new one for another embedder."""
        client = self._connected()
        names = [found.name for found in client.list_collections()]
        if self._name in names:
            found = self._collection()
            if (found.metadata or {}).get("embedder") == embedder:
                found.modify(metadata=_said(_CHANGING, embedder, 0, 0))
                return found
            client.delete_collection(self._name)
        return client.create_collection(
            self._name,
            embedding_function=None,
            metadata=_said(_CHANGING, embedder, 0, 0),
            configuration={"hnsw": {"space": "cosine", "ef_construction": 200, **SEARCHED}},
        )

    def _collection(self) -> Any:
        return self._connected().get_collection(self._name, embedding_function=None)

    def _batch(self, client: Any) -> int:
        return min(int(client.get_max_batch_size()), _PER_REQUEST)

    def _connected(self) -> Any:
        if self._client is None:
            import httpx

            # Chroma's own client waits for ever for a server that does not answer.
            base = f"{'https' if self._ssl else 'http'}://{self._host}:{self._port}"
            httpx.get(
                f"{base}/api/v2/heartbeat", headers=self._headers, timeout=_HEARTBEAT_S
            ).raise_for_status()
            self._client = _client(self._host, self._port, self._ssl, self._headers)
        return self._client

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except (LifeArchiveError, Unsound, GeneratorExit, KeyboardInterrupt):
            raise
        except Exception as error:  # Chroma's client turns what httpx raises into many kinds
            self.close()
            if _is_away(error):
                message = f"The Chroma server at {self.url} does not answer."
            else:
                message = f"The Chroma server at {self.url} cannot be used: {error}"
            raise ServerAway(
                message,
                remedy=f"Start it with: chroma run --host {self._host} --port {self._port}"
                " --path FOLDER, or remove vector_store.url from the settings.",
            ) from error


class ServerSearch:
    """One generation on a server."""

    def __init__(self, server: ChromaServer, said: dict[str, Any], generation: int) -> None:
        self._server = server
        self._generation = generation
        self._said = said

    @property
    def count(self) -> int:
        """How many vectors are in it."""
        return int(self._said["count"])

    @property
    def largest(self) -> int:
        """The largest chunk id that may be in it."""
        return int(self._said.get("largest", 0))

    def compare(self, collection: Any, embedder: str) -> None:
        """Raises Unsound unless it holds what it says, for this embedder and generation."""
        expected = _said(self._generation, embedder, collection.count(), self.largest)
        if self._said != expected:
            reason = f"{self._server.url} holds {self._said}, not {expected}"
            raise Unsound(reason, damaged=False)

    def nearest(self, vector: NDArray[np.float32], limit: int) -> list[tuple[int, float]]:
        """Chunk ids with their cosine, nearest first. Raises Unsound."""
        limit = min(limit, self.count)
        if not limit:
            return []
        collection = self._server.request(self._generation)
        try:
            found = collection.query(
                query_embeddings=[vector.tolist()], n_results=limit, include=["distances"]
            )
            return [
                (int(name), 1.0 - float(distance))
                for name, distance in zip(found["ids"][0], found["distances"][0], strict=True)
            ]
        except Exception as error:
            raise Unsound(f"{self._server.url}: {error}", damaged=False) from error

    def close(self) -> None:
        """Let go of the connection."""
        self._server.close()


def _is_away(error: BaseException) -> bool:
    """Whether there was no answer at all."""
    import httpx

    return isinstance(error, httpx.TransportError) or "Could not connect" in str(error)


def _said(generation: int, embedder: str, count: int, largest: int) -> dict[str, Any]:
    return {
        "generation": generation,
        "embedder": embedder,
        "count": count,
        "largest": largest,
    }


def _held(collection: Any) -> set[int]:
    """The ids in a collection, asked for a part at a time."""
    held: set[int] = set()
    size = 10 * _PER_REQUEST
    for start in range(0, collection.count(), size):
        found = collection.get(include=[], limit=size, offset=start)["ids"]
        held.update(int(name) for name in found)
    return held


def _batches(items: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _client(host: str, port: int, ssl: bool, headers: dict[str, str]) -> Any:
    os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
    import chromadb
    import httpx
    from chromadb.config import Settings

    client = chromadb.HttpClient(
        host=host,
        port=port,
        ssl=ssl,
        headers=headers,
        settings=Settings(anonymized_telemetry=False),
    )
    for session in _sessions(client):
        session.timeout = httpx.Timeout(_REQUEST_S)
    return client


def _sessions(client: Any) -> list[Any]:
    """The HTTP sessions of Chroma's client, which has no timeout and never closes them."""
    found: list[Any] = []
    for holder in (client, getattr(client, "_admin_client", None)):
        session = getattr(getattr(holder, "_server", None), "_session", None)
        if session is not None:
            found.append(session)
    return found
