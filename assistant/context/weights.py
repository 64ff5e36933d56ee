"""What each sign of relevance is worth, and how it is said. Numbers and words only."""

from __future__ import annotations

from collections.abc import Mapping

WEIGHTS: Mapping[str, float] = {
    "best_chunks": 0.73,
    "best_chunk": 1.29,
    "body": 1.43,
    "covered": 0.16,
    "symbols": 0.42,
    "base": 0.57,
    "dirs": 0.66,
    "messages": 1.59,
    "similar": 0.31,
    "joined": 0.75,
    "defines": 0.15,
    "uses": 0.32,
    "mentioned": 0.54,
    "other": -4.77,
    "data": -3.76,
    "together": 3.0,
    "near": 1.0,
    "recent": 1.71,
    "callers": 0.53,
    "tested": 0.38,
    "scope": 1.43,
    "cochange": 1.36,
}
"""Fitted by a listwise softmax on 520 commits of seventeen repositories in nine languages, each
judged by the weights that the sixteen others gave."""
CHUNK_WEIGHTS: Mapping[str, float] = {
    "score": 2.21,
    "covered": 1.1,
    "joined": 0.23,
    "named": 3.17,
    "file": 0.51,
    "share": 0.74,
    "other": -2.83,
    "length": -0.45,
    "defines": 0.84,
    "before": 0.7,
    "behind": 0.25,
    "head": -1.08,
}
"""Fitted in the same way to the chunks that hold changed lines. ``length`` is what packing by value
per token needs, between what 4,000 and what 16,000 tokens prefer."""
SAID: Mapping[str, str] = {
    "best_chunks": "its functions match",
    "body": "its text matches",
    "symbols": "its symbols match",
    "base": "its name matches",
    "dirs": "its folder matches",
    "messages": "commits with these words changed it",
    "joined": "it holds the compound name",
    "defines": "it defines a name you wrote",
    "uses": "it uses a name you wrote",
    "mentioned": "you wrote its name",
    "similar": "similar commits changed it",
    "together": "it changes together with an open file",
    "recent": "it was changed lately",
    "callers": "it shares names with the best matches",
    "tested": "its test matches",
    "scope": "it lies in the part you named",
    "cochange": "it changes together with the best matches",
}
