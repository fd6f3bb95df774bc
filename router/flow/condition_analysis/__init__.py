"""Whether a condition can be true at all, and whether it can be false: asked of its source, for findings.

    formula("now.hour > 8 and now.hour < 7")  -> a formula
    outcomes([that formula])                  -> {False}

What is not understood counts as able to be both, so nothing is ever claimed that some call could contradict.
"""

from router.flow.condition_analysis.formula import Formula, formula
from router.flow.condition_analysis.solve import Before, Effort, can_hold, outcomes

__all__ = ["Before", "Effort", "Formula", "can_hold", "formula", "outcomes"]
