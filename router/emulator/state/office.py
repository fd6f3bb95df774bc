"""The office that keeps all state behind the methods, and watches what the switchboard does."""

from collections.abc import Mapping
from typing import Any

from router.emulator.pbx_answers import Answer, Params, wrong
from router.emulator.state.address_book import AddressBook
from router.emulator.state.api_values import yes
from router.emulator.state.cabinet import Cabinet
from router.emulator.state.call_statistics import CallStatistics
from router.emulator.state.campaigns import Campaigns
from router.emulator.state.centre import Centre
from router.emulator.state.contacts import Contacts
from router.emulator.state.groups import Groups
from router.emulator.state.numbering import Numbering
from router.emulator.state.presence import Presence
from router.emulator.state.recordings import Recordings
from router.emulator.state.sip_accounts import SipAccounts
from router.emulator.state.staff import Staff
from router.emulator.state.statistics import Statistics
from router.emulator.state.tracking import Tracking
from router.emulator.switchboard import EmulatedSwitchboard
from router.pbx import recording
from router.pbx.legs import Journey, Leg
from router.protocol.events import APPEARED

NOT_CONNECTED: Mapping[str, int] = {
    **dict.fromkeys(("set_session_status", "set_abonent_status", "get_presence", "task/add"), 5008),
    **dict.fromkeys(("stats_in_calls_service/request", "stats_in_calls_service/result"), 2230),
    **dict.fromkeys(("campaign/get_list", "campaign", "task", "campaign/add", "tasks/push"), 5101),
    **dict.fromkeys(("campaign/start", "campaign/stop", "campaign/delete", "cc/call"), 5101),
    **dict.fromkeys(("tags", "script", "quality/control/question"), 5101),
}
"""What needs the contact centre, and the code without it (§3.3.4.1, §4.1, list of codes)."""


class Office:
    """Every method of the API that is no command of a call."""

    def __init__(self, board: EmulatedSwitchboard) -> None:
        seeds: Mapping[str, Any] = board.config.seeds
        ids = Numbering(seeds)
        self.cabinet = Cabinet(board, ids, seeds)
        self.staff = Staff(board, ids, self.cabinet, seeds)
        groups = Groups(board, ids, self.staff, self.cabinet)
        book = AddressBook(board, ids, seeds)
        self.contacts = Contacts(board, ids, book, self.staff, seeds)
        self.recordings = Recordings(board, ids, seeds)
        self.presence = Presence(board, self.staff, seeds)
        parts = (
            self.cabinet,
            self.staff,
            SipAccounts(ids, self.staff, self.cabinet),
            groups,
            book,
            self.contacts,
            self.recordings,
            self.presence,
            Statistics(board, self._name_of),
            CallStatistics(board, self.staff, groups),
            Tracking(board, ids, seeds),
            Campaigns(board, ids, self.staff, self.cabinet, self.presence),
            Centre(board, ids, self.staff, groups, self.contacts, seeds),
        )
        self.methods = {name: method for one in parts for name, method in one.methods().items()}
        self._has_centre = yes(seeds.get("contact_centre", "true"))
        self._board = board
        board.watchers.append(self._watch)
        board.recorded = self.recordings.announce

    def answer(self, name: str, params: Params) -> Answer:
        """Carry out a method of the catalogue; RequestRefused with the document's code when that is not possible."""
        if not self._has_centre and name in NOT_CONNECTED:
            raise wrong("the contact centre is not connected", code=NOT_CONNECTED[name])
        return self.methods[name](params)

    def _name_of(self, number: str) -> str:
        """Who calls: by the address book, by the employees' cards, or the number itself (§3.3.4.2, abonent)."""
        contact = self.contacts.of_number(number)
        if contact is not None and contact["name"]:
            return str(contact["name"])
        employee = self._board.employee(number) if number else None
        return employee.name if employee is not None and employee.name else number

    def _watch(self, journey: Journey, leg: Leg) -> None:
        recording.leg_changed(self._board, journey, leg)
        if leg.state == APPEARED and leg.seq == 1 and len(journey.legs) == 1:
            self.contacts.called(journey.caller, journey.started)
