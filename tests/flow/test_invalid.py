"""One mistake is one finding: whatever depends on what has a finding is Invalid, and nothing is said of it."""

import pytest

from router.flow.invalid import INVALID
from router.flow.loader import load

USES = """
on_error: done
start: ask
steps:
  ask:
    switch:
      - {when: vars.n > 3 and vars.m == "x", goto: say}
      - {when: rota.phone != "" and rota.day > 3, goto: call}
      - {when: hours.office.open and caller.number in lists.vip, goto: get}
      - {when: sub.answer == "yes", goto: sub}
      - {else: keep}
  say: {play: {prompt: audio.greeting, next: call}}
  call: {route: {to: ["person operator", "group sales", "number ${rota.phone}", "number ${sub.answer}"]}}
  get: {collect: {into: m, length: 4, next: rota, prompt: audio.greeting}}
  rota: {lookup: {http: {url: "https://example.org/?q=${vars.m}"}, outputs: {phone: {type: phone}, day: {type: number}},
         next: keep}}
  sub: {run: {flow: other, with: {n: vars.n + 1}, on: {ok: keep}}}
  keep: {remember: {value: "${caller.number}", in: lists.kept, next: set}}
  set: {set: {vars: {n: vars.n + rota.day, m: "${vars.m} ${hours.office.opens_time}"}, next: wait}}
  wait: {wait: {for: 1s, next: done}}
  done: {hangup: {}}
"""
MAIN = "flow: main\nfor: any\nvars: {n: {type: number}, m: {type: text}}" + USES
OTHER = """flow: other
vars: {n: {type: number}}
on_error: done
start: done
steps:
  done: {return: {as: ok, with: {answer: '"yes"'}}}
"""
MORE = """audio:
  greeting: {id: 17, length: 9s}
groups:
  sales: {extension: "303"}
people:
  operator: {extension: "100"}
hours:
  office: {open: {mon-fri: "09:00-18:00"}}
lists:
  vip: {numbers: ["74951234567"]}
  kept: {keep: 30m}
"""


def findings(main: str = MAIN, other: str = OTHER, resources: str = MORE) -> list[tuple[str, str]]:
    """(code, file) of all of them."""
    files = {"main.yaml": main, "other.yaml": other, "resources.yaml": resources}
    loaded = load({name: text.encode() for name, text in files.items()})
    assert (loaded.bundle is None) == any(finding.severity == "error" for finding in loaded.findings)
    return [(finding.code, finding.mark.file) for finding in loaded.findings]


def test_the_bundle_itself_is_sound() -> None:
    assert findings() == []


@pytest.mark.parametrize(
    ("written", "instead", "code"),
    [
        ("n: {type: number}", "n: {type: nummer}", "F206"),
        ("n: {type: number}", "n: 5", "F204"),
        ("n: {type: number}", "n: {type: number, default: x}", "F507"),
        ("{n: {type: number}, m: {type: text}}", "[n, m]", "F204"),
        ("day: {type: number}", "day: {type: nummer}", "F206"),
        ("day: {type: number}", "day: number", "F204"),
        ("rota: {lookup:", "rota: {lokup:", "F202"),
        ('url: "https://example.org/?q=${vars.m}"', 'url: "${vars.m}"', "F207"),
        ("  rota: {lookup:", "  Rota: {lookup:", "F207"),
        ("sub: {run: {flow: other,", "sub: {run: {flow: othr,", "F312"),
        ("sub: {run: {flow: other,", "sub: {run: {flow: [other],", "F204"),
        ("sub: {run: {flow: other, with: {n: vars.n + 1}", "sub: {run: {flow: other, with: {k: vars.n + 1}", "F306"),
        ("vars.n > 3 and", "vars.n > vars.m and", "F406"),
        ("start: ask", "start: aks", "F301"),
        ("start: ask\n", "", "F205"),
        ("else: keep", "else: kep", "F301"),
        ("  keep: {remember:", "  kEEP: {remember:", "F207"),
        ("into: m,", "into: k,", "F306"),
        ("outputs: {phone", "gives: {phone", "F201"),
        ("vars: {n: {type: number}, m", "declared: {n: {type: number}, m", "F201"),
        ("on_error: done", "oops: done", "F201"),
        ("  call: {route: {to:", "  call: {ruote_it: {to:", "F202"),
    ],
)
def test_a_mistake_of_the_flow_is_told_once(written: str, instead: str, code: str) -> None:
    assert written in MAIN
    assert findings(main=MAIN.replace(written, instead, 1)) == [(code, "main.yaml")]


@pytest.mark.parametrize(
    ("written", "instead", "code"),
    [
        ("greeting: {id: 17, length: 9s}", "greeting: {id: x, length: 9s}", "F204"),
        ("greeting: {id: 17, length: 9s}", "greeting: 17", "F204"),
        ('sales: {extension: "303"}', "sales: {}", "F205"),
        ('operator: {extension: "100"}', 'operator: {extention: "100"}', "F201"),
        ('office: {open: {mon-fri: "09:00-18:00"}}', "office: open", "F204"),
        ("kept: {keep: 30m}", "kept: 30", "F204"),
        ("kept: {keep: 30m}", "kept: {keep: soon}", "F207"),
        ("kept: {keep: 30m}", "kept: {for: 30m}", "F201"),
        ("audio:\n", "sounds:\n", "F201"),
        ("hours:\n", "hours: x\nhour:\n", "F204"),
        ("people:\n", "people: {operator: &a 1}\npersons:\n", "F105"),
        ("lists:\n", "lists: [\n", "F101"),
    ],
)
def test_a_mistake_of_the_resources_is_told_once(written: str, instead: str, code: str) -> None:
    assert written in MORE
    told = findings(resources=MORE.replace(written, instead, 1))
    assert {found for found in told if found[0] != "F201"} <= {(code, "resources.yaml")}
    assert {file for _, file in told} == {"resources.yaml"}


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("flow: other", "flow: [other]"),
        ("flow: other", "flow: other\n x"),
        ("as: ok", "as: [ok]"),
        ("done: {return:", "done: {retrun:"),
        ("vars: {n: {type: number}}", "vars: {n: {type: nummer}}"),
        ("answer: '\"yes\"'", "answer: vars.k"),
        ("start: done\n", "start: end\n"),
        ("start: done\n", "start: done\n\tx: 1\n"),
    ],
)
def test_of_a_flow_that_cannot_be_judged_nothing_is_said_where_it_is_run(written: str, instead: str) -> None:
    assert written in OTHER
    told = findings(other=OTHER.replace(written, instead, 1))
    assert told
    assert {file for _, file in told} == {"other.yaml"}


def test_invalid_counts_as_false_and_is_one_value() -> None:
    assert not INVALID
    assert repr(INVALID) == "INVALID"
