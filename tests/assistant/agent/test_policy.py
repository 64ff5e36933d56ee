"""What runs without asking: only what is plainly harmless, confined, and in a trusted folder.

Numbers in names are those of the acceptance checks.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.agent import shell
from assistant.agent.policy import Answer, Risk, Setting, decide, digest
from assistant.types import Autonomy

PLAIN = {
    "ls -la": [("ls", "-la")],
    "ls 'a b' \"c d\"": [("ls", "a b", "c d")],
    "'l's -la": [("ls", "-la")],
    "ls # rm": [("ls",)],
    "ls;": [("ls",)],
    "pytest -q": [("pytest", "-q")],
    "python -m pytest -q tests/a.py | tail -5": [
        ("python", "-m", "pytest", "-q", "tests/a.py"),
        ("tail", "-5"),
    ],
    "ruff check . && mypy": [("ruff", "check", "."), ("mypy",)],
    "python -c 'print(1)'": [("python", "-c", "print(1)")],
    "sed -n 1,5p a.py": [("sed", "-n", "1,5p", "a.py")],
    "cd sub && ls": [("cd", "sub"), ("ls",)],
}
DOUBTFUL = (
    "git status && git diff --stat", "ls\nrm -rf x", "ls & rm -rf x", "echo hi > ~/.bashrc",
    "echo $(rm -rf x)", "echo `id`", "env rm -rf x", "timeout 5 rm -rf x", "nohup rm x",
    "find . -exec rm {} \\;", "cat <<EOF\nx\nEOF", "FOO=1 rm x", "(ls)", "{ ls; }", "ls |& tee x",
    "cat <(rm x)", "[[ -f x ]] && ls", "for i in a; do rm $i; done", "f(){ rm x; }; f",
    'ls "$HOME"', "l\\s -la", "ls -la; rm -rf /", "git -c core.pager='!sh' log", "rg --pre=sh x",
    "x=`a` ls", "ls\\\nrm", "$(ls)", "!ls", "ls >/dev/null", "ls 2>&1", "echo a{b,c}",
    "case x in x) rm y;; esac", "time ls", "! ls", "ls && ", "\u202els -la", "ls -la\nrm -rf x",
    "echo x > ~/.bashrc", "git branch -D main", "git tag x", "git remote add a b", "kill 1",
    "nice rm x", "ls\rrm -rf x", "ls\u200b -la", "lѕ", "sh -c ls", "bash -c 'rm x'", "xargs rm",
    "sudo ls", "export PATH=.", "eval ls", "source x", ". ./x", "curl http://a", "wget a", "nc a 1",
    "ssh a", "rm -rf .", "find . -delete", "find . -fprint x", "sed -i s/a/b/ x", "sed s/a/b/w x",
    "sort -o x y", "sort --output=x y", "sort -ox y", "tree -o x", "npm publish", "cargo install x",
    "cd /", "cd ..", "cd a/../..", "a=1", "", "   ", "ls" + " " * 5_000, "ls \\", "~/x", "*",
    "ls *", "ls 'a", "if true; then ls; fi", "while true; do ls; done", "ls | (rm x)",
    "coproc ls",
    "exec ls", "trap x EXIT", "[ -f x ]", "echo \"a`id`\"", 'echo "\\$x"', "printf -v x y > z",
    "cat < x", "ls <<< x", "ls &", "ls && rm x", "ls || rm x", "ls | rm x", "command rm x",
    "busybox rm x", "/bin/rm x", "./run.sh", "doas ls", "stdbuf -o0 rm", "setsid rm", "watch ls",
)  # fmt: skip
TRUSTED = Setting(Autonomy.AGENT, trusted=True, confined=True)


@pytest.mark.parametrize("command", PLAIN)
def test_36_a_plain_command_is_taken_apart(command: str) -> None:
    verdict = shell.judge(command)
    assert list(verdict.argvs) == PLAIN[command]
    assert decide(Risk.RUN, TRUSTED, command).answer is Answer.ALLOW


@pytest.mark.parametrize("command", DOUBTFUL)
def test_36_whatever_could_be_more_than_it_seems_is_never_run_without_asking(command: str) -> None:
    found = decide(Risk.RUN, TRUSTED, command)
    assert found.answer is Answer.ASK
    assert found.reason


@given(st.text(st.sampled_from("ls rm;&|$`'\"\\\n><(){}*?~!#=a-"), max_size=40))
def test_36_no_text_gets_a_program_through_that_is_not_known(command: str) -> None:
    verdict = shell.judge(command)
    known = shell._READERS | shell._RUNNERS
    assert verdict.plain is bool(verdict.argvs)
    assert all(argv[0] in known for argv in verdict.argvs)


@pytest.mark.parametrize("autonomy", Autonomy)
@pytest.mark.parametrize("trusted", [True, False])
@pytest.mark.parametrize("confined", [True, False])
def test_20_39_the_whole_table(autonomy: Autonomy, trusted: bool, confined: bool) -> None:
    setting = Setting(autonomy, trusted, confined)
    assert decide(Risk.READ, setting).answer is Answer.ALLOW
    ask = autonomy is Autonomy.ASK
    assert decide(Risk.EDIT, setting).answer is (Answer.DENY if ask else Answer.ALLOW)
    may_check = Answer.ALLOW if confined or not trusted else Answer.ASK
    assert decide(Risk.CHECK, setting).answer is (Answer.DENY if ask else may_check)
    run = decide(Risk.RUN, setting, "pytest -q").answer
    if autonomy is not Autonomy.AGENT or not trusted:
        assert run is Answer.DENY
    else:
        assert run is (Answer.ALLOW if confined else Answer.ASK)


def test_21_an_approval_is_for_exactly_these_words() -> None:
    assert digest("run", "ls") == digest("run", "ls")
    assert digest("run", "ls") != digest("run", "ls ")
    assert digest("runl", "s") != digest("run", "ls")
    assert digest("a", "b") != digest("ab")


def test_hidden_characters_are_told() -> None:
    assert shell.hidden("ls\u202e") and shell.hidden("a\u200bb") and shell.hidden("a\x1b[2J")
    assert not shell.hidden("ls -la\n\tx")
