"""A real Chroma server on loopback holds what the catalog does, or is not believed."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from socket import socket

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray

from index.catalog import Catalog
from index.exact import ExactSearch
from index.nearest import NearestChunks
from index.server import ChromaServer, ServerAway, ServerSearch
from index.soundness import Unsound
from tests.unit.fakes import WordEmbedder, mail, sync

pytestmark = pytest.mark.enable_socket

CHROMA = Path(sys.executable).with_name("chroma")


def free_port() -> int:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a `chroma run` of our own answers."""
    if not CHROMA.exists():
        pytest.skip("chromadb came without its server")
    folder, port = tmp_path_factory.mktemp("server"), free_port()
    with subprocess.Popen(
        [CHROMA, "run", "--path", folder, "--host", "127.0.0.1", "--port", str(port)],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield wait_for(f"http://127.0.0.1:{port}", process)
        finally:
            process.kill()


def wait_for(url: str, process: subprocess.Popen[bytes]) -> str:
    """The URL, as soon as it answers."""
    until = time.monotonic() + 30
    with httpx.Client(transport=httpx.HTTPTransport(retries=20)) as client:
        while process.poll() is None and time.monotonic() < until:
            try:
                if client.get(f"{url}/api/v2/heartbeat", timeout=2).is_success:
                    return url
            except httpx.TransportError:
                continue
    raise AssertionError(f"chroma run does not answer at {url}")


def unit_vectors(count: int, seed: int = 1) -> NDArray[np.float32]:
    matrix = np.random.default_rng(seed).standard_normal((count, 64)).astype(np.float32)
    unit: NDArray[np.float32] = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
    return unit


def bring(
    server: ChromaServer,
    generation: int,
    ids: list[int],
    embedder: str = "words",
    seed: int = 1,
) -> list[int]:
    """How many were in after each batch."""
    matrix = unit_vectors(max(ids, default=0) + 1, seed)[ids]
    return list(server.bring(generation, np.array(ids, np.int64), matrix, embedder))


def held(search: ServerSearch) -> set[int]:
    return {number for number, _ in search.nearest(unit_vectors(1, seed=5)[0], 10_000)}


@pytest.fixture
def server(url: str, request: pytest.FixtureRequest) -> Iterator[ChromaServer]:
    made = ChromaServer(url, name=request.node.name[:40].strip("_"))
    yield made
    made.close()


def test_the_collection_is_brought_to_the_catalog_by_its_difference(
    server: ChromaServer,
) -> None:
    assert server.generation() == -1
    assert bring(server, 1, list(range(1, 301))) == [300]
    assert server.generation() == 1
    search = server.open(1, "words")
    assert (search.largest, held(search)) == (300, set(range(1, 301)))
    matrix = unit_vectors(301)
    exact = ExactSearch(np.arange(1, 301), matrix[1:])
    for vector in unit_vectors(10, seed=3):
        found = search.nearest(vector, 5)
        wanted = exact.nearest(vector, 5)
        assert [number for number, _ in found] == [number for number, _ in wanted]
        assert [cosine for _, cosine in found] == pytest.approx(
            [cosine for _, cosine in wanted], abs=1e-5
        )
    assert bring(server, 2, [*range(11, 301), 400, 401]) == [292]
    assert held(server.open(2, "words")) == {*range(11, 301), 400, 401}
    assert bring(server, 3, list(range(11, 301))) == []
    assert held(server.open(3, "words")) == set(range(11, 301))


def test_another_embedder_keeps_no_vector(server: ChromaServer) -> None:
    bring(server, 1, list(range(1, 11)))
    bring(server, 2, list(range(1, 11)), "others", seed=8)
    with pytest.raises(Unsound, match="others"):
        server.open(2, "words")
    vector = unit_vectors(11, seed=8)[4]
    assert server.open(2, "others").nearest(vector, 1)[0] == (4, pytest.approx(1, abs=1e-5))


def test_an_empty_catalog_empties_the_collection(server: ChromaServer) -> None:
    bring(server, 1, [1, 2, 3])
    bring(server, 2, [])
    assert held(server.open(2, "words")) == set()


def test_another_generation_is_not_believed(server: ChromaServer, url: str) -> None:
    bring(server, 1, [1, 2, 3])
    search = server.open(1, "words")
    assert search.nearest(unit_vectors(1)[0], 2)
    with pytest.raises(Unsound):
        server.open(2, "words")
    writer = ChromaServer(url, name=server._name.removeprefix("life-archive-"))
    bring(writer, 2, [1, 2, 3, 4])
    with pytest.raises(Unsound) as caught:
        search.nearest(unit_vectors(1)[0], 2)
    assert not caught.value.damaged
    writer.close()


def test_a_bring_that_was_killed_is_not_believed_and_gone_on_with(server: ChromaServer) -> None:
    bring(server, 1, list(range(1, 6)))
    ids = np.arange(1, 4_501)
    going = server.bring(2, ids, unit_vectors(4_501)[1:], "words")
    assert next(going) < 4_500
    going.close()  # type: ignore[attr-defined]
    assert server.generation() == -1
    for generation in (1, 2):
        with pytest.raises(Unsound):
            server.open(generation, "words")
    assert bring(server, 2, ids.tolist())[0] > 2_005
    assert server.open(2, "words").largest == 4_500


def test_what_somebody_else_deleted_is_noticed(server: ChromaServer) -> None:
    bring(server, 1, list(range(1, 11)))
    server._collection().delete(ids=["3"])
    with pytest.raises(Unsound):
        server.open(1, "words")
    bring(server, 1, list(range(1, 11)))
    assert held(server.open(1, "words")) == set(range(1, 11))


def test_no_text_is_sent(
    server: ChromaServer, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[bytes] = []
    send = httpx.Client.send

    def listen(self: httpx.Client, request: httpx.Request, **kwargs: object) -> httpx.Response:
        sent.append(str(request.url).encode() + request.read())
        return send(self, request, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(httpx.Client, "send", listen)
    ids, matrix = catalog.vectors("words")
    list(server.bring(catalog.generation, ids, matrix, "words"))
    asked = NearestChunks(catalog, Path("/nowhere"), embedder_name="words", server=server)
    asked.warm()
    assert isinstance(asked._chroma, ServerSearch)
    assert asked.nearest(WordEmbedder().embed(["walrus"])[0], 3)
    assert len(sent) > 5
    assert not [said for said in sent if b"walrus" in said]


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    folder = tmp_path / "source"
    folder.mkdir()
    bodies = [f"the walrus has letter {n} for {n * 7}" for n in range(12)]
    (folder / "inbox.mbox").write_bytes(b"".join(mail(n, b) for n, b in enumerate(bodies)))
    made = Catalog(tmp_path / "catalog.sqlite")
    made.add_source(folder)
    sync(made, tmp_path)
    return made


def test_a_server_that_is_away_is_said_in_one_line_and_not_missed(
    catalog: Catalog, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    away = ChromaServer(url, name="away")
    with pytest.raises(ServerAway) as caught:
        bring(away, 1, [1])
    assert str(caught.value) == f"The Chroma server at {url} does not answer."
    assert caught.value.remedy.startswith("Start it with: chroma run --host 127.0.0.1")
    assert caught.value.exit_code == 5

    vector = WordEmbedder().embed(["letter 5"])[0]
    exact = ExactSearch(*catalog.vectors("words"))
    asked = NearestChunks(catalog, tmp_path / "chroma", embedder_name="words", server=away)
    asked.warm()
    for _ in range(3):
        assert asked.nearest(vector, 5) == exact.nearest(vector, 5)
    assert [record.getMessage().count(url) for record in caplog.records] == [1]
    assert not (tmp_path / "chroma" / "unsound").exists()


def test_what_answers_but_is_no_chroma_is_said_so(tmp_path: Path) -> None:
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port)],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            wait_until_bound(port)
            with pytest.raises(ServerAway, match="cannot be used"):
                ChromaServer(f"http://127.0.0.1:{port}", name="x").generation()
        finally:
            process.kill()


def wait_until_bound(port: int) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://host", "http://", ""])
def test_a_url_of_another_form_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="is not of the form"):
        ChromaServer(url, name="x")
