"""The verbs that reach beyond the call: lookups, sub-flows, errands. What they become, and what is refused."""

from pathlib import Path

import pytest

from router.files.bundle import read_directory
from router.flow.loader import LoadedBundle, load
from router.flow.model import Template
from router.flow.verbs.callback import Callback
from router.flow.verbs.lookup import Lookup
from router.flow.verbs.notify import Notify
from router.flow.verbs.remember import Remember
from router.flow.verbs.return_ import Return
from router.flow.verbs.run import Run
from router.flow.verbs.sms import Sms
from router.flow.verbs.split import Split
from tests.flow.bundles import HEAD, RESOURCES, codes, flow_text, load_flow, load_texts, settings_of, sound

PRINTED = ("main.yaml", "main.test.yaml", "resources.yaml", "blocked.txt", "rota.csv")  # in FLOWS.md
EXAMPLE = {
    name: content
    for name, content in read_directory(Path(__file__).parents[2] / "tests" / "bundles" / "reception").items()
    if name in PRINTED
}
PRINTED = """
flow: pins
for: {lines: ["74952150439"]}
timezone: Europe/Moscow
on_error: bye
start: ask
vars: {lang: {type: text, default: ru}, tries: {type: number, default: 0}, pin: {type: text, default: ""}}
language: vars.lang
steps:
  ask:    {collect: {prompt: audio.pin, into: pin, length: 4, terminator: pound, secret: true, next: verify, no_input: {max: 1, goto: bye}}}
  verify: {lookup: {http: {method: POST, url: "https://crm.example/pin", headers: {Authorization: "Bearer ${secrets.crm}"}, json: {pin: "${vars.pin}"}},
                    timeout: 2s, cache: 5m, stale_on_error: true, outputs: {ok: {type: bool, from: ok, default: false}}, next: judge, on: {failed: bye}}}
  judge:  {switch: [{when: verify.ok, goto: welcome}, {when: visits.ask >= 3, goto: lock}, {else: ask}]}
  who:    {lookup: {api: queries/user_info_by_dct_number, with: {number: "${call.dct_number}"}, timeout: 2s, outputs: {source: {type: text, from: data.channel.source, default: ""}}, next: judge}}
  duty:   {lookup: {table: rota, key: now.date, outputs: {phone: {type: phone, from: phone, default: ""}}, next: judge}}
  welcome: {play: {prompt: audio.welcome, next: bye}}
  lock:   {remember: {value: "${caller.number}", in: lists.locked, next: bye}}
  bye: hangup
"""
TABLE = RESOURCES + "tables: {rota: {file: rota.csv, key: date}}\n"
VARS = HEAD + "vars: {pin: {type: text}, tries: {type: number}, seen: {type: bool}}\n"


def load_table(steps: str) -> LoadedBundle:
    files = {"main.yaml": flow_text(steps), "resources.yaml": TABLE, "rota.csv": "date,phone\na,7900\na,7901\nb,\n"}
    return load({name: text.encode() for name, text in files.items()})


def sources(values: dict[str, Template]) -> dict[str, str]:
    return {name: value.source for name, value in values.items()}


def test_the_printed_flow_of_lookups_loads() -> None:
    more = b"audio: {pin: {id: 40, length: 3s}}\n"
    loaded = load({**EXAMPLE, "pins.yaml": PRINTED.encode(), "more.yaml": more})
    assert set(codes(loaded)) <= {"W601"}  # nothing leads to `who` and `duty` as they are printed
    assert loaded.bundle is not None
    flow = loaded.bundle.flows["pins"]
    assert {name: (output.type, output.default) for name, output in flow.outputs.items()} == {
        "verify.ok": ("bool", False),
        "who.source": ("text", ""),
        "duty.phone": ("phone", ""),
    }
    assert flow.variables["pin"].secret


