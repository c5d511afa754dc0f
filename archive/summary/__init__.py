"""Summaries of a correspondence: every matching message is read, every sentence has its source.

`select` finds the threads, `messages` cuts them into numbered items, `survey` says what of them
is to be read, `noting` has the model read it, of whose notes `extract` checks each in code, and
`cache` keeps the notes. `choose` and `compose` choose and order them for a form and a length,
`run` ties it together and `nightly` makes notes ahead.
Reading costs about ten seconds of two cores for each 3,000 characters that were not read
before; what was is read from the cache in milliseconds.
"""
