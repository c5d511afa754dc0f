"""Summaries of a correspondence: every matching message is read, every sentence has its source.

`select` finds the threads, `messages` cuts them into numbered items, `extract` has the model
note what they say and checks each note in code, `cache` keeps the notes, `reduce` chooses and
orders them for a form and a length, `run` ties it together and `nightly` makes notes ahead.
Reading costs about ten seconds of two cores for each 3,000 characters that were not read
before; what was is read from the cache in milliseconds.
"""
