"""What stands in the way of presses now."""

from linli.call.models import Trouble


def open_troubles() -> list[Trouble]:
    """Return the troubles that are not over, the oldest first (系统报警)."""
    return list(Trouble.objects.filter(cleared_at__isnull=True).order_by("opened_at", "pk"))