def test_lookup_over_http() -> None:
    text = (
        'ask: {lookup: {http: {method: PUT, url: "https://crm.example:8443/${caller.number}?k=${secrets.k}", '
        'headers: {A: "Bearer ${secrets.crm}"}, json: {n: 1, half: 0.5, z: 0105, t: "1", on: true, no: null, '
        'list: [a, "${vars.pin}"], at: 18:00}}, timeout: 500ms, cache: 5m, stale_on_error: true, '
        "outputs: {ok: {type: bool}, many: {type: number, from: 'a[0].b', default: 3}}, "
        "next: done, on: {not_found: done, failed: other}}}\nother: hangup"
    )
    flow = sound(load_flow(text, VARS))
    lookup = settings_of(flow)
    assert isinstance(lookup, Lookup)
    assert lookup.http is not None
    assert (lookup.http.method, lookup.http.url.names) == ("PUT", {"caller.number", "secrets.k"})
    assert lookup.http.headers["A"].names == {"secrets.crm"}
    body = lookup.http.json
    assert {name: body[name] for name in ("n", "half", "on", "no")} == {"n": 1, "half": 0.5, "on": True, "no": None}
    assert {name: body[name].source for name in ("z", "t", "at")} == {"z": "0105", "t": "1", "at": "18:00"}
    assert [item.source for item in body["list"]] == ["a", "${vars.pin}"]
    assert (lookup.timeout, lookup.cache, lookup.stale_on_error, lookup.api, lookup.table) == (0.5, 300, True, "", "")
    assert [(one.name, one.type, one.path, one.default) for one in lookup.outputs.values()] == [
        ("ok", "bool", "ok", False),
        ("many", "number", "a[0].b", 3),
    ]
    assert flow.steps["ask"].exits == {"next": "done", "not_found": "done", "failed": "other"}


def test_lookup_by_default() -> None:
    lookup = settings_of(sound(load_flow('ask: {lookup: {http: {url: "https://crm.example"}, next: done}}')))
    assert isinstance(lookup, Lookup)
    assert lookup.http is not None
    assert (lookup.http.method, lookup.http.json, lookup.http.headers) == ("GET", None, {})
    assert (lookup.timeout, lookup.cache, lookup.stale_on_error, lookup.outputs) == (2.0, 0.0, False, {})


def test_lookup_in_a_table() -> None:
    loaded = load_table("ask: {lookup: {table: rota, key: now.date, outputs: {phone: {type: phone}}, next: done}}")
    flow = sound(loaded)
    lookup = settings_of(flow)
    assert isinstance(lookup, Lookup)
    assert (lookup.table, lookup.key is not None and lookup.key.source) == ("rota", "now.date")
    assert loaded.bundle is not None
    table = loaded.bundle.tables["rota"]
    assert table.columns == ("date", "phone")
    assert table.rows["a"] == {"date": "a", "phone": "7900"}


@pytest.mark.parametrize(
    ("lookup", "told"),
    [
        ("{next: done}", ["F205"]),
        ('{http: {url: "https://a.example"}, api: groups, next: done}', ["F211"]),
        ("{api: groups, table: c, next: done}", ["F211"]),
        ('{http: {url: "https://a.example"}, with: {a: b}, next: done}', ["F211"]),
        ("{table: rota, next: done}", ["F313", "F205"]),
        ("{table: rota, key: now.hour, next: done}", ["F407", "F313"]),
        ('{http: {url: "ftp://a.example"}, next: done}', ["F207"]),
        ('{http: {url: "https://${caller.number}/a"}, next: done}', ["F509"]),
        ('{http: {url: "https://a.example${caller.number}"}, next: done}', ["F509"]),
        ('{http: {url: "https://a.example:${caller.number}/"}, next: done}', ["F509"]),
        ('{http: {url: "https://a.example@b.example/"}, next: done}', ["F509"]),
        ('{http: {url: "https://a.example/?${caller.number}"}, next: done}', []),
        ('{http: {url: "https://[2001:db8::1]:80/${caller.number}"}, next: done}', []),
        ('{http: {url: "https://a.example"}, outputs: {a: {type: text, from: "a..b"}}, next: done}', ["F507"]),
        ('{http: {url: "https://a.example"}, outputs: {a: {type: number, default: x}}, next: done}', ["F507"]),
        ('{http: {url: "https://a.example"}, outputs: {a: {type: txt}}, next: done}', ["F206"]),
        ("{api: Queries/x, next: done}", ["F206"]),
    ],
)
def test_what_a_lookup_cannot_be(lookup: str, told: list[str]) -> None:
    assert sorted(codes(load_flow(f"ask: {{lookup: {lookup}}}"))) == sorted(told)


