"""New devices on plain values: what a row must say, what is wrong with a whole file, who is called besides (入库)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from linli.call.rules.fleet import DEVICE_KIND_LABELS, PROTOCOL_LABELS, DeviceKind, Protocol
from linli.call.rules.presses import check_serial
from linli.shared.refusals import Refused

ROWS_MAX = 10_000
VENDOR_MAX = 60
HEARTBEAT_SECONDS = 300
HEARTBEAT_LEAST, HEARTBEAT_MOST = 10, 86_400
RELATION_MAX = 20
# A file may say a kind or a way of speaking as people do or as the code does.
KINDS = {**{k.value: k.value for k in DeviceKind}, **{words: k.value for k, words in DEVICE_KIND_LABELS.items()}}
PROTOCOLS = {
    **{p.value: p.value for p in Protocol},
    **{words: p.value for p, words in PROTOCOL_LABELS.items()},
    "MQTT": Protocol.LINLI.value,
    "ThingsBoard": Protocol.THINGSBOARD.value,
    "HTTPS": Protocol.VENDOR.value,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDevice:
    """A device as it is to be registered."""

    serial: str
    kind: str = DeviceKind.BRACELET.value
    protocol: str = Protocol.LINLI.value
    vendor: str = ""
    unit_code: str = ""  # empty: of whoever registers it
    heartbeat_seconds: int = HEARTBEAT_SECONDS


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row cannot be registered; rows are counted from one, the head of a file not among them."""

    row: int
    sentence: str
    places: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactAgreed:
    """Somebody to call besides, and that the holder agreed to it (紧急联系人)."""

    name: str
    phone: str
    relation: str
    is_agreed: bool
    is_told: bool = True


def check_new(row: NewDevice) -> NewDevice:
    """Return a new device as it is kept.

    Raises:
        Refused: one of its values cannot be; the sentence says which.
    """
    kind, protocol = KINDS.get(row.kind.strip()), PROTOCOLS.get(row.protocol.strip())
    if kind is None:
        raise Refused("不认识的类型“%(kind)s”。", kind=row.kind)
    if protocol is None:
        raise Refused("不认识的接入方式“%(protocol)s”。", protocol=row.protocol)
    if len(row.vendor.strip()) > VENDOR_MAX:
        raise Refused("厂商型号太长，最多 %(most)s 个字。", most=VENDOR_MAX)
    if not HEARTBEAT_LEAST <= row.heartbeat_seconds <= HEARTBEAT_MOST:
        raise Refused("心跳间隔在 %(least)s 到 %(most)s 秒之间。", least=HEARTBEAT_LEAST, most=HEARTBEAT_MOST)
    return replace(row, serial=check_serial(row.serial), kind=kind, protocol=protocol, vendor=row.vendor.strip())


def problems_among(rows: Sequence[NewDevice]) -> list[Problem]:
    """Return what is wrong with rows taken by themselves: values that cannot be, the same serial twice."""
    found = []
    often = Counter(row.serial.strip() for row in rows)
    for number, row in enumerate(rows, 1):
        try:
            check_new(row)
        except Refused as refusal:
            found.append(Problem(number, refusal.message_id, refusal.places))
        if often[row.serial.strip()] > 1:
            found.append(Problem(number, "设备 %(serial)s 在文件里出现了不止一次。", {"serial": row.serial.strip()}))
    return found


def check_contact(given: ContactAgreed) -> ContactAgreed:
    """Return somebody to call besides as they are kept.

    Raises:
        Refused: no name, number or relation, or the holder did not agree.
    """
    relation = " ".join(given.relation.split())
    if not given.name.strip() or not given.phone.strip() or not relation:
        raise Refused("联系人要写姓名、电话和关系。")
    if len(relation) > RELATION_MAX:
        raise Refused("关系太长，最多 %(most)s 个字。", most=RELATION_MAX)
    if not given.is_agreed:
        raise Refused("登记联系人“%(relation)s”要先征得老人同意。", relation=relation)
    return replace(given, relation=relation)
