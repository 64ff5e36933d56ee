"""Each language of the index: what is defined, in which lines, and that uses are found."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.context.definitions import definitions
from assistant.context.project import Project
from tests.assistant.context.door import write

_PYTHON = """import os


@cached
def load_walrus(path: str) -> str:
    return read_tusk(path)


class Herd(list):
    async def feed(self):
        def inner():
            return 1
        return inner()
"""
_JS = """import { tusk } from "./tusk.js";

export function loadWalrus(path) {
  return readTusk(path);
}
export const feed = async (herd) => herd.map((w) => w.eat());
class Herd extends Array {
  count() { return this.length; }
}
exports.swim = function () { return 1; };
"""
_TS = """export interface Walrus { tusks: number }
export type Name = string | null;
export enum Mood { Calm, Loud }
export abstract class Herd<T extends Walrus> {
  private names: Name[] = [];
  count(): number { return readTusk(this.names.length); }
  feed = () => 1;
}
export function loadWalrus<T>(path: string): T { return JSON.parse(path); }
"""
_TSX = """type Props = { name: string };
export function Walrus({ name }: Props) {
  return <p onClick={() => readTusk(name)}>{name}</p>;
}
export const Herd = () => <ul><Walrus name="a" /></ul>;
"""
_GO = """package herd

type Walrus struct { Tusks int }
type Feeder interface { Feed() error }

const Most = 3

func LoadWalrus(path string) (*Walrus, error) {
	return readTusk(path)
}

func (w *Walrus) Feed() error { return nil }
"""
_RUST = """pub struct Walrus { tusks: u8 }
pub enum Mood { Calm, Loud }
pub trait Feed { fn feed(&self) -> u8; }
impl Feed for Walrus {
    fn feed(&self) -> u8 { read_tusk(self.tusks) }
}
macro_rules! herd { () => { Vec::new() } }
pub type Name = String;
pub async fn load_walrus(path: &str) -> Walrus { Walrus { tusks: 2 } }
"""
_C = """#include <stdio.h>
#define TUSKS(x) ((x) * 2)
struct walrus { int tusks; };
enum mood { CALM, LOUD };
typedef struct walrus walrus_t;

static int load_walrus(const char *path) {
    return read_tusk(path);
}
"""
_CPP = """namespace sea {
class Walrus {
 public:
  int tusks() const { return read_tusk(2); }
};
template <typename T> T load_walrus(const T& path) { return path; }
}
int sea::Herd::count() { return 1; }
"""
_JAVA = """package sea;
public class Walrus {
  private final int tusks;
  public Walrus(int tusks) { this.tusks = tusks; }
  public int loadTusks() { return readTusk(tusks); }
}
interface Feeder { void feed(); }
enum Mood { CALM, LOUD }
record Name(String value) {}
"""
_CS = """namespace Sea {
  public class Walrus {
    public int Tusks { get; set; }
    public Walrus(int tusks) { Tusks = tusks; }
    public int LoadTusks() => ReadTusk(Tusks);
  }
  interface IFeeder { void Feed(); }
  struct Point { }
  enum Mood { Calm, Loud }
  record Name(string Value);
}
"""
_RUBY = """module Sea
  class Walrus < Animal
    def load_tusks(path)
      read_tusk(path)
    end

    def self.feed
      1
    end
  end
end
"""
_PHP = """<?php
namespace Sea;
interface Feeder { public function feed(); }
trait Loud { }
class Walrus implements Feeder {
    public function feed() { return readTusk($this); }
}
function loadWalrus($path) { return new Walrus(); }
"""
_LUA = """local M = {}
function M.load_walrus(path)
  return read_tusk(path)
end
local function feed() return 1 end
M.swim = function() return 2 end
return M
"""
_BASH = """#!/bin/bash
load_walrus() {
  read_tusk "$1"
}
function feed { echo fed; }
load_walrus "$@"
"""
_HTML = """<html><body>
<div id="herd-list"><p>read_tusk</p></div>
<script>const x = 1;</script>
</body></html>
"""
_CSS = """.walrus > .tusk { color: red; }
@keyframes swim { from { top: 0; } }
"""
_MARKDOWN = """# Herd

What read_tusk does.

## Feeding

Twice.

