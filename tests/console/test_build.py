"""What is under `router/web/static/console` is what `console/` builds: checked where npm and its packages are."""

import gzip
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
SOURCES = PROJECT / "console"
BUILT = PROJECT / "router" / "web" / "static" / "console"
FIRST_PAGE_BYTES = 300_000

needs_packages = pytest.mark.skipif(
    shutil.which("npm") is None or not (SOURCES / "node_modules" / "esbuild").is_dir(),
    reason="the console's tools are missing (`make console-tools`): ITS BUILD IS NOT COMPARED",
)


def npm(*arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "NO_UPDATE_NOTIFIER": "1"}
    return subprocess.run(["npm", *arguments], cwd=SOURCES, env=environ, capture_output=True, text=True, check=False)


@needs_packages
def test_built_files_are_those_of_the_sources(tmp_path: Path) -> None:
    made = npm("run", "--silent", "build", "--", str(tmp_path))
    assert made.returncode == 0, made.stdout + made.stderr
    new, kept = ({path.name: path.read_bytes() for path in place.iterdir()} for place in (tmp_path, BUILT))
    assert sorted(new) == sorted(kept), "the sources have changed: make console"
    assert new == kept, "the sources have changed: make console"


@needs_packages
def test_types_and_catalogues_are_complete() -> None:
    checked = npm("run", "--silent", "check")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_first_page_is_small() -> None:
    """What the browser loads before Now is there: the page, what it names, and the chunk with all that it imports."""
    page = (BUILT / "index.html").read_text(encoding="utf-8")
    wanted = {"index.html", *re.findall(r'(?:src|href)="([^":]+)"', page)}
    wanted |= {path.name for path in BUILT.glob("now-*.js")}
    while more := {name for one in wanted for name in imports(BUILT / one)} - wanted:
        wanted |= more
    sizes = {name: len(gzip.compress((BUILT / name).read_bytes())) for name in wanted}
    assert any(name.startswith("now-") for name in sizes)
    assert sum(sizes.values()) <= FIRST_PAGE_BYTES, sizes


def imports(path: Path) -> set[str]:
    """The files that a built file cannot do without."""
    return set(re.findall(r'(?:from|import)"\./([^"]+)"', path.read_text(encoding="utf-8")))


def test_lock_has_a_hash_for_each_package_and_no_address() -> None:
    packages = json.loads((SOURCES / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert len(packages) > 1
    for name, package in packages.items():
        assert name == "" or package["integrity"].startswith("sha512-"), name
        assert "resolved" not in package, name


@pytest.mark.parametrize("word", ["nnerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("])
def test_sources_make_nothing_of_markup(word: str) -> None:
    """What callers choose must never be read as markup."""
    sources = [*SOURCES.glob("src/**/*.ts"), *SOURCES.glob("src/**/*.tsx")]
    assert sources
    assert [str(path) for path in sources if word in path.read_text(encoding="utf-8")] == []
