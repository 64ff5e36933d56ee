"""The process that searches: one question in on standard input, JSON lines out, then it ends."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from typing import Any

from assistant.query import Query, Search, look
from assistant.search.files import through

ALIVE_S = 0.2
"""At least so often a line says that the search goes on."""


def main() -> None:
    head, _, body = sys.stdin.buffer.read().partition(b"\n")
    asked = json.loads(head)
    query = Query(**asked["query"])
    if "limit" in asked:
        search = Search(query, asked["limit"], asked["template"])
        _say(asdict(look(search, body.decode("utf-8", "surrogateescape"))))
        return
    try:
        _files(asked, query)
    except ValueError as error:
        _say({"files": 0, "hits": 0, "error": str(error)})


def _files(asked: dict[str, Any], query: Query) -> None:
    files = hits = 0
    said = time.monotonic()
    most = asked["most"]
    for found in through(asked["root"], asked["names"], asked["buffers"], query, asked["template"]):
        if found is not None:
            files, hits = files + 1, hits + len(found.hits)
            _say(asdict(found))
            if hits >= most:
                _say({"files": files, "hits": hits, "cut": True})
                return
        elif time.monotonic() - said > ALIVE_S:
            _say({})
        else:
            continue
        said = time.monotonic()
    _say({"files": files, "hits": hits})


def _say(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


main()
