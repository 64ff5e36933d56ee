"""Tests, by floor, plus walks through the whole app, peers and benchmarks."""
