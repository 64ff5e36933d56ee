"""Writes a GGUF that makes a real llama.cpp server say what a script says. Knows no server.

A bigram model: one-hot embeddings, no attention, an output matrix that is a table of followers.
Every reply is cut into tokens that occur once, so each is a chain; the chat template chooses the
chain by a condition.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import gguf
import numpy as np


@dataclass(frozen=True)
class Line:
    """Says ``say`` when the Jinja condition ``when`` holds; the first line that fits speaks.

    In a condition ``lu`` is the text of the last user message, ``nt`` the number of tool results
    after it, ``system`` the text of the system messages, ``last`` the last message. ``say`` may
    hold ``<think>…</think>`` and ``<tool_call>\\n{json}\\n</tool_call>``. ``chunk``: characters a
    token.
    """

    say: str
    when: str = "true"
    chunk: int = 5


def said(text: str, say: str, chunk: int = 5) -> Line:
    """The line for a last user message that contains ``text``."""
    quoted = text.replace("\\", "\\\\").replace("'", "\\'")
    return Line(say, f"'{quoted}' in lu", chunk)


_HEAD = Path(__file__).with_name("chat_template.jinja").read_text(encoding="utf-8")


class _Vocabulary:
    """Byte tokens, three marks, and the pieces of the replies, each with a text of its own."""

    END = 258

    def __init__(self) -> None:
        self._letters = _byte_letters()
        self.tokens = [self._letters[b] for b in range(256)]
        self.types = [int(gguf.TokenType.NORMAL)] * 256
        for mark in ("<|endoftext|>", "<|im_start|>", "<|im_end|>"):
            self.add(mark, gguf.TokenType.CONTROL)
        self._used = set(self.tokens)

    def add(self, text: str, kind: gguf.TokenType) -> int:
        self.tokens.append(text)
        self.types.append(int(kind))
        return len(self.tokens) - 1

    def chain(self, text: str, chunk: int) -> list[int]:
        """Ids whose texts join to ``text``, each used once in the whole model."""
        pieces: list[str] = []
        start = 0
        while start < len(text):
            end = min(len(text), start + chunk)
            while end < len(text) and self._spelled(text[start:end]) in self._used:
                end += 1
            piece = text[start:end]
            while self._spelled(piece) in self._used and pieces:
                # The tail is not unique: glue it to what came before.
                last = pieces.pop()
                self._used.discard(self._spelled(last))
                piece = last + piece
            if self._spelled(piece) in self._used:
                raise ValueError(f"no unique tokens for {text!r}: make the reply longer")
            self._used.add(self._spelled(piece))
            pieces.append(piece)
            start = end
        return [self.add(self._spelled(piece), gguf.TokenType.NORMAL) for piece in pieces]

    def _spelled(self, text: str) -> str:
        return "".join(self._letters[byte] for byte in text.encode())


def write(script: Sequence[Line], path: Path, *, context: int = 262_144) -> None:
    """Writes the model: some hundred kilobytes and up, growing with the square of the script's
    tokens.
    """
    words = _Vocabulary()
    follow: dict[int, int] = {}
    branches = []
    for number, line in enumerate(script):
        here = words.add(f"<|s{number}|>", gguf.TokenType.CONTROL)
        for token in words.chain(line.say, line.chunk):
            follow[here] = token
            here = token
        follow[here] = words.END
        word = "if" if number == 0 else "elif"
        branches.append(f"{{%- {word} {line.when} %}}{{{{- '<|s{number}|>' }}}}")
    template = _HEAD.rstrip() + "".join(branches) + "{%- endif %}{%- endif %}"
    _tensors(_header(path, words, template, context), words, follow)


def _header(path: Path, words: _Vocabulary, template: str, context: int) -> gguf.GGUFWriter:
    writer = gguf.GGUFWriter(str(path), "llama")
    width = _width(words)
    writer.add_name("scripted")
    writer.add_context_length(context)
    writer.add_embedding_length(width)
    writer.add_block_count(1)
    writer.add_feed_forward_length(32)
    writer.add_head_count(width // 64)
    writer.add_head_count_kv(1)
    writer.add_rope_dimension_count(64)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(words.tokens))
    writer.add_file_type(int(gguf.LlamaFileType.ALL_F32))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(words.tokens)
    writer.add_token_types(words.types)
    writer.add_token_merges(["! !"])
    writer.add_bos_token_id(256)
    writer.add_eos_token_id(words.END)
    writer.add_pad_token_id(256)
    writer.add_add_bos_token(False)
    writer.add_chat_template(template)
    return writer


def _tensors(writer: gguf.GGUFWriter, words: _Vocabulary, follow: dict[int, int]) -> None:
    size, width = len(words.tokens), _width(words)
    embedding = np.zeros((size, width), np.float32)
    embedding[np.arange(size), np.arange(size)] = 1
    output = np.zeros((size, width), np.float32)
    for token, follower in follow.items():
        output[follower, token] = 5.0
    output[words.END, :] += 0.05
    writer.add_tensor("token_embd.weight", embedding)
    writer.add_tensor("output_norm.weight", np.ones(width, np.float32))
    writer.add_tensor("output.weight", output)
    shapes = {
        "attn_q": (width, width),
        "attn_k": (64, width),
        "attn_v": (64, width),
        "attn_output": (width, width),
        "ffn_gate": (32, width),
        "ffn_up": (32, width),
        "ffn_down": (width, 32),
    }
    for name in ("attn_norm", "ffn_norm"):
        writer.add_tensor(f"blk.0.{name}.weight", np.ones(width, np.float32))
    for name, shape in shapes.items():
        writer.add_tensor(f"blk.0.{name}.weight", np.zeros(shape, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _width(words: _Vocabulary) -> int:
    return ((len(words.tokens) + 63) // 64) * 64


def _byte_letters() -> dict[int, str]:
    """The letters GPT-2's tokenizer writes bytes with."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = {byte: chr(byte) for byte in plain}
    for place, byte in enumerate(b for b in range(256) if b not in letters):
        letters[byte] = chr(256 + place)
    return letters
