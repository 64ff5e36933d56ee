"""Tests of the models floor; the numbers in test names are those of its list of checks."""
