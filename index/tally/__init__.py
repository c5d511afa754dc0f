"""Counting and listing by SQL: how many messages, people, threads, attachments, documents.

Exact and complete: every filter must hold, every word must occur, copies are one. A word
occurs where the subject or the text has it in any of its forms; what a mail quotes from one
that is here counts for that one only. Counted in chats are the turns, not the days. Replies and
forwards are told by `Re:` and `Fwd:` in the subject, replies by the message they name as well.
All that fits is read, some 15 µs a document.

`chosen` finds the documents, `phrase` those with words in them; `turns` and `people` are what
is counted within; `count` ties it together, and `rows` is what comes out.
"""
