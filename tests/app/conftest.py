"""The walks' fixture, for tests of the window's parts."""

from tests.walks.conftest import start

__all__ = ["start"]
