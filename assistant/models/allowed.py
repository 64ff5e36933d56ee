"""Which servers a folder may talk to. Judges addresses by their spelling; opens nothing."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Allowed:
    """Which servers a project may talk to: ``localhost``, a host, or ``host:port``.

    None means every server.
    """

    servers: frozenset[str] | None = None

    def permits(self, url: str) -> bool:
        """Whether the list holds the server of ``url``; only whole names count, never parts of
        them.
        """
        if self.servers is None:
            return True
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".").lower()
        port = parts.port or (443 if parts.scheme == "https" else 80)
        if is_loopback(url) and "localhost" in self.servers:
            return True
        return host in self.servers or f"{host}:{port}" in self.servers

    def narrowed(self, servers: frozenset[str]) -> Allowed:
        """What both lists hold: a list inside a list can only take away."""
        if self.servers is None:
            return Allowed(servers)
        if "localhost" in self.servers:
            near = {name for name in servers if is_loopback(f"http://{name}")}
        else:
            near = set()
        both = (self.servers & servers) | near
        if "localhost" in servers:
            both |= {name for name in self.servers if is_loopback(f"http://{name}")}
        return Allowed(frozenset(both))

    def __str__(self) -> str:
        """In words, for the person."""
        if self.servers is None:
            return "any connected server"
        if self.servers == {"localhost"}:
            return "this machine only"
        return ", ".join(sorted(self.servers)) or "no server"


ANYWHERE = Allowed()
LOOPBACK_ONLY = Allowed(frozenset({"localhost"}))


def allowed_in(root: Path, lists: Mapping[str, Iterable[str]]) -> Allowed:
    """What a folder may talk to: its own list, narrowed by those of the folders it stands in."""
    allowed = ANYWHERE
    for folder in (*reversed(root.parents), root):
        servers = lists.get(str(folder))
        if servers is not None:
            allowed = allowed.narrowed(frozenset(servers))
    return allowed


def is_loopback(url: str) -> bool:
    """Whether the address is this machine, judged by its spelling: no name is looked up."""
    host = (urlsplit(url).hostname or "").rstrip(".").lower()
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def host_of(row: Mapping[str, object]) -> str:
    """The server of a stored connection; empty where that is this machine or the app itself."""
    url = str(row.get("base_url", ""))
    return "" if url.startswith("file:") or is_loopback(url) else urlsplit(url).netloc
