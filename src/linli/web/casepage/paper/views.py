"""The page that hands out a case as PDF: for a purpose, and with its line in the export ledger."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from linli.case import queries as cases
from linli.case.queries import Case
from linli.people.rules import PURPOSE_LABELS, purposes_for
from linli.shared import audit
from linli.shared.refusals import Refused
from linli.staff import queries as staff
from linli.staff.queries import Post
from linli.web import times
from linli.web.casepage import rows, story, views, words
from linli.web.casepage.paper.making import pdf_of
from linli.web.refusals import sentence
from linli.web.session import post_of


@never_cache
@require_safe
def paper(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Hand out a case as PDF once it is said what for."""
    case, post, at = views.case_of(request, pk), post_of(request), timezone.now()
    purpose = request.GET.get("purpose", "")
    known = {each.value: _(PURPOSE_LABELS[each]) for each in purposes_for(post.role)}
    if purpose not in known:
        return _ask(request, case, known)
    try:
        content = pdf_of(shown(case, post=post, purpose=known[purpose], at=at))
    except Refused as refusal:
        context = {"reason": sentence(refusal), "back_url": views.address(request, "case", pk)}
        return render(request, "refused.html", context, status=409)
    audit.record_export(
        list_title=_("事项 %s") % case.number,
        path=request.path,
        kind="pdf",
        row_count=1,
        at=at,
        by_post_id=post.pk,
        by_words=staff.post_words(post),
        is_personal=True,
        purpose=purpose,
        reason=request.GET.get("reason", "").strip()[:300],
    )
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{case.number}.pdf"'
    return answer


def shown(case: Case, *, post: Post, purpose: str, at: datetime) -> dict[str, Any]:
    """Return everything the paper says, in the language of the page; no contact stands on it."""
    facts = (
        (_("状态"), words.state_label(case.state)),
        (_("分类"), words.category_label(case.category_code)),
        (_("地点"), rows.place_of(case)),
        (_("负责单位"), words.unit_label(case.owner_id)),
        (_("牵头单位"), words.unit_label(case.lead_id)),
        (_("来源"), words.channel_label(case.channel)),
        (_("登记"), times.exact_words(case.opened_at)),
        (_("时限"), times.exact_words(case.due_at)),
        (_("结案"), times.exact_words(case.closed_at) if case.closed_at else ""),
    )
    printed = _("%(who)s %(at)s 打印，用途：%(purpose)s") % {
        "who": staff.post_words(post),
        "at": times.exact_words(at)[:16],
        "purpose": purpose,
    }
    return {
        "lang": words.language()[:2],
        "title": case.title,
        "number": case.number,
        "number_label": _("编号"),
        "story_label": _("经过"),
        "printed": printed,
        "facts": [[label, said] for label, said in facts if said],
        "asked": [{"title": _("诉求原文"), "words": appeal.text} for appeal in cases.appeals_of(case)],
        "steps": [_step(step) for step in story.steps_of(case, cases.story(case))],
    }


def _step(step: story.Step) -> dict[str, Any]:
    title = f"{step.title}（{_('内部')}）" if step.is_inner else step.title
    return {
        "title": title,
        "at": times.exact_words(step.at)[:16],
        "who": step.who,
        "words": step.text,
        "files": [file.name for file in step.files],
    }


def _ask(request: HttpRequest, case: Case, known: dict[str, str]) -> HttpResponse:
    is_missing = "purpose" in request.GET
    context = {
        "title": f"{case.number} {case.title}",
        "purposes": list(known.items()),
        "kept": [],
        "reason": request.GET.get("reason", ""),
        "is_missing": is_missing,
        "back_url": views.address(request, "case", case.pk),
    }
    return render(request, "parts/export_purpose.html", context, status=422 if is_missing else 200)
