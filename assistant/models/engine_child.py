"""The process of the local engine: a llama.cpp server on loopback, alone.

Imports nothing of this project.

Reads one JSON line from its standard input, writes one to its standard output when it listens, and
ends when its standard input does: so it never outlives the app, however that ends.
"""

from __future__ import annotations

import json
import os
import sys
import threading


def main() -> None:
    """Runs until the standard input ends."""
    wish = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # llama.cpp writes to the C-level standard output; ours is a protocol.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = wish["path"]
    params.n_ctx = wish["context"]
    params.n_parallel = 1
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [wish["key"]]
    params.use_jinja = True
    params.endpoint_props = False
    params.endpoint_slots = False
    params.ui = False
    params.n_threads_http = 3
    if wish.get("threads"):
        params.cpuparams.n_threads = wish["threads"]
        params.cpuparams_batch.n_threads = wish["threads"]
    try:
        server = xllamacpp.Server(params)
    except (RuntimeError, ValueError, OSError) as error:
        print(json.dumps({"error": str(error)[:500]}), file=answers, flush=True)
        raise SystemExit(3) from error
    print(json.dumps({"ready": server.listening_address}), file=answers, flush=True)
    threading.Event().wait()


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main()
