"""The tables of notices: events not yet read, what was sent to whom, how it is to be sent, and hooks of others."""

from linli.notice.models.hooks import Delivery, Subscriber
from linli.notice.models.notices import FreshEvent, Notice, ReadMark, Sending
from linli.notice.models.ways import Choice, Gateway, QuietHours, Template

__all__ = [
    "Choice",
    "Delivery",
    "FreshEvent",
    "Gateway",
    "Notice",
    "QuietHours",
    "ReadMark",
    "Sending",
    "Subscriber",
    "Template",
]
