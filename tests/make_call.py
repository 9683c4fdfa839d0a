"""The least valid device, holder and press, for tests to begin from."""

from typing import Any

from django.utils import timezone

from linli.call import actions as calls
from linli.call.models import Call, Device, Holding
from linli.call.rules import Received, Via, secret_hash
from linli.people.models import Consent, Resident
from linli.shared.crypto import blind, seal
from linli.shared.scope import EVERYTHING, acting
from tests import make

SECRET = "s3cret-of-a-bracelet"
_serial = iter(range(1, 1_000_000))


def resident(name: str = "次仁", **columns: Any) -> Resident:
    """Somebody of 78 who lives in the grid."""
    return Resident.objects.create(
        area_code=make.GRID,
        name_sealed=seal(name),
        name_index=blind(name),
        birth_year=1948,
        created_at=make.AT,
        **columns,
    )


def device(serial: str = "", **columns: Any) -> Device:
    """A bracelet in the stock of the community."""
    make.neighbourhood()
    return Device.objects.create(
        **{
            "serial": serial or f"B{next(_serial):06d}",
            "kind": "BRACELET",
            "secret_hash": secret_hash(SECRET),
            "unit": make.unit("COMMUNITY"),
            "area_code": make.COMMUNITY,
            "registered_at": make.AT,
        }
        | columns
    )


def holding(device_row: Device | None = None, who: Resident | None = None, **columns: Any) -> Holding:
    """A bracelet that an old person wears."""
    row = device_row or device()
    who = who or resident()
    consent = Consent.objects.create(
        resident=who, area_code=who.area_code, giver="SELF", way="SIGNED", purpose="一键呼", scope="设备",
        is_separate=True, given_at=make.AT,
    )  # fmt: skip
    row.state, row.area_code = "HANDED_OUT", who.area_code
    row.save()
    return Holding.objects.create(
        **{
            "device": row,
            "resident": who,
            "consent": consent,
            "area_code": who.area_code,
            "address": "路程巷3号院2栋302",
            "notes_sealed": seal("钥匙在隔壁301"),
            "agreed_on": timezone.localdate(make.AT),
            "handed_at": make.AT,
            "handed_by_post_id": 1,
        }
        | columns
    )


def press(serial: str, ref: str = "1", **columns: Any) -> Received:
    """A press as a bracelet says it."""
    return Received(**({"serial": serial, "ref": ref, "via": Via.MQTT} | columns))


def call(at: Any = make.AT, held: Holding | None = None, ref: str = "1", **columns: Any) -> Call:
    """A call just raised by a bracelet that is worn."""
    held = held or holding()
    taken = calls.take_in(received=[press(held.device.serial, ref, **columns)], at=at)
    with acting(EVERYTHING):
        return Call.objects.get(pk=taken[0].call_id)
