"""The canonical layout of YAML files: it says the same, keeps each comment where it stood, and is its own result."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from router.flow.layout import NotFormatted, formatted
from router.flow.loader import load

ROOT = Path(__file__).parents[2]
FILES = sorted([*ROOT.glob("flows/**/*.yaml"), *ROOT.glob("tests/b*/**/*.yaml"), *ROOT.glob("tests/cases/**/*.yaml")])

CASES = {
    "indentation and blanks": (
        "steps:\n    a:\n          play:   {prompt:  audio.x,next : b}\n\n\n\n    b: hangup   \n",
        "steps:\n  a:\n    play: {prompt: audio.x, next: b}\n\n  b: hangup\n",
    ),
    "items stand deeper than their key": ("a:\n- b\n-   c: 1\n    d: 2\n", "a:\n  - b\n  - c: 1\n    d: 2\n"),
    "single quotes": ("a: 'b'\nc: 'it''s'\nd: 'a\"b'\n", "a: \"b\"\nc: 'it''s'\nd: 'a\"b'\n"),
    "quotes that keep a text a text": ('a: "1"\n"*": x\n', 'a: "1"\n"*": x\n'),
    "braces on several lines that fit on one": ("a: {b: 1,\n    c: [1,\n 2]}\n", "a: {b: 1, c: [1, 2]}\n"),
    "braces that hold a comment": ("a: {b: 1, # one\n    c: 2}  # end\n", "a:\n  b: 1  # one\n  c: 2  # end\n"),
    "nothing": ("a:\nb: {}\nc: []\nd: {e: , f: ~}\n", "a:\nb: {}\nc: []\nd: {e: , f: ~}\n"),
    "comments in a row": (
        "a: 1 # one\nlonger: 2      # two\nb:   # three\n  c: 1\n",
        "a: 1       # one\nlonger: 2  # two\nb:         # three\n  c: 1\n",
    ),
    "comments by depth": (
        "a:\n    b: 1\n    # of a\n# of c\nc: 2\n#end\n",
        "a:\n  b: 1\n  # of a\n# of c\nc: 2\n#end\n",
    ),
    "a comment below a dash": ("a:\n  -\n    # why\n    b: 1\n", "a:\n  # why\n  - b: 1\n"),
    "block texts": (
        "a: |  # told\n      x\n        # no comment\n\n      y\n\nb: >-\n   z\nc: |2\n    w\n",
        "a: |  # told\n  x\n    # no comment\n\n  y\n\nb: >-\n  z\nc: |2\n    w\n",
    ),
    "kept line ends of a block text": ("a: |+\n   x\n\n\nb: 1\n", "a: |+\n  x\n\n\nb: 1\n"),
    "texts over several lines": (
        'a: one\n     two\n\n     three\nb: "x\n   y\\\n   z"\n',
        'a: one\n  two\n\n  three\nb: "x\n  y\\\n  z"\n',
    ),
    "line ends and a byte order mark": ("\ufeffa: 1\r\nb: 2\r\n\r\n", "a: 1\nb: 2\n"),
    "sequences in sequences": ("- - a\n  - b\n-\n  - c\n", "- - a\n  - b\n- - c\n"),
    "only comments": ("\n\n   # a\n\n\n#b", "# a\n\n#b\n"),
    "an empty file": ("\n \n", ""),
    "Cyrillic and signs beyond": ("а:  'я'   # да\nб: '👍'  # нет\n", 'а: "я"  # да\nб: "👍"  # нет\n'),
}


@pytest.mark.parametrize("name", CASES)
def test_what_becomes_of_it(name: str) -> None:
    before, after = CASES[name]
    assert formatted(before) == after
    assert formatted(after) == after


def test_what_does_not_fit_gets_lines_of_its_own() -> None:
    numbers = ", ".join(f'"790000000{number:02}"' for number in range(12))
    wide = f"lists:\n  vip: {{numbers: [{numbers}], keep: 1d}}\n"
    lines = formatted(wide).splitlines()
    assert lines[1] == "  vip:"
    assert lines[2:4] == ["    numbers:", '      - "79000000000"']
    assert lines[-1] == "    keep: 1d"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_each_file_says_the_same_and_is_formatted_once(file: Path) -> None:
    try:
        text = file.read_text(encoding="utf-8")
        once = formatted(text)
    except (NotFormatted, UnicodeDecodeError):  # then it is one of those that the loader does not read either
        assert any(finding.severity == "error" for finding in load({file.name: file.read_bytes()}).findings)
        return
    assert yaml.safe_load(once) == yaml.safe_load(text)
    assert formatted(once) == once
    assert all(line == line.rstrip() for line in once.splitlines())


@pytest.mark.parametrize(
    "text", ["a: *b\n", "a: &b 1\n", "a: !x 1\n", "a: 1\n---\nb: 1\n", "? [a]\n: 1\n", "%YAML 1.1\n---\na: 1\n"]
)
def test_what_no_bundle_may_hold_is_named(text: str) -> None:
    with pytest.raises(NotFormatted) as found:
        formatted(text)
    assert found.value.line is not None


def test_what_is_no_yaml_is_refused_with_its_line() -> None:
    with pytest.raises(NotFormatted, match="no YAML") as found:
        formatted("a: 1\nb: [\n")
    assert found.value.line == 3


SETTLED = (ROOT / "flows" / "main.yaml", ROOT / "flows" / "resources.yaml", ROOT / "flows" / "main.test.yaml")


@pytest.mark.parametrize("file", SETTLED, ids=lambda file: file.name)
def test_a_comment_above_any_line_stays_above_it(file: Path) -> None:
    """The judge is the text alone: whatever line stood below the comment stands below it."""
    lines = file.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        indentation = " " * (len(line) - len(line.lstrip()))
        changed = [*lines[:number], f"{indentation}# HERE", *lines[number:]]
        result = formatted("\n".join(changed)).splitlines()
        place = next(at for at, text in enumerate(result) if text.strip() == "# HERE")
        assert _bare(result[place + 1]) == _bare(line), f"line {number + 1}"


@pytest.mark.parametrize("file", SETTLED, ids=lambda file: file.name)
def test_a_comment_behind_any_line_stays_behind_it(file: Path) -> None:
    lines = [re.sub(r"\s+# .*", "", line) for line in file.read_text(encoding="utf-8").splitlines()]
    for number, line in enumerate(lines):
        changed = [*lines[:number], f"{line} # HERE", *lines[number + 1 :]]
        result = formatted("\n".join(changed)).splitlines()
        place = next(at for at, text in enumerate(result) if text.endswith("# HERE"))
        assert _bare(result[place].removesuffix("# HERE")) == _bare(line), f"line {number + 1}"


def _bare(line: str) -> str:
    return re.sub(r"\s+", "", re.sub(r"\s+# .*", "", line))


texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=12
) | st.sampled_from(
    [
        "",
        "# a",
        "a # b",
        "x: y",
        "'",
        '"',
        "a\nb",
        "a\n\n b\n",
        " a",
        "- a",
        "{",
        "null",
        "1",
        "\\",
        "a\\",
        "%",
        "@",
        "|",
    ]
)
keys = st.text(st.sampled_from("abcя_1"), min_size=1, max_size=6)
trees = st.recursive(
    texts, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4), max_leaves=14
)


@given(
    tree=trees,
    flow=st.sampled_from([True, False, None]),
    width=st.sampled_from([20, 80, 4000]),
    indent=st.integers(2, 7),
)
def test_whatever_another_program_wrote_says_the_same(tree: Any, flow: bool | None, width: int, indent: int) -> None:
    text = yaml.safe_dump(tree, default_flow_style=flow, width=width, indent=indent, allow_unicode=True)
    text = text.removesuffix("...\n")
    once = formatted(text)
    assert yaml.safe_load(io.StringIO(once)) == yaml.safe_load(text)  # which is not always the tree that was dumped
    assert formatted(once) == once


@given(tree=st.dictionaries(keys, trees, min_size=1, max_size=4), data=st.data())
def test_no_comment_is_lost_wherever_it_stands(tree: Any, data: st.DataObject) -> None:
    lines = yaml.safe_dump(tree, allow_unicode=True, width=4000).splitlines()
    places = data.draw(st.sets(st.integers(0, len(lines)), max_size=4))
    text = "\n".join(_with_comments(lines, places, data.draw(st.integers(0, 6)))) + "\n"
    try:
        meant = yaml.safe_load(text)
    except yaml.YAMLError:
        return
    try:
        once = formatted(text)
    except NotFormatted as found:
        pytest.fail(f"{found.problem}: {text!r}")
    assert yaml.safe_load(once) == meant
    assert len(re.findall("# HERE", once)) == len(re.findall("# HERE", text))
    assert formatted(once) == once


def _with_comments(lines: list[str], places: set[int], column: int) -> Iterator[str]:
    for number, line in enumerate([*lines, ""]):
        if number in places:
            yield " " * column + f"# HERE {number}"
        if line:
            yield line
