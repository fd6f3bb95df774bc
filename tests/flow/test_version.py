"""The same content is the same version, and other content another one."""

import pytest

from router.flow.loader import load
from tests.flow.bundles import HEAD, RESOURCES, flow_text

LISTED = RESOURCES + "  blocked: {file: blocked.txt}\ntables: {rota: {file: rota.csv, key: date}}\n"
FILES = {
    "main.yaml": flow_text(
        "ask: {set: {vars: {a: vars.b, b: digits}, next: say}}\nsay: {play: {prompt: audio.greeting, next: done}}",
        HEAD + "vars: {a: {type: text}, b: {type: text}}\n",
    ),
    "resources.yaml": LISTED,
    "blocked.txt": "79000000013\n79000000014\n",
    "rota.csv": "date,phone\n2026-11-23,79000000001\n",
}


def _version(**changed: tuple[str, str] | None) -> str:
    files = dict(FILES)
    for name, change in changed.items():
        assert change is not None
        file = name.replace("_", ".")
        assert change[0] in files[file]
        files[file] = files[file].replace(*change)
    return _of(files)


def _of(files: dict[str, str]) -> str:
    loaded = load({name: text.encode() for name, text in files.items()})
    assert loaded.bundle is not None, loaded.findings
    return loaded.bundle.version


@pytest.mark.parametrize(
    "same",
    [
        {"main_yaml": ("flow: main", "# a comment\nflow:    main   # another")},
        {"main_yaml": ("flow: main", "flow: 'main'")},
        {
            "main_yaml": (
                "{play: {prompt: audio.greeting, next: done}}",
                "\n    play:\n      next: done\n      prompt: audio.greeting",
            )
        },
        {"resources_yaml": ('groups: {sales: {extension: "303"}}\n', "groups: {sales: {extension: 303}}\n")},
        {"resources_yaml": ("id: 17, length: 9s", "length: 9s, id: 17")},
        {"blocked_txt": ("79000000013\n", "# who?\n\n  79000000013   # this one\n")},
        {"rota_csv": ("date,phone\n", '"date","phone"\n')},
    ],
)
def test_how_it_is_written_does_not_count(same: dict[str, tuple[str, str]]) -> None:
    assert _version(**same) == _version()


@pytest.mark.parametrize(
    "other",
    [
        {"main_yaml": ("next: done", "next: ask")},
        {"main_yaml": ("{a: vars.b, b: digits}", "{b: digits, a: vars.b}")},
        {"resources_yaml": ("id: 17", "id: 18")},
        {"resources_yaml": ('says: "For', 'says: "for')},
        {"blocked_txt": ("79000000013", "79000000015")},
        {"rota_csv": ("79000000001", "79000000002")},
        {"rota_csv": ("phone", "fone")},
    ],
)
def test_what_is_written_counts(other: dict[str, tuple[str, str]]) -> None:
    assert _version(**other) != _version()


def test_file_names_and_their_order_do_not_count() -> None:
    moved = {
        "z/everything.yaml": FILES["main.yaml"],
        "z/a.yaml": LISTED.replace("blocked.txt", "no.txt").split("groups:")[0],
        "b.yaml": "groups:" + LISTED.replace("blocked.txt", "no.txt").split("groups:")[1],
        "no.txt": FILES["blocked.txt"],
        "rota.csv": FILES["rota.csv"],
    }
    assert _of(moved) == _of(FILES)


def test_tests_and_unused_files_do_not_count() -> None:
    more = {"main.test.yaml": "flow: main\ntests: []\n", "unused.txt": "79000000001\n", "unused.csv": "a,b\n"}
    assert _of(FILES | more) == _of(FILES)


def test_a_version_is_32_hexadecimal_digits() -> None:
    assert len(_version()) == 32
    assert int(_version(), 16) > 0
