"""What a resident reads when a case is not accepted, in their language (不予受理答复)."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext, override

from linli.case.models import RefusalReply
from linli.case.refusals import REFUSAL_SENTENCES, RefusalRoute
from linli.shared import audit
from linli.shared.refusals import Conflict, Refused

LANGUAGES = ("zh-hans", "bo", "en")
TEXT_MAX = {"zh-hans": 500, "bo": 1000, "en": 500}


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply in three languages and its version; 0 is the wording shipped."""

    route: RefusalRoute
    version: int
    texts: dict[str, str]

    def text(self, language: str) -> str:
        """Return the reply in a language, in Chinese where there is none."""
        return self.texts.get(language) or self.texts["zh-hans"]


def replies() -> dict[RefusalRoute, Reply]:
    """Return the reply in force for each of the six ways, in one statement (现行答复)."""
    newest = RefusalReply.objects.order_by("route", "-version").distinct("route")
    kept = {RefusalRoute(row.route): _of(row) for row in newest}
    return {route: kept.get(route) or _shipped(route) for route in RefusalRoute}


def versions(route: RefusalRoute) -> QuerySet[RefusalReply]:
    """Return every wording of a reply, the newest first (答复版本)."""
    return RefusalReply.objects.filter(route=route.value).order_by("-version")


@transaction.atomic
def edit_reply(
    *,
    route: RefusalRoute,
    texts: dict[str, str],
    version: int,
    at: datetime,
    reason: str = "",
    by_post_id: int | None = None,
) -> Reply:
    """Word a reply anew; cases refused before keep what their residents were told (更改答复).

    Raises:
        Refused: there is no Chinese wording, one is too long, or nothing changed.
        Conflict: somebody worded it anew since the page was opened.
    """
    present = replies()[route]
    if present.version != version:
        raise Conflict("这条答复刚被别人改过，请看过新的内容再改。")
    said = {language: texts.get(language, "").strip() for language in LANGUAGES}
    if not said["zh-hans"]:
        raise Refused("请填写中文答复。")
    for language, text in said.items():
        if len(text) > TEXT_MAX[language]:
            raise Refused("答复太长：最多 %(most)s 个字。", most=TEXT_MAX[language])
    if said == present.texts:
        raise Refused("没有改动任何内容。")
    row = RefusalReply.objects.create(
        route=route.value,
        version=present.version + 1,
        text_zh=said["zh-hans"],
        text_bo=said["bo"],
        text_en=said["en"],
        at=at,
        by_post_id=by_post_id,
        reason=reason[:200],
    )
    audit.record(
        stage="case",
        verb="edit_reply",
        subject=REFUSAL_SENTENCES[route].label,
        at=at,
        by_post_id=by_post_id,
        reason=reason,
        detail={"before": present.texts, "after": said, "version": row.version},
    )
    return _of(row)


def _of(row: RefusalReply) -> Reply:
    texts = {"zh-hans": row.text_zh, "bo": row.text_bo, "en": row.text_en}
    return Reply(RefusalRoute(row.route), row.version, texts)


def _shipped(route: RefusalRoute) -> Reply:
    texts = {}
    for language in LANGUAGES:
        with override(language):
            texts[language] = gettext(REFUSAL_SENTENCES[route].reply)
    return Reply(route, 0, texts)