def test_a_column_that_the_table_lacks() -> None:
    loaded = load_table("ask: {lookup: {table: rota, key: now.date, outputs: {fone: {type: text}}, next: done}}")
    told = [(finding.code, finding.suggestion) for finding in loaded.findings]
    assert told == [("F314", "did you mean `phone`?"), ("W611", "")]  # the table has a second row with one key


def test_outputs_have_types() -> None:
    lookup = '{lookup: {http: {url: "https://a.example"}, outputs: {ok: {type: bool}, n: {type: number}}, next: judge}}'
    judge = "judge: {switch: [{when: ask.ok and ask.n > 3, goto: done}, {when: %s, goto: done}, {else: done}]}"
    assert codes(load_flow(f"ask: {lookup}\n" + judge % "ask.n == 1")) == []
    assert codes(load_flow(f"ask: {lookup}\n" + judge % "ask.n")) == ["F407"]
    assert codes(load_flow(f"ask: {lookup}\n" + judge % "ask.okay")) == ["F403"]


def test_a_faulty_output_makes_no_name_unknown() -> None:
    lookup = '{lookup: {http: {url: "https://a.example"}, outputs: {ok: {type: boll}}, next: judge}}'
    assert codes(load_flow(f"ask: {lookup}\njudge: {{switch: [{{when: ask.ok, goto: done}}, {{else: done}}]}}")) == [
        "F206"
    ]


@pytest.mark.parametrize(
    "step",
    [
        'set: {vars: {pin: "${secrets.crm}"}, next: done}',
        'sms: {to: "${secrets.crm}", from: "100", text: x, next: done}',
        'remember: {value: "${secrets.crm}", in: lists.locked, next: done}',
        "lookup: {table: rota, key: secrets.crm, next: done}",
        'switch: [{when: secrets.crm == "", goto: done}, {else: done}]',
    ],
)
def test_secrets_leave_only_in_requests(step: str) -> None:
    assert "F508" in codes(load_flow(f"ask: {{{step}}}", VARS))


TYPED = HEAD + "vars: {pin: {type: text}, copy: {type: text}, long: {type: bool}}\n"
TYPE_IT = (
    "ask: {collect: {into: pin, length: 4, secret: true, next: use, no_input: {goto: done}, no_match: {goto: done}}}"
)


@pytest.mark.parametrize(
    ("step", "found"),
    [
        ('remember: {value: "${vars.pin}", in: lists.locked, next: done}', ["F508"]),
        ('set: {vars: {copy: "${vars.pin}"}, next: done}', ["F508"]),
        ("set: {vars: {long: len(vars.pin) > 4}, next: done}", ["F508"]),
        ('route: {to: "extension ${vars.pin}", on: {else: done}}', ["F508"]),
        ('sms: {to: "${caller.number}", from: "100", text: "${vars.pin}, ${vars.pin}", next: done}', ["F508"]),
        ('set: {vars: {pin: "0${vars.pin}"}, next: done}', []),
        ('switch: [{when: vars.pin == "1234", goto: done}, {else: done}]', []),
        ("split: {sticky: vars.pin, to: {done: 1, ask: 1}}", []),
        ('notify: {url: "https://a.example/${vars.pin}", data: {pin: "${vars.pin}"}, next: done}', []),
        ('lookup: {http: {url: "https://a.example", json: {pin: "${vars.pin}"}}, next: done}', []),
    ],
)
def test_what_is_typed_in_secret_stays_sealed(step: str, found: list[str]) -> None:
    assert codes(load_flow(f"{TYPE_IT}\nuse: {{{step}}}", TYPED)) == found


def test_a_secret_is_handed_to_a_flow_that_seals_it_too() -> None:
    inner = "flow: inner\non_error: back\nvars: {code: {type: text}, open: {type: text}}\nstart: again\nsteps:\n"
    inner += TYPE_IT.replace("ask", "  again").replace("into: pin", "into: code").replace("goto: done", "goto: back")
    inner += "\n  use: {return: {as: ok}}\n  back: {return: {as: no}}\n"
    for variable, found in (("code", []), ("open", ["F508"])):
        run = f'use: {{run: {{flow: inner, with: {{{variable}: "${{vars.pin}}"}}, on: {{else: done}}}}}}'
        main = flow_text(f"{TYPE_IT}\n{run}", TYPED)
        assert codes(load_texts(main=main, inner=inner, resources=RESOURCES)) == found


