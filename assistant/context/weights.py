"""What each sign of relevance is worth, and how it is said. Numbers and words only."""

from __future__ import annotations

from collections.abc import Mapping

WEIGHTS: Mapping[str, float] = {
    "best_chunks": 2.02,
    "best_chunk": 0.91,
    "body": 0.74,
    "covered": 1.22,
    "symbols": 0.39,
    "base": 0.94,
    "dirs": 1.7,
    "messages": 1.84,
    "similar": 0.76,
    "joined": 1.13,
    "defines": 1.03,
    "uses": 0.2,
    "mentioned": 1.0,
    "other": -5.0,
    "data": -4.6,
    "together": 3.0,
    "near": 1.0,
}
"""Fitted by a listwise softmax on 400 commits of eight repositories; judged on seven others."""
CHUNK_WEIGHTS: Mapping[str, float] = {
    "score": 2.94,
    "covered": 1.5,
    "joined": 0.83,
    "named": 1.8,
    "file": 0.54,
    "rank": 0.15,
    "share": 0.17,
    "other": -2.0,
    "length": -0.47,
    "defines": 0.54,
}
"""Climbed on the same 400 commits: bodies of changed functions in 4,000 and in 16,000 tokens."""
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
}
