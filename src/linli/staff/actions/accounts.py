"""Verbs about accounts, units and posts; each is one transaction that leaves one audit entry."""

from datetime import datetime, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from axes import utils as axes
from axes.models import AccessAttempt, AccessLog
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import transaction

from linli.shared import audit
from linli.shared.refusals import Refused
from linli.shared.retention import Kept, record_erasure
from linli.shared.roles import ROLE_LABELS, Role
from linli.staff import queries
from linli.staff.models import Account, Post, RoleRule, Unit, UnitKind
from linli.staff.rules import SECOND_FACTOR_ROLES, UNIT_KINDS

LOGIN_RECORDS_KEPT_DAYS = 200  # at least six months (domain.md §8)


@transaction.atomic
def create_account(
    *,
    username: str,
    name: str,
    password: str,
    at: datetime,
    phone: str = "",
    email: str = "",
    language: str = "zh-hans",
    by_post_id: int | None = None,
) -> Account:
    """Give a person a way to log in; without a post they can do nothing yet (开户).

    Raises:
        Refused: the username is taken or malformed, the name is empty, or the password is too weak.
    """
    account = Account(
        username=username.strip().lower(), name=name.strip(), phone=phone, email=email, language=language, created_at=at
    )
    account.set_password(_strong(password, account))
    account.password_changed_at = at
    try:
        account.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as fault:
        raise Refused(_first_sentence(fault)) from fault
    if Account.objects.filter(username=account.username).exists():
        raise Refused("用户名“%(username)s”已经有人用了。", username=account.username)
    account.save()
    _record("create_account", account, at=at, by_post_id=by_post_id)
    return account


@transaction.atomic
def set_password(*, account: Account, password: str, at: datetime, by_post_id: int | None = None) -> None:
    """Change a password; every other session of the account ends (改密).

    Raises:
        Refused: the password is too weak.
    """
    account.set_password(_strong(password, account))
    account.password_changed_at = at
    account.save(update_fields=["password", "password_changed_at"])
    _record("set_password", account, at=at, by_post_id=by_post_id)


@transaction.atomic
def change_preferences(*, account: Account, language: str, is_large_type: bool, at: datetime) -> None:
    """Keep the language and type size a person works in (偏好)."""
    account.language, account.is_large_type = language, is_large_type
    account.save(update_fields=["language", "is_large_type"])
    _record("change_preferences", account, at=at, detail={"language": language, "is_large_type": is_large_type})


@transaction.atomic
def reset_second_factor(*, account: Account, reason: str, at: datetime, by_post_id: int | None = None) -> None:
    """Remove a lost second factor; who must have one sets up another at the next login (重设双重验证).

    Raises:
        Refused: no reason was given, or the account has none.
    """
    if not reason.strip():
        raise Refused("请写明重设的原因。")
    removed, _by_table = Authenticator.objects.filter(user=account).delete()
    if not removed:
        raise Refused("这个账号没有启用双重验证。")
    _record("reset_second_factor", account, at=at, by_post_id=by_post_id, reason=reason)


@transaction.atomic
def unlock(*, account: Account, at: datetime, by_post_id: int | None = None) -> None:
    """Open the door again for someone who typed a wrong password too often (解除锁定)."""
    axes.reset(username=account.username)
    _record("unlock", account, at=at, by_post_id=by_post_id)


@transaction.atomic
def close_account(*, account: Account, reason: str, at: datetime, by_post_id: int | None = None) -> None:
    """Stop an account from logging in and end all its posts; nothing is removed (停用).

    Raises:
        Refused: no reason was given, or it is the last administrator.
    """
    if not reason.strip():
        raise Refused("请写明停用原因。")
    _keep_an_administrator(Post.objects.filter(account=account), at=at)
    account.is_active = False
    account.save(update_fields=["is_active"])
    Post.objects.filter(account=account, valid_to__isnull=True, valid_from__lt=at).update(valid_to=at)
    _record("close_account", account, at=at, by_post_id=by_post_id, reason=reason)


@transaction.atomic
def reopen_account(*, account: Account, reason: str, at: datetime, by_post_id: int | None = None) -> None:
    """Let a closed account log in again; its posts are given anew (恢复账号).

    Raises:
        Refused: no reason was given, or it is open.
    """
    if not reason.strip():
        raise Refused("请写明恢复的原因。")
    if account.is_active:
        raise Refused("这个账号没有停用。")
    account.is_active = True
    account.save(update_fields=["is_active"])
    _record("reopen_account", account, at=at, by_post_id=by_post_id, reason=reason)