def test_a_step_with_outputs_cannot_take_a_name_of_the_language() -> None:
    text = 'ask: hangup\ncaller: {lookup: {http: {url: "https://a.example"}, outputs: {number: {type: text}}}}'
    assert codes(load_flow(text)) == ["F307"]


def test_split() -> None:
    flow = sound(load_flow("ask: {split: {sticky: caller.number, to: {done: 70, b: 30}}}\nb: hangup"))
    split = settings_of(flow)
    assert isinstance(split, Split)
    assert split.branches == (("done", 70), ("b", 30))
    assert split.sticky is not None
    assert flow.steps["ask"].exits == {}


@pytest.mark.parametrize(
    ("to", "told"), [("{nowhere: 1}", "F301"), ("{done: 0}", "F208"), ("{done: -1}", "F208"), ("{done: x}", "F204")]
)
def test_what_a_split_cannot_be(to: str, told: str) -> None:
    assert told in codes(load_flow(f"ask: {{split: {{to: {to}}}}}"))


def test_remember_needs_a_list_that_calls_fill() -> None:
    text = 'ask: {remember: {value: "${caller.number}", in: lists.%s, next: done}}'
    remember = settings_of(sound(load_flow(text % "locked")))
    assert isinstance(remember, Remember)
    assert (remember.value.source, remember.list_name) == ("${caller.number}", "locked")
    assert codes(load_flow(text % "vip")) == ["F507"]
    assert codes(load_flow(text % "vipp")) == ["F304"]


SUB = """
flow: check
start: first
vars: {tries: {type: number, default: 1}, who: {type: text}}
steps:
  first: {switch: [{when: vars.tries > 2, goto: bad}, {else: good}]}
  good: {return: {as: ok, with: {left: 3 - vars.tries, name: vars.who, note: "for ${vars.who}", fine: true}}}
  bad: {return: {as: locked, with: {left: 0, level: '"high"'}}}
"""


def load_run(steps: str, sub: str = SUB, head: str = HEAD) -> LoadedBundle:
    return load_texts(main=flow_text(steps, head), sub=sub, resources=RESOURCES)


def test_run_and_return() -> None:
    steps = (
        "ask: {run: {flow: check, with: {tries: vars.tries + 1, who: '${caller.number}'}, on: {ok: judge, else: done}}}\n"
        'judge: {switch: [{when: ask.left > 1 and ask.fine and ask.name + ask.note != "", goto: done}, {else: done}]}'
    )
    loaded = load_run(steps, head=VARS)
    flow = sound(loaded)
    run = settings_of(flow)
    assert isinstance(run, Run)
    assert (run.flow, sources(dict(run.arguments))) == (
        "check",
        {"tries": "vars.tries + 1", "who": "${caller.number}"},
    )
    assert flow.steps["ask"].exits == {"ok": "judge", "else": "done"}
    assert {name: output.type for name, output in flow.outputs.items()} == {
        "ask.left": "number",
        "ask.name": "text",
        "ask.note": "text",
        "ask.fine": "bool",
        "ask.level": "text",
    }
    assert loaded.bundle is not None
    good = settings_of(loaded.bundle.flows["check"], "good")
    assert isinstance(good, Return)
    assert good.exit == "ok"
    assert hasattr(good.values["name"], "render")
    assert hasattr(good.values["left"], "evaluate")


@pytest.mark.parametrize(
    ("run", "told"),
    [
        ("{flow: chek, on: {ok: done, locked: done}}", ["F312"]),
        ("{flow: check, on: {okay: done, locked: done}}", ["F511"]),
        ("{flow: check, with: {try: 1}, on: {ok: done, locked: done}}", ["F306"]),
        ("{flow: check, with: {tries: '\"1\"'}, on: {ok: done, locked: done}}", ["F407"]),
        ("{flow: main, on: {ok: done}}", ["F510"]),
    ],
)
def test_what_a_run_cannot_be(run: str, told: list[str]) -> None:
    assert codes(load_run(f"ask: {{run: {run}}}")) == told


