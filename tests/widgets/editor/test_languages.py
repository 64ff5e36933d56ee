"""Every language: found by its file, coloured by its lexer, complete in its data."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import PurePosixPath

import lexilla
import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets.editor.codeeditor import CodeEditor
from widgets.editor.languages import language_for, languages
from widgets.editor.lexing import JSX
from widgets.theme import load_theme


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("a/b.py", "python"),
        ("x.TSX", "typescriptreact"),
        ("x.jsx", "javascriptreact"),
        ("Dockerfile", "dockerfile"),
        ("Dockerfile.dev", "dockerfile"),
        ("CMakeLists.txt", "cmake"),
        ("Makefile", "makefile"),
        ("a.yml", "yaml"),
        (".env.local", "ini"),
        ("a.h", "c"),
        ("a.hpp", "cpp"),
        ("notes.txt", "plain"),
        ("a.scss", "scss"),
        ("fix.patch", "diff"),
    ],
)
def test_a_file_name_tells_the_language(path: str, name: str) -> None:
    assert language_for(PurePosixPath(path)) == name


def test_a_first_line_tells_the_language_of_a_file_without_one() -> None:
    assert language_for(PurePosixPath("run"), "#!/usr/bin/env python3.12\n") == "python"
    assert language_for(PurePosixPath("run"), "#!/bin/sh -e\n") == "bash"
    assert language_for(PurePosixPath("run.js"), "#!/bin/sh\n") == "javascript"


def test_the_text_itself_tells_it_too(editor: CodeEditor) -> None:
    editor.set_text("#!/usr/bin/env node\nx\n")
    assert editor.language_for(PurePosixPath("run")) == "javascript"


SAMPLES = {
    "python": (
        "# c\nclass A:\n    def go(self): return len('s') + 1\n",
        {
            "# c": "comment",
            "class": "keyword",
            "A": "class",
            "go": "function",
            "len": "builtin",
            "'s'": "string",
            "1": "number",
        },
    ),
    "javascript": (
        "// c\nconst a = `t${1}` + /re/g;\n",
        {"// c": "comment", "const": "keyword", "/re/g": "regexp"},
    ),
    "typescript": ("let a: number = 'x';\n", {"let": "keyword", "number": "type", "'x'": "string"}),
    "javascriptreact": (
        "const a = <b id={x + 'y'}>don't {n} stop</b>; // c\nconst z = 1;\n",
        {
            "const": "keyword",
            "<b": "tag",
            "id": "attribute",
            "'y'": "string",
            "don't": "default",
            "stop": "default",
            "</b": "tag",
            "// c": "comment",
        },
    ),
    "typescriptreact": (
        "function f(s: string) {\n  return (\n    <p>\n      it's\n    </p>\n  );\n}\n",
        {"function": "keyword", "string": "type", "<p": "tag", "it's": "default", "</p": "tag"},
    ),
    "json": (
        '{"k": [1, true, "v"]}\n',
        {'"k"': "property", "1": "number", "true": "constant", '"v"': "string"},
    ),
    "yaml": ("# c\nk: true\n", {"# c": "comment", "k": "property", "true": "constant"}),
    "toml": (
        '[t]\nk = "v" # c\n',
        {"[t]": "class", "k": "property", '"v"': "string", "# c": "comment"},
    ),
    "markdown": ("# Head\n\n**b** `c`\n", {"**b**": "strong", "`c`": "code"}),
    "html": (
        '<a href="u">t</a><!-- c -->\n',
        {"<a": "tag", "href": "attribute", '"u"': "string", "<!-- c -->": "comment"},
    ),
    "css": (
        "/* c */ .a { color: red }\n",
        {"/* c */": "comment", "a": "attribute", "color": "property"},
    ),
    "scss": ("// c\n$v: 1px;\n", {"// c": "comment", "$v": "parameter"}),
    "c": ("#include <a>\nint f; // c\n", {"int": "type", "// c": "comment"}),
    "cpp": ('class A; "s";\n', {"class": "keyword", '"s"': "string"}),
    "rust": (
        "fn f<'a>() { println!(1) }\n",
        {"fn": "keyword", "'a": "attribute", "println!": "preprocessor", "1": "number"},
    ),
    "go": (
        "func f() error { return `r` }\n",
        {"func": "keyword", "error": "type", "`r`": "string"},
    ),
    "java": ('class A { String s = "x"; }\n', {"class": "keyword", "String": "type"}),
    "csharp": ("namespace A { int x; }\n", {"namespace": "keyword", "int": "type"}),
    "bash": (
        'if [ $a ]; then echo "x"; fi # c\n',
        {"if": "keyword", "$a": "parameter", "# c": "comment"},
    ),
    "sql": ("select 'a' -- c\n", {"select": "keyword", "'a'": "string", "-- c": "comment"}),
    "ruby": ("def go\n  :s\nend # c\n", {"def": "keyword", "go": "function", ":s": "constant"}),
    "php": ("<?php function f() { $x; }\n", {"function": "keyword", "$x": "parameter"}),
    "lua": ("local x = print('a') -- c\n", {"local": "keyword", "print": "builtin"}),
    "kotlin": ("fun f(): Int = 1 // c\n", {"fun": "keyword", "Int": "type"}),
    "swift": ("func f() -> Int { nil }\n", {"func": "keyword", "Int": "type"}),
    "makefile": ("# c\nall: x\n\techo $(A)\n", {"# c": "comment", "all": "function"}),
    "dockerfile": ("FROM a AS b # c\n", {"FROM": "keyword", "# c": "comment"}),
    "diff": ("--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n", {"-x": "tag", "+y": "string"}),
    "ini": ("; c\n[s]\nk=v\n", {"; c": "comment", "[s]": "class", "k": "property"}),
    "xml": ('<a b="c"/>\n', {"<a": "tag", "b": "attribute", '"c"': "string"}),
    "cmake": ('set(A "b") # c\n', {"set": "function", '"b"': "string", "# c": "comment"}),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_words_have_their_roles(editor: CodeEditor, name: str) -> None:
    text, wanted = SAMPLES[name]
    editor.set_language(name)
    editor.set_text(text)
    s = editor.surface
    s.colourise(0, -1)
    data, styles = s.styled(0, s.length())
    for word, role in wanted.items():
        at = data.index(word.encode())
        roles = {editor.styling.roles.get(style) for style in styles[at : at + len(word)]}
        assert role in roles, (word, roles)


@pytest.mark.parametrize("name", sorted(languages()))
def test_the_data_of_a_language_is_sound(editor: CodeEditor, name: str) -> None:
    language = languages()[name]
    assert language.lexer == JSX or lexilla.create_lexer(language.lexer) is not None
    assert language.name == name
    assert all(pattern == pattern.lower() for pattern in language.patterns)
    assert all(" ".join(words.split()) == words for words in language.words.values())
    roles = load_theme("night").syntax
    assert set(language.roles.values()) <= set(roles)
    editor.set_language(name)
    assert editor.language is language


def test_an_unknown_language_is_refused_by_name(editor: CodeEditor) -> None:
    with pytest.raises(KeyError, match="klingon"):
        editor.set_language("klingon")


NAMES = st.builds(
    "".join,
    st.lists(
        st.sampled_from(
            [".", "py", "d", "ts", "env", "dockerfile", "makefile", "tar", "gz", "h", "X", "-"]
        ),
        max_size=5,
    ),
)


@given(name=NAMES)
def test_a_language_is_that_of_the_longest_pattern_that_fits(name: str) -> None:
    fits = [
        (len(pattern), language.name)
        for language in languages().values()
        for pattern in language.patterns
        if fnmatchcase(name.lower(), pattern)
    ]
    assert language_for(PurePosixPath(name)) == max(fits, default=(0, "plain"))[1]
