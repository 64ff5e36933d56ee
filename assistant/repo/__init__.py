"""Git, the journal and the one door to the disk. Knows no model and no window."""
