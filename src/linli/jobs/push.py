"""The sender of pushes: a telling of a call becomes a message on the phones of whoever it is for (推送发送)."""

from collections.abc import Callable
from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext as _

from linli.call import actions as calls
from linli.call.queries import Call, Told
from linli.call.rules import PRESS_KIND_LABELS, PressKind
from linli.notice import actions as notices
from linli.notice.carriers import Undelivered
from linli.shared.refusals import Refused
from linli.shared.scope import EVERYTHING, acting
from linli.staff import queries as staff

CALL_PAGE = "/calls/{pk}/"
Report = Callable[[datetime], None]  # writes down what became of a telling
Errand = Callable[[], Report]  # hands a telling over, without the database
NO_POST = "岗位已撤"
NO_BROWSER = "没有人开通手机推送"


def send_push(*, told: Told, at: datetime) -> None:
    """Push one telling to the phones of its post, and write down whether it left (推送呼叫)."""
    with acting(EVERYTHING):
        try:
            leave = push_ready(told, at)
        except Undelivered as fault:
            calls.told_failed(key=told.key, fault=fault.words, is_final=fault.is_final, at=at)
        else:
            leave()(at)


def push_ready(told: Told, at: datetime) -> Errand:
    """Make a telling ready for the phones of its post (备好推送).

    One phone that took it is enough. A phone that is gone is no reason to try again, a service that is silent is.

    Raises:
        Undelivered: its post is held by nobody.
    """
    try:
        account = staff.post(told.post_id).account if told.post_id else None
    except Refused:
        account = None
    if account is None or not account.is_active:
        raise Undelivered(NO_POST, is_final=True)
    with translation.override(account.language):
        message = call_message(told.call)
    bundle = notices.bundled(account=account, message=message, topic=told.call.number, at=at)

    def leave() -> Report:
        faults = bundle.hand_over()
        return lambda at: _write_down(told, notices.remember_pushed(bundle=bundle, faults=faults, at=at), at=at)

    return leave


def _write_down(told: Told, pushed: notices.Pushed, *, at: datetime) -> None:
    if pushed.count:
        calls.told_sent(key=told.key, at=at)
    else:
        calls.told_failed(key=told.key, fault=pushed.fault or NO_BROWSER, is_final=pushed.is_final, at=at)


def call_message(call: Call) -> dict[str, str]:
    """Return what a phone shows of a call: which, where, no name and nothing of anybody's health (推送内容)."""
    place = call.holding.address if call.holding else ""
    unknown = _("没有发放的设备，请值班台核实")
    return {
        "kind": call.kind,
        "number": call.number,
        "title": _("%(kind)s %(number)s") % {"kind": _(PRESS_KIND_LABELS[PressKind(call.kind)]), "number": call.number},
        "body": place or unknown,
        "url": CALL_PAGE.format(pk=call.pk),
    }
