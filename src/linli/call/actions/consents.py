"""What follows when a holder takes a consent back: less is kept, somebody goes there; it still rings (撤回)."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from linli.call.actions.device_moving import move_device
from linli.call.actions.holding import forget_contacts
from linli.call.models import DeviceTask, Holding, HoldingContact
from linli.call.rules.fleet import TaskKind, task_due_at
from linli.shared.scope import EVERYTHING, acting


def follow_consents(*, at: datetime) -> int:
    """Follow consents that hold no more; return how many steps were made (同意撤回以后).

    Without the consent to a location none is kept, without that to a contact nobody is called. Without the consent to
    the device it still rings, and a task says that it is to be fetched: an alarm is never switched off from afar.
    """
    with acting(EVERYTHING):
        held = Holding.objects.filter(ended_at__isnull=True)
        contacts = HoldingContact.objects.filter(ended_at__isnull=True, holding__ended_at__isnull=True)
        count = sum(_stop_locating(pk, at=at) for pk in _ids(held.filter(_is_over("location_consent", at=at))))
        count += sum(_end_contact(pk, at=at) for pk in _ids(contacts.filter(_is_over("consent", at=at))))
        return count + sum(_ask_back(pk, at=at) for pk in _ids(held.filter(_is_over("consent", at=at))))


def _is_over(consent: str, *, at: datetime) -> Q:
    """Return the condition that a consent holds no more: taken back, run out, or the person lives here no more."""
    withdrawn = Q(**{f"{consent}__withdrawn_at__isnull": False})
    run_out = Q(**{f"{consent}__until_on__lt": at.date()})
    return withdrawn | run_out | Q(**{f"{consent}__resident__left_on__isnull": False})


@transaction.atomic
def _stop_locating(pk: int, *, at: datetime) -> bool:
    holding = Holding.objects.select_for_update().get(pk=pk)
    if holding.ended_at is not None or holding.location_consent_id is None:
        return False
    Holding.objects.filter(pk=pk).update(location_consent=None)
    move_device(device=holding.device, name="stop_locating", post=None, at=at)
    return True


@transaction.atomic
def _end_contact(pk: int, *, at: datetime) -> bool:
    row = HoldingContact.objects.select_for_update().get(pk=pk)
    if row.ended_at is not None:
        return False
    forget_contacts([row], at=at)
    move_device(device=row.holding.device, name="end_contact", post=None, at=at, detail={"contact": row.contact_id})
    return True


@transaction.atomic
def _ask_back(pk: int, *, at: datetime) -> bool:
    holding = Holding.objects.select_for_update().get(pk=pk)
    if holding.ended_at is not None:
        return False
    kind = TaskKind.TAKE_BACK
    _task, is_new = DeviceTask.objects.get_or_create(
        device_id=holding.device_id,
        kind=kind.value,
        done_at=None,
        defaults={"area_code": holding.area_code, "opened_at": at, "due_at": task_due_at(kind, at=at)},
    )
    if is_new:
        move_device(device=holding.device, name="ask_back", post=None, at=at)
    return is_new


def _ids(rows: QuerySet[Any]) -> list[int]:
    return list(rows.order_by("pk").values_list("pk", flat=True))
