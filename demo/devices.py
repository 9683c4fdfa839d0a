"""Bracelets of the made-up district: stock, those who wear one, what is to be done, calls of the past (演示设备)."""

import json
import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from demo.bodies import Staff, a_name
from linli.call import actions as calls
from linli.call.models import Call, Device
from linli.call.rules import Received, Via
from linli.call.rules.messages import Heartbeat
from linli.call.rules.outcomes import OUTCOMES_BY_CODE
from linli.call.rules.stock import ContactAgreed, NewDevice
from linli.people.models import Membership
from linli.people.rules import ConsentGiven
from linli.staff.models import Post

HANDED = 0.8  # the others lie in stock
OLD_YEARS = 70
VISITS_WAIT = timedelta(days=3)  # of the newest calls somebody is still to be visited
HEARTBEAT_SECONDS = 86_400  # nobody wears these: they are silent for days before somebody is sent
SIGNED = ConsentGiven(giver="SELF", way="SIGNED")
NOTES = ("钥匙在对门邻居家", "门铃坏了，请敲门", "听力不好，多等一会儿", "养了一条狗，不咬人", "")
ENTRANCES = ("从北门进，右手第一个单元", "从小区东门进", "院门不锁，直接上楼", "")
# 8 % of presses were rescues in one published neighbourhood (domain.md §5); most are mistakes, and cheap.
OUTCOMES = (("MISTAKE", 58), ("TEST", 6), ("COMPANY", 10), ("HELP", 10), ("FALL", 6), ("ILLNESS", 5), ("FAULT", 5))
ANSWERED_AFTER = ((8, 30), (18, 30), (26, 20), (45, 12), (75, 5), (150, 2), (260, 1))

Step = tuple[str, int, int]  # what is being made, how many of how many


def equip(*, crew: Staff, how_many: int, call_count: int, chance: random.Random, at: datetime) -> Iterator[Step]:
    """Register devices, hand most of them out and let some be pressed, by the real verbs; yield how far it is."""
    began = at - timedelta(days=60)
    with transaction.atomic():
        elders = _elders(round(how_many * HANDED), at=at)
        workers = {unit: posts[0] for unit, posts in crew.posts.items() if posts[0].role == "COMMUNITY"}
        by_area = {post.area_code: post for post in workers.values()}
        stock = _stock(how_many, elders, by_area, chance=chance, at=began)
        held: list[tuple[str, Post, Post]] = []
        for done, (resident_id, code, address) in enumerate(elders, 1):
            post = by_area[code[:12]]
            device = stock[code[:12]].pop()
            contact = ContactAgreed(
                name=a_name(chance),
                phone=f"139{done:08d}",
                relation=chance.choice(("儿子", "女儿", "邻居")),
                is_agreed=True,
            )
            calls.hand_out(
                device=device,
                resident_id=resident_id,
                consent=SIGNED,
                location_consent=SIGNED if chance.random() < 0.4 else None,
                agreed_on=(began + timedelta(days=1)).date(),
                address=address,
                entrance=chance.choice(ENTRANCES),
                notes=chance.choice(NOTES),
                contacts=[contact] if chance.random() < 0.7 else [],
                post=post,
                at=began + timedelta(days=1, minutes=done),
            )
            held.append((device.serial, crew.grid_posts[code[:15]], post))
            yield "发放手环 bracelets", done, len(elders)
        for done in _press(held, call_count, chance=chance, at=at):
            yield "按键与接应 calls", done, call_count
        _be_well(held, chance=chance, at=at)
        calls.keep_fleet(at=at)


def _elders(how_many: int, *, at: datetime) -> list[tuple[int, str, str]]:
    """Return old people with their doors, one of each household."""
    found = Membership.objects.filter(resident__birth_year__lte=at.year - OLD_YEARS, until_on__isnull=True)
    doors = found.order_by("household_id", "pk").distinct("household_id")
    return list(doors.values_list("resident_id", "area_code", "household__address")[:how_many])


