"""Whatever happens to Chroma's files, no answer is wrong and nothing is embedded again."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from index import building, chroma, nearest, soundness
from index.catalog import Catalog
from index.chroma import ChromaSearch
from index.exact import ExactSearch
from index.nearest import NearestChunks
from index.soundness import Unsound
from tests.unit.fakes import WordEmbedder, mail, sync

COUNT = 300
FILES = (
    "chroma.sqlite3",
    "data_level0.bin",
    "header.bin",
    "index_metadata.pickle",
    "length.bin",
    "life-archive.json",
    "link_lists.bin",
)


def unit_vectors(count: int, seed: int = 1) -> NDArray[np.float32]:
    matrix = np.random.default_rng(seed).standard_normal((count, 384)).astype(np.float32)
    unit: NDArray[np.float32] = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
    return unit


def fill(root: Path, generation: int, numbers: range, *, afresh: bool = False) -> None:
    ids = np.array(numbers, np.int64)
    matrix = unit_vectors(max(numbers) + 1)[ids]
    for _ in building.build(root, generation, ids, matrix, embedder="words", afresh=afresh):
        pass


def opened(root: Path, generation: int = 1) -> ChromaSearch:
    return chroma.open_generation(root, generation, embedder="words", ids=range(1, 201))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generation of 1,200 vectors; from 1,000 on Chroma writes its index files."""
    root = tmp_path_factory.mktemp("built") / "chroma"
    fill(root, 1, range(1, 4 * COUNT + 1))
    return root


@pytest.fixture
def root(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "chroma"))


def file_of(root: Path, name: str) -> Path:
    (found,) = soundness.directory_of(root, 1).rglob(name)
    return found


def test_a_sound_generation_finds_what_an_exact_search_finds(root: Path) -> None:
    matrix = unit_vectors(4 * COUNT + 1)[1:]
    exact = ExactSearch(np.arange(1, 4 * COUNT + 1), matrix)
    search = opened(root)
    for vector in unit_vectors(20, seed=2):
        assert search.nearest(vector, 1)[0][0] == exact.nearest(vector, 1)[0][0]
    search.close()


