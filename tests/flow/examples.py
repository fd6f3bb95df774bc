"""Steps made of the verbs' own shortest examples, with names that bundles of tests have."""

from typing import Final

from router.flow.verbs import VERBS

NAMES: Final = (
    ("audio.NAME", "audio.hello"),
    ("group NAME", "group sales"),
    ("person NAME", "person operator"),
    ("lists.NAME", "lists.locked"),
    ("flow: NAME", "flow: sub"),
    ("as: NAME", "as: ok"),
    ("{NAME: VALUE}", "{pin: x}"),
    ("{NAME: {type: text}}", "{found: {type: text}}"),
    ("VARIABLE", "pin"),
    ('"NUMBER"', '"74951234567"'),
    ('"ID"', '"5"'),
    ("HOST/PATH", "crm.example/x"),
    ("TEXT", "hello"),
    ("{STEP: 70, STEP: 30}", "{STEP: 1}"),
)
"""What stands for a name of the author's, and one that the bundle has."""

RESOURCES: Final = """
audio: {hello: {id: 17, length: 9s}}
groups: {sales: {extension: "303"}}
people: {operator: {extension: "100"}}
lists: {locked: {keep: 30m}}
"""
SUB: Final = "flow: sub\nstart: first\nsteps:\n  first: {wait: {for: 1s, next: back}}\n  back: {return: {as: ok}}\n"
VARIABLES: Final = "vars: {pin: {type: text}}\n"


def step(verb: str, target: str) -> str:
    """A step of the verb; where its example names a step, that is `target`."""
    written = VERBS[verb].example
    for name, ours in (*NAMES, ("STEP", target)):
        written = written.replace(name, ours)
    return written if written == verb else f"{{{written}}}"
