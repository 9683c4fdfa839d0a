"""Those who carry a telling out: by text, by voice, by push; a screen that stays silent counts as closed (发送)."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils import translation
from django.utils.translation import gettext as _

from linli.call import actions as calls
from linli.call import queries
from linli.call.queries import Call, Told
from linli.call.queries.audience import FAULTS
from linli.call.rules import Audience, Way
from linli.jobs.push import Errand, Report, push_ready
from linli.notice import actions as notices
from linli.notice import queries as notice_queries
from linli.notice.carriers import Carrier, Parcel, Undelivered
from linli.notice.rules import FAULT_WORDS, SMS_KINDS
from linli.people import access
from linli.shared.refusals import Refused
from linli.staff import queries as staff

CARRIERS = 8  # tellings of one way that are on their way at the same time
LOOK_SECONDS = 0.5  # should a wake-up ever be missed
VOICE = "VOICE"  # the gateway that telephones

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reached:
    """Whom a telling is for, in their language."""

    to: str
    language: str


class Lane:
    """Where the tellings of one way leave, several at a time; a way that is slow or silent holds up no other.

    What leaves asks no database: that is done before and afterwards, by the sender alone.
    """

    def __init__(self, way: Way, make_ready: Callable[[Told, datetime], Errand], *, wake: Callable[[], None]) -> None:
        self.way, self.make_ready = way, make_ready
        self._wake = wake
        self._pool = ThreadPoolExecutor(CARRIERS, thread_name_prefix=way.value.lower())
        self._away: dict[UUID, Future[Report]] = {}

    @property
    def room(self) -> int:
        """How many more can leave at once."""
        return CARRIERS - len(self._away)

    def has(self, key: UUID) -> bool:
        """Return whether a telling is still on its way: its lease ended, and it does not leave twice."""
        return key in self._away

    def take(self, key: UUID, errand: Errand) -> None:
        """Let a telling leave."""
        self._away[key] = self._pool.submit(errand)
        self._away[key].add_done_callback(lambda _done: self._wake())

    def returned(self) -> list[tuple[UUID, Future[Report]]]:
        """Return those of which it is known what became of them."""
        return [(key, done) for key, done in list(self._away.items()) if done.done()]

    def forget(self, key: UUID) -> None:
        """Let another leave in its place: what became of it is written down."""
        del self._away[key]

    def settle(self) -> None:
        """Wait until all that left have arrived or failed."""
        wait(list(self._away.values()))

    def stop(self) -> None:
        """Take no more."""
        self._pool.shutdown(wait=False, cancel_futures=True)


class Senders:
    """Takes up what is due, lets it leave, each way in a lane of its own, and writes down what became of it.

    One thread does it, and gives way to a press: whoever is told of the last one must not hold up the next.
    """

    def __init__(self, now: Callable[[], datetime], *, give_way: Callable[[], object] = lambda: None) -> None:
        self._now, self._give_way = now, give_way
        self._woken = threading.Event()
        self._lanes = {way: Lane(way, make_ready, wake=self.wake) for way, make_ready in SENDERS.items()}

    def wake(self) -> None:
        """Look at once: something was written that is to be sent, or something was sent."""
        self._woken.set()

    def round(self) -> int:
        """Write down what became of those that left, let leave what is due now; return how many were taken up."""
        self._write_down()
        rooms = {lane.way: lane.room for lane in self._lanes.values() if lane.room}
        most = min(rooms.values(), default=CARRIERS)
        taken = calls.take_up_told(at=self._now(), most=most, ways=[Way.SCREEN, *rooms])
        for told in taken:
            if told.way == Way.SCREEN:
                calls.told_failed(key=told.key, fault=FAULTS["no_answer"], is_final=True, at=self._now())
            else:
                self._let_leave(told, self._lanes[Way(told.way)])
        if len(taken) == most:  # there may be more
            self.wake()
        return len(taken)

    def wait(self) -> None:
        """Wait until there may be something to do."""
        self._woken.wait(LOOK_SECONDS)
        self._woken.clear()

    def settle(self) -> None:
        """Wait until all that left have arrived or failed, and write down what became of them."""
        for lane in self._lanes.values():
            lane.settle()
        self._write_down()

    def stop(self) -> None:
        """Take no more; what is on its way may still arrive."""
        for lane in self._lanes.values():
            lane.stop()

    def _let_leave(self, told: Told, lane: Lane) -> None:
        if lane.has(told.key):
            return
        self._give_way()
        try:
            errand = lane.make_ready(told, self._now())
        except (OperationalError, InterfaceError):  # its lease ends, and it is taken up again
            raise
        except Exception as fault:  # noqa: BLE001 -- whatever it was is written down
            self._write(_failed(told.key, fault))
        else:
            lane.take(told.key, errand)

    def _write_down(self) -> None:
        for lane in self._lanes.values():
            for key, done in lane.returned():
                self._give_way()
                fault = done.exception()
                self._write(done.result() if fault is None else _failed(key, fault))
                lane.forget(key)

    def _write(self, report: Report) -> None:
        """Write down what became of a telling; one that cannot be written holds up no other, its lease ends."""
        try:
            report(self._now())
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            log.exception("what became of a telling could not be written")


def _failed(key: UUID, fault: BaseException) -> Report:
    words, is_final = type(fault).__name__, False
    if isinstance(fault, Undelivered):
        words, is_final = fault.words, fault.is_final
    else:
        log.error("telling %s failed", key, exc_info=fault)
    return lambda at: calls.told_failed(key=key, fault=words, is_final=is_final, at=at)


def by_text(told: Told, at: datetime) -> Errand:
    """Make a text message ready (短信).

    Raises:
        Undelivered: with whether trying again can help.
    """
    gateways = {gateway.kind: gateway for gateway in notice_queries.gateways_in_use()}
    gateway = next((gateways[kind] for kind in SMS_KINDS if kind in gateways), None)
    if gateway is None:
        raise Undelivered(FAULT_WORDS["no_way"], is_final=True)
    return _ready(notices.carrier_of(gateway), told, at=at)


def by_voice(told: Told, at: datetime) -> Errand:
    """Make a telephone call ready, for whoever reads words out (语音电话).

    Raises:
        Undelivered: with whether trying again can help.
    """
    gateway = next((one for one in notice_queries.gateways_in_use() if one.kind == VOICE), None)
    if gateway is None:
        raise Undelivered(FAULT_WORDS["no_way"], is_final=True)
    return _ready(notices.carrier_of(gateway), told, at=at)


SENDERS: dict[Way, Callable[[Told, datetime], Errand]] = {
    Way.PUSH: push_ready,
    Way.SMS: by_text,
    Way.VOICE: by_voice,
}


def _ready(carrier: Carrier, told: Told, *, at: datetime) -> Errand:
    call = told.call
    reached = _reached(told, call, at=at)
    if not reached.to:
        raise Undelivered(FAULT_WORDS["no_address"], is_final=True)
    with translation.override(reached.language):
        known = {"number": call.number, "address": address_of(call)}
        body = words_for(told, call)
    kind = "call_over" if told.audience == Audience.HOLDER else "call"
    parcel = Parcel(told.key, reached.to, "", body, kind=kind, language=reached.language, places=known)

    def leave() -> Report:
        carrier.carry(parcel, timestamp=int(at.timestamp()))
        return lambda at: calls.told_sent(key=told.key, at=at)

    return leave


def words_for(told: Told, call: Call) -> str:
    """Return what is said of a call: where, to whoever is to go; to family that help is on its way (通知内容).

    To whoever pressed, when it is over: that others have looked at their record, and who says which.
    """
    if told.audience == Audience.HOLDER:
        said = _(
            "【邻里】您的一键呼 %(number)s 已经结束。来帮忙的人为救助查看过您的资料，"
            "谁在什么时候看的都有记录，回访时会告诉您，也可以问社区。"
        )
        return said % {"number": call.number}
    if told.audience == Audience.FAMILY:
        said = _("【邻里】您家人的呼叫设备有人按下（%(number)s），还没有人接应，正在通知附近的人。请您也联系家人。")
        return said % {"number": call.number}
    said = _("【邻里】一键呼 %(number)s：%(address)s，请马上接应。")
    return said % {"number": call.number, "address": address_of(call)}


def address_of(call: Call) -> str:
    """Return where to go in the language of whoever is told: no name, since a text passes through others' hands."""
    return queries.address_of(call, translation.get_language() or settings.LANGUAGE_CODE)


def _reached(told: Told, call: Call, *, at: datetime) -> Reached:
    if told.contact_id is not None:
        try:
            contact = access.open_contact(
                contact_id=told.contact_id, viewer=None, purpose=access.Purpose.NOTICE, at=at,
                subject=f"call {call.number}",
            )  # fmt: skip
        except Refused as refusal:
            raise Undelivered(FAULT_WORDS["no_contact"], is_final=True) from refusal
        return Reached(contact.phone, settings.LANGUAGE_CODE)
    if told.post_id is not None:
        try:
            account = staff.post(told.post_id).account
        except Refused as refusal:
            raise Undelivered(FAULT_WORDS["no_post"], is_final=True) from refusal
        return Reached(account.phone, account.language or settings.LANGUAGE_CODE)
    return Reached(staff.unit(told.unit_id or 0).phone, settings.LANGUAGE_CODE)
