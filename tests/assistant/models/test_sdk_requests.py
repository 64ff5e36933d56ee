"""Check 26, the other way round: the same wish makes the same request as the official SDKs send."""

from __future__ import annotations

import asyncio
from typing import Any

import anthropic
import openai
import pytest

from assistant.models.egress import Egress
from tests.assistant.models.asking import READ, ask, model, run, until_error
from tests.peers.raw import Heard, Line, raw_server

OURS_ALONE = {
    "stream_options": "usage is asked for, which the SDK leaves to its caller",
    "store": "the history goes each time, so nothing needs to be kept there",
    "parallel_tool_calls": "said outright, because some servers take one call otherwise",
}


async def _refuses(heard: Heard, line: Line) -> None:
    await line.answer(400, {"error": {"message": "heard"}})


def theirs(protocol: str, url: str) -> None:
    """The SDK's way to ask ``hi`` with one tool."""
    words: Any = [{"role": "user", "content": "hi"}]
    schema = dict(READ.schema)
    if protocol == "messages":
        tool = {"name": READ.name, "description": READ.description, "input_schema": schema}
        with (
            anthropic.Anthropic(base_url=url, api_key="k", max_retries=0) as claude,
            pytest.raises(anthropic.BadRequestError),
        ):
            claude.messages.create(
                model="m", max_tokens=99, messages=words, tools=[tool], stream=True
            )
        return
    with openai.OpenAI(base_url=f"{url}/v1", api_key="k", max_retries=0) as client:
        function = {"name": READ.name, "description": READ.description, "parameters": schema}
        with pytest.raises(openai.BadRequestError):
            if protocol == "chat":
                client.chat.completions.create(
                    model="m",
                    max_tokens=99,
                    messages=words,
                    tools=[{"type": "function", "function": function}],
                    stream=True,
                )
            else:
                client.responses.create(
                    model="m",
                    max_output_tokens=99,
                    input=words,
                    tools=[{"type": "function", "strict": False, **function}],
                    stream=True,
                )


def normal(value: Any) -> Any:
    """Words as text and as a list of one text mean the same to these servers."""
    match value:
        case [{"type": "text" | "input_text", "text": str(text)}]:
            return text
        case list():
            return [normal(item) for item in value]
        case dict():
            # A message item may say that it is one.
            return {k: normal(v) for k, v in value.items() if (k, v) != ("type", "message")}
    return value


@pytest.mark.parametrize("protocol", ["chat", "responses", "messages"])
def test_check_26_the_request_is_the_sdks_request(protocol: str) -> None:
    async def work(egress: Egress) -> None:
        async with raw_server(_refuses) as server:
            await asyncio.to_thread(theirs, protocol, server.url)
            source = model(f"{server.url}/v1", egress, protocol, name="m")
            await until_error(source, ask("hi", READ, max_tokens=99))
            sdk, ours = server.heard
            assert ours.path == sdk.path
            extra = set(ours.json) - set(sdk.json)
            assert extra <= set(OURS_ALONE), extra
            assert {k: normal(v) for k, v in ours.json.items() if k not in extra} == normal(
                sdk.json
            )
            if protocol == "messages":
                assert "anthropic-version" in ours.headers

    run(work)
