"""One move on many cases: each in its own transaction, each with its own outcome (一起办)."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from linli.case.queries import Case
from linli.case.states import BY_NAME
from linli.shared.refusals import Refused
from linli.staff.queries import Post
from linli.web.casepage import moves, views, words
from linli.web.casepage.door import Given
from linli.web.casepage.moves import DOORS
from linli.web.lists import Together
from linli.web.refusals import sentence
from linli.web.session import post_of
from linli.whistle import queries as calls

# What says the same of every case; a result is written for one resident and is never written to many.
FOR_MANY = ("take", "report_in", "note", "assign", "contact", "step", "dispatch", "supervise")
MOST = 200
KEPT = "together"  # in the session, so that showing the outcome again does nothing again
NOT_FILLED = frozenset({"csrfmiddlewaretoken", "pick", "move", "next", "sure"})
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one case of many."""

    pk: int
    number: str
    title: str
    is_done: bool
    words: str


def together(url: str) -> Together:
    """Let several rows of a list of cases be moved at once at this desk."""
    return Together(url=url, verbs=_verbs)


@never_cache
@require_POST
def prepare(request: HttpRequest) -> HttpResponse:
    """Show what will be done to the chosen cases and ask what the move needs; when that is given, do it to each."""
    post, name = post_of(request), request.POST.get("move", "")
    if name not in dict(_verbs(request)):
        return _stopped(request, _("您的岗位不能一起办这一步。"), status=403)
    keys = _keys(request)
    if not keys:
        return _stopped(request, _("还没有选事项：在列表里勾选，再点“下一步”。"), status=422)
    if len(keys) > MOST:
        return _stopped(request, _("一次最多 %s 件，请分几次办。") % MOST, status=422)
    found = _cases([pk for pk, _seen in keys], post=post)
    if not found:
        return _stopped(request, _("选的事项都不在您的范围内。"), status=404)
    is_sure = "sure" in request.POST
    form = _form(name, next(iter(found.values())), post=post, given=request.POST if is_sure else None)
    if not is_sure or not form.is_valid():
        return _asked(request, name, form, found, keys, status=422 if is_sure else 200)
    outcomes = [_made(request, name, pk, seen, found.get(pk), post=post) for pk, seen in keys]
    kept = {key: values for key, values in request.POST.lists() if key not in NOT_FILLED}
    request.session[KEPT] = {
        "move": name,
        "given": kept,
        "next": request.POST.get("next", ""),
        "outcomes": [asdict(outcome) for outcome in outcomes],
    }
    return HttpResponseRedirect(views.address(request, "together_done"))


@never_cache
@require_safe
def done(request: HttpRequest) -> HttpResponse:
    """Show what became of each case of the last move on many."""
    kept = request.session.get(KEPT)
    if not kept or kept["move"] not in DOORS:
        return _stopped(request, _("这里会显示一起办的结果。"), status=404)
    outcomes = [Outcome(**row) for row in kept["outcomes"]]
    addressed = [(outcome, views.address(request, "case", outcome.pk)) for outcome in outcomes]
    context = {
        "move_words": words.move_label(kept["move"]),
        "move": kept["move"],
        "given": [(key, value) for key, values in kept["given"].items() for value in values],
        "made": [outcome for outcome in addressed if outcome[0].is_done],
        "refused": [outcome for outcome in addressed if not outcome[0].is_done],
        "again_url": views.address(request, "together"),
        "back_url": _back(request, kept["next"]),
        "next": kept["next"],
    }
    return render(request, "casepage/together_done.html", context)


def _verbs(request: HttpRequest) -> list[tuple[str, str]]:
    role = post_of(request).role
    return [(name, words.move_label(name)) for name in FOR_MANY if name in DOORS and role in BY_NAME[name].roles]


def _keys(request: HttpRequest) -> list[tuple[int, int | None]]:
    """Return the chosen cases, each with how many events the page it was chosen from knew, where that is said."""
    chosen: dict[int, int | None] = {}
    for value in request.POST.getlist("pick"):
        pk, _dot, seen = value.partition(".")
        if pk.isascii() and pk.isdigit() and len(pk) < 19:
            chosen[int(pk)] = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else None
    return list(chosen.items())


def _cases(keys: Sequence[int], *, post: Post) -> dict[int, Case]:
    rows = calls.visible_to(post).select_related("first_appeal").filter(pk__in=keys[: MOST + 1])
    return {case.pk: case for case in rows.order_by("due_at", "pk")}


def _form(name: str, case: Case, *, post: Post, given: Any) -> Any:
    form = DOORS[name].form(data=given, case=case, post=post, at=timezone.now(), query=given or {}, auto_id="id_%s")
    form.fields.pop("photos", None)  # a photo shows one place
    return form


def _made(request: HttpRequest, name: str, pk: int, seen: int | None, case: Case | None, *, post: Post) -> Outcome:
    """Make the move on one case, all of it or nothing; whatever stops it stops only this one."""
    if case is None:
        return Outcome(pk, "", "", is_done=False, words=_("没有这件事项，或者它不在您的范围内。"))
    try:
        said = _act(request, name, seen, case, post=post)
    except Refused as refusal:
        said = sentence(refusal)
    except DatabaseError:
        log.exception("%s of case %s failed among many", name, pk)
        said = _("这一件没有做成，请再试一次。")
    return Outcome(pk, case.number, case.title, is_done=not said, words=said or _(DOORS[name].done))


def _act(request: HttpRequest, name: str, seen: int | None, case: Case, *, post: Post) -> str:
    """Return nothing when the move was made, or what is wrong with the form for this case."""
    form, at = _form(name, case, post=post, given=request.POST), timezone.now()
    with transaction.atomic():
        moves.check(case, step=BY_NAME[name], post=post, at=at, seen=seen)
        if not form.is_valid():
            return " ".join(error for errors in form.errors.values() for error in errors)
        DOORS[name].act(Given(case, post, at, form, request))
    return ""


def _asked(
    request: HttpRequest, name: str, form: Any, found: dict[int, Case], keys: Sequence[tuple[int, Any]], *, status: int
) -> HttpResponse:
    context = {
        "move": name,
        "move_words": words.move_label(name),
        "door": DOORS[name],
        "form": form,
        "is_told": bool(BY_NAME[name].resident_words),
        "cases": list(_chosen(found, keys)),
        "gone_count": len(keys) - len(found),
        "next": request.POST.get("next", ""),
        "back_url": _back(request, request.POST.get("next", "")),
    }
    return render(request, "casepage/together.html", context, status=status)


def _chosen(found: dict[int, Case], keys: Sequence[tuple[int, Any]]) -> Iterator[tuple[Case, int]]:
    """Yield the cases with the number of events this page shows: what comes after it is somebody else's move."""
    seen = dict(keys)
    return ((case, seen[pk] if seen[pk] is not None else case.event_count) for pk, case in found.items())


def _stopped(request: HttpRequest, why: str, *, status: int) -> HttpResponse:
    context = {"reason": why, "back_url": _back(request, request.POST.get("next", ""))}
    return render(request, "casepage/together_stopped.html", context, status=status)


def _back(request: HttpRequest, wanted: str) -> str:
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()})
    return wanted if is_ours else "/desk/"