@transaction.atomic
def create_unit(
    *,
    code: str,
    kind: str,
    area_code: str,
    name: str,
    at: datetime,
    name_bo: str = "",
    name_en: str = "",
    phone: str = "",
    by_post_id: int | None = None,
) -> Unit:
    """Add a body that can own a case or be called to one (设立单位).

    Raises:
        Refused: the code is taken, a field is malformed, or the area already has such a unit.
    """
    unit = Unit(code=code, kind=kind, area_code=area_code, name=name, name_bo=name_bo, name_en=name_en, phone=phone)
    try:
        unit.full_clean()
    except ValidationError as fault:
        raise Refused(_first_sentence(fault)) from fault
    unit.save()
    _record("create_unit", unit.name, at=at, by_post_id=by_post_id, detail={"code": code, "area_code": area_code})
    return unit


@transaction.atomic
def change_unit(
    *,
    unit: Unit,
    name: str,
    at: datetime,
    name_bo: str = "",
    name_en: str = "",
    phone: str = "",
    by_post_id: int | None = None,
) -> Unit:
    """Change what a unit is called or where it is reached; its code, kind and area stay (更改单位).

    Raises:
        Refused: a field is malformed, or nothing changed.
    """
    given = {"name": name.strip(), "name_bo": name_bo.strip(), "name_en": name_en.strip(), "phone": phone.strip()}
    before = {column: getattr(unit, column) for column, value in given.items() if getattr(unit, column) != value}
    if not before:
        raise Refused("没有改动任何内容。")
    for column in before:
        setattr(unit, column, given[column])
    try:
        unit.full_clean()
    except ValidationError as fault:
        raise Refused(_first_sentence(fault)) from fault
    unit.save(update_fields=list(before))
    detail = {"before": before, "after": {column: given[column] for column in before}}
    _record("change_unit", unit, at=at, by_post_id=by_post_id, detail=detail)
    return unit


@transaction.atomic
def close_unit(*, unit: Unit, reason: str, at: datetime, by_post_id: int | None = None) -> None:
    """Take a unit out of use: nothing new goes to it, what it did stays (停用单位).

    Raises:
        Refused: no reason was given, it is closed, it is the district, or people still hold posts in it.
    """
    if not reason.strip():
        raise Refused("请写明停用原因。")
    if unit.kind == UnitKind.DISTRICT:
        raise Refused("区级单位不能停用：没有人接的事项都归它。")
    if queries.posts(at=at, unit_id=unit.pk).exists():
        raise Refused("“%(unit)s”还有人在岗，请先办离岗。", unit=unit.name)
    if not Unit.objects.filter(pk=unit.pk, is_active=True).update(is_active=False):
        raise Refused("这个单位已经停用了。")
    unit.is_active = False
    _record("close_unit", unit, at=at, by_post_id=by_post_id, reason=reason)


@transaction.atomic
def appoint(
    *,
    account: Account,
    role: str,
    unit: Unit,
    at: datetime,
    area_code: str = "",
    title: str = "",
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
    by_post_id: int | None = None,
) -> Post:
    """Let a person act for a unit in a role, for an area within the unit's, from when until when (任岗).

    Raises:
        Refused: the unit cannot hold the role, the area lies outside the unit's, the dates are the wrong way
            round, or the person already holds this very post.
    """
    area_code = area_code or unit.area_code
    if unit.kind not in UNIT_KINDS.get(Role(role), frozenset()):
        raise Refused("“%(unit)s”不设“%(role)s”岗位。", unit=unit.name, role=ROLE_LABELS[Role(role)])
    if not area_code.startswith(unit.area_code):
        raise Refused("责任区域 %(area)s 不在“%(unit)s”的范围内。", area=area_code, unit=unit.name)
    begins = valid_from or at
    if valid_to is not None and valid_to <= begins:
        raise Refused("岗位的结束时间要晚于开始时间。")
    if Post.objects.filter(account=account, role=role, unit=unit, area_code=area_code, valid_to__isnull=True).exists():
        raise Refused("%(name)s已经在这个岗位上了。", name=account.name)
    post = Post.objects.create(
        account=account, role=role, unit=unit, area_code=area_code, title=title, valid_from=begins, valid_to=valid_to
    )
    detail = {"post": post.pk, "role": str(role), "unit": unit.code, "area_code": area_code}
    _record("appoint", account, at=at, by_post_id=by_post_id, detail=detail)
    return post


