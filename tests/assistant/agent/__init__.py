"""The agent: evidence, tools and what it may do."""
