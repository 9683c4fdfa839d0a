"""The resident's own record: what is kept, why, until when, who looked; consent taken back in one click (我的资料)."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from linli.people import access
from linli.people import actions as people_actions
from linli.people import queries as people
from linli.shared.refusals import Refused
from linli.staff import queries as staff
from linli.web.refusals import sentence


@never_cache
@require_GET
def own_record(request: HttpRequest, resident_id: int, token: str) -> HttpResponse:
    """Show a resident their own record."""
    try:
        resident = people.resident_by_token(resident_id, token)
        card, contacts = access.open_own_record(resident_id=resident.pk, at=timezone.now())
    except Refused as refusal:
        return _refused(request, refusal)
    context = {
        "card": card,
        "contacts": contacts,
        "looks": people.looks_at(resident.pk),
        "unit": staff.unit_for_area(card.area_code),
        "token": token,
    }
    return render(request, "people/own.html", context)


@never_cache
@require_POST
def withdraw_own(request: HttpRequest, resident_id: int, token: str, consent_id: int) -> HttpResponse:
    """Let a resident take back a consent of their own."""
    try:
        resident = people.resident_by_token(resident_id, token)
        people_actions.withdraw_own_consent(resident_id=resident.pk, consent_id=consent_id, at=timezone.now())
    except Refused as refusal:
        return _refused(request, refusal)
    return HttpResponseRedirect(reverse("own_record", args=[resident_id, token]))


def _refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    return render(request, "refused.html", {"reason": sentence(refusal), "frame": "resident.html"}, status=409)
