"""The lives of made-up cases: each is a short story of real verbs at past times, told in the order of the clock.

A life is a generator: it yields the moment of its next step and is resumed when the clock gets there. What would
happen after now simply has not happened, which leaves cases in every state and age (演示事项).
"""

import heapq
import random
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from demo.bodies import Staff, a_name
from demo.words import (
    CONTACTS,
    DECLINES,
    OUTSIDE_PLACES,
    REFUSALS,
    SEND_BACKS,
    STEPS,
    THANKS,
    TOPICS,
    WHISTLE_WORDS,
    Topic,
)
from linli.case import actions as cases
from linli.case.models import Case
from linli.confirm import actions as confirms
from linli.confirm import queries as confirm_queries
from linli.confirm.actions.calling import Tried
from linli.confirm.rules import CallBackState, Outcome, Way
from linli.handling import actions as handling
from linli.intake.rules import Channel, ContactGiven, Kind, Received
from linli.place import queries as place
from linli.place.models import Area
from linli.place.rules import Datum
from linli.shared.prefixes import under
from linli.staff import queries as staff
from linli.staff.models import Post
from linli.whistle import actions as whistles
from linli.whistle.models import Called
from linli.whistle.states import WhistleKind

Life = Iterator[datetime]
Progress = Callable[[int], None]
BATCH_STEPS = 400
NOBODY = Tried(way=Way.PHONE, outcome=Outcome.NOT_REACHED, words="没有人接")
DISTRICT_DIGITS, STREET_DIGITS = 6, 9
CHANNELS = ((Channel.HOTLINE, 45), (Channel.WEB, 30), (Channel.WALK_IN, 10), (Channel.PHONE, 8), (Channel.OPEN311, 7))
RATINGS = ((5, 46), (4, 34), (3, 12), (2, 6), (1, 2))
FORGOTTEN = 0.05  # call-backs that nobody makes: an overdue one is the exception
RUSH_HOURS = (7, 8, 8, 9, 9, 9, 10, 10, 11, 12, 13, 14, 15, 15, 16, 16, 17, 18, 19, 20, 21, 22)


@dataclass
class World:
    """What every life draws from."""

    crew: Staff
    chance: random.Random
    grids: list[Area]
    buildings: dict[str, list[Area]]
    photos: dict[str, list[UUID]]
    now: datetime
    phones: Iterator[int]
    has_strays: bool = True  # whether appeals from outside and without a place come to this part of the district


def live(*, world: World, how_many: int, since: datetime, progress: Progress) -> int:
    """Let so many cases happen between a moment and now; return how many steps were made."""
    serial = count()
    queue: list[tuple[datetime, int, Life]] = []
    for start in _starts(world, how_many=how_many, since=since):
        queue.append((start, next(serial), _life(world, start)))
    heapq.heapify(queue)
    watch_at, steps = since, 0
    while queue:
        with transaction.atomic():
            for _step in range(BATCH_STEPS):
                if not queue or queue[0][0] > world.now:
                    queue.clear()
                    break
                at, number, life = heapq.heappop(queue)
                watch_at = _watch(world, watch_at, until=at)
                steps += 1
                following = next(life, None)
                if following is not None:
                    heapq.heappush(queue, (max(following, at), number, life))
        progress(steps)
    _watch(world, watch_at, until=world.now)
    return steps


def _watch(world: World, watched_at: datetime, *, until: datetime) -> datetime:
    """Let the clock look at deadlines twice a day between the steps, as it does for real every few seconds."""
    while watched_at + timedelta(hours=12) <= until:
        watched_at += timedelta(hours=12)
        cases.supervise(at=watched_at, within=_part(world))
        whistles.supervise_called(at=watched_at, within=_part(world, column="case__area_code"))
        confirms.ask_finished(at=watched_at, within=_part(world))
        confirms.lapse_due(at=watched_at, within=_part(world))
    return watched_at


def _part(world: World, column: str = "area_code") -> Q:
    """Return the condition that a case lies in this part of the district."""
    part = Q(**{column: world.grids[0].code[:DISTRICT_DIGITS]}) if world.has_strays else Q()
    for street in sorted({grid.code[:STREET_DIGITS] for grid in world.grids}):
        part |= under(street, column=column)
    return part


def _starts(world: World, *, how_many: int, since: datetime) -> list[datetime]:
    """Spread openings over the period, denser towards now, in the hours people write."""
    whole = (world.now - since).total_seconds()
    starts = []
    for index in range(how_many):
        # One in seven came within the last days, so that every desk has work.
        span = whole if index % 7 else min(whole, 4 * 86400)
        moment = world.now - timedelta(seconds=world.chance.random() * span)
        hour = world.chance.choice(RUSH_HOURS)
        local = moment.replace(hour=(hour - 8) % 24, minute=world.chance.randrange(60))
        starts.append(local if since < local < world.now else moment)
    return starts


