"""Those who carry a telling out: by text, by voice, by push; a screen that stays silent counts as closed (发送)."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.utils import translation
from django.utils.translation import gettext as _

from linli.call import actions as calls
from linli.call import queries
from linli.call.queries import Call, Told
from linli.call.queries.audience import FAULTS
from linli.call.rules import Audience, Way
from linli.jobs.push import send_push
from linli.notice import actions as notices
from linli.notice import queries as notice_queries
from linli.notice.carriers import Carrier, Parcel, Undelivered
from linli.notice.rules import FAULT_WORDS, SMS_KINDS
from linli.people import access
from linli.shared.refusals import Refused
from linli.shared.scope import EVERYTHING, acting
from linli.staff import queries as staff

CARRIERS = 8  # tellings of one way that are on their way at the same time
IDLE_SECONDS = 30.0  # a carrier with nothing to carry goes
LOOK_SECONDS = 0.5  # should a wake-up ever be missed
VOICE = "VOICE"  # the gateway that telephones

log = logging.getLogger(__name__)
Send = Callable[[Told, datetime], None]


@dataclass(frozen=True, slots=True)
class Reached:
    """Whom a telling is for, in their language."""

    to: str
    language: str


class Lane:
    """Carries the tellings of one way, several at a time; a way that is slow or silent holds up no other.

    Each carrier keeps its session with the database while there is something to carry, since a new one costs the
    database more than the telling itself; an idle carrier goes, and its session with it.
    """

    def __init__(self, way: Way, carry: Callable[[Told], None], *, has_room: Callable[[], None]) -> None:
        self.way = way
        self._carry, self._has_room = carry, has_room
        self._lock = threading.Condition()
        self._on_their_way: set[UUID] = set()
        self._waiting: deque[Told] = deque()
        self._idle = 0
        self._is_stopped = False

    @property
    def room(self) -> int:
        """How many more can leave at once."""
        return CARRIERS - len(self._on_their_way)

    def take(self, taken: Iterable[Told]) -> None:
        """Let tellings leave; one whose lease ended while it is still on its way does not leave twice."""
        with self._lock:
            for told in taken:
                if told.key in self._on_their_way:
                    continue
                self._on_their_way.add(told.key)
                self._waiting.append(told)
                if len(self._waiting) > self._idle:
                    threading.Thread(target=self._run, name=self.way.value.lower()).start()
            self._lock.notify_all()

    def settle(self) -> None:
        """Wait until all that left have arrived or failed."""
        with self._lock:
            self._lock.wait_for(lambda: not self._on_their_way)

    def stop(self) -> None:
        """Take no more; what is on its way may still arrive."""
        with self._lock:
            self._is_stopped = True
            self._lock.notify_all()

    def _run(self) -> None:
        try:
            while (told := self._next()) is not None:
                self._carry_one(told)
        finally:
            connection.close()

    def _next(self) -> Told | None:
        """Return what to carry next; None when there was nothing for a while."""
        with self._lock:
            self._idle += 1
            self._lock.wait_for(lambda: self._waiting or self._is_stopped, IDLE_SECONDS)
            self._idle -= 1
            if self._waiting and not self._is_stopped:
                return self._waiting.popleft()
            return None

    def _carry_one(self, told: Told) -> None:
        try:
            self._carry(told)
        except Exception:
            log.exception("what became of telling %s could not be written", told.key)
            connection.close()
        with self._lock:
            was_full = not self.room
            self._on_their_way.discard(told.key)
            self._lock.notify_all()
        if was_full:
            self._has_room()


class Senders:
    """Takes up what is due and hands it over, each way in a lane of its own; each says what became of it."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._woken = threading.Event()
        self._lanes = [Lane(way, self._carry, has_room=self.wake) for way in (Way.PUSH, Way.SMS, Way.VOICE)]

    def wake(self) -> None:
        """Look at once: something was written that is to be sent."""
        self._woken.set()

    def round(self) -> int:
        """Let leave what is due now, as far as there is room; return how many were taken up."""
        silent = calls.take_up_told(at=self._now(), ways=[Way.SCREEN])
        for told in silent:
            calls.told_failed(key=told.key, fault=FAULTS["no_answer"], is_final=True, at=self._now())
        count = len(silent)
        for lane in self._lanes:
            if lane.room:
                taken = calls.take_up_told(at=self._now(), most=lane.room, ways=[lane.way])
                lane.take(taken)
                count += len(taken)
        return count

    def wait(self) -> None:
        """Wait until there may be something to send."""
        self._woken.wait(LOOK_SECONDS)
        self._woken.clear()

    def settle(self) -> None:
        """Wait until all that left have arrived or failed."""
        for lane in self._lanes:
            lane.settle()

    def stop(self) -> None:
        """Take no more; what is on its way may still arrive."""
        for lane in self._lanes:
            lane.stop()

    def _carry(self, told: Told) -> None:
        with acting(EVERYTHING):
            try:
                if told.way == Way.PUSH:  # writes down itself what became of it, phone by phone
                    send_push(told=told, at=self._now())
                else:
                    SENDERS[Way(told.way)](told, self._now())
                    calls.told_sent(key=told.key, at=self._now())
            except (DatabaseError, InterfaceError):  # its lease ends, and it is taken up again
                log.warning("a telling could not be carried, the database does not answer")
                connection.close()
            except Exception as fault:  # noqa: BLE001 -- whatever it was is written down
                self._write_failed(told, fault)

    def _write_failed(self, told: Told, fault: Exception) -> None:
        words, is_final = type(fault).__name__, False
        if isinstance(fault, Undelivered):
            words, is_final = fault.words, fault.is_final
        else:
            log.error("telling %s failed", told.key, exc_info=fault)
        calls.told_failed(key=told.key, fault=words, is_final=is_final, at=self._now())


def by_text(told: Told, at: datetime) -> None:
    """Send a text message (短信).

    Raises:
        Undelivered: with whether trying again can help.
    """
    gateways = {gateway.kind: gateway for gateway in notice_queries.gateways_in_use()}
    gateway = next((gateways[kind] for kind in SMS_KINDS if kind in gateways), None)
    if gateway is None:
        raise Undelivered(FAULT_WORDS["no_way"], is_final=True)
    _carry_by(notices.carrier_of(gateway), told, at=at)


def by_voice(told: Told, at: datetime) -> None:
    """Telephone, by whoever reads words out (语音电话).

    Raises:
        Undelivered: with whether trying again can help.
    """
    gateway = next((one for one in notice_queries.gateways_in_use() if one.kind == VOICE), None)
    if gateway is None:
        raise Undelivered(FAULT_WORDS["no_way"], is_final=True)
    _carry_by(notices.carrier_of(gateway), told, at=at)


SENDERS: dict[Way, Send] = {Way.SMS: by_text, Way.VOICE: by_voice}


def _carry_by(carrier: Carrier, told: Told, *, at: datetime) -> None:
    call = told.call
    reached = _reached(told, call, at=at)
    if not reached.to:
        raise Undelivered(FAULT_WORDS["no_address"], is_final=True)
    with translation.override(reached.language):
        known = {"number": call.number, "address": address_of(call)}
        body = words_for(told, call)
    kind = "call_over" if told.audience == Audience.HOLDER else "call"
    parcel = Parcel(told.key, reached.to, "", body, kind=kind, language=reached.language, places=known)
    carrier.carry(parcel, timestamp=int(at.timestamp()))


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
