"""What the engine does at a step of each verb: the other half of `flow.verbs`, module by module of the same name."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final

from router.engine.verbs.verb_rules import VerbRules
from router.flow.verbs import VERBS as SPECS
from router.flow.verbs.spec import VerbSpec


def _rules(spec: VerbSpec[Any]) -> VerbRules[Any]:
    module = spec.read.__module__.rpartition(".")[2]
    rules: VerbRules[Any] = import_module(f"{__name__}.{module}").RULES
    return rules


VERBS: Final[Mapping[str, VerbRules[Any]]] = {name: _rules(spec) for name, spec in SPECS.items()}