def test_without_on_error_every_return_needs_a_target() -> None:
    head = HEAD.replace("on_error: done\n", "")
    assert codes(load_run("ask: {run: {flow: check, on: {ok: done}}}", head=head)) == ["F501"]
    assert codes(load_run("ask: {run: {flow: check, on: {ok: done, locked: done}}}", head=head)) == []


def test_a_flow_that_is_run_may_leave_errors_to_the_flow_that_took_the_call() -> None:
    sub = (
        "flow: check\nstart: say\nsteps: {say: {play: {prompt: audio.closed, next: back}}, back: {return: {as: ok}}}\n"
    )
    run = "ask: {run: {flow: check, on: {ok: done}}}"
    assert codes(load_run(run, sub)) == []
    assert codes(load_run(run, sub, HEAD.replace("on_error: done\n", ""))) == ["F501"]
    assert codes(load_run(run, "for: {lines: ['74950000009']}\n" + sub)) == ["F501"]


def test_returns_agree_about_types() -> None:
    assert codes(load_run("ask: {run: {flow: check, on: {else: done}}}", SUB.replace("left: 0", "left: true"))) == [
        "F507"
    ]


def test_a_word_in_return_is_not_a_text() -> None:
    loaded = load_run("ask: {run: {flow: check, on: {else: done}}}", SUB.replace("'\"high\"'", "high"))
    assert [finding.code for finding in loaded.findings] == ["F403"]
    assert "'\"high\"'" in loaded.findings[0].suggestion


def test_flows_that_run_each_other_are_told_once() -> None:
    text = "flow: {0}\nstart: go\nsteps: {{go: {{run: {{flow: {1}, on: {{ok: end}}}}}}, end: {{return: {{as: ok}}}}}}\n"
    loaded = load_texts(a=text.format("a", "b"), b=text.format("b", "c"), c=text.format("c", "a"))
    assert codes(loaded) == ["F510"]


def test_a_loop_over_a_flow_that_returns_at_once() -> None:
    assert codes(load_run("ask: {run: {flow: check, on: {ok: ask, locked: done}}}")) == ["F504"]
    pause = SUB.replace("- vars.tries", "").replace("goto: bad", "goto: rest").replace("{else: good}", "{else: rest}")
    pause += "  rest: {wait: {for: 1s, next: good}}\n  x: {run: {flow: no}}\n".replace("  x: {run: {flow: no}}\n", "")
    loaded = load_run("ask: {run: {flow: check, on: {ok: ask, locked: done}}}", pause)
    assert "F504" not in codes(loaded)


def test_on_end_may_run_a_flow_that_needs_no_caller() -> None:
    steps = "ask: hangup\nend: {run: {flow: check, on: {else: done}}}"
    head = HEAD + "on_end: end\n"
    assert codes(load_run(steps, head=head)) == []
    talks = (
        "flow: check\nstart: say\nsteps: {say: {play: {prompt: audio.closed, next: back}}, back: {return: {as: ok}}}\n"
    )
    assert codes(load_run(steps, talks, head)) == ["F502"]


def test_a_ring_may_not_lead_into_a_flow_that_speaks() -> None:
    steps = "ask: {route: {to: group sales, ring: 5s, on: {no_answer: sub, else: done}}}\nsub: {run: {flow: check, on: {else: done}}}"
    talks = (
        "flow: check\nstart: say\nsteps: {say: {play: {prompt: audio.closed, next: back}}, back: {return: {as: ok}}}\n"
    )
    assert codes(load_run(steps, talks)) == ["F503"]
    assert codes(load_run(steps)) == []
    routes = talks.replace("start: say", "start: go").replace(
        "steps: {", "steps: {go: {route: {to: group sales, on: {else: say}}}, "
    )
    assert codes(load_run(steps, routes)) == []


def test_a_ring_may_not_lead_over_a_flow_to_a_prompt() -> None:
    steps = (
        "ask: {route: {to: group sales, ring: 5s, on: {no_answer: sub, else: done}}}\n"
        "sub: {run: {flow: check, on: {else: say}}}\nsay: {play: {prompt: audio.closed, next: done}}"
    )
    assert codes(load_run(steps)) == ["F503"]


