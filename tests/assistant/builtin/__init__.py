"""The built-in engine: what it understands, and that every result is exactly right."""
