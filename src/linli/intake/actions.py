"""Verbs of the machine doors: give and revoke keys, count what was spent, keep what partners say later."""

import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from linli.intake import queries
from linli.intake.models import ApiKey, HotlineFile, PartnerUpdate
from linli.intake.rules import REFERENCE_MAX, Channel, FileState
from linli.place.rules import Datum
from linli.shared import audit
from linli.shared.refusals import Refused
from linli.shared.retention import Kept, record_erasure

SECRET_BYTES = 24
RATE_MAX = 10_000_000
MINUTES_KEPT = 5
FILE_DAYS_KEPT = 30  # rejected rows hold what residents said; nobody fetches them after a month

SPEND = """
INSERT INTO intake_spent (subject, minute, count)
SELECT subject, %s, spent FROM unnest(%s::text[], %s::integer[]) AS given (subject, spent) ORDER BY subject
ON CONFLICT (subject, minute) DO UPDATE SET count = intake_spent.count + excluded.count
RETURNING subject, count
"""


@dataclass(frozen=True, slots=True)
class KeyMade:
    """A new key and its secret, which is shown once and kept nowhere."""

    key: ApiKey
    secret: str


def create_key(
    *,
    name: str,
    channel: Channel,
    at: datetime,
    rate_per_minute: int = 600,
    jurisdiction: str = "",
    by_post_id: int | None = None,
) -> KeyMade:
    """Give a partner's system a key to a machine door; the secret is in the answer only (发放密钥).

    Raises:
        Refused: no name, a door that takes no keys, or a rate that is none.
    """
    if not name.strip() or len(name) > REFERENCE_MAX:
        raise Refused("请写明这把密钥给谁用，最多 %(most)s 个字。", most=REFERENCE_MAX)
    if channel not in {Channel.OPEN311, Channel.HOTLINE}:
        raise Refused("密钥只用于开放接口和热线接口。")
    if not 0 < rate_per_minute <= RATE_MAX:
        raise Refused("每分钟次数应在 1 到 %(most)s 之间。", most=RATE_MAX)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    with transaction.atomic():
        key = ApiKey.objects.create(
            name=name.strip(),
            secret_hash=queries.secret_hash(secret),
            channel=channel.value,
            jurisdiction=jurisdiction,
            rate_per_minute=rate_per_minute,
            created_at=at,
        )
        audit.record(stage="intake", verb="create_key", subject=str(key), at=at, by_post_id=by_post_id)
    queries.forget_keys()
    return KeyMade(key, secret)


def revoke_key(*, key_id: int, at: datetime, reason: str = "", by_post_id: int | None = None) -> None:
    """Turn a key away from now on (吊销密钥).

    Raises:
        Refused: there is no such active key.
    """
    with transaction.atomic():
        if not ApiKey.objects.filter(pk=key_id, is_active=True).update(is_active=False, revoked_at=at):
            raise Refused("没有这把在用的密钥。")
        audit.record(
            stage="intake", verb="revoke_key", subject=str(key_id), at=at, by_post_id=by_post_id, reason=reason
        )
    queries.forget_keys()


def spend(*, minute: int, counts: Mapping[str, int]) -> dict[str, int]:
    """Add what this process spent in a minute; return what all processes together have spent (限速)."""
    with connection.cursor() as cursor:
        cursor.execute(SPEND, [minute, list(counts), list(counts.values())])
        return dict(cursor.fetchall())


def forget_spent(*, minute: int) -> None:
    """Drop what was spent long before this minute."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM intake_spent WHERE minute < %s", [minute - MINUTES_KEPT])


def keep_update(
    *, key: ApiKey, update_id: str, case_id: int, event_id: int, status: str, fingerprint: bytes, at: datetime
) -> PartnerUpdate:
    """Keep that a partner's update was taken in; call it in the transaction of the update itself (补充来文)."""
    return PartnerUpdate.objects.create(
        key=key,
        update_id=update_id,
        case_id=case_id,
        event_id=event_id,
        status=status,
        fingerprint=fingerprint,
        received_at=at,
    )


def keep_file(
    *,
    name: str,
    content: bytes,
    columns: Mapping[str, str],
    rows: int,
    post_id: int,
    at: datetime,
    datum: Datum = Datum.WGS84,
) -> HotlineFile:
    """Keep a hotline file until it is imported, or its time is over (收下文件)."""
    file = HotlineFile(
        id=uuid.uuid4(),
        name=name[-200:],
        state=FileState.UPLOADED.value,
        columns=dict(columns),
        datum=datum.value,
        by_post_id=post_id,
        uploaded_at=at,
        row_count=rows,
    )
    path = queries.content_path(file)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(content)
    with transaction.atomic():
        file.save(force_insert=True)
        audit.record(stage="intake", verb="keep_file", subject=str(file.pk), at=at, by_post_id=post_id)
    return file


def choose_columns(*, file: HotlineFile, columns: Mapping[str, str], datum: Datum) -> None:
    """Say which column holds what, and which datum the coordinates are in (对列).

    Raises:
        Refused: the import has begun.
    """
    chosen = HotlineFile.objects.filter(pk=file.pk, state=FileState.UPLOADED)
    if not chosen.update(columns=dict(columns), datum=datum.value):
        raise Refused("这个文件已经开始导入。")


def start_file(*, file: HotlineFile, post_id: int, at: datetime) -> None:
    """Begin the import of a file; the job that does it goes out with the same transaction (开始导入).

    Raises:
        Refused: it has begun already.
    """
    waiting = HotlineFile.objects.filter(pk=file.pk, state=FileState.UPLOADED)
    if not waiting.update(state=FileState.IMPORTING, started_at=at):
        raise Refused("这个文件已经开始导入。")
    audit.record(stage="intake", verb="start_file", subject=str(file.pk), at=at, by_post_id=post_id)


def resume_file(*, file: HotlineFile, post_id: int, at: datetime) -> None:
    """Let an import that did not come to its end go on where it was; the job goes out with it (再试).

    Raises:
        Refused: it goes on, is done, or its file has been removed.
    """
    if not queries.content_path(file).exists():
        raise Refused("这个文件的内容已经清除，请重新上传。")
    stopped = HotlineFile.objects.filter(pk=file.pk, state=FileState.FAILED)
    if not stopped.update(state=FileState.IMPORTING, words="", finished_at=None):
        raise Refused("这个文件已经在导入，或者已经导完。")
    audit.record(stage="intake", verb="resume_file", subject=str(file.pk), at=at, by_post_id=post_id)


def drop_content(file: HotlineFile) -> None:
    """Remove the content of a file that is done; what was kept is in the appeals now."""
    queries.content_path(file).unlink(missing_ok=True)


def forget_old_files(*, at: datetime) -> int:
    """Remove hotline files kept longer than they may be, with the rows that were not imported (清除热线文件).

    The ledger comes first: a stop in between leaves a file that the next round removes, and writes down again.
    """
    old = HotlineFile.objects.filter(uploaded_at__lt=at - timedelta(days=FILE_DAYS_KEPT))
    kept = [path for file in old for path in (queries.content_path(file), queries.rejected_path(file)) if path.exists()]
    with transaction.atomic():
        record_erasure(rule=Kept.HOTLINE_FILE, ids=[path.name for path in kept], at=at)
    for path in kept:
        path.unlink(missing_ok=True)
    return len(kept)
