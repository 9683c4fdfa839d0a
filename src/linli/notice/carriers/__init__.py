"""Those who carry a message out, each behind the same port (发送通道)."""

from linli.notice.carriers.mail import Mail, can_mail
from linli.notice.carriers.port import Carrier, Parcel, Undelivered
from linli.notice.carriers.robots import ROBOTS
from linli.notice.carriers.sms import SmsGateway

__all__ = ["ROBOTS", "Carrier", "Mail", "Parcel", "SmsGateway", "Undelivered", "can_mail", "carrier_for"]


def carrier_for(kind: str, *, address: str, secret: str) -> Carrier:
    """Return the carrier of a gateway (通道)."""
    return ROBOTS[kind](address, secret) if kind in ROBOTS else SmsGateway(address, secret)
