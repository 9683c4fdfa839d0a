"""The resident's pages: home, report, follow, progress."""

from linli.web.resident.views.follow import add, confirm, follow, new, no_call, send_back, withdraw
from linli.web.resident.views.home import home, progress
from linli.web.resident.views.report import about, check, contact, same, shapes, start_over, what, where

__all__ = [
    "about",
    "add",
    "check",
    "confirm",
    "contact",
    "follow",
    "home",
    "new",
    "no_call",
    "progress",
    "same",
    "send_back",
    "shapes",
    "start_over",
    "what",
    "where",
    "withdraw",
]
