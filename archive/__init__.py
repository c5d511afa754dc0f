"""A question becomes an answer with checked sources and a confidence."""

__version__ = "0.1.0"
