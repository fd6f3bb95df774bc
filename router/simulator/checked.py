"""Everything that is wrong with a bundle, its tests included: what `ivr check` prints and an editor underlines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from router.flow.analysis import Traffic
from router.flow.finding_output import to_json
from router.flow.findings import Finding
from router.flow.load_cache import LoadCache
from router.flow.loader import LoadedBundle, load
from router.flow.model import Bundle

if TYPE_CHECKING:
    from router.simulator.script import Script


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedBundle:
    """A bundle, what is wrong with it, and its tests as far as they could be read."""

    loaded: LoadedBundle
    findings: tuple[Finding, ...]  # of the flows and, when these are sound, of their tests
    scripts: "tuple[Script, ...]"
    texts: Mapping[str, str]  # of the test files


def check_bundle(
    files: Mapping[str, bytes],
    today: date | None = None,
    traffic: Traffic | None = None,
    *,
    symbols: bool = False,
    cache: LoadCache | None = None,
) -> CheckedBundle:
    """Load the files and read their tests; the tests can only be judged when the flows are sound. A `cache` has what
    earlier loads found out."""
    loaded = load(files, today=today, traffic=traffic, symbols=symbols, cache=cache)
    if loaded.bundle is None or not loaded.tests:
        return CheckedBundle(loaded=loaded, findings=loaded.findings, scripts=(), texts={})
    from router.simulator.read import read_scripts  # only a bundle with tests pays for the simulator

    texts = {file: files[file].decode("utf-8-sig") for file in loaded.tests}
    scripts, of_tests = read_scripts(loaded.tests, loaded.bundle, texts, files)
    return CheckedBundle(loaded=loaded, findings=(*loaded.findings, *of_tests), scripts=tuple(scripts), texts=texts)


def counts(findings: Sequence[Finding]) -> tuple[int, int]:
    """(errors, warnings)."""
    errors = sum(finding.severity == "error" for finding in findings)
    return errors, len(findings) - errors


def check_object(bundle: Bundle | None, findings: Sequence[Finding]) -> dict[str, Any]:
    """For programs. `version`, `flows` and `steps` are None when there is no bundle."""
    errors, warnings = counts(findings)
    return {
        "errors": errors,
        "warnings": warnings,
        "version": None if bundle is None else bundle.version,
        "flows": None if bundle is None else sorted(bundle.flows),
        "steps": None if bundle is None else sum(len(flow.steps) for flow in bundle.flows.values()),
        "findings": to_json(findings),
    }
