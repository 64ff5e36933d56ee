"""A child process: one rope refactoring over a throw-away copy. Never runs the code."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from rope.base.change import ChangeContents
from rope.base.exceptions import RopeError
from rope.base.project import Project
from rope.refactor.extract import ExtractMethod, ExtractVariable
from rope.refactor.inline import create_inline
from rope.refactor.rename import Rename

from assistant.builtin.places import NoPlace, Wanted, expression_place, name_place, statements_place

_PREFS: dict[str, Any] = {
    "save_objectdb": False,
    "save_history": False,
    "automatic_soa": False,
    "soa_followed_calls": 0,
    "perform_doa": False,
    "validate_objectdb": False,
    "ignore_syntax_errors": True,
    "ignore_bad_imports": True,
    "import_dynload_stdmods": False,
    "extension_modules": [],
    "python_files": ["*.py", "*.pyi", "*.pyw"],
}


def main() -> None:
    """Reads ``{root, path, action, name, new, span, caret, expression, strings}`` from standard
    input."""
    request = json.load(sys.stdin)
    try:
        answer = perform(request)
    except SyntaxError as error:
        answer = {"error": f"{{file}} has a syntax error in line {error.lineno}: {error.msg}."}
    except NoPlace as error:
        answer = {"error": str(error.args[0])}
    except RopeError as error:
        answer = {"error": f"rope cannot do this: {' '.join(str(error).split()).rstrip('.')}."}
    json.dump(answer, sys.stdout)


def perform(request: dict[str, Any]) -> dict[str, Any]:
    """``{changes: {path: text}, unsure: [[path, line]]}``.

    Raises SyntaxError, NoPlace, RopeError.
    """
    project = Project(request["root"], ropefolder=None, **_PREFS)
    try:
        resource = project.get_resource(request["path"])
        wanted = Wanted(resource.read(), request["span"], request["caret"])
        unsure: list[list[Any]] = []
        changes = _changes(project, resource, request, wanted, unsure)
        texts = {}
        for change in changes.changes:
            if not isinstance(change, ChangeContents):
                raise NoPlace(
                    "This would move a file; rename the module by moving the file itself."
                )
            texts[change.resource.path] = change.new_contents
        return {"changes": texts, "unsure": unsure}
    finally:
        project.close()


def _changes(
    project: Any, resource: Any, request: dict[str, Any], wanted: Wanted, unsure: list[list[Any]]
) -> Any:
    name, new = request["name"], request["new"]
    match request["action"]:
        case "rename":
            return _rename(project, resource, request, name_place(wanted, name), unsure)
        case "inline":
            return create_inline(project, resource, name_place(wanted, name)).get_changes()
        case "extract-function":
            start, end = statements_place(wanted)
            return ExtractMethod(project, resource, start, end).get_changes(new)
        case "extract-variable":
            start, end = expression_place(wanted, request["expression"])
            return ExtractVariable(project, resource, start, end).get_changes(new)
    raise NoPlace(f"unknown action {request['action']}")


def _rename(
    project: Any, resource: Any, request: dict[str, Any], offset: int, unsure: list[list[Any]]
) -> Any:
    """Uses whose owner cannot be told stay as they are and are reported."""

    def note(occurrence: Any) -> bool:
        at = occurrence.get_word_range()[0]
        source = occurrence.tools.source_code
        path = occurrence.tools.resource.path if occurrence.tools.resource else request["path"]
        unsure.append([path, source.count("\n", 0, at) + 1])
        return False

    resources = [resource] if request.get("scope") == "file" else None
    return Rename(project, resource, offset).get_changes(
        request["new"],
        in_hierarchy=True,
        unsure=note,
        docs=bool(request["strings"]),
        resources=resources,
    )


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent.parent))
    main()
