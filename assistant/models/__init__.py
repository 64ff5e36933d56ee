"""Models: five wire protocols to one event stream. Knows no file, no project, no window."""
