"""What an editor is told of files that are being written: never nothing because of a fault of ours, and what `ivr check`
says of the same files."""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lsprotocol import types

from router.files.bundle import look_into
from router.flow.finding_output import to_json
from router.lsp.cursor import cursor_at
from router.lsp.service import Service
from router.lsp.text_map import TextMap
from router.lsp.workspace import path_of, uri_of
from router.simulator.checked import check_bundle

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 11, 23)
CORPUS = [path for path in sorted((ROOT / "tests" / "broken_flows").iterdir()) if path.is_dir()]
FILES = ("main.yaml", "resources.yaml", "main.test.yaml", "round_the_clock.yaml")
EVERY = 15  # characters between two prefixes that are asked everything


@pytest.fixture
def service() -> Service:
    return Service(today=lambda: TODAY, now=lambda: 1_795_000_000.0)


@pytest.mark.parametrize("directory", CORPUS, ids=lambda directory: directory.name)
def test_findings_are_those_of_ivr_check(service: Service, directory: Path) -> None:
    """Codes, words and places of the whole corpus of broken bundles, opened file by file."""
    files, of_files = look_into(directory)
    expected = sorted(
        (told["file"], told["line"], told["column"], told["code"], told["message"])
        for told in to_json((*of_files, *check_bundle(files, TODAY).findings))
    )
    for file in files:
        service.show(uri_of(directory / file), files[file].decode("utf-8", "surrogateescape"))
    bundle = service.space.bundle_of(directory / next(iter(files)))
    found = []
    for uri, ones in service.findings(bundle).items():
        path = path_of(uri)
        assert path is not None
        file = path.relative_to(bundle.directory).as_posix()
        text = service.space.text_map(bundle, file)
        for one in ones:
            line, column = text.place(one.range.start)
            found.append((file, line, column, str(one.code), one.message))
    if any("not UTF-8" in entry[4] for entry in expected):
        return  # an editor shows such a file as it decodes it
    shown = [(file, line, column, code, message.split("\n")[0]) for file, line, column, code, message in sorted(found)]
    assert shown == [
        (file, line, column, code, message.split("\n")[0]) for file, line, column, code, message in expected
    ]


@pytest.mark.parametrize("name", FILES)
def test_every_prefix_of_the_example(service: Service, tmp_path: Path, name: str) -> None:
    """No question fails, and nothing that is told lies outside of the text."""
    shutil.copytree(ROOT / "tests" / "bundles" / "reception", tmp_path / "flows")
    file = tmp_path / "flows" / name
    whole = file.read_text(encoding="utf-8")
    for length in range(len(whole) + 1):
        text = whole[:length]
        service.show(uri_of(file), text)
        lines = text.split("\n")
        end = types.Position(line=len(lines) - 1, character=len(lines[-1]))
        answer = service.complete(uri_of(file), end)
        assert answer is not None
        for item in answer.items:
            assert isinstance(item.text_edit, types.TextEdit)
            assert item.text_edit.range.end == end, text[-40:]
        if length % EVERY == 0:
            _ask_everything(service, file, text, end)


def _ask_everything(service: Service, file: Path, text: str, end: types.Position) -> None:
    uri = uri_of(file)
    bundle = service.space.bundle_of(file)
    whole = TextMap(text)
    for found in service.findings(bundle).get(uri, ()):
        assert found.range.start.line <= end.line
        assert whole.position(whole.offset_of(found.range.start)) == found.range.start, text[-40:]
    service.hover(uri, end)
    service.hints(uri, whole.whole)
    service.outline(uri)
    service.folding(uri)
    service.lenses(uri)
    service.actions(uri, types.Range(start=end, end=end), ())
    service.definition(uri, end)
    assert len(service.tokens(uri).data) % 5 == 0
    service.layout(uri)


lines_of_a_flow = st.sampled_from(
    (ROOT / "tests" / "bundles" / "reception" / "main.yaml").read_text(encoding="utf-8").split("\n")
)
scraps = st.sampled_from(
    ["", " ", "  - ", "{", "}", "[", "]", ": ", ",", "'", '"', "#", "${", "}", "|", ">", "\t", "é👋", "x: y"]
)
edits = st.lists(
    st.tuples(st.integers(0, 200), st.integers(0, 120), st.integers(0, 60), scraps | lines_of_a_flow), max_size=12
)


