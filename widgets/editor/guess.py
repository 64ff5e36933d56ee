"""Which language a text without a name is in, by its first lines. Pure: text in, a name out."""

from __future__ import annotations

import re

SAMPLE = 4000
_LEAST = 2
_SIGNS: tuple[tuple[str, str, int], ...] = (
    ("python", r"^(def \w+\(.*\).*:|class \w+.*:|from [\w.]+ import |import \w+(\.\w+)*$)", 2),
    ("python", r"^\s+(return\b|self\.|elif |except\b)|^(if|for|while|with) .*:$", 1),
    ("json", r"\A\s*[\[{]\s*(\"|[\[{\]}])", 2),
    ("html", r"(?i)\A\s*(<!doctype html|<html)", 2),
    ("xml", r"\A\s*<\?xml", 2),
    ("rust", r"^(pub )?(fn \w+.*\{|use \w+::|impl\b.*\{)|\blet mut ", 2),
    ("go", r"^package \w+$|^func .*\{$", 2),
    ("cpp", r"^#include\s*<(iostream|vector|string|map)>|\bstd::", 2),
    ("c", r"^#include\s*[<\"]\w+\.h[>\"]|^int main\(", 2),
    ("java", r"^public (final )?(class|interface) \w+|^package [\w.]+;$", 2),
    ("typescript", r"^(export )?(interface|type) \w+.*[{=]|^(export )?(const|let) \w+: ", 2),
    ("javascript", r"^(const|let|var|function|export|import)\b.*[;{(]|=> [{(]|\brequire\(", 2),
    ("css", r"^[.#@]?[\w-]+[^;{}]*\{\s*$[\s\S]*?^\s+[\w-]+:.*;$", 2),
    ("sql", r"(?i)\A\s*(select\b.*\bfrom\b|create table\b|insert into\b|with \w+ as)", 2),
    ("toml", r"^\[[\w.-]+\]\s*$[\s\S]*?^\w+ = ", 2),
    ("yaml", r"\A---\s*$|^\w[\w-]*:\s*$[\s\S]*?^\s+(- )?[\w-]+: ", 2),
    ("markdown", r"^#{1,6} \S|^```|^\* \S.*$[\s\S]*?^\* \S", 2),
    ("bash", r"^#!.*\b(ba|z|da)?sh\b|^\s*(fi|done|esac)$|\$\{\w+\}", 2),
)


def guess(text: str) -> str:
    """The name of a language, or nothing where the text does not show one."""
    sample, points = text[:SAMPLE], dict.fromkeys((name for name, _, _ in _SIGNS), 0)
    if sample.startswith("#!"):
        first = sample.split("\n", 1)[0]
        for word, name in (("python", "python"), ("node", "javascript"), ("sh", "bash")):
            if word in first:
                return name
    for name, sign, weight in _SIGNS:
        if re.search(sign, sample, re.MULTILINE):
            points[name] += weight
    best = max(points, key=lambda name: points[name])
    return best if points[best] >= _LEAST else ""
