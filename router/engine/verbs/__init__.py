"""What the engine does at a step of each verb, by the name that an author writes; `flow.verbs` has the other half."""

from collections.abc import Mapping
from typing import Any, Final

from router.engine.verbs import (
    callback,
    callback_group,
    collect,
    hangup,
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
from router.engine.verbs.rules import VerbRules

VERBS: Final[Mapping[str, VerbRules[Any]]] = {
    "switch": switch.RULES,
    "menu": menu.RULES,
    "collect": collect.RULES,
    "play": play.RULES,
    "route": route.RULES,
    "transfer": transfer.RULES,
    "watch": watch.RULES,
    "wait": wait.RULES,
    "set": set.RULES,
    "sms": sms.RULES,
    "record": record.RULES,
    "lookup": lookup.RULES,
    "split": split.RULES,
    "remember": remember.RULES,
    "run": run.RULES,
    "return": return_.RULES,
    "callback": callback.RULES,
    "callback_group": callback_group.RULES,
    "task": task.RULES,
    "notify": notify.RULES,
    "hangup": hangup.RULES,
    "release": release.RULES,
}
