"""What can be wrong with an expression or a template: one table of codes, and the shape of a complaint."""

from dataclasses import dataclass
from typing import Final

from router.flow.suggestions.advice import Suggestion, words_of

SYNTAX: Final = "F401"
NOT_IN_LANGUAGE: Final = "F402"
UNKNOWN_NAME: Final = "F403"
UNKNOWN_FUNCTION: Final = "F404"
ARGUMENTS: Final = "F405"
TYPES: Final = "F406"
RESULT: Final = "F407"
TOO_LARGE: Final = "F408"
MASK: Final = "F409"
TEMPLATE: Final = "F410"
NO_NUMBER: Final = "F412"

MOST_PROBLEMS: Final = 8  # of one expression or text
MOST_SUGGESTIONS: Final = 3  # of one expression or text; looking for a word like another one is slow

PROBLEM_CODES: Final[dict[str, str]] = {
    SYNTAX: "An expression cannot be read: a bracket, a quote, an operator or an operand is missing or misplaced.",
    NOT_IN_LANGUAGE: "Something that Python has and this language has not.",
    UNKNOWN_NAME: "A name that is not known here.",
    UNKNOWN_FUNCTION: "A function that does not exist.",
    ARGUMENTS: "A function with too few or too many arguments.",
    TYPES: "Values of types that do not go together; nothing is converted silently.",
    RESULT: "An expression whose result is not of the type that its place needs.",
    TOO_LARGE: "An expression that is too long or nested too deep, or a number with too many digits.",
    MASK: "A mask that can match nothing.",
    TEMPLATE: "A text field whose `${...}` is not closed, or holds anything but one dotted name.",
    NO_NUMBER: "A telephone number is compared with a text that is none, so the two are never equal.",
}


def short(token: str) -> str:
    """`token` as a message quotes it."""
    return token if len(token) <= 40 else token[:37] + "..."


@dataclass(frozen=True, slots=True)
class Problem:
    """One complaint about a source text. `offset` and `length` count characters, from 0 at the source's beginning."""

    code: str  # a key of PROBLEM_CODES
    message: str  # one sentence for people, without a full stop
    offset: int
    length: int
    advice: Suggestion = ""  # a whole phrase, such as: did you mean `caller.number`?

    @property
    def suggestion(self) -> str:
        """The advice in words."""
        return words_of(self.advice)
