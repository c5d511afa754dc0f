"""Documents become searchable and stay true to what is on disk."""
