"""Is what is stored what was written? Everything is read and compared, nothing is mended.

The writer lock is held, so a sync waits its turn and nothing moves meanwhile; readers
are not disturbed. Documents, chunks, vectors and Chroma's ids pass by in batches: memory
does not grow with the archive, time does (about a minute for 100,000 chunks).

`run` makes every comparison: `catalog` those within the catalog, `vectors` those of the
vectors with Chroma; `report` is what comes out.
"""
