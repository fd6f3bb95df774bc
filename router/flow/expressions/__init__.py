"""Expressions and templates: the only computing that a flow does, checked when the bundle loads.

    compile_expression("caller.number in lists.vip", names, "bool") -> (Expression, [])
    compile_template("extension ${digits}", names)                  -> (Template, [])

Neither ever raises: what is wrong comes back as problems, all at once, with their places in the source.
"""

from router.flow.expressions.compiler import compile_expression
from router.flow.expressions.functions import FUNCTIONS
from router.flow.expressions.problems import PROBLEM_CODES, Problem
from router.flow.expressions.template import compile_template
from router.flow.expressions.types import BUILTIN_NAMES, Names, hours_names

__all__ = [
    "BUILTIN_NAMES",
    "FUNCTIONS",
    "PROBLEM_CODES",
    "Names",
    "Problem",
    "compile_expression",
    "compile_template",
    "hours_names",
]
