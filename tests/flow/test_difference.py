"""What `ivr diff` tells: every change of content in an author's terms, and nothing else."""

import pytest

from router.flow.bundle_difference import ADDED, CHANGED, HEAD, REMOVED, Change, Detail, differences
from router.flow.loader import LoadedBundle, load
from tests.flow.bundles import RESOURCES, flow_text, load_texts

STEPS = """
ask: {menu: {prompt: audio.greeting, keys: {1: sales, 2: say}, no_input: {goto: done}, no_match: {goto: done}}}
sales: {route: {to: group sales, ring: 25s, on: {answered: done, no_answer: out, else: out}}}
say: {set: {vars: {a: "1", b: "2"}, next: judge}}
judge: {switch: [{when: vars.a == "1", goto: done}, {when: vars.b == "1", goto: out}, {else: ask}]}
out: hangup
"""
HEAD_TEXT = (
    "flow: main\nfor: any\non_error: done\nstart: ask\nvars: {a: {type: text}, b: {type: text}}\nbudget: {steps: 60}\n"
)


def bundle(steps: str = STEPS, head: str = HEAD_TEXT, resources: str = RESOURCES, **more: str) -> LoadedBundle:
    loaded = load_texts(main=flow_text(steps, head), resources=resources, **more)
    assert loaded.bundle is not None, loaded.findings
    return loaded


def changes(other: LoadedBundle) -> list[Change]:
    one = bundle()
    assert one.bundle is not None
    assert other.bundle is not None
    found = differences(one.content, other.content)
    assert bool(found) == (one.bundle.version != other.bundle.version)
    return found


def test_what_makes_no_other_version_is_no_difference() -> None:
    same = STEPS.replace("ring: 25s, on: {", 'ring: "25s", on: {').replace("out: hangup", "out: hangup  # the end")
    assert changes(bundle(same.replace("answered: done, no_answer: out", "no_answer: out, answered: done"))) == []


@pytest.mark.parametrize(
    ("old", "new", "step", "detail"),
    [
        ("ring: 25s", "ring: 20s", "sales", Detail(path="ring", before="25s", after="20s")),
        ("ring: 25s, ", "", "sales", Detail(path="ring", before="25s", after="")),
        ("ring: 25s", "ring: [25s]", "sales", Detail(path="ring", before="25s", after="[25s]")),
        ("answered: done", "answered: out", "sales", Detail(path="on.answered", before="done", after="out")),
        ("{1: sales, 2", "{1: sales, 3: out, 2", "ask", Detail(path="keys.3", before="", after="out")),
        ('{a: "1", b: "2"}', '{b: "2", a: "1"}', "say", Detail(path="order of vars", before="a, b", after="b, a")),
        ("out: hangup", "out: release", "out", Detail(path="", before="hangup", after="release")),
        (
            '{when: vars.b == "1", goto: out}, ',
            "",
            "judge",
            Detail(path="", before='{when: vars.b == "1", goto: out}', after=""),
        ),
        (
            "to: group sales",
            "to: [group sales, person boss]",
            "sales",
            Detail(path="to", before="group sales", after="[group sales, person boss]"),
        ),
    ],
)
def test_a_setting(old: str, new: str, step: str, detail: Detail) -> None:
    (change,) = changes(bundle(STEPS.replace(old, new)))
    assert (change.kind, change.owner, change.name, change.details) == (CHANGED, "flow main", step, (detail,))


def test_steps_and_flows_that_come_and_go() -> None:
    inner = "flow: inner\nstart: back\nsteps:\n  back: {return: {as: ok}}\n"
    other = bundle(
        STEPS.replace("out: hangup", "out: hangup\nmore: release"), HEAD_TEXT.replace("60", "80"), inner=inner
    )
    assert [(change.kind, change.owner, change.name, change.about) for change in changes(other)] == [
        (ADDED, "flow inner", "", "1 step"),
        (CHANGED, "flow main", HEAD, ""),
        (ADDED, "flow main", "more", "release"),
    ]
    back = differences(other.content, bundle().content)
    assert [change.kind for change in back] == [CHANGED, REMOVED, REMOVED]


def test_resources() -> None:
    found = changes(bundle(resources=RESOURCES.replace("length: 9s", "length: 8s").replace("boss:", "chief:")))
    assert [(change.kind, change.owner, change.name) for change in found] == [
        (CHANGED, "audio", "greeting"),
        (ADDED, "people", "chief"),
        (REMOVED, "people", "boss"),
    ]


def test_numbers_and_rows_of_files_are_counted() -> None:
    resources = RESOURCES + "  blocked: {file: %s}\ntables: {rota: {file: rota.csv, key: date}}\n"

    def filed(name: str, numbers: str, rows: str) -> LoadedBundle:
        files = {
            "main.yaml": flow_text(STEPS, HEAD_TEXT),
            "resources.yaml": resources % name,
            name: numbers,
            "rota.csv": rows,
        }
        return load({file: text.encode() for file, text in files.items()})

    one = filed("one.txt", "79000000001\n79000000002\n", "date,phone\n2026-11-23,1\n")
    other = filed("two.txt", "79000000002\n79000000003\n79000000004\n", "date,phone\n2026-11-23,2\n")
    assert [(change.name, change.details) for change in differences(one.content, other.content)] == [
        (
            "blocked",
            (
                Detail(path="entries", before="1 of 2: 79000000001", after=""),
                Detail(path="entries", before="", after="2 of 3: 79000000003, 79000000004"),
            ),
        ),
        (
            "rota",
            (
                Detail(path="rows", before="1 of 2: [2026-11-23, 1]", after=""),
                Detail(path="rows", before="", after="1 of 2: [2026-11-23, 2]"),
            ),
        ),
    ]
    turned = filed("one.txt", "79000000002\n79000000001\n", "date,phone\n2026-11-23,1\n")
    assert differences(one.content, turned.content)[0].details[0].path == "order of entries"


def test_long_lists_that_are_written_out_are_counted_too() -> None:
    def written(numbers: range) -> LoadedBundle:
        many = ", ".join(f'"79{number:09}"' for number in numbers)
        return bundle(resources=RESOURCES.replace('numbers: ["74951234567", "7926*"]', f"numbers: [{many}]"))

    (change,) = differences(written(range(20_000)).content, written(range(2, 20_001)).content)
    assert [detail.path for detail in change.details] == ["numbers", "numbers"]
    assert [detail.before[:10] for detail in change.details] == ["2 of 20000", ""]
    assert change.details[1].after == "1 of 19999: 79000020000"
