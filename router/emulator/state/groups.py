"""Groups of employees. One with an extension is a queue at the switchboard, kept as the book says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from router.emulator.pbx_answers import Answer, Params, done, no_such, wrong
from router.emulator.state.api_values import chosen, whole, yes
from router.emulator.state.cabinet import Cabinet
from router.emulator.state.numbering import Numbering
from router.emulator.state.staff import Card, Staff
from router.emulator.switchboard import EmulatedSwitchboard
from router.pbx.setup import Group, Target

IN_PARALLEL: Final = frozenset({1, 2})  # of dial_alg_group (§3.6.2): all phones at once
ONE_BY_ONE: Final = 0
SETTINGS: Final = {
    "dial_alg_group": ONE_BY_ONE,
    "dial_alg_users": 5,
    "auto_redirect": 0,
    "auto_dial": None,
    "line_id": None,
    "use_dynamic_ivr": 0,
    "use_dynamic_seq_num": 0,
    "melody_id": None,
}
"""Settings with their defaults."""

SERVICES: Final = (
    "dial_alg_group", "dial_alg_users", "auto_redirect", "auto_dial", "use_dynamic_ivr", "use_dynamic_seq_num",
)  # fmt: skip
"""Settings of which the document says "см. Работа с услугами": changing them connects a service (§2.3, §3.6.2)."""

FLAGS: Final = frozenset({"auto_redirect", "use_dynamic_ivr", "use_dynamic_seq_num"})


@dataclass(slots=True, kw_only=True)
class Team:
    """One group."""

    group_id: int
    name: str
    description: str = ""
    extension: str = ""
    settings: dict[str, int | None] = field(default_factory=dict)
    operators: dict[int, int] = field(default_factory=dict)  # user_id -> priority, in their order
    queue: Group | None = None  # how long its calls ring and wait, as `pbx.yaml` has it


class Groups:
    """All groups, by id."""

    def __init__(self, board: EmulatedSwitchboard, ids: Numbering, staff: Staff, cabinet: Cabinet) -> None:
        self._board = board
        self._ids = ids
        self._staff = staff
        self._cabinet = cabinet
        self.teams: dict[int, Team] = {}
        written: Mapping[str, Any] = board.config.seeds.get("groups", {})
        for queue in board.config.groups.values():
            self._found(queue, ids.of("group", written.get(queue.extension)))
        staff.changed.append(self._sync)
        staff.groups_of = self._of

    def methods(self) -> Mapping[str, Callable[[Params], Answer]]:
        """By their names in the catalogue."""
        return {
            "groups": self._list,
            "group/create": self._create,
            "group/update": self._update,
            "group/delete": self._delete,
        }

    def at(self, extension: str) -> Team | None:
        """The group of that extension."""
        return next((team for team in self.teams.values() if extension and team.extension == extension), None)

    def _found(self, queue: Group, group_id: int) -> None:
        cards = [self._staff.at(extension) for extension in queue.members]
        team = Team(
            group_id=group_id,
            name=queue.name or queue.extension,
            extension=queue.extension,
            settings=SETTINGS | {"dial_alg_group": 2 if queue.together else ONE_BY_ONE},
            operators={card.user_id: 1 for card in cards if card is not None},
            queue=queue,
        )
        self.teams[team.group_id] = team

    def _of(self, card: Card) -> list[int]:
        return [team.group_id for team in self.teams.values() if card.user_id in team.operators]

    def _list(self, params: Params) -> Answer:
        wanted = whole(params["group_id"]) if "group_id" in params else None
        if wanted is not None and wanted not in self.teams:
            raise no_such("group")
        members = self._members_wanted(params)
        return done(
            groups=[
                self._shown(team, with_users=yes(params.get("show_users")))
                for team in self.teams.values()
                if wanted in (None, team.group_id) and members <= set(team.operators)
            ]
        )

    def _members_wanted(self, params: Params) -> set[int]:
        """Who has to be in a group for it to be listed."""
        wanted = {whole(params["operator_id"])} if "operator_id" in params else set()
        if "operator_extension" in params:
            card = self._staff.at(params["operator_extension"])
            wanted.add(card.user_id if card is not None else 0)
        return wanted

    def _shown(self, team: Team, *, with_users: bool) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "id": team.group_id,
            "name": team.name,
            "description": team.description,
            "extension": team.extension,
            **team.settings,
        }
        if with_users:
            shown["operators"] = [
                {
                    "id": user_id,
                    "name": self._staff.cards[user_id].name,
                    "extension": self._staff.cards[user_id].extension,
                    "priority": priority,
                    "order": order,
                }
                for order, (user_id, priority) in enumerate(team.operators.items(), start=1)
            ]
        return shown

    def _create(self, params: Params) -> Answer:
        self._check(params, None)
        team = Team(group_id=self._ids.next("group"), name=params["name"], settings=dict(SETTINGS))
        self._fill(team, params)
        self.teams[team.group_id] = team
        self._sync()
        return done(group_id=team.group_id)

    def _update(self, params: Params) -> Answer:
        team = self._team(params["group_id"])
        self._check(params["group"], team)
        self._fill(team, params["group"])
        self._sync()
        return done(group_id=team.group_id)

    def _delete(self, params: Params) -> Answer:
        team = self._team(params["group_id"])
        self._cabinet.check_services()
        if team.extension and self._board.is_in_scheme(Target(kind="group", value=team.extension)):
            raise wrong("a scheme leads to the group", code=5202)
        del self.teams[team.group_id]
        self._sync()
        return done()

    def _team(self, group_id: Any) -> Team:
        found = self.teams.get(whole(group_id))
        if found is None:
            raise no_such("group")
        return found

    def _check(self, params: Params, team: Team | None) -> None:
        extension = params.get("extension", "")
        if extension and self._board.is_taken(extension) and not (team and team.extension == extension):
            raise wrong("the extension is taken")
        self._cabinet.check_line(params.get("line_id"))
        for one in params.get("operators", ()):
            self._staff.card(one["id"])
        self._cabinet.check_audio(params.get("melody_id"))
        present = SETTINGS if team is None else team.settings
        if any(_setting(name, params[name]) != present[name] for name in SERVICES if name in params):
            self._cabinet.check_services()

    def _fill(self, team: Team, params: Params) -> None:
        team.name = params.get("name", team.name)
        team.description = params.get("description", team.description) or ""
        team.extension = params.get("extension", team.extension)
        for name, value in chosen(params, SETTINGS).items():
            team.settings[name] = _setting(name, value)
        if "operators" in params:
            team.operators = {whole(one["id"]): whole(one.get("priority", 1)) for one in params["operators"]}

    def _sync(self) -> None:
        """The switchboard's queues, from the book."""
        self._board.groups.clear()
        for team in self.teams.values():
            team.operators = {one: priority for one, priority in team.operators.items() if one in self._staff.cards}
            if team.extension:
                self._board.groups[team.extension] = self._queue(team)

    def _queue(self, team: Team) -> Group:
        ordered = sorted(team.operators, key=lambda one: team.operators[one])
        extra = (
            {}
            if team.queue is None
            else {
                "ring_seconds": team.queue.ring_seconds,
                "wait_seconds": team.queue.wait_seconds,
            }
        )
        return Group(
            extension=team.extension,
            members=tuple(self._staff.cards[one].extension for one in ordered),
            name=team.name,
            together=team.settings["dial_alg_group"] in IN_PARALLEL,
            **extra,
        )


def _setting(name: str, value: Any) -> int | None:
    """A setting as the group keeps it."""
    if value is None:
        return None
    return int(yes(value)) if name in FLAGS else whole(value)
