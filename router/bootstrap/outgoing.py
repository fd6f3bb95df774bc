"""All that a process sends: commands to the PBX, notifications to the flows' authors, and lookups."""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from router.config.settings import AccountSettings
from router.runtime.calls.apply import Calls
from router.runtime.calls.encryption import SaltSealer
from router.runtime.calls.reconcile import Reconciler
from router.runtime.group_commit import GroupCommit
from router.runtime.limits.limiter import Limits
from router.runtime.lookups.lookup_runner import Lookups, means_of
from router.runtime.monitoring.heartbeats import Pulse
from router.runtime.outbox.command_queues import TO_AUTHORS
from router.runtime.outbox.dispatch import Dispatcher
from router.runtime.outbox.limited_queries import Inquiries
from router.runtime.ports import Clock, Store
from router.sender.command_sender import HttpSender, Peer
from router.sender.notify import NotificationSender, Signing
from router.sender.outside import HttpOutside


class Outgoing(NamedTuple):
    """What sends, each in threads of its own."""

    dispatcher: Dispatcher
    notifier: Dispatcher
    lookups: Lookups
    reconciler: Reconciler

    def start(self) -> None:
        self.dispatcher.start()
        self.notifier.start()

    def stop(self) -> None:
        """Finish what is on the wire."""
        self.lookups.stop()
        self.reconciler.stop()
        self.dispatcher.stop()
        self.notifier.stop()


def outgoing(
    accounts: tuple[AccountSettings, ...],
    store: Store,
    calls: Calls,
    *,
    limits: Mapping[str, Limits],
    sealers: Mapping[str, SaltSealer],
    clock: Clock,
    group: GroupCommit,
    pulse: Pulse,
) -> Outgoing:
    """The senders of these accounts, none of them started."""
    means = {one.name: means_of(one, sealers[one.name], limits[one.name]) for one in accounts}
    sender, outside = HttpSender({one.name: peer_of(one) for one in accounts}), HttpOutside()
    signing = {one.name: Signing(salts=one.salts, receivers=one.receivers) for one in accounts}
    notices = NotificationSender(means, signing, outside)
    dispatcher = Dispatcher(store, sender, limits, calls.apply_own, clock, group=group, pulse=pulse)
    return Outgoing(
        dispatcher=dispatcher,
        notifier=Dispatcher(store, notices, limits, calls.apply_own, clock, lane=TO_AUTHORS, group=group),
        lookups=Lookups(
            store,
            means,
            calls.apply_own,
            outside=outside,
            queries=sender,
            clock=clock,
            wake=dispatcher.wake,
            with_sessions=[one.name for one in accounts if _has_its_centre(one)],
        ),
        reconciler=Reconciler(
            Inquiries(store, limits, sender, clock), calls.apply_own, clock=clock, wake=dispatcher.wake, group=group
        ),
    )


def peer_of(account: AccountSettings) -> Peer:
    """The account's PBX, as the sender knows it."""
    return Peer(
        url=account.api_url,
        cc_url=account.cc_url,
        api_key=account.api_key,
        salt=account.api_salt,
        other_salt=account.salt_old,
    )


def _has_its_centre(account: AccountSettings) -> bool:
    """Whether PBX and contact centre are one host: an account with another PBX may not mean the vendor's centre."""
    return urlsplit(account.api_url).netloc == urlsplit(account.cc_url).netloc
