"""The page of what was found: by number straight to the case, by words a list with the hits marked (查找)."""

from dataclasses import replace
from operator import attrgetter

from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from linli.case import finding
from linli.web.casepage import rows, views
from linli.web.casepage.marking import excerpt, marked
from linli.web.casepage.together import together
from linli.web.lists import Column, Filter, List
from linli.web.session import post_of
from linli.whistle import queries as calls

WORDS_MAX = 100


@never_cache
@require_safe
def find(request: HttpRequest) -> HttpResponseBase:
    """Open the case with this number, whatever else is set; otherwise list the cases with these words."""
    post, said = post_of(request), request.GET.get("q", "").strip()[:WORDS_MAX]
    visible = calls.visible_to(post)
    number = finding.number_in(said)
    case = visible.filter(number=number).first() if number else None
    if case is not None:
        return HttpResponseRedirect(views.address(request, "case", case.pk))
    found = finding.found(said, at=timezone.now())
    narrowed = finding.ranked(visible.filter(pk__in=found.case_ids), found.terms)
    declared = _declared(request, found.terms)
    if request.GET.get("export"):
        return declared.answer(request, narrowed, "casepage/found.html")
    page = declared.page(request, finding.with_words(narrowed, found.terms))
    if found.has_more:
        page.messages.append(_("有这些词的不止 %s 件，这里是最近的；多写几个词会更准。") % finding.FOUND_MAX)
        page.is_count_whole = page.count < finding.FOUND_MAX
    context = {
        "page": page,
        "said": said,
        "terms": found.terms,
        "number": number,
        "panel_pattern": declared.url,
        "search_url": request.path,
        "search_words": said,
    }
    return render(request, "casepage/found.html", context, status=404 if number else 200)


def _declared(request: HttpRequest, terms: tuple[str, ...]) -> List:
    """Return the list with this desk's addresses, the hits of these terms marked."""
    url = views.address(request, "case", 0).replace("/0/", "/KEY/")
    title = Column(
        key="title",
        label=gettext_lazy("事项"),
        cell=lambda case: marked(case.title, terms),
        is_main=True,
        is_personal=True,
    )
    place = Column(
        key="place",
        label=gettext_lazy("地点"),
        value=rows.place_of,
        cell=lambda case: marked(rows.place_cell(case), terms),
        is_personal=True,
    )
    hit = Column(
        key="hit",
        label=gettext_lazy("原文"),
        value=attrgetter("first_appeal.text"),
        cell=lambda case: excerpt((case.first_appeal.text, *(step.words for step in case.hit_steps)), terms),
        is_exported=False,
    )
    sent = together(views.address(request, "together"))
    return replace(
        _FOUND, url=url, together=sent, columns=(title, hit, *_FOUND.columns[:2], place, *_FOUND.columns[2:])
    )


_FOUND = List(
    name="found",
    title=gettext_lazy("查找结果"),
    order="-fitness",
    columns=(
        rows.state_column(),
        rows.limit_column(),
        rows.category_column(),
        rows.number_column(),
        rows.opened_column(),
        Column(
            key="fitness",
            label=gettext_lazy("相关"),
            sort="fitness",
            is_number=True,
            is_extra=True,
            is_exported=False,
        ),
    ),
    filters=(
        Filter(key="q", label=gettext_lazy("编号、地址、内容"), kind="words", apply=lambda cases, _said: cases),
        rows.state_filter(is_open_only=False),
        rows.category_filter(),
        rows.late_filter(),
        rows.channel_filter(),
        Filter(key="since", label=gettext_lazy("登记从"), kind="since", fields=("opened_at",)),
        Filter(key="until", label=gettext_lazy("登记到"), kind="until", fields=("opened_at",)),
    ),
    tone=rows.is_late,
    live="",
    count_max=finding.FOUND_MAX,
    empty_title=gettext_lazy("没有找到"),
    empty_words=gettext_lazy("换个说法，或者少写几个词。只能找到您的区域里、由您的单位负责或叫到您的单位的事项。"),
)