def _stock(
    how_many: int, elders: list[tuple[int, str, str]], by_area: dict[str, Post], *, chance: random.Random, at: datetime
) -> dict[str, list[Device]]:
    """Register as many devices in every community as are needed there, and some to spare."""
    wanted: dict[str, int] = defaultdict(int)
    for _resident, code, _address in elders:
        wanted[code[:12]] += 1
    codes = sorted(by_area)
    for spare in range(max(how_many - len(elders), 0)):
        wanted[codes[spare % len(codes)]] += 1
    stock: dict[str, list[Device]] = {}
    shown: dict[str, str] = {}
    first = 1
    for code in codes:
        kinds = (("BRACELET", "示例手环 S1"), ("BRACELET", "示例手环 S1"), ("BUTTON", "示例按钮 K2"))
        rows = []
        for number in range(first, first + wanted[code]):
            kind, vendor = chance.choice(kinds)
            rows.append(
                NewDevice(serial=f"B{number:05d}", kind=kind, vendor=vendor, heartbeat_seconds=HEARTBEAT_SECONDS)
            )
        first += len(rows)
        if rows:
            made = calls.register_all(rows=rows, post=by_area[code], at=at)
            shown |= {one.device.serial: one.secret for one in made}
            stock[code] = [one.device for one in reversed(made)]
    _write_secrets(shown)
    return stock


def _press(held: list[tuple[str, Post, Post]], how_many: int, *, chance: random.Random, at: datetime) -> Iterator[int]:
    """Let some be pressed in the past month, answered, attended and ended; yield how many."""
    moments = sorted(at - timedelta(minutes=chance.randrange(60, 30 * 24 * 60)) for _ in range(how_many))
    for number, moment in enumerate(moments):
        serial, grid, community = chance.choice(held)
        taken = calls.take_in(
            received=[Received(serial=serial, ref=f"demo{number}", via=Via.MQTT, pressed_at=moment)], at=moment
        )[0]
        call = Call.objects.select_related("device").get(pk=taken.call_id)
        seconds = _weighed(ANSWERED_AFTER, chance) + chance.randrange(8)
        outcome = _weighed(OUTCOMES, chance)
        post = grid if chance.random() < 0.7 else community
        answered = moment + timedelta(seconds=seconds)
        while call.next_step_at is not None and call.next_step_at < answered:  # nobody yet: the ladder climbs
            calls.climb_due(at=call.next_step_at)
            call.refresh_from_db()
        calls.answer(call=call, post=post, at=answered)
        is_mistake = not OUTCOMES_BY_CODE[outcome].was_needed
        ended = answered + timedelta(minutes=chance.randrange(1, 4))
        if is_mistake:
            calls.ring_back(call=call, post=post, at=answered + timedelta(seconds=20))
        else:
            calls.attend(call=call, post=post, at=answered + timedelta(minutes=chance.randrange(3, 17)))
            ended = answered + timedelta(minutes=chance.randrange(20, 50))
        calls.close(call=call, post=post, outcome=outcome, at=min(ended, at))
        visited = ended + timedelta(hours=chance.randrange(3, 23))
        if not is_mistake and visited < at and moment < at - VISITS_WAIT:
            calls.follow_up(call=call, post=post, at=visited, words="老人精神好，已说明谁看过资料。")
        yield number + 1


def _be_well(held: list[tuple[str, Post, Post]], *, chance: random.Random, at: datetime) -> None:
    """Let the devices say how they are: a few are low, a few are weak; most were tried."""
    serials = [serial for serial, _grid, _post in held]
    moment = at - timedelta(days=3)
    known = Device.objects.select_related("unit").in_bulk(serials, field_name="serial")
    for serial, _grid, post in held:
        if chance.random() < 0.85:
            calls.note_test(device=known[serial], post=post, at=moment)
    beats = [
        Heartbeat(
            serial=serial,
            is_online=chance.random() < 0.97,
            battery=chance.choice((9, 15)) if chance.random() < 0.04 else chance.randrange(35, 101),
            signal=-112 if chance.random() < 0.03 else -chance.randrange(62, 98),
        )
        for serial in serials
    ]
    calls.mark_heard(heartbeats=beats, at=at)


def _write_secrets(secrets: dict[str, str]) -> None:
    """Keep the secrets where the simulator and the virtual bracelet look for them; no real system does."""
    path = Path(settings.DATA_DIR) / "device-secrets.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(secrets, indent=1), encoding="utf-8")


def _weighed(table: tuple[tuple[object, int], ...], chance: random.Random) -> object:
    values, weights = zip(*table, strict=True)
    return chance.choices(values, weights)[0]
