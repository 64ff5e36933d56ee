"""Edits without a model: ordinary English in, exact edits out. Knows no network."""