@settings(max_examples=60, deadline=None)
@given(edits=edits)
def test_random_edits(tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[int, int, int, str]]) -> None:
    service = Service(today=lambda: TODAY, now=lambda: 1_795_000_000.0)
    file = _copied(tmp_path_factory) / "main.yaml"
    text = file.read_text(encoding="utf-8")
    for line, column, cut, words in edits:
        lines = text.split("\n")
        at = line % len(lines)
        lines[at] = lines[at][:column] + words + lines[at][column + cut :]
        text = "\n".join(lines)
        service.show(uri_of(file), text)
        end = types.Position(line=at, character=min(column, len(lines[at])))
        service.complete(uri_of(file), end)
        _ask_everything(service, file, text, types.Position(line=len(lines), character=0))


_copies: dict[str, Path] = {}


def _copied(factory: pytest.TempPathFactory) -> Path:
    """One copy of the example for all examples of the property: nothing writes to it."""
    if "flows" not in _copies:
        _copies["flows"] = factory.mktemp("edits") / "flows"
        shutil.copytree(ROOT / "tests" / "bundles" / "reception", _copies["flows"])
    return _copies["flows"]


def test_the_path_of_the_cursor_is_that_of_the_parsed_file() -> None:
    """Behind the last character of each value the reader of half-written texts says what the parser says of the whole."""
    from router.flow.yaml.node import Node, items, pairs
    from router.flow.yaml.parser import parse_yaml

    for name in FILES:
        text = (ROOT / "tests" / "bundles" / "reception" / name).read_text(encoding="utf-8")
        root, _ = parse_yaml(name, text)
        assert root is not None
        lines = text.split("\n")

        def walk(node: Node, path: tuple[str, ...]) -> Iterator[tuple[Node, tuple[str, ...]]]:
            for key, value in pairs(node):
                yield from walk(value, (*path, key.text))
            for item in items(node):
                yield from walk(item, (*path, "-"))
            if node.kind == "scalar":
                yield node, path

        for node, path in walk(root, ()):
            cursor = cursor_at(lines, node.mark.line, node.mark.column + len(node.text) + node.quoted)
            assert cursor.path == path, (name, node.mark.line, node.text)
            assert cursor.is_value, (name, node.mark.line, node.text)
            assert cursor.typed == node.text, (name, node.mark.line)


@pytest.mark.parametrize(
    "text", ["", "\ufeffa: é👋 b\r\nc: d\n", "a\u2028b: 1\nc: 2", "👋👋👋", "x\r\ry\n\n", "\ufeff", "a\x85b\nc"]
)
def test_places_there_and_back(text: str) -> None:
    """The protocol's places, in UTF-16 units, and the loader's."""
    mapped = TextMap(text)
    for offset in range(len(text) + 1):
        place = mapped.position(offset)
        shown = text.replace("\r\n", "\n\n").replace("\r", "\n")[:offset]
        back = mapped.offset_of(place)
        assert text[back:offset].strip("\r\n") == "", (offset, place)
        assert place.character == len(text[back - _since_break(text, back) : offset].encode("utf-16-le")) // 2
        assert shown.count("\n") >= place.line


def _since_break(text: str, offset: int) -> int:
    """Characters since the last end of a line, as the protocol counts lines."""
    count = 0
    while count < offset and text[offset - count - 1] not in "\r\n":
        count += 1
    return count


def test_a_file_of_a_directory_that_is_kept_apart_belongs_to_no_bundle_above(service: Service) -> None:
    flow, inner = ROOT / "flows" / "main.yaml", ROOT / "flows" / "library" / "clinic" / "clinic.yaml"
    service.space.folders = [ROOT]
    for path in (flow, inner, flow):
        service.show(uri_of(path), path.read_text(encoding="utf-8"))
    outer = service.space.bundle_of(flow)
    assert outer.directory == ROOT / "flows"
    assert service.space.bundle_of(inner).directory == inner.parent
    assert service.space.shown(outer) == ["main.yaml"]
    assert "library/clinic/clinic.yaml" not in service.space.read(outer).files
