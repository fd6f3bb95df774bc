"""A bundle without errors is published with everything that its files say; no warning takes anything out of it.

What the files say is read by `plain_yaml`, which knows neither the loader nor its findings. The bundles are the
project's own, those of the loader's tests that have warnings at most, each text field without its `${}` (W610), and
random changes of all of them.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from router.files.bundle import read_directory
from router.flow.loader import LoadedBundle, load
from router.flow.model import Bundle, Step
from router.flow.verbs import VERBS
from router.runtime.versions.publish import build
from tests.flow.bundles import every_verb, load_flow
from tests.properties import plain_yaml as written
from tests.properties.mutations import Mutations

PROJECT = Path(__file__).parents[2]
WARNED = PROJECT / "tests" / "cases" / "warnings"
ONLY_WARNINGS = ("w1", "w2", "w3", "w6", "t23", "twoflows")
_TEMPLATE: Final = re.compile(rb"\$\{([a-z_.]+)\}")


def _with(case: str) -> dict[str, bytes]:
    return {**read_directory(WARNED / "base"), **read_directory(WARNED / case)}


def _broken() -> Iterator[dict[str, bytes]]:
    for case in sorted((PROJECT / "tests" / "broken_flows").iterdir()):
        files = read_directory(case)
        files.pop("expected.txt", None)
        if load(files).bundle is not None:
            yield files


def _corpus() -> list[dict[str, bytes]]:
    bundles = [
        read_directory(PROJECT / "tests" / "bundles" / "reception"),
        read_directory(PROJECT / "tests" / "bundles" / "every_verb"),
    ]
    return [*bundles, every_verb(), *(_with(case) for case in ONLY_WARNINGS), *_broken()]


CORPUS = _corpus()


# what a step says, and what was made of it: pairs of facts that have to be equal


def _switch(said: Any, made: Any) -> Iterator[tuple[Any, Any]]:
    yield [line.get("when") for line in said], [case.when and case.when.source for case in made.cases]
    yield [line.get("goto", line.get("else")) for line in said], [case.goto for case in made.cases]


def _prompts(said: Any, made: Any) -> tuple[Any, Any]:
    names = [text.removeprefix("audio.") for text in written.many(said.get("prompt"))]
    return names, [prompt.name for prompt in made.prompts]


def _retries(said: Any, made: Any) -> Iterator[tuple[Any, Any]]:
    for name in ("no_input", "no_match"):
        yield (said.get(name) or {}).get("goto"), getattr(made, name).goto
        yield _prompts(said.get(name) or {}, getattr(made, name))


def _menu(said: Any, made: Any) -> Iterator[tuple[Any, Any]]:
    yield list(said["keys"].values()), list(made.targets.values())
    yield _prompts(said, made)
    yield from _retries(said, made)


def _collect(said: Any, made: Any) -> Iterator[tuple[Any, Any]]:
    yield said["into"], made.into
    yield said.get("secret", "false") == "true", made.secret
    yield _prompts(said, made)
    yield from _retries(said, made)


def _play(said: Any, made: Any) -> Iterator[tuple[Any, Any]]:
    yield _prompts(said, made)


def _route(said: Any, made: Any) -> Iterator[tuple[Any, Any]]:
    yield [text.split()[0] for text in written.many(said["to"])], [place.kind for place in made.to]
    yield said.get("display_name"), made.display_name and made.display_name.source
    yield len(written.many(said["to"])) if "ring" in said else 0, len(made.ring)
    yield "hold" in said, made.hold is not None


def _transfer(said: Any, made: Any) -> Iterator[tuple[Any, Any]]:
    yield len(written.many(said["to"])), len(made.to)
    yield "by" in said, made.by is not None


def _watch(said: Any, made: Any) -> Iterator[tuple[Any, Any]]:
    yield set(said), {name for name in ("connected", "held", "talking", "ended") if getattr(made, name) is not None}


def _set(said: Any, made: Any) -> Iterator[tuple[Any, Any]]:
    yield said["vars"], {name: value.source for name, value in made.values.items()}


def _lookup(said: Any, made: Any) -> Iterator[tuple[Any, Any]]:
    yield set(said.get("outputs") or {}) - set(made.outputs), set()
    yield set(said.get("with") or {}), set(made.arguments)
    yield said.get("table", ""), made.table
    if "http" in said:
        yield set(said["http"].get("headers") or {}), set(made.http.headers)
        yield _tree(said["http"].get("json")), _tree(made.http.json)


def _notify(said: Any, made: Any) -> Iterator[tuple[Any, Any]]:
    yield _tree(said.get("data")), _tree(made.data)


def _tree(tree: Any) -> Any:
    """The keys and the number of leaves: a leaf may have become a number or a text with names."""
    return None if tree is None else (sorted(tree) if isinstance(tree, dict) else None, written.leaves(tree))


def _sms(said: Any, made: Any) -> Iterator[tuple[Any, Any]]:
    yield said["text"], made.text.source
    yield said.get("sender"), made.sender_name and made.sender_name.source


_PARAMETERS: Final[Mapping[str, Mapping[str, str]]] = {
    "callback": {"from": "from.extension", "number": "from.number", "to": "to_number", "line": "line_number"},
    "callback_group": {"from": "from", "to": "to", "line": "line_number"},
    "task": {"to_user": "to_user_id", "description": "description", "phone": "phone", "start": "start_time"},
}


def _command(verb: str) -> Callable[[Any, Any], Iterator[tuple[Any, Any]]]:
    names = _PARAMETERS[verb]

    def facts(said: Any, made: Any) -> Iterator[tuple[Any, Any]]:
        yield {names[key] for key in said if key in names} - set(made.parameters), set()

    return facts


def _remember(said: Any, made: Any) -> Iterator[tuple[Any, Any]]:
    yield said["value"], made.value.source


def _split(said: Any, made: Any) -> Iterator[tuple[Any, Any]]:
    yield {name: int(weight) for name, weight in said["to"].items()}, dict(made.branches)


def _run(said: Any, made: Any) -> Iterator[tuple[Any, Any]]:
    yield set(said.get("with") or {}), set(made.arguments)


def _return(said: Any, made: Any) -> Iterator[tuple[Any, Any]]:
    yield set(said.get("with") or {}), set(made.values)


FACTS: Final[Mapping[str, Callable[[Any, Any], Iterator[tuple[Any, Any]]]]] = {
    "switch": _switch, "menu": _menu, "collect": _collect, "play": _play, "route": _route, "transfer": _transfer,
    "watch": _watch, "set": _set, "lookup": _lookup, "notify": _notify, "sms": _sms, "callback": _command("callback"),
    "callback_group": _command("callback_group"), "task": _command("task"), "remember": _remember, "split": _split, "run": _run, "return": _return,
}  # fmt: skip


def _held(said: Any, step: Step, where: str) -> None:
    verb, settings = (said, {}) if isinstance(said, str) else next(iter(said.items()))
    assert step.verb == verb, where
    for wanted, found in FACTS.get(verb, lambda said, made: iter(()))(settings, step.settings):
        assert wanted == found, f"{where}: {wanted} became {found}"
    if isinstance(settings, dict):
        leads = {"next": settings["next"]} if "next" in settings else {}
        on = settings.get("on")
        leads |= on if isinstance(on, dict) else {}
        assert leads.items() <= dict(step.exits).items(), where


def hold(files: Mapping[str, bytes], bundle: Bundle) -> None:
    """Raise AssertionError where the bundle is not what its files say."""
    flows = written.flows(files)
    assert set(bundle.flows) == set(flows)
    for name, said in flows.items():
        flow = bundle.flows[name]
        assert list(flow.steps) == list(said["steps"]), name
        assert flow.start == said["start"]
        assert (flow.on_error, flow.on_end) == (said.get("on_error"), said.get("on_end"))
        assert (flow.takes is None) == ("for" not in said)
        assert set(flow.variables) == set(said.get("vars") or {})
        assert (flow.hold is None) == ("hold" not in said)
        for step, settings in said["steps"].items():
            _held(settings, flow.steps[step], f"{name}.{step}")
    _hold_resources(files, bundle)


def _hold_resources(files: Mapping[str, bytes], bundle: Bundle) -> None:
    made = {"audio": bundle.prompts, "hours": bundle.hours, "lists": bundle.lists, "tables": bundle.tables}
    for kind, entries in made.items():
        assert set(written.resources(files, kind)) == set(entries), kind


def _published(files: Mapping[str, bytes]) -> LoadedBundle:
    loaded = load(files)
    if loaded.bundle is not None:
        hold(files, loaded.bundle)
    return loaded


# the properties


@pytest.mark.parametrize("case", ONLY_WARNINGS)
def test_a_warning_takes_no_flow_out_of_the_bundle(case: str) -> None:
    loaded = _published(_with(case))
    assert {finding.code for finding in loaded.findings} == {"W610"}
    assert build(_with(case)).version


@pytest.mark.parametrize("number", range(len(CORPUS)))
def test_every_bundle_without_errors_is_what_its_files_say(number: int) -> None:
    assert _published(CORPUS[number]).bundle is not None


@pytest.mark.parametrize("number", range(len(CORPUS)))
def test_each_text_field_may_lose_its_braces(number: int) -> None:
    """`${caller.number}` becomes `caller.number`: a warning in every text field, and in none a lost setting."""
    warned = 0
    for file, content in CORPUS[number].items():
        for found in _TEMPLATE.finditer(content):
            changed = content[: found.start()] + found[1] + content[found.end() :]
            loaded = _published({**CORPUS[number], file: changed})
            warned += any(finding.severity == "warning" for finding in loaded.findings)
    assert warned or not any(_TEMPLATE.search(content) for content in CORPUS[number].values())


@pytest.mark.parametrize("seed", range(4))
def test_changed_bundles_are_published_whole(seed: int, request: pytest.FixtureRequest) -> None:
    """`pytest --mutations N` tries N of them."""
    mutations = Mutations(seed)
    sound = 0
    for number in range(request.config.getoption("--mutations") // 4):
        for change in (mutations.of, mutations.gently):
            loaded = _published(change(CORPUS[number % len(CORPUS)]))
            sound += loaded.bundle is not None
            assert "F213" not in {finding.code for finding in loaded.findings}
    assert sound


def test_what_cannot_be_read_without_a_mistake_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of the loader's own costs no step in silence."""
    monkeypatch.setitem(VERBS, "hangup", replace(VERBS["hangup"], read=lambda step: None))  # type: ignore[arg-type]
    loaded = load_flow("ask: hangup")
    assert loaded.bundle is None
    assert [finding.code for finding in loaded.findings] == ["F213"]


def test_files_of_nothing_but_resources_are_no_bundle_even_with_a_warning() -> None:
    double = b"date,phone\n2026-11-23,79000000001\n2026-11-23,79000000002\n"
    loaded = load({"r.yaml": b"tables: {rota: {file: rota.csv, key: date}}\n", "rota.csv": double})
    assert loaded.bundle is None
    assert {finding.code for finding in loaded.findings} == {"F210", "W611"}
