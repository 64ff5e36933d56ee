"""A helper process that takes files apart: paths in, analyses out; knows one root, no index.

Ends when its input ends, so it cannot outlive the worker that started it, however that died.
"""

from __future__ import annotations

import json
import os
import stat
import struct
import subprocess
import sys
import threading
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO

from assistant.context.chunks import FIELDS, Analysis, analyse
from assistant.context.reading import MAX_TEXT, Unread, read_bytes, size_limit, text_of, unindexable
from assistant.context.secrets import is_secret_path
from assistant.context.terms import Splitter

_HEAD = struct.Struct(">II")
Frame = tuple[bytes, bytes]
"""One examined file as it crosses: its head as JSON, its arrays."""


@dataclass(slots=True)
class Examined:
    """One file as it was found; ``found`` is None when it is gone, or must not be known."""

    path: str
    found: Analysis | None
    mtime_ns: int = 0
    size: int = 0
    digest: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of one file as they were read, and their sum."""

    path: str
    data: bytes
    mtime_ns: int
    size: int
    digest: str


def examine(root: str, path: str, splitter: Splitter) -> Examined:
    """Read and take apart one file. A file whose text is not wanted is known by its path, with the
    reason."""
    content = read_content(root, path, splitter)
    return taken_apart(content, splitter) if isinstance(content, Content) else content


def read_content(root: str, path: str, splitter: Splitter) -> Content | Examined:
    """What is in one file, or what there is to know when its bytes are not to be had."""
    if reason := is_secret_path(path):
        return Examined(path, None, reason=reason)
    try:
        facts = os.lstat(os.path.join(root, path))
    except OSError as error:
        return Examined(path, None, reason=f"cannot be looked at: {error.strerror or error}")
    if not stat.S_ISREG(facts.st_mode):
        return Examined(path, None, reason="is not a regular file")
    data = read_bytes(root, path, size_limit(path))
    stamp = (facts.st_mtime_ns, facts.st_size)
    if isinstance(data, Unread):
        if data.hides:
            return Examined(path, None, *stamp, reason=data.reason)
        return Examined(path, analyse(path, None, splitter), *stamp, reason=data.reason)
    return Content(path, data, *stamp, blake2b(data, digest_size=16).hexdigest())


def taken_apart(content: Content, splitter: Splitter) -> Examined:
    """What the index takes from one file."""
    path, stamp = content.path, (content.mtime_ns, content.size, content.digest)
    text = text_of(content.data)
    reason = text.reason if isinstance(text, Unread) else unindexable(path, text)
    if isinstance(text, Unread) or reason:
        return Examined(path, analyse(path, None, splitter), *stamp, reason or "is binary")
    return Examined(path, analyse(path, text, splitter), *stamp)


def examine_text(path: str, text: str, splitter: Splitter) -> Examined:
    """The same for the text of an unsaved buffer."""
    digest = (
        "buffer:" + blake2b(text.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()
    )
    reason = unindexable(path, text) or ("is too large" if len(text) > MAX_TEXT else None)
    return Examined(
        path, analyse(path, None if reason else text, splitter), 0, 0, digest, reason or ""
    )


# ---- the wire ------------------------------------------------------------------------------------


def write_frame(stream: BinaryIO, examined: Examined) -> None:
    """One file as a JSON head and one run of bytes."""
    found = examined.found
    arrays: list[array[int]] = []
    head: dict[str, object] = {
        "path": examined.path,
        "mtime_ns": examined.mtime_ns,
        "size": examined.size,
        "digest": examined.digest,
        "reason": examined.reason,
    }
    if found is not None:
        arrays = [found.chunks, found.ids, found.counts, found.offsets, found.definitions]
        for name in FIELDS:
            arrays.extend(found.fields[name])
        head |= {
            "language": found.language,
            "lines": found.lines,
            "terms": found.terms,
            "symbols": found.symbol_names,
            "arrays": [(a.typecode, len(a)) for a in arrays],
        }
    blob = b"".join(a.tobytes() for a in arrays)
    words = json.dumps(head).encode()
    stream.write(_HEAD.pack(len(words), len(blob)) + words + blob)


def read_frame(stream: BinaryIO) -> Frame | None:
    """The next file as it crossed, or None at the end of the stream."""
    start = stream.read(_HEAD.size)
    if len(start) < _HEAD.size:
        return None
    words, size = _HEAD.unpack(start)
    head, blob = stream.read(words), stream.read(size)
    return (head, blob) if len(head) == words and len(blob) == size else None


def unpacked(frame: Frame) -> Examined:
    """What crossed, as it was; raises ValueError when it is no such thing."""
    head = json.loads(frame[0])
    blob = memoryview(frame[1])
    one = Examined(
        head["path"], None, head["mtime_ns"], head["size"], head["digest"], head["reason"]
    )
    if "arrays" in head:
        arrays = []
        at = 0
        for code, count in head["arrays"]:
            numbers: array[int] = array(code)
            numbers.frombytes(blob[at : at + count * numbers.itemsize])
            at += count * numbers.itemsize
            arrays.append(numbers)
        fields = {name: (arrays[5 + 2 * i], arrays[6 + 2 * i]) for i, name in enumerate(FIELDS)}
        one.found = Analysis(
            head["language"],
            head["lines"],
            head["terms"],
            arrays[0],
            arrays[1],
            arrays[2],
            arrays[3],
            fields,
            head["symbols"],
            arrays[4],
        )
    return one


class Analysts:
    """Two or more helper processes. ``deliver`` is called on reader threads with the frame of
    every examined file; taking it apart is left to the owner, whose questions would wait for
    threads that think."""

    def __init__(self, root: str, number: int, deliver: Callable[[Frame], None]) -> None:
        self._deliver = deliver
        self._helpers = [self._start(root) for _ in range(number)]
        self._readers = [
            threading.Thread(target=self._read, args=(helper,), name="analyst-reader")
            for helper in self._helpers
        ]
        self._writers: list[threading.Thread] = []
        for reader in self._readers:
            reader.start()

    def send(self, paths: list[str]) -> None:
        """Share ``paths`` out; big and small files mixed by turns."""
        for i, helper in enumerate(self._helpers):
            share = paths[i :: len(self._helpers)]
            writer = threading.Thread(target=_feed, args=(helper, share), name="analyst-writer")
            self._writers.append(writer)
            writer.start()

    def alive(self) -> bool:
        """Whether every helper still runs."""
        return all(helper.poll() is None for helper in self._helpers)

    def close(self) -> None:
        """End the helpers and their threads; what they had not delivered is lost."""
        for helper in self._helpers:
            helper.terminate()
        for writer in self._writers:
            writer.join()
        for helper in self._helpers:
            if helper.stdin:
                try:
                    helper.stdin.close()
                except OSError:
                    continue
            helper.wait()
        for reader in self._readers:
            reader.join()
        for helper in self._helpers:
            if helper.stdout:
                helper.stdout.close()

    def _start(self, root: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "assistant.context.analyst", root],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=os.path.abspath(os.sep),
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        )

    def _read(self, helper: subprocess.Popen[bytes]) -> None:
        stream = helper.stdout
        assert stream is not None
        while True:
            frame = read_frame(stream)  # type: ignore[arg-type]
            if frame is None:
                return
            self._deliver(frame)


def _feed(helper: subprocess.Popen[bytes], paths: list[str]) -> None:
    assert helper.stdin is not None
    try:
        for path in paths:
            helper.stdin.write(os.fsencode(json.dumps(path)) + b"\n")
        helper.stdin.flush()
    except (OSError, ValueError):
        return


def main() -> None:
    """Answer every path on standard input with a frame on standard output."""
    if hasattr(os, "nice"):
        os.nice(5)  # the worker answers the person, this one only prepares
    root = sys.argv[1]
    splitter = Splitter()
    out = sys.stdout.buffer
    for line in sys.stdin.buffer:
        write_frame(out, examine(root, json.loads(line), splitter))
        out.flush()


if __name__ == "__main__":
    main()
