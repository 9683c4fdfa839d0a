"""The private follow link, as an address and as people paste it (跟踪链接)."""

import io
import re

import qrcode
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from qrcode.image.svg import SvgPathImage

from linli.case.rules import bare_number
from linli.web.addresses import public_address

LINK = re.compile(r"/f/(\d{11})/([a-z2-7]{20,40})", re.IGNORECASE)


def follow_address(request: HttpRequest, number: str, token: str) -> str:
    """Return the whole private link, to be kept."""
    return public_address(request, reverse("resident:follow", args=[number, token]))


def link_in(words: str) -> tuple[str, str] | None:
    """Return number and token when the words hold a private link, however it was pasted."""
    found = LINK.search("".join(words.split()))
    return (bare_number(found[1]), found[2].lower()) if found else None


def as_square(link: str) -> SafeString:
    """Draw the link as a QR code, for taking it from a shared screen to one's own phone (二维码)."""
    out = io.BytesIO()
    qrcode.make(link, image_factory=SvgPathImage, box_size=10, border=3).save(out)
    drawing = out.getvalue().decode()
    return mark_safe(drawing[drawing.index("<svg") :])  # noqa: S308 -- made of squares by the library, no words inside
