"""Source texts of several languages, made from a seed: many functions, some nearly alike."""

from __future__ import annotations

import random
from collections.abc import Callable

NAMES = [
    "load",
    "store",
    "parse",
    "render",
    "merge",
    "split",
    "scan",
    "fetch",
    "close",
    "open",
    "reset",
    "count",
]
THINGS = [
    "config",
    "table",
    "buffer",
    "index",
    "widget",
    "socket",
    "token",
    "page",
    "record",
    "route",
    "naïve",
]


def _name(rng: random.Random) -> str:
    return f"{rng.choice(NAMES)}_{rng.choice(THINGS[:-1])}_{rng.randrange(100)}"


def python(rng: random.Random) -> str:
    out = ['"""Module of ' + rng.choice(THINGS) + '."""', "", "import os", "import sys", ""]
    for _ in range(rng.randint(2, 4)):
        out += ["", f"class {_name(rng).title()}:", f'    """Holds a {rng.choice(THINGS)}."""', ""]
        for _ in range(rng.randint(2, 4)):
            name = _name(rng)
            out += [f"    def {name}(self, value, limit={rng.randrange(9)}):"]
            out += [f"        if value > {rng.randrange(99)} and self.{rng.choice(NAMES)}:"]
            out += [f"            raise ValueError('bad {rng.choice(THINGS)}')"]
            out += [f'        {rng.choice(THINGS[:-1])} = os.path.join(value, "{_name(rng)}")']
            out += [
                "        for item in range(limit):",
                f"            self.{_name(rng)}(item)",
                "        return value",
                "",
            ]
    out += ["", "def main():", f"    return {_name(rng).title()}()", ""]
    return "\n".join(out)


def braces(head: list[str], line: str, comment: str, indent: str) -> Callable[[random.Random], str]:
    def make(rng: random.Random) -> str:
        out = [*head, ""]
        for _ in range(rng.randint(6, 12)):
            out += [f"{comment} {_name(rng)} handles one {rng.choice(THINGS)}."]
            out += [line.format(name=_name(rng)) + " {"]
            out += [f"{indent}if (value > {rng.randrange(99)} && ready({rng.randrange(9)})) {{"]
            out += [f'{indent * 2}{_name(rng)}(value, "{rng.choice(THINGS)}");', f"{indent}}}"]
            out += [f"{indent}{_name(rng)} = {_name(rng)}[{rng.randrange(20)}] + 'x' ;"]
            out += [
                f"{indent}while (value < {rng.randrange(9)}) {{",
                f"{indent * 2}value += {rng.randrange(7)};",
                f"{indent}}}",
            ]
            out += [f"{indent}return value;", "}", ""]
        return "\n".join(out)

    return make


def markup(rng: random.Random) -> str:
    out = ["<!doctype html>", "<html>", "  <body>"]
    for _ in range(rng.randint(8, 15)):
        out += [f'    <section id="{_name(rng)}">', f"      <h2>{_name(rng)}</h2>"]
        out += [
            f"      <p>It's a {rng.choice(THINGS)} of {rng.randrange(99)}.</p>",
            "    </section>",
        ]
    return "\n".join([*out, "  </body>", "</html>", ""])


def settings(rng: random.Random) -> str:
    out = ["# Settings", "version: 2"]
    for _ in range(rng.randint(10, 20)):
        out += [
            f"{_name(rng)}:",
            f"  path: '/srv/{_name(rng)}'",
            f"  size: {rng.randrange(999)}",
            "  active: true",
        ]
    return "\n".join([*out, ""])


MAKERS: dict[str, Callable[[random.Random], str]] = {
    "src/module.py": python,
    "src/app.js": braces(
        ["import { ready } from './ready.js';"], "export function {name}(value)", "//", "  "
    ),
    "pkg/server.go": braces(["package server"], "func {name}(value int) int", "//", "\t"),
    "lib/core.c": braces(
        ['#include "core.h"'], "static int {name}(int value)", "/* c */ //", "    "
    ),
    "src/lib.rs": braces(["use std::fs;"], "pub fn {name}(value: u32) -> u32", "///", "    "),
    "web/index.html": markup,
    "deploy/app.yaml": settings,
}


def source(path: str, seed: int) -> str:
    """The text for one of :data:`MAKERS`' paths."""
    return MAKERS[path](random.Random(seed))
