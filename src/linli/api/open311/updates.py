"""What happened to a request since, both ways, as FixMyStreet installations ask and tell it (进展往来)."""

import hashlib
import json
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext

from linli.api.answers import Fault, moment
from linli.api.keys import let_in
from linli.api.open311.listing import begun, window_of
from linli.api.open311.posting import Form, check_jurisdiction, either, form_of, media_urls, moment_of, one_of
from linli.case import actions as cases
from linli.case import published
from linli.case.published import Case, Event
from linli.case.states import STATE_LABELS, CaseState
from linli.confirm import actions as confirms
from linli.intake import actions as intake
from linli.intake import queries as appeals
from linli.intake.queries import ApiKey
from linli.intake.rules import PHOTOS_MAX, REFERENCE_MAX, Channel
from linli.shared.refusals import Conflict
from linli.staff import queries as staff
from linli.text.rules import masked

STATUSES = (
    "OPEN",
    "CLOSED",
    "FIXED",
    "IN_PROGRESS",
    "PLANNED",
    "ACTION_SCHEDULED",
    "INVESTIGATING",
    "DUPLICATE",
    "NOT_COUNCILS_RESPONSIBILITY",
    "NO_FURTHER_ACTION",
    "INTERNAL_REFERRAL",
    "CANCELLED",
    "REOPEN",
    "FOR_TRIAGE",
)
WORDS = {
    CaseState.REGISTERED: "OPEN",
    CaseState.DISPATCHED: "INVESTIGATING",
    CaseState.WHISTLED: "ACTION_SCHEDULED",
    CaseState.HANDLING: "IN_PROGRESS",
    CaseState.FINISHED: "IN_PROGRESS",
    CaseState.CLOSED: "FIXED",
    CaseState.REFUSED: "NO_FURTHER_ACTION",
    CaseState.WITHDRAWN: "CANCELLED",
    CaseState.MERGED: "DUPLICATE",
}
ROUTES = {"BEYOND_DUTY": "NOT_COUNCILS_RESPONSIBILITY", "REPEAT": "DUPLICATE"}
WORKERS_WORDS = frozenset({"step", "finish", "refuse"})  # what workers wrote for the reporter; not what reporters wrote


def listed(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the steps of public requests in a period, in order.

    Raises:
        Fault: a filter that cannot be read.
    """
    window = window_of(begun(request))
    found = published.updates(since=window.since, until=window.until, skip=window.skip, count=window.count)
    return [_row(event) for event in found]


def post(request: HttpRequest) -> dict[str, Any]:
    """Take in what the reporter said at the partner's; the same update id counts once (补充来文).

    Raises:
        Fault: no key, or something in the form is not as it should be.
        Refused: the case is not this key's, or is closed.
        Conflict: the update id came before with other content.
    """
    form, at = form_of(request), timezone.now()
    key = let_in(request, secret=either(request, form, "api_key"), channel=Channel.OPEN311)
    check_jurisdiction(either(request, form, "jurisdiction_id"), key)
    said = _said(form)
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).digest()
    case = published.handed_over_by(key.pk, said["service_request_id"])
    before = _before(key, said["update_id"], digest)
    if before is not None:
        return {"update_id": before}
    try:
        with transaction.atomic():
            event = _done(case, said, at=at)
            intake.keep_update(
                key=key,
                update_id=said["update_id"],
                case_id=case.pk,
                event_id=event.pk,
                status=said["status"],
                fingerprint=digest,
                at=at,
            )
    except IntegrityError:  # the same update at the same moment
        before = _before(key, said["update_id"], digest)
        if before is None:
            raise
        return {"update_id": before}
    return {"update_id": str(event.pk)}


def _before(key: ApiKey, update_id: str, digest: bytes) -> str | None:
    kept = appeals.update_of(key, update_id)
    if kept is None:
        return None
    if bytes(kept.fingerprint) != digest:
        raise Conflict("这个 update_id 已经用于另一条内容不同的更新。")
    return str(kept.event_id)


def _said(form: Form) -> dict[str, str]:
    said = {
        name: one_of(form, name)
        for name in ("service_request_id", "update_id", "status", "updated_datetime", "description")
    }
    for name, value in said.items():
        if not value:
            raise Fault(400, "缺少 %(name)s。", name=name)
    if said["status"] not in STATUSES:
        raise Fault(400, "status 应为 %(known)s 之一。", known=" ".join(STATUSES))
    if len(said["update_id"]) > REFERENCE_MAX:
        raise Fault(400, "update_id 最多 %(most)s 个字符。", most=REFERENCE_MAX)
    moment_of(said["updated_datetime"], "updated_datetime")
    pictures = media_urls(form)
    if len(pictures) > PHOTOS_MAX:
        raise Fault(400, "media_url 最多 %(most)s 个。", most=PHOTOS_MAX)
    return said | ({"media_url": " ".join(pictures)} if pictures else {})  # an address holds no space


def _done(case: Case, said: dict[str, str], *, at: Any) -> Event:
    words = "\n".join(part for part in (said["description"], *said.get("media_url", "").split()) if part)
    if said["status"] == "REOPEN" and _is_about_the_outcome(case, said):
        return confirms.send_back(case=case, reason=words, at=at)
    if said["status"] == "CANCELLED":
        return confirms.withdraw(case=case, reason=words, at=at)
    return cases.add_words(case=case, text_added=words, at=at)


def _is_about_the_outcome(case: Case, said: dict[str, str]) -> bool:
    """Tell whether the reporter wrote after the work was done: older words that come late are no answer to it.

    OPEN is none either: a client that knows only open and closed says it with every comment on an open report.
    """
    if case.state != CaseState.FINISHED or case.finished_at is None:
        return False
    said_at = moment_of(said["updated_datetime"], "updated_datetime")
    return said_at >= case.finished_at.replace(microsecond=0)  # clients tell whole seconds


def _row(event: Event) -> dict[str, Any]:
    return {
        "update_id": str(event.pk),
        "service_request_id": event.case.number,
        "status": _status(event),
        "updated_datetime": moment(event.at),
        "description": _words(event),
        "media_url": None,
    }


def _status(event: Event) -> str:
    if event.name == "send_back":
        return "REOPEN"
    if event.state_after == CaseState.REFUSED:
        return ROUTES.get(event.detail.get("route", ""), "NO_FURTHER_ACTION")
    return WORDS[CaseState(event.state_after)]


def _words(event: Event) -> str:
    state = gettext(STATE_LABELS[CaseState(event.state_after)])
    unit = staff.unit(event.by_unit_id).name if event.by_unit_id else ""
    words = masked(str(event.detail.get("words", ""))) if event.name in WORKERS_WORDS else ""
    return "：".join(part for part in (unit, words) if part) or state
