"""Tell a configuration as one file, compare a file with what stands here, and take it in, all or nothing (搬移)."""

import hashlib
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.db import DataError, transaction
from django.utils.functional import Promise

from linli.routing import queries as routes
from linli.shared import audit
from linli.shared.refusals import Refused
from linli.staff import queries as staff
from linli.text import queries as text
from linli.web.admin.configuration.parts import Entry, Section, Told, Who
from linli.web.admin.configuration.reading import check_entry
from linli.web.admin.configuration.sections import SECTIONS, ordered

MAKE = "linli configuration 1"
UNFIT = (ValueError, TypeError, KeyError, DataError)
BYTES_MAX = 10_000_000


log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Change:
    """One entry that comes, changes or goes; of a change only the fields that differ."""

    key: str
    before: Entry | None
    after: Entry | None


@dataclass(slots=True)
class Difference:
    """What a file would change in one section, and what stands in the way."""

    name: str
    title: Promise
    changes: list[Change] = field(default_factory=list)
    problems: list[tuple[str, Refused]] = field(default_factory=list)

    @property
    def coming(self) -> list[Change]:
        """Entries that are new."""
        return [change for change in self.changes if change.before is None]

    @property
    def changed(self) -> list[Change]:
        """Entries that differ."""
        return [change for change in self.changes if change.before is not None and change.after is not None]

    @property
    def going(self) -> list[Change]:
        """Entries that the file does not have."""
        return [change for change in self.changes if change.after is None]


class NotTakenIn(Refused):
    """Something stood in the way; nothing was changed, and every obstacle is named (没有导入)."""

    def __init__(self, found: list[Difference]) -> None:
        super().__init__("没有导入任何内容：先解决下面的问题。")
        self.found = found


def told() -> bytes:
    """Return what is set up here as one file, in an order that two files can be compared line by line (导出配置)."""
    sections = {section.name: section.tell() for section in SECTIONS}
    whole = {"make": MAKE, "district": staff.district_unit().name, **sections}
    return (json.dumps(whole, ensure_ascii=False, indent=1) + "\n").encode()


def digest(content: bytes) -> str:
    """Return the digest by which the file that was reviewed is known again."""
    return hashlib.sha256(content).hexdigest()


def compared(content: bytes) -> list[Difference]:
    """Say what a file would change, and what can be seen to stand in the way, without writing anything (比较).

    Raises:
        Refused: it is no configuration, or an entry lacks a field.
    """
    sections = _read(content)
    known = {*sections.get("units", {}), *(unit.code for unit in staff.units())}
    found = []
    for section in _in(sections):
        part = _difference(section, section.tell(), sections[section.name])
        for change in part.changes:
            if change.after is not None and section.check is not None:
                _try(part, change.key, partial(section.check, change.key, change.before, change.after, known))
            if change.after is None and section.check_going is not None:
                _try(part, change.key, partial(section.check_going, change.key))
        found.append(part)
    return found


def take_in(content: bytes, *, who: Who) -> list[Difference]:
    """Make what is set up here what the file says, all or nothing (导入配置).

    Raises:
        Refused: no reason, or no configuration.
        NotTakenIn: something stands in the way; it says all of it.
    """
    if not who.reason.strip():
        raise Refused("请写明为什么导入。")
    sections = _read(content)
    try:
        found = _taken_in(sections, content=content, who=who)
    finally:
        for forget in (staff.forget, text.forget, routes.forget):  # what was read in between may have been taken back
            forget()
    return found


@transaction.atomic
def _taken_in(sections: Mapping[str, Told], *, content: bytes, who: Who) -> list[Difference]:
    found = [_change(section, sections[section.name], who=who) for section in _in(sections)]
    if any(part.problems for part in found):
        raise NotTakenIn(found)
    audit.record(
        stage="web",
        verb="take_in_configuration",
        subject=digest(content),
        at=who.at,
        by_post_id=who.by_post_id,
        reason=who.reason,
        detail={part.name: len(part.changes) for part in found if part.changes},
    )
    return found


