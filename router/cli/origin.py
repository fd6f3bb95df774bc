"""Where a bundle that is published comes from: what was said, what the pipeline says, or version control."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from router.bootstrap.origins import from_directory
from router.runtime.records import Origin

GIT_SECONDS: Final = 5.0


def origin_of(
    directory: Path, said: Mapping[str, str | None], user: str, environ: Mapping[str, str] = os.environ
) -> Origin:
    """`said` has author, commit, message and source as they were given, None for what was not; `user` is who calls."""
    found = _of_pipeline(environ) or Origin(source=from_directory(directory).source)
    commit, message = _of_git(directory)
    return Origin(
        author=said.get("author") or found.author or user,
        commit=said.get("commit") or found.commit or commit,
        message=said.get("message") or found.message or message,
        source=said.get("source") or found.source,
    )


def _of_pipeline(environ: Mapping[str, str]) -> Origin | None:
    """What GitHub and GitLab tell every job of."""
    if environ.get("GITHUB_ACTIONS"):
        place = f"{environ.get('GITHUB_SERVER_URL', '')}/{environ.get('GITHUB_REPOSITORY', '')}"
        return Origin(
            author=environ.get("GITHUB_ACTOR", ""),
            commit=environ.get("GITHUB_SHA", ""),
            source=f"{place}/actions/runs/{environ.get('GITHUB_RUN_ID', '')}",
        )
    if environ.get("GITLAB_CI"):
        return Origin(
            author=environ.get("GITLAB_USER_LOGIN", ""),
            commit=environ.get("CI_COMMIT_SHA", ""),
            message=environ.get("CI_COMMIT_TITLE", ""),
            source=environ.get("CI_JOB_URL", ""),
        )
    return None


def _of_git(directory: Path) -> tuple[str, str]:
    """(commit, subject) of a directory under version control; with "+" behind the commit when it was changed since."""
    commit, _, subject = _git(directory, "log", "-1", "--format=%H %s").partition(" ")
    changed = commit and _git(directory, "status", "--porcelain", "--", ".")
    return (f"{commit}+" if changed else commit), subject


def _git(directory: Path, *arguments: str) -> str:
    command = ["git", "-C", str(directory), *arguments]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=GIT_SECONDS, check=True, errors="replace"
        )
    except (OSError, subprocess.SubprocessError):
        return ""  # no git here, or the directory is under no version control
    return done.stdout.strip()
