"""Writes the requests of one turn: words put together, secrets masked, every portion weighed.

Knows the rooms of a session; sends nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.edits.reader import EditFormat
from assistant.needs import Rooms
from assistant.parcel import Letter, Parcel, tools
from assistant.types import (
    ChatModel,
    Context,
    Effort,
    Instruction,
    LeftOut,
    Message,
    ModelRequest,
    Role,
    Text,
    ToolSpec,
)

_KEPT = 16
"""Requests whose letter is known: a turn tries several until one fits."""


class Writer:
    """One for each turn. ``instruction`` is the wish as it is, for engines that read it themselves.

    ``seal`` masks what leaves and opens what comes back.
    """

    def __init__(
        self,
        rooms: Rooms,
        instruction: Instruction,
        role: str,
        model: ChatModel,
        run: str,
        temperature: float | None = None,
    ) -> None:
        self._rooms, self._instruction, self._temperature = rooms, instruction, temperature
        self._role, self._model, self._run = role, model, run
        self.seal = rooms.seal()
        self._masked: dict[str, str] = {}
        self._written: list[tuple[ModelRequest, Letter, tuple[LeftOut, ...]]] = []

    def task(
        self,
        wish: Instruction,
        context: Context,
        history: Sequence[Message],
        specs: Sequence[ToolSpec],
    ) -> ModelRequest:
        """The first request of a run that works in steps, as it may leave."""
        wish = self._without_secrets(wish)
        letter = self._rooms.prompts.agent(wish, context, history).sealed(self._close)
        return self._keep(self._request(letter, wish, tuple(specs)), letter, context.left_out)

    def build(
        self, wish: Instruction, context: Context, history: Sequence[Message], form: EditFormat
    ) -> ModelRequest:
        """The request as it may leave."""
        prompts, words = self._rooms.prompts, self._rooms.format_words(form)
        wish = self._without_secrets(wish)
        if self._role == "edit":
            small = self._rooms.small(self._model)
            letter = prompts.edit(wish, context, words, small=small)
        else:
            letter = prompts.chat(wish, context, words, history)
        letter = letter.sealed(self._close)
        return self._keep(self._request(letter, wish), letter, context.left_out)

    def _request(
        self, letter: Letter, wish: Instruction, specs: tuple[ToolSpec, ...] = ()
    ) -> ModelRequest:
        return ModelRequest(
            messages=letter.messages(),
            tools=specs,
            effort=wish.effort if wish.effort else Effort.OFF,
            temperature=self._temperature,
            cache_key=self._run.rpartition("-")[0],
            instruction=self._instruction,
        )

    def again(self, request: ModelRequest, said: str, told: str) -> ModelRequest:
        """The request with the answer to it, and what is to be said of that answer."""
        _, letter, left_out = self._of(request)
        more = (
            Message(Role.ASSISTANT, (Text(self._close(said)),)),
            Message(Role.USER, (Text(self._close(told)),)),
        )
        letter = replace(letter, after=(*letter.after, *more))
        return self._keep(replace(request, messages=letter.messages()), letter, left_out)

    def parcel(self, request: ModelRequest) -> Parcel:
        """What a request of this turn holds, portion by portion."""
        _, letter, left_out = self._of(request)
        weighed = [replace(tool, tokens=self._count(tool.text)) for tool in tools(request.tools)]
        portions = (*weighed, *letter.portions(self._count, self.seal.hidden))
        parcel = Parcel(portions, left_out, model=self._model.name)
        terms = self._rooms.terms(self._model, request, parcel.tokens)
        if not terms.leaves:
            return Parcel(terms=terms, model=self._model.name)
        return replace(parcel, terms=terms)

    def _count(self, text: str) -> int:
        return self._rooms.calibration.tokens(text, self._model.name)

    def _close(self, text: str) -> str:
        """Masks each text once: trying what fits writes the same parts again and again."""
        if text not in self._masked:
            self._masked[text] = self.seal.close(text)
        return self._masked[text]

    def _without_secrets(self, wish: Instruction) -> Instruction:
        """The target is masked as a whole: a part of a key shows not that it is one."""
        if wish.target is None or wish.span is None:
            return wish
        return replace(wish, target=replace(wish.target, text=self._close(wish.target.text)))

    def _keep(
        self, request: ModelRequest, letter: Letter, left_out: tuple[LeftOut, ...]
    ) -> ModelRequest:
        self._written = [*self._written[-_KEPT:], (request, letter, left_out)]
        return request

    def _of(self, request: ModelRequest) -> tuple[ModelRequest, Letter, tuple[LeftOut, ...]]:
        return next(row for row in reversed(self._written) if row[0] is request)
