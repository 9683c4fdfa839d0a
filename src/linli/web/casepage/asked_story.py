"""What happened with outside bodies, in the story of a case (外部单位的经过)."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from linli.case.queries import Case
from linli.web import times

STORY_ICONS = {
    "ask_outside": "building",
    "resend_outside": "send",
    "extend_outside": "clock",
    "revoke_outside": "lock",
    "release_outside": "route-off",
    "accept_outside": "user-check",
    "decline_outside": "hand-stop",
    "finish_outside": "circle-check",
    "remind_outside": "bell-ringing",
}


def _told(detail: dict[str, Any], event: Any, _case: Case) -> str:
    lines = [str(detail.get("to_name", ""))]
    if "due_at" in detail:
        lines[0] = _("%(body)s，%(due)s前答复") % {
            "body": lines[0],
            "due": times.moment_words(datetime.fromisoformat(detail["due_at"]), at=event.at),
        }
    if detail.get("is_late"):
        lines.append(_("逾期没有答复。"))
    if detail.get("is_new_link"):
        lines.append(_("换了新链接，旧的作废。"))
    return "\n".join(part for part in (*lines, detail.get("words", ""), event.reason) if part)


TELLERS: dict[str, Any] = dict.fromkeys(STORY_ICONS, _told)
