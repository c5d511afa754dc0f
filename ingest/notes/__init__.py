"""Notes of all kinds: what programs for notes and journals keep or export.

Each format has its module; `marks`, `outline`, `dates`, `items`, `bundle` and `xml` are
what they share.
"""
