"""Tree-sitter grammars by file suffix and what counts as a definition in each. Parses nothing."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Parser, Query

LANGUAGES = {
    ".py": "python", ".pyi": "python", ".pyw": "python",
    ".js": "javascript", ".jsx": "javascript", ".mjs": "javascript", ".cjs": "javascript",
    ".ts": "typescript", ".mts": "typescript", ".cts": "typescript", ".tsx": "tsx",
    ".go": "go", ".rs": "rust", ".c": "c",
    ".h": "cpp", ".cc": "cpp", ".cpp": "cpp", ".cxx": "cpp",
    ".hpp": "cpp", ".hh": "cpp", ".hxx": "cpp",
    ".java": "java", ".cs": "csharp", ".rb": "ruby", ".rake": "ruby", ".php": "php", ".lua": "lua",
    ".sh": "bash", ".bash": "bash", ".zsh": "bash", ".html": "html", ".htm": "html", ".css": "css",
    ".md": "markdown", ".markdown": "markdown",
}  # fmt: skip
_MODULES = {
    "typescript": ("tree_sitter_typescript", "language_typescript"),
    "tsx": ("tree_sitter_typescript", "language_tsx"),
    "csharp": ("tree_sitter_c_sharp", "language"),
    "php": ("tree_sitter_php", "language_php"),
}
_JS = """
(function_declaration name: (_) @n) @function
(generator_function_declaration name: (_) @n) @function
(class_declaration name: (_) @n) @class
(method_definition name: (_) @n) @method
(program (lexical_declaration (variable_declarator name: (identifier) @n value: (_))) @constant)
(program (export_statement (lexical_declaration (variable_declarator name: (identifier) @n)))
@constant) (variable_declarator name: (identifier) @n value: [(arrow_function)
(function_expression)]) @function (pair key: (property_identifier) @n value: [(arrow_function)
(function_expression)]) @method (assignment_expression left: (member_expression property:
(property_identifier) @n) right: [(arrow_function) (function_expression)]) @method
"""
_TS = (
    _JS
    + """
(abstract_class_declaration name: (_) @n) @class
(interface_declaration name: (_) @n) @interface
(type_alias_declaration name: (_) @n) @type
(enum_declaration name: (_) @n) @enum
(public_field_definition name: (_) @n value: (arrow_function)) @method
"""
)
_C = """
(function_definition declarator: (_) @n) @function
(struct_specifier name: (_) @n body: (_)) @class
(enum_specifier name: (_) @n body: (_)) @enum
(type_definition declarator: (_) @n) @type
(preproc_function_def name: (_) @n) @function
"""
_QUERIES = {
    "python": """
(function_definition name: (_) @n) @function
(class_definition name: (_) @n) @class
""",
    "javascript": _JS + "(field_definition property: (_) @n value: (arrow_function)) @method",
    "typescript": _TS,
    "tsx": _TS,
    "go": """
(function_declaration name: (_) @n) @function
(method_declaration name: (_) @n) @method
(type_declaration (type_spec name: (_) @n)) @type
(source_file (const_declaration (const_spec name: (_) @n)) @constant)
(source_file (var_declaration (var_spec name: (_) @n)) @constant)
""",
    "rust": """
(function_item name: (_) @n) @function
(struct_item name: (_) @n) @class
(enum_item name: (_) @n) @enum
(trait_item name: (_) @n) @interface
(impl_item type: (_) @n) @class
(macro_definition name: (_) @n) @function
(type_item name: (_) @n) @type
(function_signature_item name: (_) @n) @function
""",
    "c": _C,
    "cpp": _C + """
(class_specifier name: (_) @n body: (_)) @class
(namespace_definition name: (_) @n) @module
""",
    "java": """
(class_declaration name: (_) @n) @class
(interface_declaration name: (_) @n) @interface
(record_declaration name: (_) @n) @class
(method_declaration name: (_) @n) @method
(constructor_declaration name: (_) @n) @method
(enum_declaration name: (_) @n) @enum
""",
    "csharp": """
(class_declaration name: (_) @n) @class
(interface_declaration name: (_) @n) @interface
(struct_declaration name: (_) @n) @class
(record_declaration name: (_) @n) @class
(method_declaration name: (_) @n) @method
(constructor_declaration name: (_) @n) @method
(property_declaration name: (_) @n) @method
(enum_declaration name: (_) @n) @enum
""",
    "ruby": """
(method name: (_) @n) @method
(singleton_method name: (_) @n) @method
(class name: (_) @n) @class
(module name: (_) @n) @module
""",
    "php": """
(function_definition name: (_) @n) @function
(class_declaration name: (_) @n) @class
(interface_declaration name: (_) @n) @interface
(trait_declaration name: (_) @n) @class
(method_declaration name: (_) @n) @method
""",
    "lua": """
(function_declaration name: (_) @n) @function
(assignment_statement (variable_list name: (_) @n) (expression_list value: (function_definition)))
@function
""",
    "bash": "(function_definition name: (_) @n) @function",
    "html": "(element (start_tag (attribute (attribute_name) @a"
    " (quoted_attribute_value (attribute_value) @n))"
    ' (#any-of? @a "id"))) @section',
    "css": "(rule_set (selectors) @n) @section\n(keyframes_statement (keyframes_name) @n) @section",
    "markdown": "(section (atx_heading heading_content: (_) @n)) @section\n"
    "(setext_heading heading_content: (_) @n) @section",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Grammar:
    """One language ready to parse with."""

    name: str
    parser: Parser
    query: Query


def language_of(path: str) -> str:
    """The name of the grammar for a file, or ``text``."""
    return LANGUAGES.get(PurePosixPath(path).suffix.lower(), "text")


@cache
def grammar(name: str) -> Grammar | None:
    """The grammar called ``name``, made once a process; None for ``text``."""
    if name not in _QUERIES:
        return None
    from tree_sitter import Language, Parser, Query

    module, function = _MODULES.get(name, (f"tree_sitter_{name}", "language"))
    language = Language(getattr(importlib.import_module(module), function)())
    return Grammar(name, Parser(language), Query(language, _QUERIES[name]))
