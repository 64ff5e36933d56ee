"""What a path is for: product code, tests, documents, vendored code, data. Names only."""

from __future__ import annotations

import posixpath
import re
from enum import IntEnum

from assistant.context.definitions import CODE_WITHOUT_GRAMMAR
from assistant.context.grammars import LANGUAGES


class Part(IntEnum):
    """Product code first: what people mean unless they say otherwise."""

    CODE = 0
    OTHER = 1
    DATA = 2


_FOLDERS = frozenset(
    [
        "test",
        "tests",
        "testing",
        "__tests__",
        "spec",
        "specs",
        "testdata",
        "fixtures",
        "fixture",
        "e2e",
        "integration-tests",
        "integration_tests",
        "docs",
        "doc",
        "docs_src",
        "documentation",
        "examples",
        "example",
        "_examples",
        "samples",
        "demo",
        "demos",
        "benchmarks",
        "benchmark",
        "bench",
        "benches",
        "vendor",
        "vendored",
        "node_modules",
        "third_party",
        "thirdparty",
        "external_deps",
        "external-deps",
        "extern",
        "__mocks__",
        "mocks",
        "__snapshots__",
        "testutils",
        "test_utils",
        "test-utils",
        "runtime-tests",
    ]
)
_FILES = re.compile(
    r"(^test_.*\.py$|_test\.(go|py|rs|ts|js|rb|c|cc|cpp)$|_spec\.rb$|\.(test|spec|bench|stories|test-d)\.[cm]?[jt]sx?$"
    r"|^conftest\.py$|^tests?\.(rs|py)$|^mock_|_mock\.|^setup\.py$|\.d\.ts$|\.min\.(js|css)$|Tests?\.(java|cs|kt|php)$)"
)
_CODE_BESIDES = CODE_WITHOUT_GRAMMAR | {".cmake", ".graphql", ".pxd", ".pyx", ".sql"}
_NOT_PRODUCT = frozenset(("markdown", "html", "css"))


def part_of(path: str) -> Part:
    """What the file at ``path`` is for."""
    parts = path.split("/")
    if any(folder.lower() in _FOLDERS for folder in parts[:-1]) or _FILES.search(parts[-1]):
        return Part.OTHER
    suffix = posixpath.splitext(parts[-1])[1].lower()
    language = LANGUAGES.get(suffix)
    if language in _NOT_PRODUCT or (language is None and suffix not in _CODE_BESIDES):
        return Part.DATA
    return Part.CODE
