"""What is kept how long, and the ledger of what was removed when its time was over (保存期限、清除台账).

Every duty that removes or erases records by their age writes one row here in the same transaction: under which rule,
how many, and a digest of which. The rows are chained like the events of a case, so that none can be added, changed or
taken away afterwards without showing; how many there are, and the last hash, stand beside them, as with a case. The
digest proves which records were meant without naming them: who still has a list of their numbers can compute it again.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import connection
from django.db.models import F

from linli.shared.models import Erasure, ErasureHead

GENESIS = b"\x00" * 32
LOCK = 7_326_004  # two duties at once would both follow the same row


class Kept(StrEnum):
    """A rule of keeping: what it is about."""

    CONTACT = "CONTACT"
    NEED = "NEED"
    LOGIN = "LOGIN"
    NOTICE = "NOTICE"
    DELIVERY = "DELIVERY"
    HOTLINE_FILE = "HOTLINE_FILE"
    CASE = "CASE"
    UNSENT_FILE = "UNSENT_FILE"


@dataclass(frozen=True, slots=True)
class Rule:
    """What is kept, until when, what happens then, and on what ground (保存规则)."""

    label: str
    until: str
    then: str
    ground: str


RULE_LABELS: dict[Kept, Rule] = {
    Kept.CONTACT: Rule("诉求人的姓名、电话、邮箱", "登记后三年", "抹除密文和检索码，事项保留",
                       "个人信息保护法第十九条、第四十七条"),
    Kept.NEED: Rule("需求标签", "同意的期限或标签的期限", "标签结束，不再显示", "个人信息保护法第十五条"),
    Kept.LOGIN: Rule("登录记录", "二百天", "删除", "网络安全法第二十一条：不少于六个月"),
    Kept.NOTICE: Rule("通知的发送记录", "四百天", "删除", "办理所必需的期限"),
    Kept.DELIVERY: Rule("推送的发送记录", "四百天", "删除", "办理所必需的期限"),
    Kept.HOTLINE_FILE: Rule("导入的热线文件和未导入的行", "三十天", "删除", "办理所必需的期限"),
    Kept.CASE: Rule("已结事项的诉求原文、地址、位置、联系方式、照片和附件", "结案五年后（年数由系统设置定）",
                    "抹除，位置只留到网格；编号、流转、时限、三率保留", "个人信息保护法第十九条、第四十七条"),
    Kept.UNSENT_FILE: Rule("没有提交的照片和附件", "上传后一天", "删除", "办理所必需的期限"),
}  # fmt: skip


def record_erasure(*, rule: Kept, ids: Iterable[object], at: datetime) -> Erasure | None:
    """Write down that these records were removed or erased; call it in the transaction that does it (清除台账)."""
    named = sorted(str(one) for one in ids)
    if not named:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    last = Erasure.objects.order_by("-pk").first()
    digest = hashlib.sha256("\n".join(named).encode()).digest()
    row = Erasure(rule=rule.value, count=len(named), records_digest=digest, at=at)
    row.hash = chained(bytes(last.hash) if last else GENESIS, row)
    row.save(force_insert=True)
    ErasureHead.objects.filter(pk=1).update(row_count=F("row_count") + 1, hash=row.hash)
    return row


def chained(previous: bytes, row: Erasure) -> bytes:
    """Return the hash of a row: over the hash before it and what the row says."""
    said = f"{row.rule} {row.count} {row.at.timestamp()} ".encode() + bytes(row.records_digest)
    return hashlib.sha256(previous + said).digest()


@dataclass(frozen=True, slots=True)
class Wrong:
    """Where the ledger does not hold together: at a row, or at its end when rows were cut off."""

    at: datetime | None
    row: Erasure | None = None


def first_wrong() -> Wrong | None:
    """Return the first row of the ledger that does not follow from the one before, or its end, or nothing (核验)."""
    previous, count, last = GENESIS, 0, None
    for row in Erasure.objects.order_by("pk").iterator(chunk_size=2000):
        previous, count, last = chained(previous, row), count + 1, row
        if previous != bytes(row.hash):
            return Wrong(row.at, row)
    head = ErasureHead.objects.filter(pk=1).first()
    if head is None or (head.row_count, bytes(head.hash)) != (count, previous):
        return Wrong(last.at if last else None)
    return None
