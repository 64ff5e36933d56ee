"""Text to measure on: a Python file of any length, and a rewrite of it. The same on every run."""

from __future__ import annotations

import random


def source(count: int) -> list[str]:
    """``count`` lines of plausible Python, without line ends."""
    out: list[str] = []
    while len(out) < count:
        k = len(out)
        out += [
            f"def function_{k}(alpha, beta=None, *, gamma: int = {k}) -> dict:",
            f'    """Compute thing {k} for the caller; return a mapping."""',
            f"    result = {{'id': {k}, 'name': f'item-{{alpha}}', 'ok': True}}",
            "    for index, value in enumerate(alpha or []):",
            f"        if value > {k % 97} and beta is not None:",
            "            result[str(index)] = beta(value, gamma)  # call back",
            "        else:",
            f"            result.setdefault('rest', []).append(value * {k % 13})",
            "    return result",
            "",
            "",
        ]
    return out[:count]


def rewrite(lines: list[str], seed: int = 3) -> list[str]:
    """About a third of the lines dropped, changed or added to."""
    chance = random.Random(seed)
    out: list[str] = []
    for line in lines:
        draw = chance.random()
        if draw < 0.08:
            continue
        if draw < 0.18:
            out.append(line.replace("result", "answer").replace("value", "item"))
        elif draw < 0.26:
            out += [line, "    # a new line, explaining the step above in a sentence"]
        else:
            out.append(line)
    return out
