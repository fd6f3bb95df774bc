"""Small bundles for the tests of the loader."""

from router.flow.loader import LoadedBundle, load
from router.flow.model import Flow

RESOURCES = """
audio:
  greeting: {id: 17, length: 9s, says: "For sales press 1."}
  closed: {id: 23, length: 1m30s}
  welcome: {ru: {id: 31, length: 4s}, en: {id: 32, length: 5s}}
groups: {sales: {extension: "303"}}
people: {operator: {extension: "100"}, boss: {extension: "101"}}
hours: {office: {open: {mon-fri: "09:00-18:00", sat: ["10:00-13:00", "14:00-16:00"], sun: closed}}}
lists:
  vip: {numbers: ["74951234567", "7926*"]}
  locked: {keep: 30m}
"""

HEAD = "flow: main\nfor: any\non_error: done\nstart: ask\n"


def flow_text(steps: str, head: str = HEAD) -> str:
    """A flow of the steps given, and of `done`."""
    lines = "\n".join(f"  {line}" for line in steps.strip().splitlines())
    return f"{head}steps:\n{lines}\n  done: release\n"


def load_texts(**texts: str) -> LoadedBundle:
    """Load files given as name=text; `.yaml` is added."""
    return load({f"{name}.yaml": text.encode() for name, text in texts.items()})


def load_flow(steps: str, head: str = HEAD) -> LoadedBundle:
    """Load one flow beside RESOURCES."""
    return load_texts(main=flow_text(steps, head), resources=RESOURCES)


def sound(loaded: LoadedBundle) -> Flow:
    """The flow `main` of a bundle without errors."""
    assert [finding.message for finding in loaded.findings if finding.severity == "error"] == []
    assert loaded.bundle is not None
    return loaded.bundle.flows["main"]


def codes(loaded: LoadedBundle) -> list[str]:
    return [finding.code for finding in loaded.findings]


def settings_of(flow: Flow, step: str = "ask") -> object:
    return flow.steps[step].settings


EVERY_VERB = r"""
ask: {menu: {prompt: [audio.greeting, audio.welcome], keys: {1: b, 2: c, 3xx: d, star: e}, no_input: {prompt: audio.closed, max: 2, goto: done}, no_match: {goto: done}}}
b: {collect: {prompt: audio.greeting, into: pin, length: {min: 1, max: 9}, terminator: pound, next: c, no_input: {max: 1, goto: done}}}
c: {route: {to: [extension 101, "extension ${digits}", group sales, person operator, sip u@d], ring: 20s, priority: high, display_name: "Гость ${vars.lang}", on: {busy: d, 41xx: e, 4101: f, else: done}}}
d: {transfer: {to: group sales, method: hold, by: person operator, on: {returned: e, else: done}}}
e: {watch: {connected: f, held: {for: 60s, goto: f}, talking: {for: 5m, goto: f}, ended: done}}
f: {play: {prompt: audio.closed, next: g, on: {failed: g}}}
g: {record: {next: h, on: {failed: h}}}
h: {lookup: {http: {method: POST, url: "https://crm.example/pin?x=${vars.lang}", headers: {Authorization: "Bearer ${secrets.crm}"}, json: {pin: "${vars.lang}", n: 1}}, timeout: 2s, cache: 5m, stale_on_error: true, outputs: {ok: {type: bool, from: ok, default: false}}, next: i, on: {failed: done, not_found: j}}}
i: {switch: [{when: h.ok and caller.number in lists.vip, goto: j}, {when: 'matches(digits, "1*") or visits.b >= 3', goto: k}, {when: 9 <= now.hour < 18 and not hours.office.open, goto: k}, {else: l}]}
j: {set: {vars: {lang: en, tries: vars.tries + 1}, next: k}}
k: {remember: {value: "${caller.number}", in: lists.locked, next: l}}
l: {split: {sticky: caller.number, to: {m: 70, n: 30}}}
m: {sms: {to: "${caller.number}", from: person operator, text: "Привет 😀 ${now.date}", next: n, on: {failed: done}}}
n: {callback: {from: person operator, to: "${caller.number}", next: o}}
o: {callback_group: {from: group sales, to: "${caller.number}", line: "74951234567", next: p}}
p: {task: {type: call, start: 15m, duration: 15m, to_user: "5", description: "x ${caller.number}", auto_call: true, phone: "${caller.number}", next: q}}
q: {notify: {url: "https://crm.example/x", data: {a: "${digits}", b: [1, true, null]}, next: r}}
r: {run: {flow: sub, with: {x: "${digits}"}, on: {ok: s, else: done}}}
s: {wait: {for: 5s, next: done}}
"""
"""One step of each verb, most of their settings written."""


def every_verb() -> dict[str, bytes]:
    """A sound bundle with EVERY_VERB."""
    variables = "vars: {pin: {type: text}, lang: {type: text, default: ru}, tries: {type: number}}\n"
    sub = (
        "flow: sub\non_error: z\nstart: z\nvars: {x: {type: text}}\nsteps:\n  z: {return: {as: ok, with: {n: 1 + 2}}}\n"
    )
    texts = {"main.yaml": flow_text(EVERY_VERB, HEAD + variables), "sub.yaml": sub, "resources.yaml": RESOURCES}
    return {name: text.encode() for name, text in texts.items()}
