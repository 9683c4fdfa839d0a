"""Photos: taken in with a form, handed out only by links that a page with the right to show them has made (照片).

A photo hangs on a case in several places. Rather than asking the database for each picture who may see it, the page
that was allowed to show the case signs the link: for a worker it opens only in their own login, for a resident it opens
for two days, and nobody can make one up.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.core.signing import BadSignature, Signer
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from linli.intake.rules import PHOTOS_MAX
from linli.shared import actions as shared
from linli.shared.queries import photo_path
from linli.shared.refusals import Refused
from linli.web.refusals import sentence
from linli.web.session import account_of

DAY = timedelta(days=1)
RESIDENT_DAYS = 2
WORKER_DAYS = 8  # a desk page may stay open over a weekend
ANYONE = "r"
FIELD = "photos"


# -- taking in -----------------------------------------------------------------------------------------------------


class PhotoInput(forms.FileInput):
    """Several pictures from the camera or the album."""

    allow_multiple_selected = True


class PhotosField(forms.Field):
    """Any number of uploaded files; what they are is found out when they are kept."""

    widget = PhotoInput

    def __init__(self, **arguments: Any) -> None:
        # Naming the three formats makes phones that keep others convert them.
        widget = PhotoInput(attrs={"accept": "image/jpeg,image/png,image/webp"})
        super().__init__(required=False, widget=widget, **arguments)

    def clean(self, value: Any) -> "list[UploadedFile[bytes]]":
        """Return the files that were really sent."""
        return [file for file in value or () if isinstance(file, UploadedFile)]


@dataclass(slots=True)
class Kept:
    """What became of the photos of one form."""

    ids: list[UUID] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)


def keep(request: HttpRequest, *, at: datetime, room: int = PHOTOS_MAX) -> Kept:
    """Keep each photo of the form that can be kept; say of the others, by their place, why not."""
    kept = Kept()
    for place, file in enumerate(request.FILES.getlist(FIELD), start=1):
        if len(kept.ids) >= room:
            kept.refusals.append(_("最多 %(most)s 张照片，多出的没有收。") % {"most": PHOTOS_MAX})
            break
        try:
            kept.ids.append(shared.keep_photo(content=file.read(), at=at).pk)
        except Refused as refusal:
            kept.refusals.append(_("第 %(place)s 张：%(why)s") % {"place": place, "why": sentence(refusal)})
    kept.refusals.extend(_too_big(name) for name in getattr(request, "photos_too_big", ()))
    return kept


class PhotoLimit(FileUploadHandler):
    """Stop reading a photo or file once it is too big, so that none fills the disk; the form's words still arrive."""

    _count = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin to count the bytes of the next file."""
        super().new_file(*args, **kwargs)
        self._count = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:  # noqa: ARG002 -- Django's signature
        """Pass a piece on to the handlers that store it.

        Raises:
            SkipFile: the photo is too big; the rest of the form is read on.
        """
        self._count += len(raw_data)
        request = cast("Any", self.request)
        if self.field_name == FIELD and self._count > settings.PHOTO_BYTES_MAX:
            request.photos_too_big = [*getattr(request, "photos_too_big", ()), self.file_name or ""]
            raise SkipFile
        if self._count > settings.ATTACHMENT_BYTES_MAX:
            request.files_too_big = [*getattr(request, "files_too_big", ()), self.file_name or ""]
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:  # noqa: ARG002 -- Django's signature
        """Leave the file to the handlers that stored it."""
        return


def _too_big(name: str) -> str:
    megabytes = settings.PHOTO_BYTES_MAX // 1_000_000
    return _("“%(name)s”太大，请选小于 %(megabytes)s MB 的照片。") % {"name": name, "megabytes": megabytes}


# -- handing out ---------------------------------------------------------------------------------------------------


def address(photo_id: UUID | str, *, request: HttpRequest | None) -> str:
    """Return the link to a photo for whoever this page is for; add ``&small=1`` for the small version."""
    account = account_of(request) if request and getattr(request, "post", None) else None
    reader, days = (f"a{account.pk}", WORKER_DAYS) if account else (ANYONE, RESIDENT_DAYS)
    last_day = _day(timezone.now()) + days
    return f"{reverse('photo', args=[photo_id])}?k={reader}.{last_day}.{_signature(photo_id, reader, last_day)}"


@require_safe
def photo(request: HttpRequest, photo_id: UUID) -> HttpResponse:
    """Hand out a photo to whom the link was made for; everybody else is told that there is none (照片)."""
    if not _may_see(request, photo_id):
        raise Http404
    try:
        content = photo_path(photo_id, small="small" in request.GET).read_bytes()
    except FileNotFoundError:
        raise Http404 from None
    answer = HttpResponse(content, content_type="image/jpeg")
    answer["Cache-Control"] = "private, max-age=86400, immutable"
    answer["Content-Disposition"] = f'inline; filename="{photo_id}.jpg"'
    answer["Content-Security-Policy"] = "default-src 'none'"
    answer["X-Robots-Tag"] = "noindex"
    return answer


def _may_see(request: HttpRequest, photo_id: UUID) -> bool:
    reader, _dot, rest = request.GET.get("k", "").partition(".")
    last_day, _dot, signature = rest.partition(".")
    if not last_day.isdigit() or len(last_day) > 6 or int(last_day) < _day(timezone.now()):
        return False
    try:
        Signer(salt="linli.photo").unsign(f"{photo_id}:{reader}:{last_day}:{signature}")
    except BadSignature:
        return False
    if reader == ANYONE:
        return True
    account = account_of(request)
    return account is not None and reader == f"a{account.pk}"


def _signature(photo_id: UUID | str, reader: str, last_day: int) -> str:
    return Signer(salt="linli.photo").sign(f"{photo_id}:{reader}:{last_day}").rpartition(":")[2]


def _day(moment: datetime) -> int:
    return int(moment.timestamp()) // int(DAY.total_seconds())
