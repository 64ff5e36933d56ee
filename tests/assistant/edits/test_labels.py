"""What stands behind a fence: a language is no path, however the project's files are called."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from assistant.types import LineSpan, Snapshot
from tests.assistant.edits.project import reader, texts, whole

OLD, NEW = "x = 1\n", "x = 2\n"


@pytest.mark.parametrize("label", ["python", "Python", "json", "make", "go", "sh"])
def test_a_label_that_is_a_language_is_not_the_file_of_that_name(label: str) -> None:
    target = Snapshot(PurePosixPath("m.py"), OLD)
    files = {"m.py": OLD, label: "mine\n"}
    made = reader(files, target=target, span=LineSpan(0, 1))
    changes = whole(made, f"```{label}\n{NEW}```\n")
    assert texts(changes) == {"m.py": NEW}


def test_a_path_said_before_the_block_counts_more_than_its_label() -> None:
    made = reader({"python": "mine\n", "src/a.py": OLD, "b.py": "b\n"})
    changes = whole(
        made, f"src/a.py\n```python\n<<<<<<< SEARCH\n{OLD}=======\n{NEW}>>>>>>> REPLACE\n```\n"
    )
    assert texts(changes) == {"src/a.py": NEW}


def test_the_file_asked_about_is_named_by_its_name_though_a_language_is_called_so() -> None:
    target = Snapshot(PurePosixPath("Makefile"), "all:\n\ttrue\n")
    made = reader({"Makefile": "all:\n\ttrue\n", "b.py": "b\n"}, target=target)
    edit = "<<<<<<< SEARCH\n\ttrue\n=======\n\tfalse\n>>>>>>> REPLACE\n"
    assert texts(whole(made, f"```Makefile\n{edit}```\n")) == {"Makefile": "all:\n\tfalse\n"}


@pytest.mark.parametrize(
    "info", ["Makefile", "make file=Makefile", "make Makefile", "make:Makefile"]
)
def test_a_name_with_capitals_or_behind_the_language_is_a_path(info: str) -> None:
    made = reader({"Makefile": "all:\n\ttrue\n", "b.py": "b\n"})
    edit = "<<<<<<< SEARCH\n\ttrue\n=======\n\tfalse\n>>>>>>> REPLACE\n"
    assert texts(whole(made, f"```{info}\n{edit}```\n")) == {"Makefile": "all:\n\tfalse\n"}
