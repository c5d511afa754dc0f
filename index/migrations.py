"""The catalog's schema, one numbered step after another.

`PRAGMA user_version` holds the number of steps taken. A step that has been
released is never edited; a change is a new step.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

STEPS: tuple[str, ...] = (
    """
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

    CREATE TABLE source (
        id INTEGER PRIMARY KEY,
        path TEXT NOT NULL UNIQUE,
        added_at TEXT NOT NULL,
        synced_at TEXT
    );

    -- One row a file, whether it could be read or not. `resume_at` is where the last message of
    -- an append-only file begins, `head_digest` what stood before it.
    CREATE TABLE file (
        id INTEGER PRIMARY KEY,
        source_id INTEGER NOT NULL REFERENCES source(id) ON DELETE CASCADE,
        relative TEXT NOT NULL,
        path TEXT NOT NULL,
        format TEXT NOT NULL,
        format_version INTEGER NOT NULL,
        size INTEGER NOT NULL,
        mtime_ns INTEGER NOT NULL,
        resume_at INTEGER,
        head_digest BLOB,
        UNIQUE (source_id, relative)
    );

    CREATE TABLE failure (
        id INTEGER PRIMARY KEY,
        source_id INTEGER NOT NULL REFERENCES source(id) ON DELETE CASCADE,
        file_id INTEGER REFERENCES file(id) ON DELETE CASCADE,
        path TEXT NOT NULL,
        locator TEXT NOT NULL,
        reason TEXT NOT NULL
    );
    CREATE INDEX failure_file ON failure(file_id);
    CREATE INDEX failure_source ON failure(source_id);

    -- AUTOINCREMENT: an id is never given twice, so a stale vector can never name a new chunk.
    CREATE TABLE document (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        file_id INTEGER NOT NULL REFERENCES file(id) ON DELETE CASCADE,
        locator TEXT NOT NULL,
        passage_id TEXT NOT NULL,
        digest BLOB NOT NULL,
        duplicate_of INTEGER,
        kind TEXT NOT NULL,
        title TEXT NOT NULL,
        text TEXT NOT NULL,
        created TEXT,
        created_s REAL,
        message_id TEXT,
        people TEXT NOT NULL,
        parts TEXT NOT NULL,
        page_starts TEXT NOT NULL,
        refs TEXT NOT NULL,
        attachments TEXT NOT NULL,
        tags TEXT NOT NULL,
        remarks TEXT NOT NULL
    );
    CREATE INDEX document_file ON document(file_id);
    CREATE INDEX document_digest ON document(digest);
    CREATE INDEX document_passage ON document(passage_id);
    CREATE INDEX document_created ON document(created_s);
    CREATE INDEX document_copy ON document(duplicate_of) WHERE duplicate_of IS NOT NULL;

    CREATE TABLE chunk (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        document_id INTEGER NOT NULL REFERENCES document(id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        start INTEGER NOT NULL,
        "end" INTEGER NOT NULL,
        page INTEGER,
        context TEXT NOT NULL,
        text TEXT NOT NULL,
        digest BLOB NOT NULL
    );
    CREATE INDEX chunk_document ON chunk(document_id, position);
    CREATE INDEX chunk_digest ON chunk(digest);

    CREATE VIRTUAL TABLE keywords USING fts5(
        context, text, content='chunk', content_rowid='id',
        tokenize="porter unicode61 remove_diacritics 2"
    );
    CREATE TRIGGER chunk_added AFTER INSERT ON chunk BEGIN
        INSERT INTO keywords(rowid, context, text) VALUES (new.id, new.context, new.text);
    END;
    CREATE TRIGGER chunk_removed AFTER DELETE ON chunk BEGIN
        INSERT INTO keywords(keywords, rowid, context, text)
        VALUES ('delete', old.id, old.context, old.text);
    END;

    -- What a text says, not where it stands: a moved mail finds its vector again.
    CREATE TABLE embedding (
        id INTEGER PRIMARY KEY,
        embedder TEXT NOT NULL,
        digest BLOB NOT NULL,
        vector BLOB NOT NULL,
        UNIQUE (embedder, digest)
    );
    """,
    """
    -- `within_id`: the mail that an attachment came with. `thread`: smallest document id of the
    -- conversation; NULL until that is known. `set_aside`: spans of `text` that are not cut
    -- into chunks. A copy of another document has no text of its own.
    ALTER TABLE document ADD COLUMN within_id INTEGER;
    ALTER TABLE document ADD COLUMN thread INTEGER;
    ALTER TABLE document ADD COLUMN sections TEXT NOT NULL DEFAULT '[]';
    ALTER TABLE document ADD COLUMN turns TEXT NOT NULL DEFAULT '[]';
    ALTER TABLE document ADD COLUMN set_aside TEXT NOT NULL DEFAULT '[]';
    ALTER TABLE document ADD COLUMN within_title TEXT NOT NULL DEFAULT '';
    ALTER TABLE chunk ADD COLUMN section TEXT NOT NULL DEFAULT '';
    CREATE INDEX document_thread ON document(thread);
    CREATE INDEX document_unthreaded ON document(id) WHERE thread IS NULL AND kind='mail';
    CREATE INDEX document_within ON document(within_id) WHERE within_id IS NOT NULL;

    -- New chunks go into the keyword index all at once, when their transaction ends: one by
    -- one, by a trigger, takes twice as long. So a chunk may be gone before it was ever in it.
    DROP TRIGGER chunk_added;
    DROP TRIGGER chunk_removed;
    CREATE TRIGGER chunk_removed AFTER DELETE ON chunk
    WHEN EXISTS (SELECT 1 FROM keywords_docsize WHERE id=old.id) BEGIN
        INSERT INTO keywords(keywords, rowid, context, text)
        VALUES ('delete', old.id, old.context, old.text);
    END;

    -- Left alone on purpose; NULL file: seen by the walk, not inside a file.
    CREATE TABLE skipped (
        id INTEGER PRIMARY KEY,
        source_id INTEGER NOT NULL REFERENCES source(id) ON DELETE CASCADE,
        file_id INTEGER REFERENCES file(id) ON DELETE CASCADE,
        path TEXT NOT NULL,
        locator TEXT NOT NULL,
        reason TEXT NOT NULL
    );
    CREATE INDEX skipped_source ON skipped(source_id);
    CREATE INDEX skipped_file ON skipped(file_id);
    """,
    """
    -- Keyed digests of what its owner does not want back.
    CREATE TABLE forgotten (digest BLOB PRIMARY KEY, at TEXT NOT NULL) WITHOUT ROWID;
    -- Words, as the keyword index has them, that very many chunks hold.
    CREATE TABLE common_term (term TEXT PRIMARY KEY, chunks INTEGER NOT NULL) WITHOUT ROWID;
    """,
    """
    -- A name with an address, as documents write them. `person`: smallest id among the
    -- identities of one person; 0 for a list or a machine; NULL until a sync has judged.
    -- `words`: the name as it is compared, in lower case, first name first.
    -- AUTOINCREMENT: who remembers an id never finds somebody else under it.
    CREATE TABLE identity (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL,
        address TEXT NOT NULL,
        person INTEGER,
        words TEXT NOT NULL DEFAULT '',
        UNIQUE (name, address)
    );
    CREATE INDEX identity_address ON identity(address);
    CREATE INDEX identity_person ON identity(person);

    -- Who takes part in what. Copies have no rows, so these can be counted as they are.
    CREATE TABLE participant (
        document_id INTEGER NOT NULL REFERENCES document(id) ON DELETE CASCADE,
        identity_id INTEGER NOT NULL REFERENCES identity(id),
        role TEXT NOT NULL,
        PRIMARY KEY (document_id, identity_id, role)
    ) WITHOUT ROWID;
    CREATE INDEX participant_identity ON participant(identity_id, role, document_id);

    -- What the owner said of people. `kind`: same, apart or owner; `one` and `other` are
    -- addresses or names, since ids do not outlive a new reading of everything.
    CREATE TABLE person_rule (
        id INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        one TEXT NOT NULL,
        other TEXT NOT NULL DEFAULT '',
        UNIQUE (kind, one, other)
    );

    INSERT OR IGNORE INTO identity(name, address)
        SELECT json_extract(p.value, '$[0]'), json_extract(p.value, '$[1]')
        FROM document d, json_each(d.people) p WHERE d.duplicate_of IS NULL;
    INSERT OR IGNORE INTO participant
        SELECT d.id, i.id, json_extract(p.value, '$[2]')
        FROM document d CROSS JOIN json_each(d.people) p
        CROSS JOIN identity i ON i.name=json_extract(p.value, '$[0]')
            AND i.address=json_extract(p.value, '$[1]')
        WHERE d.duplicate_of IS NULL;
    -- Who speaks in a chat and is not in its list of people.
    INSERT OR IGNORE INTO identity(name, address)
        SELECT json_extract(t.value, '$[2]'), ''
        FROM document d, json_each(d.turns) t
        WHERE d.duplicate_of IS NULL AND d.turns<>'[]' AND json_extract(t.value, '$[2]')<>''
        AND json_extract(t.value, '$[2]') NOT IN
            (SELECT json_extract(p.value, '$[0]') FROM json_each(d.people) p);
    INSERT OR IGNORE INTO participant
        SELECT d.id, i.id, 'author'
        FROM document d CROSS JOIN json_each(d.turns) t
        CROSS JOIN identity i ON i.name=json_extract(t.value, '$[2]') AND i.address=''
        WHERE d.duplicate_of IS NULL AND d.turns<>'[]' AND i.name<>''
        AND i.name NOT IN
            (SELECT json_extract(p.value, '$[0]') FROM json_each(d.people) p);
    """,
)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the schema to the newest step, each step in a transaction of its own."""
    for number, step in enumerate(STEPS, start=1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            # Another process may have taken it while this one waited.
            (taken,) = connection.execute("PRAGMA user_version").fetchone()
            if taken < number:
                for statement in _statements(step):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version={number}")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
