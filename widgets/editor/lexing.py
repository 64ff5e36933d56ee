"""Lexers with their words; which style of a lexer plays which role. No colours here."""

from __future__ import annotations

import lexilla
from lexilla.pyside6_scintilla import set_lexer

from widgets.editor.languages import Language
from widgets.editor.surface import Surface

JSX = "jsx"
"""The lexer of our own; the other names are Lexilla's."""

# Lexilla publishes tags for some lexers; the first rule whose words are all present wins.
_TAG_RULES: tuple[tuple[frozenset[str], str], ...] = tuple(
    (frozenset(words.split()), role)
    for words, role in (
        ("error", "error"),
        ("comment documentation", "doc"),
        ("comment", "comment"),
        ("literal string regex", "regexp"),
        ("literal string escapesequence", "escape"),
        ("literal regex", "regexp"),
        ("literal string", "string"),
        ("literal numeric", "number"),
        ("literal", "number"),
        ("preprocessor", "preprocessor"),
        ("keyword", "keyword"),
        ("operator", "operator"),
        ("annotation", "decorator"),
        ("tag", "tag"),
        ("attribute", "attribute"),
    )
)
# Names refine what the tags do not say: ``identifier`` covers classes, functions and builtins.
_NAME_RULES = (
    ("CLASSNAME", "class"),
    ("DEFNAME", "function"),
    ("MODULE_NAME", "type"),
    ("WORD2", "builtin"),
    ("WORD3", "type"),
    ("TYPE", "type"),
    ("GLOBALCLASS", "type"),
    ("LIFETIME", "attribute"),
    ("DECORATOR", "decorator"),
    ("ATTRIBUTE", "attribute"),
    ("MACRO", "preprocessor"),
    ("RB_SYMBOL", "constant"),
    ("VARIABLE", "parameter"),
    ("INSTANCE_VAR", "parameter"),
    ("CLASS_VAR", "parameter"),
    ("SCALAR", "parameter"),
    ("SH_PARAM", "parameter"),
    ("MAKE_TARGET", "function"),
    ("MAKE_IDENTIFIER", "parameter"),
    ("SGML_", "preprocessor"),
    ("H_TAG", "tag"),
    ("H_ENTITY", "escape"),
    ("KEYWORD", "keyword"),
)


def _role(name: str, tags: str) -> str:
    words = set(tags.split())
    if "COMMENTDOCKEYWORD" in name:
        return "doc"
    if "SGML_" in name or not words & {"error", "comment", "string"}:
        for part, role in _NAME_RULES:
            if part in name:
                return role
    return next((role for need, role in _TAG_RULES if need <= words), "default")


def install(surface: Surface, language: Language) -> dict[int, str]:
    """Give ``surface`` the lexer of ``language``; returns its styles' roles. Raises ``KeyError``
    for no such lexer.
    """
    if language.lexer == JSX:
        from widgets.editor.container import Container  # its expressions take a while to make

        container = Container(surface, language)
        surface.setILexer(0)
        surface.styler = container.style
        return dict(container.roles)
    surface.styler = None
    lexer = lexilla.create_lexer(language.lexer)
    if lexer is None:
        raise KeyError(language.lexer)
    roles = {
        style: _role(lexer.name_of_style(style), lexer.tags_of_style(style))
        for style in range(lexer.named_styles())
        if not 32 <= style < 40
    }
    roles.update(language.roles)
    for slot, words in language.words.items():
        lexer.word_list_set(slot, words)
    for key, value in {
        "fold": "1",
        "fold.compact": "0",
        "fold.comment": "1",
        **language.properties,
    }.items():
        lexer.property_set(key, value)
    set_lexer(surface, lexer)
    return roles


def remove(surface: Surface) -> None:
    """No lexer at all: for files too large to colour."""
    surface.styler = None
    surface.setILexer(0)
