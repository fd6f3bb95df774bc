"""What a flow depends on besides its own file: when that changes, the flow is read, or checked, anew."""

import pytest

from router.flow.load_cache import LoadCache
from router.flow.loader import load
from router.runtime.versions.publish import build
from tests.properties.test_load_cache import running

CHANGES = {
    "a cell that an output takes": ("rota.csv", "79000000001", "no number"),
    "a column of a table": ("rota.csv", "date,name,phone", "date,who,phone"),
    "a recording": ("resources.yaml", "id: 17", "id: 18"),
    "the name of a recording": ("resources.yaml", "hello:", "hullo:"),
    "the country": ("resources.yaml", "audio:", "country: DE\naudio:"),
    "the name of hours": ("resources.yaml", "office:", "shop:"),
    "the numbers of a list": ("numbers.txt", "79000000001", "79000000002"),
    "an entry that is none": ("numbers.txt", "79000000001", "seven"),
    "the lines of a list": ("lines.txt", "74950000002", "74950000001"),
    "for how long a list keeps": ("resources.yaml", "keep: 30m", "keep: 31m"),
    "the exits of a flow that is run": ("inner.yaml", "{as: done}", "{as: other}"),
    "the sounds of a flow that is run": ("inner.yaml", "{for: 2s,", "{for: 59s,"),
    "the name of a flow that is run": ("inner.yaml", "flow: inner", "flow: within"),
    "the flow that is run": ("first.yaml", "flow: inner", "flow: other"),
    "a file that cannot be read": ("other.yaml", "steps:", "steps: ["),
    "the flow's own place": ("first.yaml", "\nflow: first", "\n\nflow: first"),
}

SENDING = b"{sms: {from: '100', to: '79000000001', text: hi, next: back}}"


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_found_out(change: str) -> None:
    file, old, new = CHANGES[change]
    cache, before = LoadCache(), running()
    known = build(before, cache)
    after = {**before, file: before[file].replace(old.encode(), new.encode(), 1)}
    changed = build(after, cache)
    assert changed == build(after)
    assert changed != known
    assert build(before, cache) == known


def test_a_flow_without_an_on_error_goes_by_those_that_run_it() -> None:
    files = running()
    files["inner.yaml"] = files["inner.yaml"].replace(b"{wait: {for: 2s, next: back}}", SENDING)
    cache = LoadCache()
    assert build(files, cache).errors == ()
    for name in ("first.yaml", "second.yaml"):
        files[name] = files[name].replace(b"on_error: bye\n", b"")
        assert build(files, cache) == build(files)
    assert "inner.yaml" in [finding.mark.file for finding in build(files, cache).errors]


def test_what_did_not_change_is_not_read_again() -> None:
    cache, files = LoadCache(), running()
    first = load(files, cache=cache)
    second = load({**files, "inner.yaml": files["inner.yaml"] + b"# a comment\n"}, cache=cache)
    assert second.flows["other"].flow is first.flows["other"].flow
    assert second.flows["second"].flow is first.flows["second"].flow
    assert second.flows["first"].flow is not first.flows["first"].flow  # it runs the one that changed
    assert second.resources.tables["rota"] is first.resources.tables["rota"]


def test_what_is_kept_is_bounded() -> None:
    cache, files = LoadCache(), running()
    load(files, cache=cache)
    kept = cache.of("first.yaml", files["first.yaml"])
    cache.forget(1 << 30)
    assert cache.of("first.yaml", files["first.yaml"]) is kept
    cache.forget(1)
    assert cache.of("first.yaml", files["first.yaml"]) is not kept
    load(files, cache=cache)
    cache.forget_unused()
    kept = cache.of("inner.yaml", files["inner.yaml"])
    cache.forget_unused()
    assert cache.of("inner.yaml", files["inner.yaml"]) is kept
    assert cache.of("first.yaml", files["first.yaml"]).get("parsed") is None
