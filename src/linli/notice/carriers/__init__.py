"""Those who carry a message out, each behind the same port (发送通道)."""

from collections.abc import Mapping
from types import MappingProxyType

from linli.notice.carriers.aliyun import AliyunSms
from linli.notice.carriers.mail import Mail, can_mail
from linli.notice.carriers.port import Carrier, Parcel, Undelivered
from linli.notice.carriers.robots import ROBOTS
from linli.notice.carriers.sms import SmsGateway
from linli.notice.carriers.voice import VoiceGateway

__all__ = [
    "ROBOTS",
    "AliyunSms",
    "Carrier",
    "Mail",
    "Parcel",
    "SmsGateway",
    "Undelivered",
    "VoiceGateway",
    "can_mail",
    "carrier_for",
]


def carrier_for(kind: str, *, address: str, secret: str, options: Mapping[str, str] = MappingProxyType({})) -> Carrier:
    """Return the carrier of a gateway (通道)."""
    if kind == "ALIYUN":
        return AliyunSms(address, secret, options)
    if kind == "VOICE":
        return VoiceGateway(address, secret)
    return ROBOTS[kind](address, secret) if kind in ROBOTS else SmsGateway(address, secret)
