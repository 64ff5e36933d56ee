"""Search in a text and through files, in a process of its own: it can always be ended."""
