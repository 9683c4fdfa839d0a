"""The ladder: the floor, what the district adds, every edition, and who would be told now (通知阶梯)."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from linli.call import actions as calls
from linli.call import queries
from linli.call.queries import rehearsal
from linli.call.rules import AUDIENCE_LABELS, FLOOR, WAY_LABELS, Rung, rungs_at
from linli.place import queries as place
from linli.shared.refusals import Refused
from linli.staff import queries as staff
from linli.web.duty.doors import for_ladder
from linli.web.duty.forms import LadderForm, Rungs
from linli.web.refusals import sentence
from linli.web.session import post_of

ASKED_MAX = 200
MATCHES_MAX = 5


@require_safe
@for_ladder
def ladder(request: HttpRequest) -> HttpResponseBase:
    """Show the floor and what is added, the editions, and try a place (通知阶梯)."""
    at = timezone.now()
    in_force = queries.ladder_version(at=at)
    asked = request.GET.get("q", "").strip()[:ASKED_MAX]
    context = {
        "at": at,
        "in_force": in_force,
        "rows": _rows(at),
        "added": [_rung(rung) for rung in queries.rungs_of(in_force)],
        "versions": _versions(at),
        "asked": asked,
        **(_tried(asked, at=at) if asked else {}),
    }
    return render(request, "duty/ladder.html", context)


@require_http_methods(["GET", "POST"])
@for_ladder
def edit(request: HttpRequest) -> HttpResponseBase:
    """Write a new edition of what the district adds (改通知阶梯)."""
    at = timezone.now()
    newest = max((version.number for version in queries.ladder_versions()), default=0)
    added = queries.rungs_of(queries.ladder_version(at=at))
    initial = [
        {
            "audience": r.audience.value,
            "after_seconds": r.after_seconds,
            "from_time": r.from_time,
            "until_time": r.until_time,
        }
        for r in added
    ]
    form = LadderForm(request.POST or None, initial={"number": newest})
    rungs = Rungs(request.POST or None, initial=initial, prefix="rungs")
    if request.method == "POST" and form.is_valid() and rungs.is_valid():
        said = form.cleaned_data
        try:
            calls.set_ladder(
                rungs=[one.rung for one in rungs.forms if one.has_changed() or one.initial if one.rung is not None],
                since_at=said["since_at"] or at,
                reason=said["reason"],
                number=said["number"],
                post=post_of(request),
                at=at,
            )
        except Refused as refusal:
            form.add_error(None, sentence(refusal))
        else:
            return redirect("duty:ladder")
    context = {"form": form, "rungs": rungs, "floor": [_rung(rung) for rung in FLOOR]}
    return render(request, "duty/ladder_edit.html", context, status=200 if request.method == "GET" else 422)


def _rows(at: datetime) -> list[dict[str, Any]]:
    """Put what holds now beside the floor."""
    floor = {rung.audience: rung.after_seconds for rung in FLOOR}
    added = queries.rungs_of(queries.ladder_version(at=at))
    return [
        {
            "who": _(AUDIENCE_LABELS[rung.audience]),
            "floor": floor[rung.audience],
            "now": rung.after_seconds,
            "is_sooner": rung.after_seconds < floor[rung.audience],
        }
        for rung in rungs_at(added, at=timezone.localtime(at))
    ]


def _rung(rung: Rung) -> dict[str, Any]:
    hours = f"{rung.from_time:%H:%M}–{rung.until_time:%H:%M}" if rung.from_time and rung.until_time else _("全天")
    return {"who": _(AUDIENCE_LABELS[rung.audience]), "seconds": rung.after_seconds, "hours": hours}


def _versions(at: datetime) -> list[dict[str, Any]]:
    rows, in_force = list(queries.ladder_versions()), queries.ladder_version(at=at)
    posts = staff.every_post().filter(pk__in=[row.by_post_id for row in rows if row.by_post_id])
    hands = {post.pk: staff.post_words(post) for post in posts.select_related("unit", "account")}
    return [
        {
            "row": row,
            "by": hands.get(row.by_post_id or 0, ""),
            "rungs": [_rung(rung) for rung in queries.rungs_of(row)],
            "is_now": in_force is not None and row.pk == in_force.pk,
            "is_coming": row.since_at > at,
        }
        for row in rows
    ]


def _tried(asked: str, *, at: datetime) -> dict[str, Any]:
    """Say who would be told of a call from a place or a device, and what would fail (试算)."""
    holding = rehearsal.holding_of(asked)
    code = holding.area_code if holding else _code_of(asked)
    if not code:
        return {"matches": [(one.code, place.full_name(one.code)) for one in place.locate_words(asked)[:MATCHES_MAX]]}
    steps = rehearsal.rehearsed(area_code=code, at=at, holding=holding)
    posts = {target.post_id for step in steps for target in step.targets if target.post_id}
    found = staff.every_post().filter(pk__in=posts).select_related("unit", "account")
    names = {post.pk: f"{post.account.name}（{post.unit.name}）" for post in found}
    shown = [
        {
            "who": _(AUDIENCE_LABELS[step.audience]),
            "step": step,
            "targets": [(_whom(target, names), _(WAY_LABELS[target.way]), _(target.fault)) for target in step.targets],
        }
        for step in steps
    ]
    return {"steps": shown, "place_name": place.full_name(code), "holding": holding}


def _whom(target: Any, names: dict[int, str]) -> str:
    if target.post_id:
        return names.get(target.post_id, "")
    if target.unit_id:
        return staff.unit(target.unit_id).name
    return _("登记的家属") if target.contact_id else ""


def _code_of(asked: str) -> str:
    if asked.isascii() and asked.isdigit():
        return asked if place.exists(asked) else ""
    found = place.locate_words(asked)
    is_one = bool(found) and (len(found) == 1 or found[0].score > found[1].score)
    return found[0].code if is_one else ""
