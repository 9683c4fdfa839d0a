"""Tables of devices, presses, calls, who is told, who is on duty."""

from linli.call.models.calls import Call, CallEvent, FollowUp, Press, Responder
from linli.call.models.devices import Device, DeviceEvent, DeviceTask, Holding, HoldingContact
from linli.call.models.duty import Leave, Presence, PushSubscription, Shift
from linli.call.models.ladder import LadderRung, LadderVersion, Told
from linli.call.models.troubles import Trouble
from linli.call.models.vendors import Vendor

__all__ = [
    "Call",
    "CallEvent",
    "Device",
    "DeviceEvent",
    "DeviceTask",
    "FollowUp",
    "Holding",
    "HoldingContact",
    "LadderRung",
    "LadderVersion",
    "Leave",
    "Presence",
    "Press",
    "PushSubscription",
    "Responder",
    "Shift",
    "Told",
    "Trouble",
    "Vendor",
]
