"""The canonical layout of a YAML file: what `ivr fmt` and an editor's "format document" write."""

from router.flow.layout.formatted import NotFormatted, formatted

__all__ = ["NotFormatted", "formatted"]
