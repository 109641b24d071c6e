"""Data sets that are built on the reader's machine, and the reader's own files (§2.1, §5.1)."""
