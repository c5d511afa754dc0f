"""Notes: plain text and Markdown, one document a file."""
