"""First run: which servers listen on this machine and which keys the environment holds.

Connects nothing.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.errors import ModelError
from assistant.models import tables
from assistant.models.connection import Connection, from_preset
from assistant.models.dialect import mapping, number
from assistant.models.egress import Egress, Outgoing
from assistant.models.keys import KeyStore
from assistant.models.preference import ModelInfo, best

_SECONDS = 1.5
_LARGEST = 4_000_000


@dataclass(frozen=True, slots=True)
class Found:
    """Something to connect to with one click: a server with its models, or a key of a provider."""

    preset: str
    title: str
    base_url: str
    models: tuple[ModelInfo, ...] = ()
    key: str = ""

    def connection(self, model: str = "") -> Connection:
        """The connection to the named model, or to the one to begin with."""
        chosen = next((m for m in self.models if m.name == model), None)
        chosen = chosen or (best(self.preset, self.models) if not model else None)
        chosen = chosen or ModelInfo(model)
        made = from_preset(self.preset, chosen.name, key=self.key)
        return Connection(
            made.name,
            made.protocol,
            self.base_url,
            made.model,
            self.key,
            self.preset,
            chosen.context,
            chosen.images,
        )


async def look_around(
    egress: Egress, keys: KeyStore, ports: Mapping[str, int] | None = None
) -> tuple[Found, ...]:
    """Servers on loopback, asked all at once within 1.5 s, then keys.

    Keys are not tried: that would send them.

    ``ports`` replaces the usual ports by preset. Raises AIOff when all AI is off.
    """
    egress.check("http://127.0.0.1")
    rows = [row for row in tables.providers().values() if row.port]
    wanted = {row.key: (ports or {}).get(row.key, row.port) for row in rows}
    asked = [_ask(egress, preset, port) for preset, port in wanted.items() if port]
    servers = await asyncio.gather(*asked)
    variables = {name: row.key for row in tables.providers().values() for name in row.key_env}
    with_keys = [
        Found(
            preset, tables.provider(preset).title, tables.provider(preset).base_url, key=reference
        )
        for preset, reference in keys.found(variables).items()
    ]
    return (*[found for found in servers if found is not None], *with_keys)


async def models_of(
    connection: Connection, egress: Egress, keys: KeyStore
) -> tuple[ModelInfo, ...]:
    """The models the server offers, with what it says of them. Raises ModelError."""
    row = tables.provider(connection.preset)
    base = connection.base_url.rstrip("/")
    key = keys.get(connection.key)
    header, prefix = (
        row.key_header or "authorization",
        row.key_prefix if row.key_header else "Bearer ",
    )
    extra = dict(connection.headers)
    path = "/models"
    match connection.protocol:
        case "ollama":
            return await _ollama_models(egress, base)
        case "messages":
            header, prefix, path = "x-api-key", "", "/models?limit=1000"
            extra["anthropic-version"] = "2023-06-01"
        case "gemini":
            header, prefix, path = "x-goog-api-key", "", "/models?pageSize=1000"
    base, mark, query = base.partition("?")
    outgoing = Outgoing(
        base.rstrip("/") + path + (mark + query if "?" not in path else ""),
        method="GET",
        headers=extra,
        key=key,
        key_header=header,
        key_prefix=prefix,
        answer_seconds=20.0,
    )
    return read_models(await _json(egress, outgoing))


def read_models(body: Any) -> tuple[ModelInfo, ...]:
    """The list in any of its shapes: OpenAI, Anthropic, Gemini, OpenRouter, LM Studio, vLLM,
    llama.cpp.
    """
    rows = body.get("data") or body.get("models") or [] if isinstance(body, dict) else body
    found = []
    for row in rows if isinstance(rows, list) else ():
        row = mapping(row)
        name = str(row.get("id") or row.get("model") or row.get("name") or "")
        if name:
            found.append(_info(name.removeprefix("models/"), row))
    return tuple(found)


def _info(name: str, row: Mapping[str, Any]) -> ModelInfo:
    meta, can = mapping(row.get("meta")), mapping(row.get("capabilities"))
    sizes = (
        row.get("max_input_tokens"),
        row.get("context_length"),
        row.get("max_model_len"),
        row.get("loaded_context_length"),
        row.get("max_context_length"),
        row.get("inputTokenLimit"),
        row.get("context_window"),
        meta.get("n_ctx"),
        meta.get("n_ctx_train"),
    )
    context = next((number(s) for s in sizes if number(s)), None)
    longest = number(row.get("outputTokenLimit") or row.get("max_completion_tokens"))
    longest = longest or number(row.get("max_tokens"))
    parameters = row.get("supported_parameters")
    thinks, tools = row.get("thinking"), None
    if isinstance(parameters, list):
        thinks, tools = "reasoning" in parameters, "tools" in parameters
    if "thinking" in can:
        thinks = bool(mapping(can["thinking"]).get("supported", can["thinking"]))
    images = can.get("image_input", can.get("vision"))
    if isinstance(images, dict):
        images = images.get("supported")
    return ModelInfo(
        name,
        context,
        longest or None,
        thinks if isinstance(thinks, bool) else None,
        tools,
        images if isinstance(images, bool) else None,
    )


async def _ask(egress: Egress, preset: str, port: int) -> Found | None:
    row = tables.provider(preset)
    base = row.base_url.replace(f":{row.port}", f":{port}")
    try:
        async with asyncio.timeout(_SECONDS):
            if preset == "ollama":
                models = await _ollama_models(egress, base, details=False)
            else:
                get = Outgoing(f"{base}/models", method="GET", answer_seconds=_SECONDS)
                models = read_models(await _json(egress, get))
    except (ModelError, TimeoutError):
        return None
    return Found(preset, row.title, base, models)


async def _ollama_models(
    egress: Egress, base: str, *, details: bool = True
) -> tuple[ModelInfo, ...]:
    tags = await _json(egress, Outgoing(f"{base}/api/tags", method="GET", answer_seconds=20.0))
    if not isinstance(tags, dict) or "models" not in tags:
        raise ModelError(f"{base} does not answer as Ollama does.", "Check the address.")
    names = [str(mapping(row).get("name") or "") for row in tags.get("models") or ()]
    if not details:
        return tuple(ModelInfo(name) for name in names if name)
    return tuple([await ollama_model(egress, base, name) for name in names[:50] if name])


async def ollama_model(egress: Egress, base: str, name: str) -> ModelInfo:
    """What Ollama says of one model: its window as trained, and what it can do."""
    body = json.dumps({"model": name}).encode()
    headers = {"content-type": "application/json"}
    shown = mapping(await _json(egress, Outgoing(f"{base}/api/show", body, headers=headers)))
    facts = mapping(shown.get("model_info"))
    context = next((number(v) for k, v in facts.items() if k.endswith(".context_length")), None)
    can = shown.get("capabilities")
    known: Sequence[str] | None = can if isinstance(can, list) else None
    return ModelInfo(
        name,
        context or None,
        None,
        None if known is None else "thinking" in known,
        None if known is None else "tools" in known,
        None if known is None else "vision" in known,
    )


async def _json(egress: Egress, outgoing: Outgoing) -> Any:
    from assistant.models import failures

    raw = b""
    try:
        async with asyncio.timeout(outgoing.answer_seconds), egress.open(outgoing) as response:
            async for chunk in response.aiter_bytes():
                raw += chunk
                if len(raw) > _LARGEST:
                    raise ModelError(f"{outgoing.url} sent more than {_LARGEST} bytes.")
            if response.status_code >= 300:
                host = response.url.netloc.decode("ascii", "replace")
                raise failures.from_response(response.status_code, raw, response.headers, host)
        return json.loads(raw)
    except TimeoutError:
        raise ModelError(f"{outgoing.url} does not answer.", "Check the server.") from None
    except (ValueError, RecursionError):
        raise ModelError(
            f"{outgoing.url} did not answer with JSON.", "Check the address."
        ) from None