def test_the_files_of_a_generation_are_those_that_are_damaged_below(root: Path) -> None:
    directory = soundness.directory_of(root, 1)
    assert {path.name for path in directory.rglob("*") if path.is_file()} == set(FILES)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    "damage", ["halved", "emptied", "deleted", 0.0, 0.1, 0.31, 0.5, 0.77, 0.9, 0.9999]
)
def test_damage_is_noticed_before_chroma_is_opened(
    root: Path, name: str, damage: str | float, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = file_of(root, name)
    assert soundness.is_sound(root, 1) == ""  # a check that found it sound is no excuse
    content = path.read_bytes()
    if damage == "deleted":
        path.unlink()
    elif isinstance(damage, float):
        offset = int(damage * (len(content) - 2))
        flipped = bytes([content[offset] ^ 1])
        path.write_bytes(content[:offset] + flipped + content[offset + 1 :])
    else:
        path.write_bytes(content[: len(content) // 2] if damage == "halved" else b"")

    def must_not_open(directory: Path) -> None:
        raise AssertionError(f"{directory} was opened")

    monkeypatch.setattr(chroma, "open_client", must_not_open)
    with pytest.raises(Unsound) as caught:
        opened(root)
    assert caught.value.damaged
    assert soundness.is_sound(root, 1) == str(caught.value)


def test_a_byte_changed_with_its_times_set_back_is_noticed(root: Path) -> None:
    path = file_of(root, "data_level0.bin")
    assert soundness.is_sound(root, 1) == ""
    before = path.stat()
    with path.open("r+b") as file:
        file.seek(5000)
        byte = file.read(1)
        file.seek(5000)
        file.write(bytes([byte[0] ^ 64]))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert "data_level0.bin" in soundness.is_sound(root, 1)


def test_a_full_check_is_done_again_after_a_day(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    digest = soundness._digest
    monkeypatch.setattr(
        soundness,
        "_digest",
        lambda path, start: read.append(path.name) or digest(path, start),  # type: ignore[func-returns-value]
    )
    directory = soundness.directory_of(root, 1)
    soundness.check(directory)
    assert read  # a copy has other inodes than what was built
    read.clear()
    soundness.check(directory)
    assert not read
    soundness.check(directory, trust_last=False)
    assert read
    read.clear()
    now = soundness.time.time()
    monkeypatch.setattr(soundness.time, "time", lambda: now + 25 * 3600)
    soundness.check(directory)
    assert read


def test_a_damaged_memory_of_the_last_check_is_no_memory(root: Path) -> None:
    soundness.check(soundness.directory_of(root, 1))
    (memory,) = root.glob("checked-*")
    for content in (b"", b"[]", b'{"at": "x", "files": {}}', b'{"at": 1, "files": 2}', b"\xff"):
        memory.write_bytes(content)
        assert soundness.is_sound(root, 1) == ""


@pytest.mark.parametrize("count", [1, 300, 1000, 1200, 1500])
def test_reading_changes_no_file_and_leaves_none(tmp_path: Path, count: int) -> None:
    root = tmp_path / "chroma"
    fill(root, 1, range(1, count + 1))
    directory = soundness.directory_of(root, 1)

    def state() -> dict[str, tuple[int, bytes]]:
        files = (path for path in directory.rglob("*") if path.is_file())
        return {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in files}

    before = state()
    vector = unit_vectors(count + 1)[count]
    first, second = opened(root), opened(root)
    for search in (first, second):
        assert search.nearest(vector, 3)[0][0] == count
        search.close()
    assert state() == before
    assert not list(root.glob("reading-*"))


def test_the_views_of_readers_that_were_killed_are_removed(root: Path) -> None:
    dead = root / "reading-99999999-x"
    dead.mkdir()
    alive = root / f"reading-{os.getpid()}-x"
    alive.mkdir()
    opened(root).close()
    assert not dead.exists()
    assert alive.exists()


def test_an_open_reader_goes_on_while_generations_come_and_go(root: Path) -> None:
    search = opened(root)
    expected = search.nearest(unit_vectors(1)[0], 5)
    fill(root, 2, range(1, 4 * COUNT + 2))
    fill(root, 3, range(1, 4 * COUNT + 3))
    assert not soundness.directory_of(root, 1).exists()
    assert search.nearest(unit_vectors(1)[0], 5) == expected
    search.close()


def test_another_embedder_is_no_damage_and_is_never_grown_from(root: Path) -> None:
    with pytest.raises(Unsound) as caught:
        chroma.open_generation(root, 1, embedder="others")
    assert not caught.value.damaged
    ids, matrix = np.arange(1, 11), unit_vectors(10, seed=9)
    for _ in building.build(root, 2, ids, matrix, embedder="others"):
        pass
    search = chroma.open_generation(root, 2, embedder="others", ids=ids.tolist())
    (best, cosine) = search.nearest(matrix[3], 1)[0]
    assert (best, round(cosine, 3)) == (4, 1.0)
    search.close()


def test_a_damaged_generation_is_not_copied_into_the_next(root: Path) -> None:
    path = file_of(root, "data_level0.bin")
    path.write_bytes(bytes(len(path.read_bytes())))
    soundness.mark_unsound(root, "seen by a reader")
    assert soundness.is_sound(root, 1) == "seen by a reader"
    fill(root, 2, range(1, 4 * COUNT + 2))
    assert soundness.is_sound(root, 2) == ""
    search = opened(root, 2)
    wanted = unit_vectors(4 * COUNT + 2)
    assert [search.nearest(wanted[n], 1)[0][0] for n in (1, 600, 1201)] == [1, 600, 1201]
    search.close()


def holds(root: Path, vector: NDArray[np.float32]) -> bool:
    """Whether the bytes of an index are those of a vector; Chroma turns last bits of it."""
    for path in root.rglob("data_level0.bin"):
        numbers = np.nan_to_num(np.fromfile(path, np.float32), posinf=0, neginf=0)
        numbers[np.abs(numbers) > 1] = 0
        if (sliding_window_view(numbers, len(vector)) @ vector).max() > 0.999:
            return True
    return False


def test_building_afresh_leaves_no_byte_of_what_was_deleted(root: Path) -> None:
    gone = unit_vectors(2)[1]
    fill(root, 2, range(2, 4 * COUNT + 1))
    shutil.rmtree(soundness.directory_of(root, 1))
    assert holds(root, gone)
    fill(root, 3, range(2, 4 * COUNT + 1), afresh=True)
    assert len(list(root.rglob("data_level0.bin"))) == 1
    assert not holds(root, gone)


def test_a_generation_under_the_name_of_another_is_noticed(root: Path) -> None:
    fill(root, 2, range(1, 4 * COUNT + 50))
    shutil.rmtree(soundness.directory_of(root, 2))
    soundness.directory_of(root, 1).rename(soundness.directory_of(root, 2))
    with pytest.raises(Unsound):
        opened(root, 2)


# --- which search is asked --------------------------------------------------------------


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    folder = tmp_path / "source"
    folder.mkdir()
    bodies = [f"message {n} about subject {n * 7}" for n in range(12)]
    (folder / "inbox.mbox").write_bytes(b"".join(mail(n, b) for n, b in enumerate(bodies)))
    made = Catalog(tmp_path / "catalog.sqlite")
    made.add_source(folder)
    sync(made, tmp_path)
    return made


def chooser(catalog: Catalog, tmp_path: Path) -> NearestChunks:
    return NearestChunks(catalog, tmp_path / "chroma", embedder_name="words")


def add(catalog: Catalog, text: str, *, embedded: bool = True) -> int:
    """What a sync that is under way has committed: one chunk and, later, its vector."""
    with catalog.transaction() as connection:
        connection.execute(
            "INSERT INTO chunk(document_id, position, start, end, context, text, digest)"
            " SELECT min(id), 99, 0, 1, '', ?, ? FROM document",
            (text, text.encode()),
        )
        (number,) = connection.execute("SELECT max(id) FROM chunk").fetchone()
        if embedded:
            vector = WordEmbedder().embed([text])[0]
            connection.execute(
                "INSERT INTO embedding(embedder, digest, vector) VALUES ('words', ?, ?)",
                (text.encode(), vector.tobytes()),
            )
    return int(number)


def test_new_mail_is_found_before_its_generation_is_finished(
    catalog: Catalog, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    asked = chooser(catalog, tmp_path)
    asked.warm()
    vector = WordEmbedder().embed(["quite unheard of words"])[0]
    asked.nearest(vector, 5)
    add(catalog, "not embedded yet", embedded=False)
    number = add(catalog, "quite unheard of words")
    assert asked.nearest(vector, 5)[0][0] == number
    assert isinstance(asked._chroma, ChromaSearch)
    assert not caplog.records
    assert soundness.unsound_reason(tmp_path / "chroma") == ""
    anew = chooser(catalog, tmp_path)
    anew.warm()
    assert anew.nearest(vector, 5)[0][0] == number
    assert isinstance(anew._chroma, ChromaSearch)


def test_too_many_new_chunks_wait_for_their_generation(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nearest, "LATE_UP_TO", 1)
    asked = chooser(catalog, tmp_path)
    asked.warm()
    vector = WordEmbedder().embed(["second new"])[0]
    numbers = {add(catalog, "first new"), add(catalog, "second new")}
    assert not numbers & {number for number, _ in asked.nearest(vector, 50)}


def test_the_first_sync_can_be_asked_before_it_ends(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.nearest._RELOAD_SHARE", 0)
    catalog.connection.execute("DELETE FROM meta WHERE key IN ('generation', 'state')")
    asked = chooser(catalog, tmp_path)
    vector = WordEmbedder().embed(["quite unheard of words"])[0]
    assert not asked.is_empty()
    assert asked.nearest(vector, 5)
    number = add(catalog, "quite unheard of words")
    assert asked.nearest(vector, 5)[0][0] == number
    assert soundness.unsound_reason(tmp_path / "chroma") == ""


def test_what_a_reader_finds_damaged_is_left_for_the_next_sync(
    catalog: Catalog, tmp_path: Path
) -> None:
    sound = chooser(catalog, tmp_path)
    vector = WordEmbedder().embed(["message 5 about"])[0]
    expected = sound.nearest(vector, 5)
    root = tmp_path / "chroma"
    (soundness.directory_of(root, catalog.generation) / "chroma.sqlite3").write_bytes(b"")
    asked = chooser(catalog, tmp_path)
    asked.warm()
    assert asked._chroma is None
    assert asked.nearest(vector, 5) == expected
    assert "chroma.sqlite3" in soundness.unsound_reason(root)


def test_what_is_yet_to_be_built_is_not_called_damaged(
    catalog: Catalog, tmp_path: Path
) -> None:
    root = tmp_path / "chroma"
    shutil.rmtree(soundness.directory_of(root, catalog.generation))
    catalog.connection.execute("DELETE FROM meta WHERE key='state'")
    asked = chooser(catalog, tmp_path)
    asked.warm()
    assert asked.nearest(WordEmbedder().embed(["message"])[0], 5)
    assert soundness.unsound_reason(root) == ""


def test_a_generation_that_comes_while_one_is_opened_is_taken(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = chooser(catalog, tmp_path)
    root = tmp_path / "chroma"
    shutil.rmtree(soundness.directory_of(root, 1))
    look = nearest.open_generation

    def late(*args: object, **kwargs: object) -> ChromaSearch:
        if catalog.generation == 1:
            fresh_ids, matrix = catalog.vectors("words")
            for _ in building.build(root, 2, fresh_ids, matrix, embedder="words"):
                pass
            catalog.set_meta("generation", "2")
        return look(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(nearest, "open_generation", late)
    asked.warm()
    assert isinstance(asked._chroma, ChromaSearch)
    assert asked._chroma.manifest.generation == 2
    assert soundness.unsound_reason(root) == ""


def test_one_that_looked_at_few_looks_at_more_once_it_has_grown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "chroma"
    with monkeypatch.context() as before:
        before.setattr(building, "SEARCHED", {"ef_search": 100})
        fill(root, 1, range(1, COUNT))
    fill(root, 2, range(1, COUNT + 20))
    search = opened(root, 2)
    assert search._collection.configuration["hnsw"]["ef_search"] == 1600
    assert search.nearest(unit_vectors(COUNT + 20)[COUNT + 5], 1)[0][0] == COUNT + 5
    search.close()
