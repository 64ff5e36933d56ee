"""What was spent: one row for each request, totals by edit, session, day and project.

Knows no model.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from assistant.errors import SettingsError
from assistant.types import Usage

_TABLE = """
CREATE TABLE IF NOT EXISTS spent (
    id INTEGER PRIMARY KEY,
    at REAL NOT NULL,
    day TEXT NOT NULL,
    project TEXT NOT NULL,
    session TEXT NOT NULL,
    edit TEXT NOT NULL,
    role TEXT NOT NULL,
    model TEXT NOT NULL,
    input INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    cache_write INTEGER NOT NULL,
    output INTEGER NOT NULL,
    reasoning INTEGER NOT NULL,
    cost REAL,
    estimated INTEGER NOT NULL,
    outcome TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS spent_by_day ON spent (day, project);
CREATE INDEX IF NOT EXISTS spent_by_edit ON spent (edit);
"""
_SUMS = """
SELECT COUNT(*), COALESCE(SUM(input), 0), COALESCE(SUM(cache_read), 0),
       COALESCE(SUM(cache_write), 0), COALESCE(SUM(output), 0), COALESCE(SUM(reasoning), 0),
       SUM(cost), COALESCE(SUM(cost IS NULL), 0), COALESCE(MAX(estimated), 0)
FROM spent
"""


@dataclass(frozen=True, slots=True)
class Account:
    """Who pays: the project's path, the session, the edit, and the role the model plays."""

    project: str = ""
    session: str = ""
    edit: str = ""
    role: str = "edit"


@dataclass(frozen=True, slots=True)
class Total:
    """A sum.

    ``usage.cost`` is None when no request has a known price; ``unpriced`` requests are not in it.
    """

    requests: int
    usage: Usage
    unpriced: int


class Ledger:
    """The book, in one SQLite file that several windows may share. Any thread may call it."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._base = sqlite3.connect(path, timeout=5, check_same_thread=False)
            self._base.execute("PRAGMA journal_mode=WAL")
            self._base.execute("PRAGMA synchronous=NORMAL")
            self._base.executescript(_TABLE)
        except (sqlite3.Error, OSError) as error:
            raise SettingsError(
                f"The ledger {path} does not open ({error}).",
                "Move the file away to begin a new one.",
            ) from error

    def enter(self, account: Account, model: str, usage: Usage, outcome: str) -> None:
        """Adds one request; ``outcome`` is complete, cut, cancelled, capped or failed."""
        now = self._clock()
        row = (
            now,
            date.fromtimestamp(now).isoformat(),
            account.project,
            account.session,
            account.edit,
            account.role,
            model,
            usage.input,
            usage.cache_read,
            usage.cache_write,
            usage.output,
            usage.reasoning,
            usage.cost,
            usage.estimated,
            outcome,
        )
        places = ", ".join("?" * len(row))
        try:
            with self._lock, self._base:
                self._base.execute(f"INSERT INTO spent VALUES (NULL, {places})", row)  # noqa: S608
        except sqlite3.Error as error:
            raise _broken(error) from error

    def edit(self, edit: str) -> Total:
        """What one edit took."""
        return self._total("WHERE edit = ?", edit)

    def session(self, session: str) -> Total:
        """What one session took."""
        return self._total("WHERE session = ?", session)

    def day(self, day: date | None = None) -> Total:
        """What one day took, by the clock on the wall; today without an argument."""
        return self._total("WHERE day = ?", (day or self.today()).isoformat())

    def project(self, project: str) -> Total:
        """What one project took so far."""
        return self._total("WHERE project = ?", project)

    def days(self, count: int = 14, project: str | None = None) -> tuple[tuple[date, Total], ...]:
        """The last days, oldest first, empty ones included: the chart."""
        first = self.today() - timedelta(days=count - 1)
        out = []
        for step in range(count):
            day = first + timedelta(days=step)
            if project is None:
                total = self.day(day)
            else:
                total = self._total("WHERE day = ? AND project = ?", day.isoformat(), project)
            out.append((day, total))
        return tuple(out)

    def models(self, since: date) -> tuple[tuple[str, Total], ...]:
        """What each model took since a day, the dearest first."""
        with self._lock, closing(self._base.cursor()) as cursor:
            names = cursor.execute(
                "SELECT model FROM spent WHERE day >= ? GROUP BY model ORDER BY SUM(cost) DESC",
                (since.isoformat(),),
            ).fetchall()
        found = []
        for (name,) in names:
            total = self._total("WHERE day >= ? AND model = ?", since.isoformat(), name)
            found.append((str(name), total))
        return tuple(found)

    def today(self) -> date:
        """The day of the clock."""
        return date.fromtimestamp(self._clock())

    def close(self) -> None:
        """Ends it; safe to repeat."""
        with self._lock:
            self._base.close()

    def _total(self, where: str, *values: str) -> Total:
        try:
            with self._lock, closing(self._base.cursor()) as cursor:
                row = cursor.execute(_SUMS + where, values).fetchone()
        except sqlite3.Error as error:
            raise _broken(error) from error
        count, given, read, written, made, reasoning, cost, unpriced, estimated = row
        usage = Usage(given, read, written, made, reasoning, cost, bool(estimated))
        return Total(count, usage, unpriced)


def _broken(error: sqlite3.Error) -> SettingsError:
    """Spending that cannot be written down cannot be capped either, so it is said and not passed
    over.
    """
    return SettingsError(
        f"The ledger of what was spent fails ({error}).", "Check the disk, or begin a new ledger."
    )