Second head
-----------
"""
_KOTLIN = """package sea
class Walrus(val tusks: Int) {
    fun feed(): Int = readTusk(tusks)
}
interface Feeder
fun loadWalrus(path: String) = Walrus(2)
"""

SNIPPETS: dict[str, tuple[str, set[tuple[str, str]]]] = {
    "a.py": (_PYTHON, {("load_walrus", "function"), ("Herd", "class"), ("feed", "function")}),
    "a.js": (
        _JS,
        {("loadWalrus", "function"), ("feed", "function"), ("Herd", "class"), ("count", "method")}
        | {("swim", "method")},
    ),
    "a.ts": (
        _TS,
        {("Walrus", "interface"), ("Name", "type"), ("Mood", "enum"), ("Herd", "class")}
        | {("count", "method"), ("feed", "method"), ("loadWalrus", "function")},
    ),
    "a.tsx": (_TSX, {("Props", "type"), ("Walrus", "function"), ("Herd", "function")}),
    "a.go": (
        _GO,
        {("Walrus", "type"), ("Feeder", "type"), ("Most", "constant")}
        | {("LoadWalrus", "function"), ("Feed", "method")},
    ),
    "a.rs": (
        _RUST,
        {("Walrus", "class"), ("Mood", "enum"), ("Feed", "interface"), ("feed", "function")}
        | {("herd", "function"), ("Name", "type"), ("load_walrus", "function")},
    ),
    "a.c": (
        _C,
        {("walrus", "class"), ("mood", "enum"), ("walrus_t", "type")}
        | {("load_walrus", "function"), ("TUSKS", "function")},
    ),
    "a.cpp": (
        _CPP,
        {("sea", "module"), ("Walrus", "class"), ("tusks", "function")}
        | {("load_walrus", "function"), ("sea::Herd::count", "function")},
    ),
    "a.java": (
        _JAVA,
        {("Walrus", "class"), ("Walrus", "method"), ("loadTusks", "method")}
        | {("Feeder", "interface"), ("Mood", "enum"), ("Name", "class")},
    ),
    "a.cs": (
        _CS,
        {("Walrus", "class"), ("Tusks", "method"), ("LoadTusks", "method")}
        | {("IFeeder", "interface"), ("Point", "class"), ("Mood", "enum"), ("Name", "class")},
    ),
    "a.rb": (
        _RUBY,
        {("Sea", "module"), ("Walrus", "class"), ("load_tusks", "method"), ("feed", "method")},
    ),
    "a.php": (
        _PHP,
        {("Feeder", "interface"), ("Loud", "class"), ("Walrus", "class")}
        | {("feed", "method"), ("loadWalrus", "function")},
    ),
    "a.lua": (
        _LUA,
        {("M.load_walrus", "function"), ("feed", "function"), ("M.swim", "function")},
    ),
    "a.sh": (_BASH, {("load_walrus", "function"), ("feed", "function")}),
    "a.html": (_HTML, {("herd-list", "section")}),
    "a.css": (_CSS, {(".walrus > .tusk", "section"), ("swim", "section")}),
    "a.md": (
        _MARKDOWN,
        {("Herd", "section"), ("Feeding", "section"), ("Second head", "section")},
    ),
    "a.kt": (
        _KOTLIN,
        {("Walrus", "class"), ("feed", "function"), ("Feeder", "interface")}
        | {("loadWalrus", "function")},
    ),
}


@pytest.mark.parametrize("path", SNIPPETS)
def test_what_a_language_defines_is_found_with_its_kind_and_lines(path: str) -> None:
    text, wanted = SNIPPETS[path]
    found = definitions(path, text)
    assert wanted <= {(one.name, one.kind) for one in found}
    rows = text.split("\n")
    for one in found:
        assert 1 <= one.first <= one.line <= one.last <= len(rows)
        assert one.name.rpartition(":")[2].rpartition(".")[2].split(" ")[0] in rows[one.line - 1]


@pytest.mark.parametrize("path", [p for p in SNIPPETS if p not in ("a.css",)])
def test_a_use_is_found_in_every_language_and_in_plain_text(path: str, tmp_path: Path) -> None:
    root = tmp_path / "p"
    text = SNIPPETS[path][0]
    notes = {f"n{i}.txt": f"nothing of interest number {i}\n" for i in range(8)}
    write(root, {path: text, "notes.txt": "remember to call read_tusk twice\n", **notes})
    project = Project(str(root), str(tmp_path / "store"))
    project.refresh(project.walk()[0])
    ranking = project.ranker.rank("readTusk" if "readTusk" in text else "read_tusk")
    found = list(dict.fromkeys(project.index.chunk(chunk)[0].path for chunk in ranking.chunks))
    assert set(found[:2]) == {path, "notes.txt"}
    best = next(c for c in ranking.chunks if project.index.chunk(c)[0].path == path)
    _, first, last = project.index.chunk(best)
    lines = "\n".join(text.split("\n")[first - 1 : last]).lower().replace("_", "")
    assert "readtusk" in lines
