"""The verbs of the language, by the name that an author writes. Each module holds one of them, or a family."""

from collections.abc import Mapping
from typing import Final

from router.engine.verbs import (
    callback,
    collect,
    errands,
    hangup,
    instant,
    lookup,
    menu,
    play,
    route,
    sms,
    subflow,
    task,
    transfer,
    waiting,
)
from router.engine.verbs.rules import VerbRules

VERBS: Final[Mapping[str, VerbRules]] = {
    "switch": instant.SWITCH,
    "menu": menu.RULES,
    "collect": collect.RULES,
    "play": play.RULES,
    "route": route.RULES,
    "transfer": transfer.RULES,
    "hangup": hangup.RULES,
    "release": instant.RELEASE,
    "watch": waiting.WATCH,
    "wait": waiting.WAIT_RULES,
    "set": instant.SET,
    "record": errands.RECORD,
    "lookup": lookup.RULES,
    "remember": errands.REMEMBER,
    "split": errands.SPLIT,
    "run": subflow.RUN,
    "return": subflow.RETURN,
    "sms": sms.RULES,
    "callback": callback.RULES,
    "callback_group": callback.RULES,
    "task": task.RULES,
    "notify": errands.NOTIFY,
}
