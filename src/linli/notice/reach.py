"""Whether somebody outside can be told at this moment, and by which way (能不能通知到)."""

from django.conf import settings

from linli.notice import queries
from linli.notice.carriers import can_mail
from linli.notice.rules import SMS_KINDS, Channel
from linli.people import queries as people


def way_to(reachable: frozenset[str], *, has_sms: bool, has_mail: bool) -> Channel | None:
    """Return the way to a contact: a text message where it can be one, else mail (通知方式)."""
    if "phone" in reachable and has_sms:
        return Channel.SMS
    if "email" in reachable and has_mail:
        return Channel.EMAIL
    return None


def can_send_link(contact_id: int | None) -> bool:
    """Tell whether a link will leave for a contact: it can be reached, and the site knows its own address (能发送)."""
    if not settings.PUBLIC_URL or contact_id is None:
        return False
    has_sms = queries.gateways_in_use().filter(kind__in=SMS_KINDS).exists()
    reachable = people.ways_of([contact_id]).get(contact_id, frozenset())
    return way_to(reachable, has_sms=has_sms, has_mail=can_mail()) is not None
