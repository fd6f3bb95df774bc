"""The lock files fit pyproject.toml and each other, and so do licences and the bill of materials that are made of them."""

import importlib.metadata
import json
import re
import tomllib
from collections.abc import Iterator

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from docs.licences import COMPATIBLE, LICENCES, OURS, parts
from docs.locks import DEVELOPMENT, LOCKS, PRODUCTION, PROJECT, SOAK, Locked, locked
from docs.sbom import bill

PYPROJECT = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PYPROJECT["project"]["optional-dependencies"]
ADVICE = "pyproject.toml and the lock files differ: run `make lock` and commit what it writes"


def wanted() -> Iterator[tuple[str, str]]:
    """(lock file, requirement of pyproject.toml)."""
    for text in PYPROJECT["project"]["dependencies"]:
        yield from ((lock, text) for lock in LOCKS)
    for extra, texts in EXTRAS.items():
        yield from ((SOAK, text) for text in texts)
        yield from ((DEVELOPMENT, text) for text in (texts if extra == "dev" else ()))


def packages(lock: str) -> dict[str, list[Locked]]:
    found: dict[str, list[Locked]] = {}
    for package in locked(lock):
        found.setdefault(package.name, []).append(package)
    return found


@pytest.mark.parametrize(("lock", "text"), list(wanted()))
def test_lock_has_what_pyproject_asks_for(lock: str, text: str) -> None:
    requirement = Requirement(text)
    found = packages(lock).get(canonicalize_name(requirement.name), [])
    assert found, f"{lock} lacks {requirement.name}; {ADVICE}"
    for package in found:
        assert requirement.specifier.contains(package.version, prereleases=True), f"{package.name}: {ADVICE}"


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_is_whole(lock: str) -> None:
    """What the locked packages themselves need is in it, as far as they are installed here."""
    found = packages(lock)
    for name in found:
        for requirement in _needs(name, found[name]):
            there = found.get(canonicalize_name(requirement.name), [])
            assert there, f"{lock} lacks {requirement.name}, which {name} needs; {ADVICE}"
            assert any(requirement.specifier.contains(one.version, prereleases=True) for one in there), ADVICE


def _needs(name: str, versions: list[Locked]) -> Iterator[Requirement]:
    try:
        installed = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return
    if installed.version not in {package.version for package in versions}:
        return
    for text in installed.requires or ():
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield requirement


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_has_hashes_and_no_address(lock: str) -> None:
    text = (PROJECT / lock).read_text(encoding="utf-8")
    assert "make lock" in text.splitlines()[1]
    assert not re.search(r"://|--(index|extra|find|trusted)|\bfile:|@ ", text)
    for package in locked(lock):
        assert package.hashes, package.name
        assert all(re.fullmatch(r"[0-9a-f]{64}", found) for found in package.hashes)


def test_locks_agree() -> None:
    soak = packages(SOAK)
    for lock in (PRODUCTION, DEVELOPMENT):
        for name, found in packages(lock).items():
            assert {package.version for package in found} <= {package.version for package in soak[name]}, name
    assert packages(PRODUCTION).keys() <= packages(DEVELOPMENT).keys() <= soak.keys()


def test_installing_goes_by_the_locks() -> None:
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    for stamp, lock in (("served", PRODUCTION), ("installed", DEVELOPMENT), ("soaked", SOAK)):
        rule = re.search(rf"^\$\(VENV\)/{stamp}: .*{re.escape(lock)}.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
        assert rule is not None
        assert f"--require-hashes --requirement {lock}" in rule[1]
    assert not re.search(r"install .*\[(dev|bench|fuzz)", makefile)
    page = (PROJECT / "docs/deployment.md").read_text(encoding="utf-8")
    assert f"pip install --require-hashes -r {PRODUCTION}\npip install --no-deps .\n" in page


def test_every_package_has_a_licence_that_goes_with_ours() -> None:
    assert LICENCES.keys() == packages(SOAK).keys(), "docs/licences.py has each locked package once, and no other"
    for name, licence in LICENCES.items():
        assert set(parts(licence)) <= COMPATIBLE.keys(), name
    assert PYPROJECT["project"]["license"] == OURS
    text = (PROJECT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text


KNOWN_WORDS = {
    "BSD": "BSD", "MIT": "MIT", "Apache": "Apache", "Mozilla": "MPL", "MPL": "MPL", "Python Software": "PSF", "ISC": "ISC",
    "LGPL": "LGPL", "PSF": "PSF", "0BSD": "0BSD",
}  # fmt: skip
"""What metadata say in words -> the beginning of a licence's name."""


@pytest.mark.parametrize("name", sorted(LICENCES))
def test_licence_is_the_one_that_the_package_states(name: str) -> None:
    try:
        metadata = importlib.metadata.distribution(name).metadata
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("not installed here")
    if (stated := metadata.get("License-Expression")) is not None:
        assert LICENCES[name] == stated
        return
    classified = [text for text in metadata.get_all("Classifier") or () if text.startswith("License ::")]
    told = " ".join([*classified, (metadata.get("License") or "")[:200]])
    families = {family for word, family in KNOWN_WORDS.items() if word in told}
    if families:
        assert any(licence.startswith(tuple(families)) for licence in parts(LICENCES[name])), told


def test_the_bill_of_materials() -> None:
    text = bill()
    assert text == bill()
    assert "simple" not in text
    told = json.loads(text)
    assert {(one["name"], one["version"]) for one in told["components"]} == {
        (package.name, package.version) for package in locked(PRODUCTION)
    }
    assert all(one["licenses"] and one["hashes"] for one in told["components"])
    needs = {one["ref"]: one.get("dependsOn", []) for one in told["dependencies"]}
    direct = {canonicalize_name(Requirement(text).name) for text in PYPROJECT["project"]["dependencies"]}
    assert {ref.partition("==")[0] for ref in needs["ivr-router"]} >= direct
    flask = next(ref for ref in needs if ref.startswith("flask=="))
    assert {ref.partition("==")[0] for ref in needs[flask]} >= {"click", "jinja2", "werkzeug"}
