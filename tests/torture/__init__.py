"""Kills, torn writes and failing disks at every call that changes something."""
