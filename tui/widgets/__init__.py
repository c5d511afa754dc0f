"""Pieces of the screens. None of them knows the archive; they are given values."""
