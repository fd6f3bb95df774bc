"""A recorded call as a test, and the proof that it goes as the call went."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from router.errors import ConfigurationError
from router.files.bundle import stored_files
from router.flow.finding_output import render_text
from router.flow.findings import has_errors
from router.flow.loader import load
from router.flow.yaml.node import plain
from router.flow.yaml.parser import parse_yaml
from router.history.recorded import presence_of, recording
from router.history.test_export import as_test
from router.runtime.ports import Store
from router.simulator.read import read_scripts
from router.simulator.run_test import run
from router.simulator.words import HAPPENS

FILE: Final = "recorded.test.yaml"


def exported(store: Store, account: str, entry_id: str) -> tuple[str, str | None]:
    """(the test file's text, why it does not go as the call went, None when it does).

    Raises ConfigurationError when the call is not over, was never taken, or its version is gone.
    """
    recorded = recording(store, account, entry_id)
    if recorded is None:
        raise ConfigurationError(f"call {entry_id} is not over, or no flow had it: there is nothing to test")
    files = stored_files(store, account, recorded.call.version) or {}
    bundle = load(files).bundle
    if bundle is None:
        raise ConfigurationError(f"version {recorded.call.version} of {account} cannot be loaded (any more)")
    text = as_test(recorded, bundle, presence_of(store, account))
    return text, _complaint(files, text)


def _complaint(files: dict[str, bytes], text: str) -> str | None:
    """What is wrong with the test, None when it passes."""
    loaded = load({**files, FILE: text.encode()})
    if loaded.bundle is None or FILE not in loaded.tests:
        return render_text(loaded.findings)
    scripts, findings = read_scripts({FILE: loaded.tests[FILE]}, loaded.bundle, {FILE: text})
    if has_errors(findings):
        return render_text(findings)
    failures = [verdict.failure for verdict in (run(script, loaded.bundle) for script in scripts)]
    return next((f"line {failure.mark.line}: {failure.reason}" for failure in failures if failure is not None), None)


# as a call that is played


def as_spoken(text: str) -> dict[str, Any]:
    """An exported test as what `spoken` plays: the flow, the world, and the words. What only a test can say (a fault of
    the network) is left out."""
    root, _ = parse_yaml(FILE, text)
    read = plain(root) if root is not None else {}
    test = read["tests"][0]
    said = [words for line in test["script"] for words in _words(line)]
    return {"flow": read["flow"], "given": test.get("given", {}), "said": said}


def _words(line: Mapping[str, Any]) -> Iterator[str]:
    ((key, value),) = line.items()
    if key == "keys":
        yield str(value)
    elif key == "wait":
        yield f"wait {value}"
    elif key == "hangup":
        yield "hangup"
    elif key == "pbx" and isinstance(value, str):
        yield from (value,) if value in HAPPENS else ()
    elif key == "pbx" and "result" in value:
        yield f"result {value['result']}"
    elif key == "by_hand" and isinstance(value, Mapping):
        yield from (f"{name} {value[name]}" for name in ("transfer", "route") if name in value)
    elif key == "lookup":
        yield f"lookup: {json.dumps(value, ensure_ascii=False)}"
