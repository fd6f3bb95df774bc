"""The bundles with a mistake: each case holds what differs from `base`, and below `meant` what its author meant.

`NAME.absent` says that the file NAME of `base` is left out.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from router.files.bundle import read_directory
from router.flow.findings import Finding
from router.flow.loader import LoadedBundle, load
from router.flow.suggestions.advice import applied
from router.simulator.read import read_scripts

HERE = Path(__file__).parent
TODAY = date(2026, 11, 23)
BASE = read_directory(HERE / "base")
CASES = sorted(path.name for path in (HERE / "cases").iterdir() if path.is_dir())
ABSENT = ".absent"
MEANT = "meant/"
GOLDEN = "expected.txt"
MOST_FIXES = 12

Files = dict[str, bytes]


def over_base(overlay: Mapping[str, bytes]) -> Files:
    """The files of a bundle that differs from `base` by `overlay`."""
    absent = {name.removesuffix(ABSENT) for name in overlay if name.endswith(ABSENT)}
    files = BASE | {name: content for name, content in overlay.items() if not name.endswith(ABSENT)}
    return {name: content for name, content in files.items() if name not in absent}


def of_case(case: str) -> tuple[Files, Files | None]:
    """(the bundle with the mistake, the one that was meant; None where the case does not say)."""
    held = {
        path.relative_to(HERE / "cases" / case).as_posix(): path.read_bytes()
        for path in (HERE / "cases" / case).rglob("*")
        if path.is_file() and path.name != GOLDEN
    }
    written = {name: content for name, content in held.items() if not name.startswith(MEANT)}
    meant = {name.removeprefix(MEANT): content for name, content in held.items() if name.startswith(MEANT)}
    return over_base(written), over_base(written | meant) if meant else None


def checked(files: Files) -> tuple[LoadedBundle, tuple[Finding, ...]]:
    """The loaded bundle and all that `ivr check` says of it."""
    loaded = load(files, today=TODAY)
    if loaded.bundle is None or not loaded.tests:
        return loaded, loaded.findings
    texts = {name: files[name].decode("utf-8-sig") for name in loaded.tests}
    return loaded, (*loaded.findings, *read_scripts(loaded.tests, loaded.bundle, texts)[1])


def after(files: Files, findings: Iterable[Finding]) -> Files:
    """The files after the advice of the findings was carried out: one after the other, since an edit moves what stands
    behind it, and each is told again where it stands then."""
    for _ in range(MOST_FIXES):
        fixable = [finding for finding in findings if finding.fix]
        if not fixable:
            break
        files = fixed(files, fixable[-1])
        findings = checked(files)[1]
    return files


def fixed(files: Files, finding: Finding) -> Files:
    """The files after the advice of one finding was carried out."""
    name = finding.mark.file
    return {**files, name: applied(files[name].decode("utf-8-sig"), finding.fix).encode()}
