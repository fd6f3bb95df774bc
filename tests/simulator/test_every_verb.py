"""`ivr test` and `ivr simulate` on a bundle in which flows ask, remember, share out, tell and run each other."""

from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner, Result

from router.cli import commands

FILES: Final = {
    "main.yaml": """
flow: main
for: {lines: ["74950000001"], location: ivr}
on_error: bye
vars: {pin: {type: text, default: ""}}
start: which
steps:
  which: {split: {sticky: caller.number, to: {ask: 70, check: 30}}}
  ask: {collect: {prompt: audio.pin, into: pin, length: 4, secret: true, next: verify, no_input: {max: 1, goto: bye}}}
  verify:
    lookup:
      http: {method: POST, url: "https://crm.example/pin", json: {pin: "${vars.pin}"}}
      outputs: {ok: {type: bool, from: ok, default: false}}
      next: judge
      on: {failed: bye}
  judge: {switch: [{when: verify.ok, goto: tell}, {when: visits.ask >= 3, goto: lock}, {else: ask}]}
  lock: {remember: {value: "${caller.number}", in: lists.locked, next: bye}}
  tell: {notify: {url: "https://crm.example/by/${caller.number}", data: {who: {number: "${caller.number}"}}, next: later}}
  later: {task: {to_user: "17", phone: "${caller.number}", start: 15m, duration: 90m, next: office}}
  office: {callback: {from: "101", to: "${caller.number}", line: "74950000001", next: bye}}
  check: {run: {flow: inner, on: {good: tell, bad: bye}}}
  bye: hangup
""",
    "inner.yaml": """
flow: inner
on_error: bad
start: source
steps:
  source:
    lookup:
      api: queries/user_info_by_dct_number
      with: {number: "${call.dct_number}"}
      outputs: {name: {type: text, from: data.channel.source, default: ""}}
      next: judge
      on: {else: bad}
  judge: {switch: [{when: source.name == "ads", goto: good}, {else: bad}]}
  good: {return: {as: good}}
  bad: {return: {as: bad}}
""",
    "resources.yaml": """
audio: {pin: {id: 5, length: 3s}}
lists: {locked: {keep: 30m}}
""",
    "main.test.yaml": """
flow: main
tests:
  - name: the second try
    given: {split: {which: ask}, lookups: {verify: [{ok: false}, {ok: true}]}, at: "2026-11-23T12:00:00+03:00"}
    script:
      - expect: {play: audio.pin}
      - keys: "1234"
      - expect: {play: audio.pin}
      - keys: "4321"
      - expect: {notify: "https://crm.example/by/79000000000", data: {who: {number: "79000000000"}}}
      - expect: {task: "79000000000", type: call, start: 1795425300, duration: 1h30m, to_user: 17, auto_call: false}
      - expect: {callback: "79000000000", from: 101, line: 74950000001}
      - expect: hangup
  - name: three tries
    given: {split: {which: ask}, lookups: {verify: {ok: false}}}
    script:
      - expect: {play: audio.pin}
      - keys: "1111"
      - expect: {play: audio.pin}
      - keys: "2222"
      - expect: {play: audio.pin}
      - keys: "3333"
      - expect: hangup
  - name: within the other flow
    given: {split: {which: check}, lookups: {source: [{name: ads}]}}
    script:
      - expect: {notify: "https://crm.example/by/${caller.number}"}
      - expect: {task: {phone: 79000000000, duration: 90m}}
      - expect: callback
      - expect: hangup
  - name: the API is down
    given: {split: {which: check}, lookups: {inner.source: failed}}
    script:
      - expect: hangup
""",
}


@pytest.fixture
def bundle(tmp_path: Path) -> str:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return str(tmp_path)


def ivr(*arguments: str, said: str | None = None) -> Result:
    return CliRunner().invoke(commands, arguments, input=said)


def test_the_tests_pass_and_cover_both_flows(bundle: str) -> None:
    result = ivr("test", bundle, "--coverage", "--mutate")
    assert result.exit_code == 0, result.output
    assert "coverage of inner: 88 %, 4 of 4 steps" in result.output
    assert "no test leaves step verify by failed" in result.output
    assert "no test leaves step which" not in result.output
    assert "no test notices in step lock that the step is left out" in result.output
    assert "4 passed, 0 failed" in result.output


def test_an_answer_is_typed_as_its_output(bundle: str) -> None:
    file = Path(bundle) / "main.test.yaml"
    file.write_text(FILES["main.test.yaml"].replace("[{ok: false}, {ok: true}]", "[{ok: maybe}]"), encoding="utf-8")
    result = ivr("test", bundle)
    assert '"maybe" is neither yes nor no' in result.output
    assert result.exit_code == 1


def test_a_simulated_call_asks_for_its_answers_and_is_saved_with_them(bundle: str) -> None:
    said = "1234\nanswer-lookup {ok: false}\n4321\nfail-lookup\nvars\nsave two tries\n"
    result = ivr("simulate", "main", bundle, "--given", "{split: {which: ask}}", said=said)
    assert result.output.count("* the lookup verify waits for its answer") == 2
    assert "vars.pin = ***" in result.output
    assert "1234" not in result.output.replace("> 1234", "")
    assert ivr("test", bundle, "-k", "two tries").output.endswith("1 passed, 0 failed\n")


def test_a_lookup_within_another_flow(bundle: str) -> None:
    said = "answer-lookup {nmae: ads}\nanswer-lookup {name: ads}\nsave ads\n"
    result = ivr("simulate", "main", bundle, "--given", "{split: {which: check}}", said=said)
    assert "* the lookup inner.source waits for its answer" in result.output
    assert "there is no output `nmae`, did you mean `name`?" in result.output
    assert "* sends notify https://crm.example/by/${caller.number}\n* sends task 79000000000" in result.output
    assert ivr("test", bundle, "-k", "ads").exit_code == 0
