"""Decisions about personal data on plain values: purposes, phone numbers, guardians, how long a contact is kept."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from linli.shared.refusals import Refused
from linli.shared.roles import Role

NAME_MAX = 40
EMAIL_MAX = 120
ADDRESS_MAX = 120
GUARDIAN_UNTIL_AGE = 14  # PIPL article 31
CONTACT_KEPT_YEARS = 3  # after which the sealed contact is erased; as long as the log of looks at it
YEARS_MAX = 120

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")  # Unicode category Cc
MOBILE = re.compile(r"1[3-9]\d{9}")
LANDLINE = re.compile(r"0\d{9,11}|[2-9]\d{6,7}")
SERVICE = re.compile(r"[48]00\d{7}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}")


class Purpose(StrEnum):
    """Why a record is opened; nothing opens without one (使用目的)."""

    HANDLE_CASE = "HANDLE_CASE"
    CALL_BACK = "CALL_BACK"
    VISIT = "VISIT"
    SERVICE = "SERVICE"
    EMERGENCY = "EMERGENCY"
    SUPERVISE = "SUPERVISE"
    CORRECT = "CORRECT"
    NOTICE = "NOTICE"
    OWN_RECORD = "OWN_RECORD"


PURPOSE_LABELS: dict[Purpose, str] = {
    Purpose.HANDLE_CASE: "办理诉求",
    Purpose.CALL_BACK: "回访",
    Purpose.VISIT: "入户走访",
    Purpose.SERVICE: "提供服务",
    Purpose.EMERGENCY: "紧急救助",
    Purpose.SUPERVISE: "督办核查",
    Purpose.CORRECT: "更正信息",
    Purpose.NOTICE: "通知本人",
    Purpose.OWN_RECORD: "本人查看",
}

_NEIGHBOURHOOD = frozenset(
    {Purpose.HANDLE_CASE, Purpose.CALL_BACK, Purpose.VISIT, Purpose.SERVICE, Purpose.EMERGENCY, Purpose.CORRECT}
)

# Who may open personal data, for what. Who is not here (administrators, auditors) opens nothing.
PURPOSES: dict[Role, frozenset[Purpose]] = {
    Role.GRID: _NEIGHBOURHOOD,
    Role.COMMUNITY: _NEIGHBOURHOOD,
    Role.STREET: _NEIGHBOURHOOD | {Purpose.SUPERVISE},
    Role.DEPARTMENT: frozenset({Purpose.HANDLE_CASE, Purpose.CALL_BACK, Purpose.EMERGENCY}),
    Role.HEALTH: frozenset({Purpose.HANDLE_CASE, Purpose.CALL_BACK, Purpose.EMERGENCY}),
    Role.DISTRICT: frozenset({Purpose.HANDLE_CASE, Purpose.CALL_BACK, Purpose.EMERGENCY, Purpose.SUPERVISE}),
    Role.SYSTEM: frozenset({Purpose.NOTICE}),
    Role.RESIDENT: frozenset({Purpose.OWN_RECORD}),
}

# For these an appeal's contact may be opened by a unit outside the area, naming the case.
CASE_PURPOSES = frozenset({Purpose.HANDLE_CASE, Purpose.CALL_BACK, Purpose.EMERGENCY, Purpose.SUPERVISE})


@dataclass(frozen=True, slots=True)
class Contact:
    """How to reach someone, in the clear."""

    name: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentGiven:
    """A consent as it was given: by whom, how, until when (同意)."""

    giver: str
    way: str
    until_on: date | None = None


def purposes_for(role: str) -> tuple[Purpose, ...]:
    """Return the purposes a role may give, in their order."""
    allowed = PURPOSES.get(Role(role), frozenset())
    return tuple(purpose for purpose in Purpose if purpose in allowed)


def contact_given(*, name: str = "", phone: str = "", email: str = "") -> Contact:
    """Return a contact as it will be kept: trimmed, digits only, checked (联系方式).

    Raises:
        Refused: the phone number or e-mail address cannot be one, or the name is too long.
    """
    return Contact(name=person_name(name), phone=phone_number(phone), email=email_address(email))


def person_name(words: str) -> str:
    """Return a person's name in one spelling of its characters.

    Raises:
        Refused: it is too long or has control characters.
    """
    name = " ".join(unicodedata.normalize("NFKC", words).split())
    if CONTROL.search(name):
        raise Refused("姓名里有不能保存的字符。")
    if len(name) > NAME_MAX:
        raise Refused("姓名太长，最多 %(most)s 个字。", most=NAME_MAX)
    return name


def phone_number(words: str) -> str:
    """Return a phone number as digits, without the country code.

    Raises:
        Refused: it is neither a mobile nor a landline number.
    """
    if words.isascii() and MOBILE.fullmatch(words):  # as most are given
        return words
    digits = re.sub(r"[\s\-()（）–—.]", "", unicodedata.normalize("NFKC", words))
    digits = re.sub(r"^(\+86|0086)", "", digits)
    digits = re.sub(r"^86(?=1[3-9]\d{9}$)", "", digits)
    if not digits:
        return ""
    if not any(pattern.fullmatch(digits) for pattern in (MOBILE, LANDLINE, SERVICE)):
        raise Refused("电话号码看起来不对：手机号是 11 位数字，座机请带区号，例如 0891-6321234。")
    return digits


def email_address(words: str) -> str:
    """Return an e-mail address in lower case.

    Raises:
        Refused: it cannot be one.
    """
    address = unicodedata.normalize("NFKC", words).strip().lower()
    if address and (len(address) > EMAIL_MAX or not EMAIL.fullmatch(address)):
        raise Refused("邮箱地址看起来不对。")
    return address


def birth_year_given(year: int | None, *, today: date) -> int | None:
    """Return a year of birth that a living person can have.

    Raises:
        Refused: it lies in the future or too long ago.
    """
    if year is not None and not today.year - YEARS_MAX <= year <= today.year:
        raise Refused("出生年份应在 %(first)s 到 %(last)s 之间。", first=today.year - YEARS_MAX, last=today.year)
    return year


def needs_guardian(*, birth_year: int | None, today: date) -> bool:
    """Return whether only a guardian can consent; a person who may still be 13 counts as 13."""
    return birth_year is not None and today.year - birth_year <= GUARDIAN_UNTIL_AGE


def contact_kept_until(at: datetime) -> date:
    """Return the day after which a contact is erased (保存期限)."""
    try:
        return at.date().replace(year=at.year + CONTACT_KEPT_YEARS)
    except ValueError:  # 29 February
        return date(at.year + CONTACT_KEPT_YEARS, 3, 1)


def is_in_force(*, until_on: date | None, ended_at: datetime | None, at: datetime) -> bool:
    """Return whether something with an end still holds at a moment."""
    return ended_at is None and (until_on is None or at.date() <= until_on)
