"""Open with whom a device is, on the way to a service at the door: a purpose, and a look that they can read (查看)."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from linli.call.models import Device, Holding, HoldingContact
from linli.people import access
from linli.people.access import Contact
from linli.people.queries import covers
from linli.people.rules import Purpose
from linli.shared.crypto import unseal
from linli.shared.refusals import Refused
from linli.staff.models import Post


@dataclass(frozen=True, slots=True)
class Holder:
    """With whom a device is, in the clear."""

    name: str
    notes: str
    contacts: tuple[tuple[str, Contact], ...]  # as what, and how


@transaction.atomic
def open_holder(*, device: Device, viewer: Post, purpose: Purpose, at: datetime) -> Holder:
    """Open the holder's name, the house notes and whom to call besides; each is a look (查看持有人).

    Raises:
        Refused: the role may not for this purpose, nobody holds it, or outside the post's area.
    """
    holding = Holding.objects.filter(device=device, ended_at__isnull=True).first()
    if holding is None or not covers(viewer, holding.area_code):
        raise Refused("这台设备没有发放，或者不在您的责任区域内。")
    subject = f"device {device.serial}"
    card = access.open_resident(resident_id=holding.resident_id, viewer=viewer, purpose=purpose, at=at, subject=subject)
    rows = HoldingContact.objects.filter(holding=holding, ended_at__isnull=True).order_by("pk")
    contacts = [
        (
            row.relation,
            access.open_contact(contact_id=row.contact_id, viewer=viewer, purpose=purpose, at=at, subject=subject),
        )
        for row in rows
    ]
    return Holder(card.name, unseal(bytes(holding.notes_sealed)), tuple(contacts))
