"""Pieces of the schema of a flow: what several verbs' settings have in common."""

from typing import Any, Final

from router.flow.verbs.spec import Schema

CODES: Final = "^[1-9]([0-9]{3}|[0-9]{2}x|[0-9]xx|xxx)$"
"""A code of the PBX's list, or a class of such."""


def ref(definition: str, description: str = "", **more: Any) -> Schema:
    """A shared definition, with what is particular here."""
    return {"$ref": f"#/$defs/{definition}", **described(description), **more}


def described(description: str, **more: Any) -> Schema:
    """The description of a setting, where it has one."""
    return {**({"description": description} if description else {}), **more}


def settings(title: str, description: str, properties: Schema, *required: str, **more: Any) -> Schema:
    """A verb's settings: a map with these keys and no others."""
    needed = {"required": list(required)} if required else {}
    head = {"title": title, "description": description, "type": "object", **needed}
    return {**head, "additionalProperties": False, "properties": properties, **more}


TARGET: Final = ref("target")
NEXT: Final[Schema] = {"next": TARGET}
SENDS: Final[Schema] = {"next": TARGET, "on": ref("sends")}
"""The exits of a command whose result decides."""


def named_exits(description: str, targets: Schema, **more: Any) -> Schema:
    """`on`: a map of exits."""
    return {
        "title": "on",
        "x-bare": ["else"],
        "x-example": "{else: STEP}",
        "description": description,
        "type": "object",
        "x-members": "exit",
        "additionalProperties": False,
        "properties": targets,
        **more,
    }


DURATION: Final = (
    "^(?=[0-9])([0-9]{1,6}(\\.[0-9]{1,3})?d)?([0-9]{1,6}(\\.[0-9]{1,3})?h)?([0-9]{1,6}(\\.[0-9]{1,3})?m)?"
    "([0-9]{1,6}(\\.[0-9]{1,3})?s)?([0-9]{1,9}ms)?$"
)
"""The pattern of `$defs/duration`, for a setting that is one or several."""