def test_a_flow_that_nothing_leads_into() -> None:
    assert codes(load_run("ask: hangup")) == ["W608"]


def callback(step: str, head: str = HEAD) -> Callback:
    settings = settings_of(sound(load_flow(f"ask: {{{step}}}", head)))
    assert isinstance(settings, Callback)
    return settings


def test_callback() -> None:
    made = callback(
        'callback: {from: person operator, number: sip:a@b.example, to: "${caller.number}", line: "74950000001", next: done}'
    )
    assert sources(dict(made.parameters)) == {
        "from.extension": "100",
        "from.number": "sip:a@b.example",
        "to_number": "${caller.number}",
        "line_number": "74950000001",
    }
    assert made.numbers == frozenset()
    assert sources(dict(callback("callback: {from: 101, to: group sales, next: done}").parameters)) == {
        "from.extension": "101",
        "to_number": "303",
    }


@pytest.mark.parametrize(
    ("sides", "told"),
    [
        ('from: group sales, to: "${caller.number}"', []),
        ('from: "79000000001", to: group 305', []),
        ("from: 303, to: 79000000001", []),
        ('from: "${vars.pin}", to: 79000000001', []),
        ("from: group sales, to: group 305", ["F507"]),
        ("from: 79000000002, to: 79000000001", ["F507"]),
        ("from: group salex, to: 79000000001", ["F303"]),
        ('from: "group ${vars.pin}", to: 79000000001', ["F507"]),
    ],
)
def test_callback_group_has_one_group(sides: str, told: list[str]) -> None:
    step = f'ask: {{callback_group: {{{sides}, line: "74950000001", next: done}}}}'
    assert codes(load_flow(step, VARS)) == told


def test_callback_group() -> None:
    made = callback('callback_group: {from: group sales, to: "${caller.number}", line: main line, next: done}')
    assert sources(dict(made.parameters)) == {"from": "303", "to": "${caller.number}", "line_number": "main line"}


def test_task() -> None:
    made = callback(
        'task: {type: write, start: 1h30s, duration: 20m, to_user: 300052408, description: "Call ${caller.number}", '
        'auto_call: true, phone: "${caller.number}", next: done}'
    )
    assert sources(dict(made.parameters)) == {
        "event_type": "2",
        "start_time": "61",
        "duration": "20",
        "to_user_id": "300052408",
        "description": "Call ${caller.number}",
        "is_auto_call": "1",
        "phone": "${caller.number}",
    }
    assert made.numbers == {"event_type", "start_time", "duration", "to_user_id", "is_auto_call"}


def test_task_by_default() -> None:
    assert sources(dict(callback("task: {to_user: 7, next: done}").parameters)) == {
        "event_type": "1",
        "start_time": "0",
        "duration": "15",
        "to_user_id": "7",
        "is_auto_call": "0",
    }
    assert callback('task: {to_user: 7, start: "${call.age}", next: done}').parameters["start_time"].names


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("start: 15", "F207"),
        ("duration: 2d", "F208"),
        ("duration: 0m", "F208"),
        ("type: shout", "F206"),
        (f"description: {'x' * 1025}", "F208"),
    ],
)
def test_what_a_task_cannot_be(what: str, told: str) -> None:
    assert codes(load_flow(f"ask: {{task: {{to_user: 7, {what}, next: done}}}}")) == [told]


def test_notify() -> None:
    flow = sound(
        load_flow('ask: {notify: {url: "https://a.example/x", data: {who: "${caller.number}", n: 1}, next: done}}')
    )
    notify = settings_of(flow)
    assert isinstance(notify, Notify)
    assert notify.url.source == "https://a.example/x"
    assert (notify.data["who"].source, notify.data["n"]) == ("${caller.number}", 1)
    assert flow.steps["ask"].exits == {"next": "done"}


def test_sms_from_a_person() -> None:
    sms = settings_of(sound(load_flow('ask: {sms: {to: "79000000001", from: person boss, text: x, next: done}}')))
    assert isinstance(sms, Sms)
    assert sms.sender.source == "101"


def test_record() -> None:
    flow = sound(load_flow("ask: {record: {next: done, on: {failed: ask}}}"))
    assert flow.steps["ask"].exits == {"next": "done", "failed": "ask"}
