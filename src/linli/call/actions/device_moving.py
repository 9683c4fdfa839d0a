"""Move a device: one conditional update and one event, or nothing (设备流转)."""

from datetime import UTC, datetime
from typing import Any

from django.db import connection
from psycopg.types.json import Jsonb

from linli.call.models import Call, Device, DeviceEvent, DeviceTask
from linli.call.rules.events import event_words
from linli.call.states import DEVICE_MOVE_BY_NAME, DEVICE_STATE_LABELS, DeviceMove, DeviceState
from linli.people.queries import covers
from linli.shared.refusals import Overtaken, Refused
from linli.shared.roles import Role
from linli.staff.models import Post

WORDS_MAX = 200
NO_SUCH_DEVICE = "没有这台设备，或者不归您的岗位。"

MOVED = """
WITH moved AS (
    UPDATE call_device SET {columns}, event_count = event_count + 1, head_hash = sha256(head_hash || %s)
    WHERE id = %s AND state = %s
    RETURNING id, event_count, head_hash
)
INSERT INTO call_deviceevent (device_id, sequence, at, name, state_before, state_after, by_role, by_post_id,
    by_unit_id, words, detail, hash)
SELECT id, event_count, %s, %s, %s, %s, %s, %s, %s, %s, %s, head_hash FROM moved
RETURNING id, sequence, hash
"""


def move_device(
    *,
    device: Device,
    name: str,
    post: Post | None,
    at: datetime,
    words: str = "",
    detail: dict[str, Any] | None = None,
    **columns: Any,
) -> DeviceEvent:
    """Make one step of a device: change the state if it is still what was read, append the event (设备流转).

    Without a post it is the system itself.

    Raises:
        Refused: the table does not allow this step to this role, in this state, the device is another desk's, or
            words are missing.
        Overtaken: somebody moved the device first.
    """
    step = DEVICE_MOVE_BY_NAME[name]
    _allow(device=device, step=step, post=post)
    words = words.strip()
    if step.needs_words and not words:
        raise Refused("“%(label)s”要写几个字说明。", label=step.label)
    if len(words) > WORDS_MAX:
        raise Refused("说明太长：最多 %(most)s 个字。", most=WORDS_MAX)
    event = _write(device=device, step=step, post=post, at=at, words=words, detail=detail or {}, columns=columns)
    if event is None:
        raise Overtaken("设备 %(serial)s 刚有变化，请看最新情况。", serial=device.serial)
    return event


def is_theirs(post: Post, device: Device) -> bool:
    """Return whether a device lies in the area of a post or in the stock of its unit (数据范围)."""
    return device.unit_id == post.unit_id or covers(post, device.area_code)


def refuse_open_call(device: Device) -> None:
    """Refuse to take a device out of hand while somebody waits at the other end of it.

    Raises:
        Refused: a call of it is not over yet.
    """
    if Call.objects.filter(device=device, closed_at__isnull=True).exists():
        raise Refused("设备 %(serial)s 有还没结束的呼叫，先把呼叫处理完。", serial=device.serial)


def end_tasks(device: Device, *, post: Post | None, at: datetime, words: str) -> None:
    """Close what was to be done about a device that is nobody's any more."""
    waiting = DeviceTask.objects.filter(device=device, done_at__isnull=True)
    waiting.update(done_at=at, done_by_post_id=post.pk if post else None, words=words[:WORDS_MAX])


def _allow(*, device: Device, step: DeviceMove, post: Post | None) -> None:
    role = Role(post.role) if post else Role.SYSTEM
    if role not in step.roles:
        raise Refused("您的岗位不能“%(label)s”。", label=step.label)
    if post is not None and not is_theirs(post, device):
        raise Refused(NO_SUCH_DEVICE)
    if device.state not in step.sources:
        raise Refused(
            "设备 %(serial)s %(state)s，不能“%(label)s”。",
            serial=device.serial,
            state=DEVICE_STATE_LABELS[DeviceState(device.state)],
            label=step.label,
        )


def _write(
    *,
    device: Device,
    step: DeviceMove,
    post: Post | None,
    at: datetime,
    words: str,
    detail: dict[str, Any],
    columns: dict[str, Any],
) -> DeviceEvent | None:
    at = at.astimezone(UTC)
    after = (step.target or DeviceState(device.state)).value
    role = post.role if post else Role.SYSTEM.value
    post_id, unit_id = (post.pk, post.unit_id) if post else (None, None)
    payload = event_words(
        {"serial": device.serial},
        at=at,
        name=step.name,
        before=device.state,
        after=after,
        role=role,
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
            [*changed.values(), payload, device.pk, device.state, at, step.name, device.state, after, role, post_id,
             unit_id, words, kept],
        )  # fmt: skip
        row = cursor.fetchone()
    if row is None:
        return None
    event = DeviceEvent(
        pk=row[0], device=device, sequence=row[1], at=at, name=step.name, state_before=device.state, state_after=after,
        by_role=role, by_post_id=post_id, by_unit_id=unit_id, words=words, detail=detail, hash=row[2],
    )  # fmt: skip
    for column, value in changed.items():
        setattr(device, column, value)
    device.event_count, device.head_hash = row[1], row[2]
    return event
