"""Which browsers of an account are woken by calls (手机提醒)."""

from linli.call.models import PushSubscription
from linli.staff.models import Account


def subscriptions_of(account: Account) -> list[PushSubscription]:
    """Return the browsers of an account that are told of calls, the newest first."""
    mine = PushSubscription.objects.filter(account=account, ended_at__isnull=True)
    return list(mine.order_by("-created_at", "-pk"))
