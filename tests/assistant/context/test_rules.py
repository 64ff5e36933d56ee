"""Rules files: which hold, which were cut, which are shadowed. Read only when the folder is
trusted."""

from __future__ import annotations

import os
from pathlib import Path

from assistant.context.gathering import Gatherer, Wish
from assistant.context.project import Project
from assistant.context.rules import load_rules
from tests.assistant.context.door import write


def _states(root: Path, near: tuple[str, ...] = (), room: float = 16_000) -> dict[str, str]:
    return {rule.path: rule.state for rule in load_rules(str(root), near, room)}


def test_every_known_file_is_found_outermost_first(tmp_path: Path) -> None:
    names = [
        "AGENTS.md",
        "CLAUDE.md",
        ".github/copilot-instructions.md",
        "GEMINI.md",
        ".cursorrules",
        ".cursor/rules/a.mdc",
        ".clinerules/b.md",
        "src/AGENTS.md",
        "src/deep/AGENTS.md",
    ]
    write(
        tmp_path, {name: f"rule of {name}\n" for name in names} | {"other/AGENTS.md": "not here\n"}
    )
    found = [rule.path for rule in load_rules(str(tmp_path), ["src/deep/x.py"])]
    assert sorted(found) == sorted(names)
    assert (
        found.index("AGENTS.md") < found.index("src/AGENTS.md") < found.index("src/deep/AGENTS.md")
    )


def test_the_same_text_twice_is_shadowed(tmp_path: Path) -> None:
    write(tmp_path, {"AGENTS.md": "use tabs\n", "CLAUDE.md": "use  tabs"})
    assert _states(tmp_path) == {"AGENTS.md": "loaded", "CLAUDE.md": "shadowed"}


def test_rules_for_other_files_are_idle(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            ".cursor/rules/ts.mdc": "---\nglobs: *.{ts,tsx}\nalwaysApply: false\n---\nuse types\n",
            ".cursor/rules/all.mdc": "---\nalwaysApply: true\n---\nbe kind\n",
        },
    )
    assert _states(tmp_path, ("a.py",))[".cursor/rules/ts.mdc"] == "idle"
    assert _states(tmp_path, ("web/a.tsx",)) == {
        ".cursor/rules/ts.mdc": "loaded",
        ".cursor/rules/all.mdc": "loaded",
    }


def test_a_long_file_is_cut_at_a_line_and_says_so(tmp_path: Path) -> None:
    write(tmp_path, {"AGENTS.md": "one two three four\n" * 1000})
    (rule,) = load_rules(str(tmp_path), room=100)
    assert rule.state == "truncated" and "cut after" in rule.why and rule.tokens > 1000
    assert 0 < rule.text.count("\n") < 100


def test_hidden_characters_are_taken_out_and_told(tmp_path: Path) -> None:
    write(tmp_path, {"AGENTS.md": "be\u200b kind\U000e0041\u202e\n"})
    (rule,) = load_rules(str(tmp_path))
    assert rule.text == "be kind\n" and "3 hidden characters" in rule.why


def test_a_rules_file_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    write(tmp_path, {"out/secret.md": "outside\n", "p/a.py": "x\n"})
    os.symlink("../out/secret.md", tmp_path / "p/AGENTS.md")
    os.symlink("../out", tmp_path / "p/.clinerules")
    assert _states(tmp_path / "p").get("AGENTS.md") == "unread"
    assert not any(rule.text for rule in load_rules(str(tmp_path / "p")))


def test_rules_enter_only_a_trusted_folder(tmp_path: Path) -> None:
    write(tmp_path / "p", {"AGENTS.md": "use tabs\n", "a.py": "x = 1\n"})
    project = Project(str(tmp_path / "p"), str(tmp_path / "s"))
    project.refresh(project.walk()[0])
    project.index.merge()
    gatherer = Gatherer(project, b"s")
    restricted = gatherer.gather(Wish("x", 1000))
    assert restricted["rules"] == []
    assert {"path": "AGENTS.md", "why": "not read: the folder is not trusted", "tokens": 0} in (
        restricted["left_out"]
    )
    assert "use tabs" not in str(restricted)
    (row,) = gatherer.gather(Wish("x", 1000, trusted=True))["rules"]
    assert (row["path"], row["text"], row["source"]) == ("AGENTS.md", "use tabs\n", "rule")


def test_a_cut_rule_still_tells_of_its_hidden_characters(tmp_path: Path) -> None:
    write(tmp_path, {"AGENTS.md": "one\u200b two\n" * 1000})
    (rule,) = load_rules(str(tmp_path), room=100)
    assert rule.state == "truncated" and "1000 hidden characters" in rule.why


def test_the_lines_of_a_rule_are_those_of_its_file(tmp_path: Path) -> None:
    front = "---\nalwaysApply: true\n---\n"
    write(tmp_path, {".cursor/rules/a.mdc": f"{front}be kind\n", "a.py": "x = 1\n"})
    (rule,) = load_rules(str(tmp_path))
    assert (rule.first, rule.text) == (3, "be kind\n")
    project = Project(str(tmp_path), str(tmp_path / "s"))
    project.refresh(project.walk()[0])
    (row,) = Gatherer(project, b"s").gather(Wish("x", 1000, trusted=True))["rules"]
    assert (row["start"], row["end"]) == (3, 4)
