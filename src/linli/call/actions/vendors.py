"""Let a vendor's cloud hand over presses, and no longer (厂商平台)."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from linli.call.models import Vendor
from linli.call.rules.vendors import NAME_MAX
from linli.shared import audit
from linli.shared.crypto import seal
from linli.shared.refusals import Refused
from linli.shared.signing import new_secret


@dataclass(frozen=True, slots=True)
class VendorMade:
    """A new vendor and its secret, which is shown once and kept sealed."""

    vendor: Vendor
    secret: str


@transaction.atomic
def add_vendor(*, name: str, at: datetime, by_post_id: int | None = None) -> VendorMade:
    """Give a vendor's cloud a secret to sign with; it is in the answer only (接入厂商平台).

    Raises:
        Refused: no name.
    """
    name = name.strip()
    if not 0 < len(name) <= NAME_MAX:
        raise Refused("请写明是哪家厂商的平台，最多 %(most)s 个字。", most=NAME_MAX)
    secret = new_secret()
    vendor = Vendor.objects.create(name=name, secret_sealed=seal(secret), created_at=at)
    audit.record(stage="call", verb="add_vendor", subject=str(vendor), at=at, by_post_id=by_post_id)
    return VendorMade(vendor, secret)


@transaction.atomic
def revoke_vendor(*, vendor_id: int, reason: str, at: datetime, by_post_id: int | None = None) -> None:
    """Take nothing more from a vendor's cloud from now on (停用厂商平台).

    Raises:
        Refused: no such vendor in use, or no reason: presses of its devices come in no more.
    """
    if not reason.strip():
        raise Refused("请写原因：停用以后，这家平台的设备按了也进不来。")
    if not Vendor.objects.filter(pk=vendor_id, revoked_at__isnull=True).update(revoked_at=at):
        raise Refused("没有这个在用的厂商平台。")
    audit.record(
        stage="call", verb="revoke_vendor", subject=str(vendor_id), at=at, by_post_id=by_post_id, reason=reason
    )
