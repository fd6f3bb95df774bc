"""What `expect` compares: the fields of a command that an author can name, and where each one's value stands."""

from router.engine.effects import QueueCommand
from router.flow.verbs import COMMAND_NAMES, COMMANDS
from router.flow.verbs.commands import param
from router.flow.verbs.spec import Read
from router.history.journal import CommandRow
from router.simulator.script import Expect


def reader(command: str, field: str) -> Read | None:
    """How a field of a command, as authors write both, is read; None when it cannot be compared."""
    known = COMMANDS[command]
    if field in known.fields:
        return known.fields[field].read
    return param(*field.split(".")) if known.open and field.startswith(f"{known.open}.") else None


def described(command: QueueCommand | CommandRow) -> str:
    """A command in an author's words: "route group sales"."""
    written = COMMAND_NAMES.get(command.command, command.command)
    return written if command.label in ("", written) else f"{written} {command.label.removeprefix(f'{written} ')}"


def wanted(expected: Expect) -> str:
    """An expectation in its author's words: "route group sales, priority high"."""
    main = COMMANDS[expected.command].main
    values = [value if name == main else f"{name} {value}" for name, value in expected.fields]
    return " ".join([expected.command, ", ".join(values)]).rstrip()


def difference(expected: Expect, command: QueueCommand) -> str | None:
    """None when every named field agrees; else what to add to "got ...": fields that differ and are not in
    `described` anyway."""
    known = COMMANDS[expected.command]
    if known.path != command.command:
        return ""
    came = {name: _read(expected.command, name, command) for name, _ in expected.fields}
    differing = {name: came[name] for name, value in expected.fields if value not in came[name]}
    if not differing:
        return None
    differing.pop(known.main, None)
    return "".join(f", {name} {values[0] or 'absent'}" for name, values in differing.items())


def _read(written: str, field: str, command: QueueCommand) -> tuple[str, ...]:
    read = reader(written, field)
    return read(command) if read is not None else ("",)


def expectation(command: QueueCommand, named: Expect) -> Expect:
    """What `named` would have to say for `command` to be the expected one: of the same command the same fields, of
    another one its main field."""
    written = COMMAND_NAMES[command.command]
    main = COMMANDS[written].main
    fields = [name for name, _ in named.fields] if written == named.command else [main] if main else []
    said = tuple((name, _read(written, name, command)[0]) for name in fields)
    return Expect(mark=named.mark, faults=named.faults, command=written, fields=said)
