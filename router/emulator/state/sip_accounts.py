"""SIP accounts of employees (§3.6.15 to §3.6.19). They stand on the employees' cards."""

from collections.abc import Callable, Mapping
from typing import Any

from router.emulator.pbx_answers import Answer, Params, done, no_such, wrong
from router.emulator.state.api_values import chosen, whole
from router.emulator.state.cabinet import Cabinet
from router.emulator.state.numbering import Numbering
from router.emulator.state.staff import Card, Staff


class SipAccounts:
    """The accounts of all employees."""

    def __init__(self, ids: Numbering, staff: Staff, cabinet: Cabinet) -> None:
        self._ids = ids
        self._staff = staff
        self._cabinet = cabinet

    def methods(self) -> Mapping[str, Callable[[Params], Answer]]:
        """By their names in the catalogue."""
        return {
            "sips": self._list,
            "sip/create": self._create,
            "sip/update": self._update,
            "sip/delete": self._delete,
        }

    def _list(self, params: Params) -> Answer:
        return done(
            data=[
                {
                    "user_id": card.user_id,
                    "sips": [
                        {"id": sip_id, "login": sip["login"], "domain": sip["domain"]}
                        for sip_id, sip in card.sips.items()
                    ],
                }
                for card in self._staff.cards.values()
            ]
        )

    def _create(self, params: Params) -> Answer:
        card = self._staff.card(params["user_id"])
        account = {"login": f"user{card.extension}", "domain": self._cabinet.domains[0]}
        account |= chosen(params, ("login", "domain", "password", "description"))
        self._check(account, None)
        if _is_second_level(account["domain"]):
            self._cabinet.check_services()  # "Красивый sip адрес" is a service (§3.6.17)
        sip_id = self._ids.next("sip")
        card.sips[sip_id] = account
        return done(sip_id=sip_id)

    def _update(self, params: Params) -> Answer:
        card, sip_id = self._account(params["sip_id"])
        account = card.sips[sip_id] | chosen(params, ("login", "domain", "password", "description"))
        self._check(account, sip_id)
        if _is_second_level(account["domain"]) and not _is_second_level(card.sips[sip_id]["domain"]):
            self._cabinet.check_services()  # §3.6.18
        owner = self._staff.card(params["user_id"]) if "user_id" in params else card
        del card.sips[sip_id]
        owner.sips[sip_id] = account
        return done()

    def _delete(self, params: Params) -> Answer:
        card, sip_id = self._account(params["sip_id"])
        del card.sips[sip_id]
        return done()

    def _account(self, sip_id: Any) -> tuple[Card, int]:
        for card in self._staff.cards.values():
            if whole(sip_id) in card.sips:
                return card, whole(sip_id)
        raise no_such("SIP account")

    def _check(self, account: Mapping[str, str], sip_id: int | None) -> None:
        if account["domain"] not in self._cabinet.domains:
            raise no_such("domain")
        taken = {
            (sip["login"], sip["domain"])
            for card in self._staff.cards.values()
            for known, sip in card.sips.items()
            if known != sip_id
        }
        if (account["login"], account["domain"]) in taken:
            raise wrong("the address is taken")


def _is_second_level(domain: str) -> bool:
    """mangosip.ru, in contrast to vpbx300000000.mangosip.ru."""
    return domain.count(".") == 1