def _in(sections: Mapping[str, Told]) -> Iterator[Section]:
    return (section for section in SECTIONS if section.name in sections)


def _difference(section: Section, here: Told, wanted: Told) -> Difference:
    return Difference(section.name, section.title, list(_changes(section, here, wanted)))


def _change(section: Section, wanted: Told, *, who: Who) -> Difference:
    here = section.tell()
    part = _difference(section, here, wanted)
    if section.all_together is not None:
        if part.changes:
            _try(part, "", partial(section.all_together, wanted, who))
        return part
    for key in ordered(section, [key for key in wanted if here.get(key) != wanted[key]], is_going=False):
        _try(part, key, partial(section.write, key, here.get(key), wanted[key], who))
    for key in ordered(section, [change.key for change in part.going], is_going=True):
        if section.drop is not None:
            _try(part, key, partial(section.drop, key, who))
    return part


def _changes(section: Section, here: Told, wanted: Told) -> Iterator[Change]:
    if section.all_together is not None:
        yield from _changes_of_list(here, wanted)
        return
    for key, entry in wanted.items():
        before = here.get(key)
        if before is None:
            yield Change(key, None, entry)
        elif before != entry:
            fields = [field for field in section.fields if before[field] != entry[field]]
            yield Change(key, {f: before[f] for f in fields}, {f: entry[f] for f in fields})
    if section.drop is not None:
        yield from (Change(key, entry, None) for key, entry in here.items() if key not in wanted)


def _changes_of_list(here: Told, wanted: Told) -> Iterator[Change]:
    """Compare two lists whose order counts by what their entries say, whatever their numbers are."""
    ours, theirs = (_by_words(entries) for entries in (here, wanted))
    yield from (Change(str(entry["position"]), None, entry) for words, entry in theirs.items() if words not in ours)
    yield from (Change(str(entry["position"]), entry, None) for words, entry in ours.items() if words not in theirs)
    common = [words for words in ours if words in theirs]
    if common != [words for words in theirs if words in ours]:
        for words in common:
            if ours[words]["position"] != theirs[words]["position"]:
                yield Change(
                    str(ours[words]["position"]),
                    {"position": ours[words]["position"]},
                    {"position": theirs[words]["position"]},
                )


def _by_words(entries: Told) -> dict[str, Entry]:
    rows = sorted(entries.values(), key=lambda entry: entry["position"])
    return {json.dumps({**row, "position": 0}, sort_keys=True): row for row in rows}


def _try(part: Difference, key: str, act: Callable[[], None]) -> None:
    try:
        with transaction.atomic():
            act()
    except Refused as refusal:
        part.problems.append((key, refusal))
    except UNFIT as wrong:  # of the right kind, but no verb could read it
        log.info("%s %r cannot be taken in: %s", part.name, key, wrong)
        part.problems.append((key, Refused("“%(key)s”里有读不了的内容。", key=key[:60])))


def _read(content: bytes) -> dict[str, Told]:
    if len(content) > BYTES_MAX:
        raise Refused("文件超过 %(most)s MB。", most=BYTES_MAX // 1_000_000)
    try:
        whole = json.loads(content)
    except (ValueError, RecursionError) as wrong:
        raise Refused("这不是配置文件：内容读不了。") from wrong
    if not isinstance(whole, dict) or whole.get("make") != MAKE:
        raise Refused("这不是配置文件，或者是另一个版本的。")
    return {section.name: _read_section(section, whole[section.name]) for section in SECTIONS if section.name in whole}


def _read_section(section: Section, entries: Any) -> Told:
    if not isinstance(entries, dict):
        raise Refused("配置文件里“%(part)s”这一部分读不了。", part=section.title)
    for key, entry in entries.items():
        if not isinstance(entry, dict) or set(entry) != set(section.fields):
            raise Refused("配置文件里“%(part)s”的“%(key)s”缺了或多了栏目。", part=section.title, key=key[:60])
        check_entry(section, key, entry)
    return entries
