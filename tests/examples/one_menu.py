"""A line with a menu of one key, and the PBX that it is on."""

LINE = "74950000000"
FLOW = """
flow: main
for: {lines: ["74950000000"], location: ivr}
on_error: bye
start: choose
steps:
  choose: {switch: [{when: caller.number in lists.vip, goto: bye}, {else: ask}]}
  ask: {menu: {prompt: audio.hello, first_digit: 60s, keys: {1: bye}, no_input: {goto: bye}, no_match: {goto: bye}}}
  bye: hangup
"""
RESOURCES = "audio: {hello: {id: 24, length: 2s}}\nlists: {vip: {numbers: ['74951234567']}}\n"
PBX = """
lines: {74950000000: {scheme: main}}
employees:
  101: {name: Sales, number: "sip:sales@pbx.example", behaves: answers after 1s}
audio: {24: 2s}
schemes:
  main: {silence: 60s, then: hang_up}
"""
