"""Addresses that leave the page: kept, printed or sent, they must open from anywhere (对外地址)."""

from django.conf import settings
from django.http import HttpRequest


def public_address(request: HttpRequest, path: str) -> str:
    """Return the whole address of a path of ours, as it opens from outside.

    Where this system is reached is a setting; only without it is the request believed.
    """
    return f"{settings.PUBLIC_URL}{path}" if settings.PUBLIC_URL else request.build_absolute_uri(path)
