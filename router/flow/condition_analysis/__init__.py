"""Whether a condition can be true at all, and whether it can be false: what its names can be, narrowed part by part.

Every name has a domain: a number lies in an interval, a time is one of a day's 1440, a state one of a few words, a
date one of the calendar's days. Each part of a condition divides the domain of what it is about, by comparison with a
written value, or, where the values are few, by evaluating it for each of them; a constant is the case of one value.

    analysed(`now.hour > 8 and now.time < "09:00"`)   two divisions of the day, joined by `and`
    outcomes(that, Effort())                          {False}: no minute of the day is on the true side of both

What is not understood is able to be both, so nothing is claimed that some call could contradict.
"""

from router.flow.condition_analysis.divisions import Before, Effort, Formula, outcomes
from router.flow.condition_analysis.reader import analysed

__all__ = ["Before", "Effort", "Formula", "analysed", "outcomes"]
