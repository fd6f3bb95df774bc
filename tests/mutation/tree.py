"""A copy of the tracked files for one package, where mutmut works: the checkout itself is only read."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

from tests.mutation.packages import Package

PROJECT: Final = Path(__file__).parents[2]
WORK: Final = PROJECT / ".mutation"
PATIENCE_SECONDS: Final = 5  # for a mutant, besides what its tests take without it
PATIENCE_TIMES: Final = 3  # as long as its tests take without it


def prepare(name: str, package: Package) -> Path:
    """Bring the copy up to date; what is known of mutants in functions that did not change stays."""
    tree = WORK / name
    tracked = {Path(line) for line in _git("ls-files", "-z", "--cached", "--others", "--exclude-standard")}
    for path in sorted(tracked):
        source, copy = PROJECT / path, tree / path
        if not source.is_file():
            continue
        if not copy.exists() or source.read_bytes() != copy.read_bytes():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy)
            (tree / "mutants" / "mutmut-stats.json").unlink(
                missing_ok=True
            )  # so that all tests are run without a mutant
    for folder in (tree, tree / "mutants"):
        for top in {path.parts[0] for path in tracked}:
            for copy in (folder / top).rglob("*.py"):
                if copy.relative_to(folder) not in tracked:
                    copy.unlink()
    (tree / "setup.cfg").write_text(_configuration(package, sorted({path.parts[0] for path in tracked})))
    return tree


def _git(*arguments: str) -> list[str]:
    done = subprocess.run(["git", *arguments], cwd=PROJECT, capture_output=True, text=True, check=True)
    return done.stdout.rstrip("\0").split("\0")


def _configuration(package: Package, tops: list[str]) -> str:
    lists = {
        "source_paths": ["router"],
        "only_mutate": list(package.files),
        "also_copy": [top for top in tops if top not in ("router", "tests")],
        "pytest_add_cli_args_test_selection": list(package.tests),
        "pytest_add_cli_args": [
            "-p",
            "no:cacheprovider",
            "-p",
            "no:xdist",
            *(["-k", package.words] if package.words else []),
        ],
    }
    settings = {
        "timeout_constant": PATIENCE_SECONDS,
        "timeout_multiplier": PATIENCE_TIMES,
        "use_git_change_detection": False,
    }
    text = "".join(f"{key} =\n" + "".join(f"    {one}\n" for one in values) for key, values in lists.items())
    return "[mutmut]\n" + text + "".join(f"{key} = {value}\n" for key, value in settings.items())
