"""A file becomes documents; nothing is stored here."""
