"""Edits, sans I/O: what a model wrote becomes hunks in the right place, or is refused with a reason."""
