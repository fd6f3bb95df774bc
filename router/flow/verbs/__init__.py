"""The verbs of the language, one module for each, in the order in which documents show them."""

from collections.abc import Mapping
from typing import Any, Final

from router.flow.verbs import (
    callback,
    callback_group,
    cancel_transfer,
    collect,
    connect,
    hangup,
    hold,
    lookup,
    menu,
    notify,
    play,
    record,
    release,
    remember,
    return_,
    route,
    run,
    set,
    sms,
    split,
    switch,
    task,
    transfer,
    wait,
    watch,
)
from router.flow.verbs.spec import Command, VerbSpec
from router.protocol.commands import LIMITED

_MODULES: Final = (
    switch, menu, collect, play, route, transfer, hold, cancel_transfer, connect, watch, wait, set, sms, record, lookup,
    split, remember, run, return_, callback, callback_group, task, notify, hangup, release,
)  # fmt: skip

VERBS: Final[Mapping[str, VerbSpec[Any]]] = {module.SPEC.name: module.SPEC for module in _MODULES}

_OWN: Final = [(name, spec.command) for name, spec in VERBS.items() if spec.command is not None]

COMMANDS: Final[Mapping[str, Command]] = dict(sorted(_OWN, key=lambda entry: entry[0] not in LIMITED))
"""The commands that tests can expect, by the verbs that are called like them; those with a limit of their own first."""

COMMAND_NAMES: Final[Mapping[str, str]] = {command.path: name for name, command in COMMANDS.items()}
"""A command on the wire, and what authors call it."""
