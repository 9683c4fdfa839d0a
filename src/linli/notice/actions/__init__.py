"""Verbs of notices: derive them from events, send, resend; set texts, gateways, choices and subscribers (告)."""

from linli.notice.actions.carrying import resend, send_notices
from linli.notice.actions.deriving import derive
from linli.notice.actions.hooks import (
    SubscriberMade,
    add_subscriber,
    change_subscriber,
    redeliver,
    redeliver_all,
    send_deliveries,
    stop_subscriber,
    try_subscriber,
)
from linli.notice.actions.pushing import Bundle, Pushed, bundled, push, remember_pushed
from linli.notice.actions.setting import (
    add_gateway,
    begin_again,
    carrier_of,
    change_text,
    choose,
    drop_old,
    mark_read,
    set_quiet_hours,
    stop_gateway,
    try_gateway,
)

__all__ = [
    "Bundle",
    "Pushed",
    "SubscriberMade",
    "add_gateway",
    "add_subscriber",
    "begin_again",
    "bundled",
    "carrier_of",
    "change_subscriber",
    "change_text",
    "choose",
    "derive",
    "drop_old",
    "mark_read",
    "push",
    "redeliver",
    "redeliver_all",
    "remember_pushed",
    "resend",
    "send_deliveries",
    "send_notices",
    "set_quiet_hours",
    "stop_gateway",
    "stop_subscriber",
    "try_gateway",
    "try_subscriber",
]
