"""Flows of hundreds of steps, as text: departments, of which every step begins with its name."""

from typing import Final

DEPARTMENTS: Final = (
    "sales", "support", "orders", "returns", "billing", "delivery", "parts", "service", "rent", "leasing", "press",
    "jobs", "export", "suppliers", "vip", "board",
)  # fmt: skip
RESOURCES: Final = "audio: {hello: {id: 1, length: 3s}}\nlists: {vip: {numbers: ['7926*']}}\ngroups:\n" + "".join(
    f"  {name}: {{extension: '{number}'}}\n" for number, name in enumerate(DEPARTMENTS, start=301)
)
HEAD: Final = "flow: main\nfor: any\non_error: bye\nstart: entrance\nsteps:\n"


def large_flow() -> str:
    """294 steps: an entrance, 16 departments of 18 steps, and what all of them lead to."""
    keys = "".join(f"        {number + 10}: {name}_open\n" for number, name in enumerate(DEPARTMENTS))
    entrance = (
        f"  entrance:\n    menu:\n      prompt: audio.hello\n      keys:\n{keys}      no_input: {{goto: operator}}\n"
    )
    ends = [
        "operator: {route: {to: extension 100, on: {else: apology}}}",
        "apology: {play: {prompt: audio.hello, next: message}}",
        "message: {wait: {for: 20s, next: thanks}}",
        "thanks: {play: {prompt: audio.hello, next: bye}}",
        "bye: hangup",
    ]
    lines = [line for number, name in enumerate(DEPARTMENTS) for line in _department(name, number)]
    return HEAD + entrance + "".join(f"  {line}\n" for line in [*lines, *ends])


def _department(name: str, number: int) -> list[str]:
    following = DEPARTMENTS[(number + 1) % len(DEPARTMENTS)]
    desks = [f"{name}_desk_{desk}" for desk in range(1, 7)]
    keys = ", ".join(f"{key}: {desk}" for key, desk in enumerate(desks, start=1))
    lines = [
        f"{name}_open: {{switch: [{{when: caller.number in lists.vip, goto: {name}_closed}}, {{else: {name}_menu}}]}}",
        f"{name}_menu: {{menu: {{prompt: audio.hello, keys: {{{keys}, 0: {following}_open}}, no_input: {{goto: operator}}}}}}",
        f"{name}_closed: {{play: {{prompt: audio.hello, next: {name}_ask}}}}",
        f"{name}_ask: {{menu: {{prompt: audio.hello, keys: {{1: message, 2: {name}_menu}}, no_input: {{goto: bye}}}}}}",
        f"{name}_all: {{route: {{to: group {name}, on: {{else: operator}}}}}}",
        f"{name}_last: {{play: {{prompt: audio.hello, next: {name}_all}}}}",
    ]
    for desk, extension in zip(desks, range(101, 107), strict=True):
        lines += [
            f"{desk}: {{route: {{to: extension {extension}, on: {{busy: {desk}_wait, else: {name}_last}}}}}}",
            f"{desk}_wait: {{play: {{prompt: audio.hello, next: {name}_all}}}}",
        ]
    return lines