@transaction.atomic
def end_post(*, post: Post, reason: str, at: datetime, by_post_id: int | None = None) -> None:
    """End a post from now on; what was done under it stays (离岗).

    Raises:
        Refused: no reason was given, it has ended already, or it is the last administrator's.
    """
    if not reason.strip():
        raise Refused("请写明离岗原因。")
    _keep_an_administrator(Post.objects.filter(pk=post.pk), at=at)
    still_held = Post.objects.filter(pk=post.pk, valid_to__isnull=True, valid_from__lt=at)
    if not still_held.update(valid_to=at):
        raise Refused("这个岗位已经结束了。")
    post.valid_to = at
    _record("end_post", post.account, at=at, by_post_id=by_post_id, reason=reason, detail={"post": post.pk})


@transaction.atomic
def set_role_rule(
    *,
    role: str,
    at: datetime,
    is_second_factor_required: bool | None = None,
    idle_minutes: int | None = None,
    by_post_id: int | None = None,
) -> RoleRule:
    """Say what the site asks of everyone in a role; what is not named stays as it is (角色规则).

    Raises:
        Refused: the idle time is not between 1 minute and 12 hours.
    """
    if idle_minutes is not None and not 1 <= idle_minutes <= 720:
        raise Refused("闲置时间要在 1 到 720 分钟之间。")
    rule, _created = RoleRule.objects.get_or_create(role=role)
    if is_second_factor_required is not None:
        rule.is_second_factor_required = is_second_factor_required
    if idle_minutes is not None:
        rule.idle_minutes = idle_minutes
    rule.save()
    detail = {"is_second_factor_required": rule.is_second_factor_required, "idle_minutes": rule.idle_minutes}
    _record("set_role_rule", ROLE_LABELS[Role(role)], at=at, by_post_id=by_post_id, detail=detail)
    return rule


def require_second_factor(*, role: str, is_required: bool, at: datetime, by_post_id: int | None = None) -> RoleRule:
    """Ask everyone in a role for a second factor, or stop asking (双重验证)."""
    return set_role_rule(role=role, is_second_factor_required=is_required, at=at, by_post_id=by_post_id)


@transaction.atomic
def create_first_administrator(
    *,
    username: str,
    name: str,
    password: str,
    district_code: str,
    district_name: str,
    at: datetime,
    is_second_factor_required: bool = True,
) -> Account:
    """Set up an empty district: its unit, and one person who administers it and works at its centre (初始设置).

    Raises:
        Refused: somebody administers this system already, or a value is not acceptable.
    """
    if queries.has_administrator(at=at):
        raise Refused("这个系统已经有管理员了，请由管理员开户。")
    account = create_account(username=username, name=name, password=password, at=at)
    unit = Unit.objects.filter(kind=UnitKind.DISTRICT, area_code=district_code, is_active=True).first()
    if unit is None:
        unit = create_unit(
            code=district_code, kind=UnitKind.DISTRICT, area_code=district_code, name=district_name, at=at
        )
    for role in (Role.ADMIN, Role.DISTRICT):
        appoint(account=account, role=role, unit=unit, at=at)
    for role in SECOND_FACTOR_ROLES:
        set_role_rule(role=role, is_second_factor_required=is_second_factor_required, at=at)
    return account


@transaction.atomic
def drop_expired_logins(*, at: datetime) -> int:
    """Drop sessions that have ended and login records kept long enough; return how many (清理登录记录)."""
    long_ago = at - timedelta(days=LOGIN_RECORDS_KEPT_DAYS)
    stale = [
        Session.objects.filter(expire_date__lt=at),
        AccessLog.objects.filter(attempt_time__lt=long_ago),
        AccessAttempt.objects.filter(attempt_time__lt=long_ago),
    ]
    gone = [f"{rows.model.__name__} {pk}" for rows in stale for pk in rows.values_list("pk", flat=True)]
    count: int = sum(rows.delete()[0] for rows in stale)
    record_erasure(rule=Kept.LOGIN, ids=gone, at=at)
    return count


def _strong(password: str, account: Account) -> str:
    try:
        validate_password(password, account)
    except ValidationError as fault:
        raise Refused(" ".join(fault.messages)) from fault
    return password


def _keep_an_administrator(leaving: Any, *, at: datetime) -> None:
    if not leaving.filter(role=Role.ADMIN, valid_to__isnull=True).exists():
        return
    others = queries.posts(at=at, role=Role.ADMIN).filter(account__is_active=True).exclude(pk__in=leaving.values("pk"))
    if not others.exists():
        raise Refused("这是最后一位管理员，请先任命另一位。")


def _first_sentence(fault: ValidationError) -> str:
    messages: list[str] = fault.messages
    return messages[0]


def _record(verb: str, subject: object, *, at: datetime, by_post_id: int | None = None, **more: Any) -> None:
    queries.forget()
    transaction.on_commit(queries.forget)
    audit.record(stage="staff", verb=verb, subject=str(subject), at=at, by_post_id=by_post_id, **more)
