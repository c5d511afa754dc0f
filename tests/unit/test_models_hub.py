"""The hub, as a server on loopback plays it: digests, broken connections, redirects."""

import hashlib
import json
import os
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

import pytest

from archive.models import ModelDamaged, Models, ModelUnfit, PullFailed, UnknownModel, hub

pytestmark = [pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def _gguf(size: int) -> bytes:
    def string(text: str) -> bytes:
        return struct.pack("<Q", len(text)) + text.encode()

    head = b"GGUF" + struct.pack("<IQQ", 3, 1, 1)
    head += string("general.architecture") + struct.pack("<I", 8) + string("llama")
    head += string("w") + struct.pack("<IQIQ", 1, size // 4, 0, 0)
    return head + b"\0" * (-len(head) % 32) + os.urandom(size)


GGUF = _gguf(6_000_000)
EMBEDDER = {
    "config.json": b'{"hidden_size": 8, "max_position_embeddings": 99}',
    "tokenizer.json": b"{}",
    "model.safetensors": b"weights",
    "1_Pooling/config.json": b"{}",
    "onnx/model.onnx": b"onnx",
    "onnx/model_quantized.onnx": b"onnx",
    "pytorch_model.bin": b"pickle",
    "modeling.py": b"1/0",
    "README.md": b"# Tiny",
}
LARGE = (".gguf", ".safetensors", ".onnx")


@dataclass
class Hub:
    """A hub with two repositories, and what was asked of it."""

    cdn: str = ""
    """Another server, to which the hub sends on for large files."""

    files: dict[str, dict[str, bytes]] = field(default_factory=dict)
    requests: list[tuple[str, str | None]] = field(default_factory=list)
    """Path and Range of each request for a file."""

    drop_after: list[int] = field(default_factory=list)
    """Each of the next answers with a file breaks off after so many bytes."""

    ranges: bool = True
    gated: bool = False
    false_sha256: str = ""
    tokens: list[tuple[str, str | None]] = field(default_factory=list)

    def listing(self, repo: str) -> bytes:
        return json.dumps(
            {
                "sha": COMMIT,
                "cardData": {"license": "mit"},
                "siblings": [
                    self._entry(name, content) for name, content in self.files[repo].items()
                ],
            }
        ).encode()

    def _entry(self, name: str, content: bytes) -> dict[str, object]:
        blob = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
        entry: dict[str, object] = {"rfilename": name, "size": len(content), "blobId": blob}
        if name.endswith(LARGE):
            sha256 = self.false_sha256 or hashlib.sha256(content).hexdigest()
            entry["lfs"] = {"sha256": sha256, "size": len(content), "pointerSize": 134}
        return entry


def _handler(state: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None: ...

        def do_GET(self) -> None:
            path = unquote(urlsplit(self.path).path)
            state.tokens.append((path, self.headers["Authorization"]))
            if state.gated:
                return self.send_error(401)
            repo = path.removeprefix("/api/models/")
            if repo in state.files:
                return self._send(200, state.listing(repo))
            where, _, name = path.lstrip("/").partition(f"/resolve/{COMMIT}/")
            if where.startswith("cdn/"):
                return self._file(state.files[where.removeprefix("cdn/")][name])
            if name not in state.files.get(where, {}):
                return self.send_error(404)
            if name.endswith(LARGE):
                self.send_response(302)
                self.send_header("Location", f"{state.cdn}/cdn{self.path}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return None
            return self._file(state.files[where][name])

        def _file(self, content: bytes) -> None:
            asked = self.headers["Range"]
            state.requests.append((self.path, asked))
            code = 200
            if asked and state.ranges:
                content, code = content[int(asked[len("bytes=") : -1]) :], 206
            self._send(code, content, state.drop_after.pop(0) if state.drop_after else None)

        def _send(self, code: int, content: bytes, end: int | None = None) -> None:
            self.send_response(code)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[:end])

    return Handler


@contextmanager
def _running(state: Hub) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(state)) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    state = Hub(
        files={"ada/tiny-gguf": {"q4/Tiny.gguf": GGUF}, "ada/Tiny-Embed": dict(EMBEDDER)}
    )
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")  # as the rest of this program sets it
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setattr(hub, "_PAUSE_S", 0)
    with _running(state) as url, _running(state) as state.cdn:
        monkeypatch.setenv("HF_ENDPOINT", url + "/")
        yield state


@pytest.fixture
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    return Models(tmp_path_factory.mktemp("models"))


SPEC = "hf:ada/tiny-gguf/q4/Tiny.gguf"


def test_language_model_is_fetched_checked_and_described(models: Models, server: Hub) -> None:
    seen: list[int] = []
    model = models.pull(SPEC, on_progress=lambda step: seen.append(step.done_bytes))
    assert (model.info.name, model.info.kind, model.info.licence) == ("tiny", "llm", "mit")
    assert model.info.origin == f"{SPEC}@{COMMIT}"
    assert model.info.sha256 == hashlib.sha256(GGUF).hexdigest()
    assert model.info.memory_bytes > len(GGUF)
    assert models.path("tiny").read_bytes() == GGUF
    assert len([done for done in seen if 0 < done < len(GGUF)]) >= 1
    asked = len(server.requests)
    assert models.pull(SPEC) == model
    assert len(server.requests) == asked


def test_embedder_brings_weights_but_no_pickle_and_no_code(models: Models, server: Hub) -> None:
    model = models.pull("hf:ada/Tiny-Embed")
    assert (model.info.name, model.info.kind) == ("tiny-embed", "embedder")
    assert model.info.context_tokens == 99
    assert {file.path for file in model.files} == {
        "config.json",
        "tokenizer.json",
        "model.safetensors",
        "1_Pooling/config.json",
        "onnx/model.onnx",
    }
    for file in model.files:
        assert (model.directory / file.path).read_bytes() == EMBEDDER[file.path]
        assert file.sha256 == hashlib.sha256(EMBEDDER[file.path]).hexdigest()
    models.verify("tiny-embed")


def test_broken_connection_goes_on_where_it_broke(models: Models, server: Hub) -> None:
    server.drop_after = [1_000_000, 0, 2_000_000]
    assert models.pull(SPEC).path.read_bytes() == GGUF
    starts = [int(asked[6:-1]) if asked else 0 for _, asked in server.requests]
    assert starts == sorted(starts)
    assert starts[0] == 0
    assert starts[-1] > 2_000_000


def test_connection_that_never_brings_anything_is_given_up(models: Models, server: Hub) -> None:
    server.drop_after = [1_000_000, *[0] * 9]
    with pytest.raises(PullFailed, match=r"Tiny\.gguf stopped arriving"):
        models.pull(SPEC)
    assert models.installed() == []
    server.drop_after, server.requests = [], []
    assert models.pull(SPEC).path.read_bytes() == GGUF
    assert [asked is not None for _, asked in server.requests] == [True]


def test_half_a_file_of_an_older_commit_is_not_built_upon(models: Models, server: Hub) -> None:
    server.drop_after = [1_000_000, *[0] * 9]
    with pytest.raises(PullFailed):
        models.pull(SPEC)
    newer = _gguf(3_000_000)
    server.files["ada/tiny-gguf"]["q4/Tiny.gguf"] = newer
    server.drop_after = []
    assert models.pull(SPEC).path.read_bytes() == newer


def test_server_that_knows_no_ranges_sends_all_again(models: Models, server: Hub) -> None:
    server.ranges, server.drop_after = False, [1_000_000]
    assert models.pull(SPEC).path.read_bytes() == GGUF


def test_other_content_than_the_hub_announced_is_refused(models: Models, server: Hub) -> None:
    server.false_sha256 = "0" * 64
    with pytest.raises(PullFailed, match=r"Tiny\.gguf of tiny did not arrive as it should"):
        models.pull(SPEC)
    assert models.installed() == []
    server.false_sha256 = ""
    assert models.pull(SPEC).path.read_bytes() == GGUF


def test_small_file_is_checked_by_its_git_blob(
    models: Models, server: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = server.listing("ada/Tiny-Embed")
    server.files["ada/Tiny-Embed"]["config.json"] = EMBEDDER["config.json"].replace(b"8", b"9")
    monkeypatch.setattr(server, "listing", lambda repo: honest)
    with pytest.raises(PullFailed, match=r"config\.json of tiny-embed did not arrive"):
        models.pull("hf:ada/Tiny-Embed")


def test_file_longer_than_announced_is_cut_short(
    models: Models, server: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = server.listing("ada/tiny-gguf")
    server.files["ada/tiny-gguf"]["q4/Tiny.gguf"] = GGUF + b"more"
    monkeypatch.setattr(server, "listing", lambda repo: honest)
    with pytest.raises(PullFailed, match="longer than the hub says"):
        models.pull(SPEC)


def test_file_that_only_looks_like_a_model_is_not_kept(models: Models, server: Hub) -> None:
    server.files["ada/tiny-gguf"]["q4/Tiny.gguf"] = GGUF[:-100]
    with pytest.raises(ModelDamaged, match="is cut off"):
        models.pull(SPEC)
    assert models.installed() == []
    assert [path.name for path in (models.directory / ".partial").iterdir()] == ["tiny.lock"]


def test_what_is_not_there_is_said(models: Models, server: Hub) -> None:
    with pytest.raises(UnknownModel, match=r"has no file other\.gguf") as caught:
        models.pull("hf:ada/tiny-gguf/other.gguf")
    assert "q4/Tiny.gguf" in caught.value.remedy
    with pytest.raises(PullFailed, match="HTTP 404"):
        models.pull("hf:ada/nothing")
    with pytest.raises(ModelUnfit, match="is no embedder"):
        models.pull("hf:ada/tiny-gguf")
    server.gated = True
    with pytest.raises(PullFailed, match="HTTP 401") as refused:
        models.pull(SPEC)
    assert "HF_TOKEN" in refused.value.remedy


def test_names_that_leave_the_directory_are_refused(models: Models, server: Hub) -> None:
    server.files["ada/tiny-gguf"]["../../evil.gguf"] = GGUF
    with pytest.raises(UnknownModel):
        models.pull("hf:ada/tiny-gguf/../../evil.gguf")


def test_server_that_is_no_hub_is_said(
    models: Models, server: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "listing", lambda repo: b"<html>Sign in</html>")
    with pytest.raises(PullFailed, match="does not answer as a hub does"):
        models.pull(SPEC)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(PullFailed, match="cannot be reached"):
        models.pull(SPEC)


def test_token_is_sent_to_the_hub_and_to_nobody_else(
    models: Models, server: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "secret")
    models.pull(SPEC)
    sent = {path.startswith("/cdn/"): token for path, token in server.tokens}
    assert sent == {False: "Bearer secret", True: None}


def test_without_a_token_none_is_sent(models: Models, server: Hub) -> None:
    models.pull(SPEC)
    assert {token for _, token in server.tokens} == {None}