def _life(world: World, start: datetime) -> Life:
    chance = world.chance
    topic = chance.choices(TOPICS, weights=[topic.weight for topic in TOPICS])[0]
    received = _received(world, topic)
    opened = cases.open_case(received=received, at=start)
    case = Case.objects.get(pk=opened.case_id)
    fate = chance.random()
    if fate < 0.015:  # nobody signs: supervision climbs by itself
        return
    if fate < 0.035:
        yield start + timedelta(hours=chance.uniform(1, 30))
        _catch_up(case)
        confirms.withdraw(case=case, reason="已经自己解决了", at=_at(case, start))
        return
    yield from _taken(world, case, topic, start, has_contact=received.contact is not None)


def _taken(world: World, case: Case, topic: Topic, start: datetime, *, has_contact: bool) -> Life:
    chance = world.chance
    is_fresh = world.now - start < timedelta(days=1)
    at = start + timedelta(minutes=chance.lognormvariate(2.4, 0.9) * (25 if is_fresh else 1))
    yield at
    _catch_up(case)
    worker = world.crew.post_of(case.owner_id, chance)
    if chance.random() < 0.03:
        route, words = chance.choice(REFUSALS)
        handling.refuse(case=case, post=worker, route=route, reason=words, at=at)
        return
    if staff.unit(case.owner_id).kind == "DISTRICT" and chance.random() < 0.3:
        return
    if staff.unit(case.owner_id).kind == "DISTRICT":
        at = yield from _placed(world, case, worker, at)
        worker = world.crew.post_of(case.owner_id, chance)
    cases.take(case=case, post=worker, at=at)
    if has_contact and chance.random() < 0.94:
        at += timedelta(minutes=chance.lognormvariate(2.6, 0.8))
        yield at
        _catch_up(case)
        handling.speak(case=case, post=worker, words=chance.choice(CONTACTS), at=at)
    if topic.departments and chance.random() < 0.55:
        yield from _whistled(world, case, topic, worker, at)
    else:
        yield from _handled(world, case, topic, worker, at)


def _placed(world: World, case: Case, worker: Post, at: datetime) -> Iterator[datetime]:
    """The district centre finds the place of a case that nobody could locate, and hands it on."""
    at += timedelta(hours=world.chance.uniform(0.5, 6))
    yield at
    _catch_up(case)
    grid = world.chance.choice(world.grids)
    cases.correct(case=case, post=worker, area_code=grid.code, reason="电话核实了地点", at=at)
    community = staff.unit_for_area(grid.code)
    handling.hand_on(case=case, post=worker, to_unit_id=community.pk, reason="核实属于该社区", at=at)
    at += timedelta(minutes=world.chance.uniform(10, 90))
    yield at
    _catch_up(case)
    return at


def _whistled(world: World, case: Case, topic: Topic, worker: Post, at: datetime) -> Life:
    chance = world.chance
    at += timedelta(minutes=chance.uniform(5, 120))
    yield at
    _catch_up(case)
    units = [world.crew.departments[code] for code in topic.departments]
    kind = WhistleKind.JOINT if len(units) > 1 and chance.random() < 0.3 else WhistleKind.SERVICE
    whistles.blow(
        case=case,
        post=worker,
        kind=kind,
        unit_ids=[unit.pk for unit in units],
        lead_id=units[0].pk,
        message=chance.choice([said for said in WHISTLE_WORDS if said or kind != WhistleKind.JOINT]),
        at=at,
    )
    lead: Post | None = None
    blown_at = at
    for unit in units:
        at = max(at, blown_at + timedelta(hours=chance.lognormvariate(0.3, 0.8)))
        if chance.random() < 0.03:  # silent
            continue
        yield at
        _catch_up(case)
        called = Called.objects.get(case_id=case.pk, unit_id=unit.pk, ended_at__isnull=True)
        called.case = case
        post = world.crew.post_of(unit.pk, chance)
        if unit.pk != units[0].pk and chance.random() < 0.25:
            whistles.decline(called=called, post=post, reason=chance.choice(DECLINES), at=at)
        else:
            whistles.report_in(called=called, post=post, at=at)
            lead = post if called.is_lead else lead
    if lead is not None:
        yield from _handled(world, case, topic, lead, at)


def _handled(world: World, case: Case, topic: Topic, worker: Post, at: datetime) -> Life:
    chance = world.chance
    for _step in range(chance.choice((0, 1, 1, 2))):
        at += timedelta(hours=chance.lognormvariate(1.0, 0.9))
        yield at
        _catch_up(case)
        handling.record_step(case=case, post=worker, words=chance.choice(STEPS), at=at)
    if chance.random() < 0.015:  # left lying
        return
    at += timedelta(hours=chance.lognormvariate(2.2, 1.0))
    yield at
    _catch_up(case)
    photos = world.photos["after"] if topic.category == "0104" else []
    is_alone = yield from _parts_done(world, case, at)
    despite = "" if is_alone else "协办单位还没有回复，先把能办的办好。"
    done = chance.choice(topic.done)
    handling.finish(case=case, post=worker, result=done, at=at, photo_ids=photos[:1], despite=despite)
    yield from _answered(world, case, topic, worker, at)


