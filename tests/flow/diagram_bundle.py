"""A bundle with every kind of exit, and a sub-flow."""

from router.flow.finding_output import render_text
from router.flow.loader import load
from router.flow.model import Bundle

RESOURCES = """
audio:
  hello: {id: 1, length: 3s}
groups: {sales: {extension: "303"}}
people: {operator: {extension: "100"}}
hours: {office: {open: {mon-fri: "09:00-18:00"}}}
lists: {vip: {numbers: ["7926*"]}, locked: {keep: 30m}}
tables: {rota: {file: rota.csv, key: date}}
"""
MAIN = """
flow: main
for: any
on_error: oops
on_end: ended
vars: {tries: {type: number, default: 0}}
start: screen
steps:
  screen: {switch: [{when: caller.number in lists.vip, goto: operator}, {when: 'call.menu == "1<2"', goto: share}, {else: menu}]}
  menu:
    menu:
      prompt: audio.hello
      keys: {1: sales, 2: check, star: menu, 4xx: sales}
      no_input: {goto: operator}
      no_match: {max: 2, goto: operator}
  share: {split: {to: {menu: 70, sales: 30}}}
  check: {run: {flow: pin, on: {ok: sales, bad: bye}}}
  sales: {route: {to: [group sales, extension 101], on: {busy: operator, no_answer: operator, answered: talking, 41xx: bye}}}
  talking: {watch: {held: {for: 90s, goto: rescue}, ended: done}}
  rescue: {transfer: {to: extension 102, method: blind, on: {else: done}}}
  operator: {route: {to: person operator, on: {else: later}}}
  later: {wait: {for: 10s, next: count}}
  count: {set: {vars: {tries: vars.tries + 1}, next: bye}}
  each: {route: {to: [group sales, extension 101, extension 102], ring: [20s, 90s, 0s], on: {else: bye}}}
  bye: hangup
  oops: {play: {prompt: audio.hello, next: bye}}
  ended: {sms: {to: "${caller.number}", from: "100", text: Sorry, next: done, on: {failed: done}}}
  done: release
"""
PIN = """
flow: pin
on_error: no
start: look
steps:
  look: {lookup: {table: rota, key: now.date, outputs: {phone: {type: phone}}, next: keep, on: {not_found: no, failed: no}}}
  keep: {remember: {value: "${caller.number}", in: lists.locked, next: good}}
  good: {return: {as: ok}}
  no: {return: {as: bad}}
"""
FILES = {
    "main.yaml": MAIN.encode(),
    "pin.yaml": PIN.encode(),
    "resources.yaml": RESOURCES.encode(),
    "rota.csv": b"date,phone\n2026-11-23,79000000001\n",
}


def bundle() -> Bundle:
    loaded = load(FILES)
    assert loaded.bundle is not None, render_text(loaded.findings)
    return loaded.bundle
