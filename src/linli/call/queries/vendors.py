"""Which vendors' clouds hand over presses (厂商平台)."""

from linli.call.models import Vendor


def vendors() -> list[Vendor]:
    """Return every vendor's cloud, those in use first."""
    rows = Vendor.objects.order_by("pk")
    return sorted(rows, key=lambda row: row.revoked_at is not None)


def vendor(pk: int) -> Vendor | None:
    """Return a vendor's cloud that is in use."""
    return Vendor.objects.filter(pk=pk, revoked_at__isnull=True).first()