def _parts_done(world: World, case: Case, at: datetime) -> Generator[datetime, None, bool]:
    """Let the assisting units that came report their part; tell whether nothing is left open."""
    standing = Called.objects.filter(case_id=case.pk, ended_at__isnull=True, is_lead=False).select_related("whistle")
    open_count = 0
    for called in standing:
        called.case = case
        if called.state == "REPORTED_IN":
            post = world.crew.post_of(called.unit_id, world.chance)
            whistles.finish_part(called=called, post=post, words=world.chance.choice(STEPS), at=at)
        else:
            open_count += 1
    yield at
    _catch_up(case)
    return open_count == 0


def _answered(world: World, case: Case, topic: Topic, worker: Post, at: datetime) -> Life:
    chance = world.chance
    answer = chance.random()
    if answer > 0.85:  # silence: somebody calls back, or it lapses by itself
        yield from _called_back(world, case, topic, worker, at)
        return
    at += timedelta(hours=chance.uniform(0.5, 48))
    yield at
    _catch_up(case)
    if case.state != "FINISHED":
        return
    if answer < 0.08 and case.reopened_count < 2:
        confirms.send_back(case=case, reason=chance.choice(SEND_BACKS), rating=chance.choice((1, 2)), at=at)
        yield from _handled(world, case, topic, worker, at)
        return
    rating = chance.choices([rating for rating, _weight in RATINGS], weights=[weight for _rating, weight in RATINGS])[0]
    confirms.confirm(case=case, rating=rating, reason=chance.choice(THANKS), at=at)


def _called_back(world: World, case: Case, topic: Topic, worker: Post, at: datetime) -> Life:
    """Up to three tries by the community; some are never reached."""
    chance = world.chance
    for _number in range(3):
        at += timedelta(hours=chance.uniform(13, 40))
        yield at
        case.refresh_from_db()
        call_back = confirm_queries.call_back_of(case)
        if call_back is None or call_back.state != CallBackState.WAITING or chance.random() < FORGOTTEN:
            return
        caller = world.crew.post_of(staff.unit_for_area(case.area_code).pk, chance)
        fate = chance.random()
        if fate < 0.35:
            confirms.record_try(case=case, post=caller, tried=NOBODY, at=at)
            continue
        solved = Tried(way=Way.PHONE, outcome=Outcome.REACHED, spoke_with="本人", is_solved=fate < 0.9,
                       rating=chance.choice((5, 5, 4, 3)) if fate < 0.9 else 2,
                       words=chance.choice(THANKS if fate < 0.9 else SEND_BACKS))  # fmt: skip
        confirms.record_try(case=case, post=caller, tried=solved, at=at)
        if fate >= 0.9:
            yield from _handled(world, case, topic, worker, at)
        return


def _received(world: World, topic: Topic) -> Received:
    chance = world.chance
    channel = chance.choices([name for name, _weight in CHANNELS], weights=[weight for _name, weight in CHANNELS])[0]
    is_anonymous = chance.random() < 0.12
    contact = None if is_anonymous else ContactGiven(name=a_name(chance), phone=f"1390{next(world.phones):07d}")
    spot = _spot(world, topic)
    return Received(
        channel=channel,
        kind=Kind(topic.kind),
        category_code=topic.category,
        contact=contact,
        is_anonymous=is_anonymous,
        external_number=f"DEMO{next(world.phones):09d}" if channel is Channel.HOTLINE else "",
        photo_ids=tuple(world.photos["before"][:1]) if topic.category == "0104" and chance.random() < 0.6 else (),
        people_affected=chance.choice((None, None, None, 3, 8, 20, 60)),
        **spot,
    )


def _spot(world: World, topic: Topic) -> dict[str, object]:
    """Say where: most name a building or a lane, many add a pin, a few are wrong."""
    chance = world.chance
    said = chance.choice(topic.said)
    if world.has_strays and chance.random() < 0.012:
        lng, lat, words = chance.choice(OUTSIDE_PLACES)
        return {"text": said.format(place=words), "lng": lng, "lat": lat, "datum": Datum.WGS84, "address": words}
    if world.has_strays and chance.random() < 0.015:
        return {"text": said.format(place="我们家"), "address": ""}
    grid = chance.choice(world.grids)
    building = chance.choice(world.buildings[grid.code]) if world.buildings.get(grid.code) else None
    lane = building.name if building else chance.choice(grid.aliases or [grid.name])
    address = f"{place.names([grid.code[:12]])[grid.code[:12]]}{lane}"
    spot: dict[str, object] = {"text": said.format(place=lane), "address": address}
    target = building or grid
    if chance.random() < 0.6 and target.lng is not None:
        spot |= {"lng": target.lng, "lat": target.lat, "datum": Datum.CGCS2000}
    elif not place.locate_words(address):
        spot |= {"area_code": grid.code}
    return spot


def _catch_up(case: Case) -> None:
    """Read again what the clock may have changed since the last step."""
    case.refresh_from_db(fields=["state", "supervision_level"])


def _at(case: Case, start: datetime) -> datetime:
    return max(case.moved_at, start) + timedelta(minutes=20)
