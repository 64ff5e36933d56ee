"""Runs git with bytes in and out through GitPython. Lets git see no project's settings."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, cast

from assistant.errors import RepoError
from assistant.repo.process import Ended, run_program

_QUIET = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_PAGER": "cat",
    "GIT_EDITOR": ":",
    "GIT_ASKPASS": "",
    "SSH_ASKPASS": "",
}


class GitFailed(RepoError):
    """A git command ended with ``status``; ``stderr`` is what it said."""

    def __init__(self, command: str, status: int, stderr: str) -> None:
        said = stderr.strip().split("\n")[-1][:300] or f"status {status}"
        super().__init__(f"git {command} failed: {said}.")
        self.status = status
        self.stderr = stderr


class Runner:
    """git commands in one environment. Cheap to make; use one per thread.

    ``folder`` is the working directory, never the project's. Raises RepoError when git is not
    installed.
    """

    def __init__(self, folder: str, environment: Mapping[str, str]) -> None:
        for name in [name for name in os.environ if name.startswith("GIT_")]:
            if not name.startswith("GIT_PYTHON_"):
                del os.environ[name]  # an inherited GIT_DIR would show another project's state
        self._program = find_git()
        os.environ["GIT_PYTHON_REFRESH"] = "quiet"
        os.environ["GIT_PYTHON_GIT_EXECUTABLE"] = self._program  # it asks for the version, once
        from git import Git  # 80 ms, and only where git is used

        self._folder = folder
        self._git = Git(folder)
        self._environment = {**_QUIET, **environment}

    def run(
        self,
        *arguments: str,
        stdin: bytes | None = None,
        environment: Mapping[str, str] | None = None,
        allowed: tuple[int, ...] = (0,),
    ) -> bytes:
        """Standard output of ``git arguments``; GitFailed for a status that is not ``allowed``."""
        status, output, said = self.run_all(*arguments, stdin=stdin, environment=environment)
        if status not in allowed:
            raise GitFailed(arguments[0], status, said)
        return output

    def run_all(
        self,
        *arguments: str,
        stdin: bytes | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> tuple[int, bytes, str]:
        """Status, standard output and standard error, whatever they are."""
        options: dict[str, Any] = {}
        with tempfile.TemporaryFile() as file:
            if stdin is not None:
                file.write(stdin)
                file.seek(0)
                options["istream"] = cast(BinaryIO, file)
            status, output, said = self._git.execute(
                [self._program, *arguments],
                env={**self._environment, **(environment or {})},
                with_extended_output=True,
                with_exceptions=False,
                stdout_as_string=False,
                strip_newline_in_stdout=False,
                **options,
            )
        return int(status), cast(bytes, output), str(said)

    def run_long(
        self,
        *arguments: str,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
        limit_s: float,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Ended:
        """A command that may wait for a person (a passphrase): it can be called off, which
        GitPython cannot do."""
        return run_program(
            [self._program, *arguments],
            folder=self._folder,
            environment={**os.environ, **self._environment, **(environment or {})},
            stdin=stdin,
            limit_s=limit_s,
            cancelled=cancelled,
        )


def find_git() -> str:
    """The absolute path of git, looked for only in absolute folders of PATH."""
    folders = [f for f in os.environ.get("PATH", os.defpath).split(os.pathsep) if os.path.isabs(f)]
    found = shutil.which("git", path=os.pathsep.join(folders))
    if found is None:
        raise RepoError("git is not installed.", "Install git; the journal works without it.")
    return found
