"""Edits, sans I/O: a reply becomes hunks in the right place, or is refused with a reason."""
