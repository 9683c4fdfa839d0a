"""Move a call: one conditional update and one event, or nothing (流转)."""

from datetime import UTC, datetime
from typing import Any

from django.db import connection
from psycopg.types.json import Jsonb

from linli.call.models import Call, CallEvent, Told
from linli.call.rules.events import event_words
from linli.call.states import CALL_MOVE_BY_NAME, CALL_STATE_LABELS, CallMove, CallState
from linli.shared.hints import alarm
from linli.shared.refusals import Overtaken, Refused
from linli.shared.roles import Role
from linli.shared.scope import EVERYTHING, acting
from linli.staff import queries as staff
from linli.staff.models import Post

WORDS_MAX = 1000

MOVED = """
WITH moved AS (
    UPDATE call_call SET {columns}, event_count = event_count + 1, head_hash = sha256(head_hash || %s)
    WHERE id = %s AND state = %s
    RETURNING id, event_count, head_hash
)
INSERT INTO call_callevent (call_id, sequence, at, name, state_before, state_after, by_role, by_post_id, by_unit_id,
    words, detail, hash)
SELECT id, event_count, %s, %s, %s, %s, %s, %s, %s, %s, %s, head_hash FROM moved
RETURNING id, sequence, hash
"""


def move(
    *,
    call: Call,
    name: str,
    role: Role,
    post: Post | None,
    at: datetime,
    words: str = "",
    detail: dict[str, Any] | None = None,
    **columns: Any,
) -> CallEvent:
    """Make one step of a call: change the state if it is still what was read, append the event (呼叫流转).

    Raises:
        Refused: the table does not allow this step to this role, in this state, or words are missing.
        Overtaken: somebody moved the call first; the sentence says who.
    """
    step = CALL_MOVE_BY_NAME[name]
    allow(call=call, step=step, role=role)
    words = words.strip()
    if step.needs_words and not words:
        raise Refused("“%(label)s”要写几个字说明。", label=step.label)
    if len(words) > WORDS_MAX:
        raise Refused("说明太长：最多 %(most)s 个字。", most=WORDS_MAX)
    event = _write(call=call, step=step, role=role, post=post, at=at, words=words, detail=detail or {}, columns=columns)
    if event is None:
        raise _overtaken(call)
    alarm(areas=[call.area_code], units=units_told(call), calls=[call.pk])
    return event


def units_told(call: Call) -> list[int]:
    """Return every unit that was told of a call: a health station has no area, and its alarm must end as well."""
    with acting(EVERYTHING):
        told = Told.objects.filter(call_id=call.pk, unit_id__isnull=False)
        return [pk for pk in told.order_by("unit_id").values_list("unit_id", flat=True).distinct() if pk is not None]


def allow(*, call: Call, step: CallMove, role: Role) -> None:
    """Refuse a step that the table does not give to this role and state.

    Raises:
        Refused: with the sentence that says why.
    """
    if role not in step.roles:
        raise Refused("您的岗位不能“%(label)s”。", label=step.label)
    if call.state not in step.sources:
        raise Refused(
            "这次呼叫%(state)s，不能“%(label)s”。", state=CALL_STATE_LABELS[CallState(call.state)], label=step.label
        )


def _write(
    *,
    call: Call,
    step: CallMove,
    role: Role,
    post: Post | None,
    at: datetime,
    words: str,
    detail: dict[str, Any],
    columns: dict[str, Any],
) -> CallEvent | None:
    at = at.astimezone(UTC)
    after = (step.target or CallState(call.state)).value
    post_id, unit_id = (post.pk, post.unit_id) if post else (None, None)
    payload = event_words(
        {"call": call.pk},
        at=at,
        name=step.name,
        before=call.state,
        after=after,
        role=role.value,
        post_id=post_id,
        unit_id=unit_id,
        words=words,
        detail=detail,
    )
    changed = {"state": after} | columns
    settings = ", ".join(f'"{name}" = %s' for name in changed)
    kept: Any = Jsonb(detail)
    with connection.cursor() as cursor:
        cursor.execute(
            MOVED.format(columns=settings),
            [*changed.values(), payload, call.pk, call.state, at, step.name, call.state, after, role.value,
             post_id, unit_id, words, kept],
        )  # fmt: skip
        row = cursor.fetchone()
    if row is None:
        return None
    event = CallEvent(
        pk=row[0], call=call, sequence=row[1], at=at, name=step.name, state_before=call.state, state_after=after,
        by_role=role.value, by_post_id=post_id, by_unit_id=unit_id, words=words, detail=detail, hash=row[2],
    )  # fmt: skip
    for column, value in changed.items():
        setattr(call, column, value)
    call.event_count, call.head_hash = row[1], row[2]
    return event


def _overtaken(call: Call) -> Overtaken:
    last = CallEvent.objects.filter(call_id=call.pk).order_by("-sequence").first()
    if last is None or last.by_unit_id is None:
        return Overtaken("这次呼叫刚有变化，请看最新情况。")
    return Overtaken(
        "%(who)s刚刚处理了这次呼叫（%(what)s）。",
        who=staff.unit(last.by_unit_id).name,
        what=CALL_MOVE_BY_NAME[last.name].label,
    )
