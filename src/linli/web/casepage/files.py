"""Files of a case: taken in with a move, handed out to whoever sees the case, each time written down (附件)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy
from procrastinate.contrib.django import app

from linli.case.actions import attach
from linli.case.states import Relation
from linli.shared import actions as shared
from linli.shared.refusals import Refused
from linli.shared.scanning import is_on
from linli.web.casepage.door import Given
from linli.web.casepage.forms import MoveForm, text_field
from linli.web.photos import PhotoInput
from linli.web.refusals import sentence

FIELD = "attached"
ACCEPTED = ".pdf,.docx,.xlsx,.pptx,.mp3,.m4a,.wav,.ogg,.amr,.mp4,.jpg,.jpeg,.png"


class FilesField(forms.Field):
    """Any number of uploaded files; what they are is found out when they are kept."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(required=False, widget=PhotoInput(attrs={"accept": ACCEPTED}), **arguments)

    def clean(self, value: Any) -> "list[UploadedFile[bytes]]":
        """Return the files that were really sent."""
        return [file for file in value or () if isinstance(file, UploadedFile)]


class AttachForm(MoveForm):
    """Files for colleagues, and a word about them."""

    attached = FilesField(
        label=gettext_lazy("文件"),
        help_text=gettext_lazy("PDF、Word、Excel、PPT、录音、视频、图片，一次最多 5 个。只有工作人员看得到。"),
    )
    words = text_field(gettext_lazy("说明"), most=1000, rows=2, required=False)


def act(given: Given, known: frozenset[Relation]) -> None:
    """Keep the files of the form and hang them on the case; where the site looks for viruses, have them looked at.

    Raises:
        Refused: one of them cannot be kept; the sentence says which and why.
    """
    kept = [_kept(file, at=given.at) for file in given.request.FILES.getlist(FIELD)]
    if too_big := getattr(given.request, "files_too_big", ()):
        raise Refused("“%(name)s”太大，没有上传。", name=str(too_big[0])[:60])
    attach(**given.who, file_ids=kept, words=given.said["words"], known=known)
    for one in kept if is_on() else ():
        app.configure_task("shared.scan_attachment", queue="scans").defer(attachment_id=str(one))


def _kept(file: Any, *, at: datetime) -> UUID:
    try:
        return shared.keep_attachment(content=file.read(), name=file.name or "", at=at).pk
    except Refused as refusal:
        raise Refused("“%(name)s”：%(why)s", name=str(file.name)[:60], why=sentence(refusal)) from refusal
