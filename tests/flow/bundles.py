"""Small bundles for the tests of the loader."""

from router.flow.loader import LoadedBundle, load
from router.flow.model import Flow

RESOURCES = """
audio:
  greeting: {id: 17, length: 9s, says: "For sales press 1."}
  closed: {id: 23, length: 1m30s}
  welcome: {ru: {id: 31, length: 4s}, en: {id: 32, length: 5s}}
groups: {sales: {extension: "303"}}
people: {operator: {extension: "100"}, boss: {extension: "101"}}
hours: {office: {open: {mon-fri: "09:00-18:00", sat: ["10:00-13:00", "14:00-16:00"], sun: closed}}}
lists:
  vip: {numbers: ["74951234567", "7926*"]}
  locked: {keep: 30m}
"""

HEAD = "flow: main\nfor: any\non_error: done\nstart: ask\n"


def flow_text(steps: str, head: str = HEAD) -> str:
    """A flow of the steps given, and of `done`."""
    lines = "\n".join(f"  {line}" for line in steps.strip().splitlines())
    return f"{head}steps:\n{lines}\n  done: release\n"


def load_texts(**texts: str) -> LoadedBundle:
    """Load files given as name=text; `.yaml` is added."""
    return load({f"{name}.yaml": text.encode() for name, text in texts.items()})


def load_flow(steps: str, head: str = HEAD) -> LoadedBundle:
    """Load one flow beside RESOURCES."""
    return load_texts(main=flow_text(steps, head), resources=RESOURCES)


def sound(loaded: LoadedBundle) -> Flow:
    """The flow `main` of a bundle without errors."""
    assert [finding.message for finding in loaded.findings if finding.severity == "error"] == []
    assert loaded.bundle is not None
    return loaded.bundle.flows["main"]


def codes(loaded: LoadedBundle) -> list[str]:
    return [finding.code for finding in loaded.findings]


def settings_of(flow: Flow, step: str = "ask") -> object:
    return flow.steps[step].settings
