"""A terminal without a window: a pseudo-terminal, a shell, and what stands on the screen."""
