"""The log of notices: what was told to whom, by which way, and what became of it; send again (通知记录)."""

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.notice import actions as notices
from linli.notice import queries, texts
from linli.notice.rules import CHANNEL_LABELS, Channel
from linli.shared.roles import Role
from linli.web.admin.doors import by, page_for
from linli.web.notices import lists


@require_safe
@page_for(Role.ADMIN)
def notice_log(request: HttpRequest) -> HttpResponseBase:
    """List the notices."""
    return lists.LOG.answer(request, queries.log_of(), "notices/log.html")


@require_safe
@page_for(Role.ADMIN)
def one_notice(request: HttpRequest, notice_id: int) -> HttpResponseBase:
    """Show one notice: its text without the private link, its tries, and the button to send it again."""
    shown = queries.notice(notice_id)
    subject, body = texts.rendered(
        shown.kind, shown.places, language=shown.language, texts=texts.changed(), link="https://…"
    )
    context = {
        "notice": shown,
        "kind_words": lists.kind_words(shown.kind),
        "channel_words": _(CHANNEL_LABELS[Channel(shown.channel)]),
        "to_words": lists.recipient_words(shown),
        "standing": lists.standing_cell(shown),
        "fault": _(shown.fault) if shown.fault else "",
        "subject": subject,
        "body": body,
        "can_resend": shown.next_try_at is None and shown.channel != Channel.IN_APP,
    }
    return render(request, "notices/notice.html", context)


@require_POST
@page_for(Role.ADMIN)
def resend(request: HttpRequest, notice_id: int) -> HttpResponseBase:
    """Send a notice again (重发)."""
    notices.resend(notice=queries.notice(notice_id), **by(request))
    messages.success(request, _("已排队，马上重发。"))
    return redirect("admin_notice", notice_id)
