"""Build the made-up district through the same imports and verbs that a real one uses (演示区)."""

import json
import random
import sys
import time
from collections import defaultdict
from datetime import datetime, timedelta
from itertools import count
from multiprocessing import Value, get_context
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from demo import devices, homes, lives, pictures, rules, shapes
from demo.bodies import Staff, employ
from linli.outside import actions as outside
from linli.place import actions as places
from linli.place import queries as place
from linli.place.models import Area
from linli.place.rules import Datum
from linli.shared import actions as shared
from linli.shared.scope import EVERYTHING, acting
from linli.staff.models import Post

SCALES = {
    "tiny": {"cases": 40, "households": 120, "days": 30, "devices": 20, "calls": 6},
    "small": {"cases": 400, "households": 1_200, "days": 60, "devices": 300, "calls": 60},
    "district": {"cases": 28_000, "households": 170_000, "days": 365, "devices": 300, "calls": 250},
}
SIMILAR_KEPT_DAYS = 7
OUTSIDE_BODIES = (
    ("示例物业公司", "དཔེ་མཚོན་ཁང་དོན་ཀུང་སི།", "Sample Property Co.", "property@example.com"),
    ("示例自来水公司", "དཔེ་མཚོན་ཆུ་འདྲེན་ཀུང་སི།", "Sample Water Co.", "water@example.com"),
    ("示例供电公司", "དཔེ་མཚོན་གློག་འདོན་ཀུང་སི།", "Sample Power Co.", "power@example.com"),
)
PARTS = {"district": 2}
NUMBERS_APART = 1_000_000


def build(*, scale: str, seed: int, at: datetime) -> Staff:
    """Fill an empty database with the made-up district of this scale (建演示区)."""
    size = SCALES[scale]
    chance = random.Random(seed)
    with acting(EVERYTHING):
        _bulk_session()
        _say("画区划、网格、楼栋 drawing areas")
        _draw("district" if scale == "district" else "small", seed=seed, at=at)
        crew = employ(scale=scale, chance=chance, at=at)
        _outside_bodies(by=next(iter(crew.posts.values()))[0], at=at)
        grids, buildings = _grids()
        with transaction.atomic():
            settled = homes.settle(grids=grids, buildings=buildings, how_many=size["households"], chance=chance, at=at)
            for written in settled:
                _bar("登记住户 households", written, size["households"])
        _live(crew=crew, grids=grids, buildings=buildings, photos=_photos(at), scale=scale, seed=seed, at=at)
        for step in devices.equip(
            crew=crew, how_many=size["devices"], call_count=size["calls"], chance=random.Random(seed), at=at
        ):
            _bar(*step)
        rules.draft(crew, at=at)
        _finish_up(at)
    _write_logins(crew)
    return crew


def _bulk_session() -> None:
    """A demo that is cut short is begun anew, so its commits need not wait for the disk."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")


def _draw(scale: str, *, seed: int, at: datetime) -> None:
    drawing = shapes.draw(scale, seed=seed)
    places.import_areas(rows=drawing.area_rows, at=at, by_words="demo")
    places.import_grids(features=drawing.features, datum=Datum.CGCS2000, at=at, by_words="demo")
    place.forget()


def _outside_bodies(*, by: Post, at: datetime) -> None:
    """A property company, a water and a power supplier, each with an address that leads nowhere."""
    for name, name_bo, name_en, address in OUTSIDE_BODIES:
        outside.keep_body(
            name=name,
            name_bo=name_bo,
            name_en=name_en,
            email=address,
            area_code=settings.DISTRICT_CODE,
            at=at,
            by_post_id=by.pk,
        )


def _grids() -> tuple[list[Area], dict[str, list[Area]]]:
    grids = list(Area.objects.filter(level="GRID", valid_to__isnull=True).defer("polygon").order_by("code"))
    buildings: dict[str, list[Area]] = defaultdict(list)
    for building in Area.objects.filter(level="BUILDING", valid_to__isnull=True).defer("polygon").order_by("code"):
        buildings[building.code[:-5]].append(building)
    return grids, dict(buildings)


def _photos(at: datetime) -> dict[str, list[UUID]]:
    before = shared.keep_photo(content=pictures.stairwell(is_lit=False), at=at)
    after = shared.keep_photo(content=pictures.stairwell(is_lit=True), at=at)
    return {"before": [before.pk], "after": [after.pk]}


def _live(
    *,
    crew: Staff,
    grids: list[Area],
    buildings: dict[str, list[Area]],
    photos: dict[str, list[UUID]],
    scale: str,
    seed: int,
    at: datetime,
) -> None:
    """Let the cases happen, a large district in parts of whole streets side by side."""
    size, parts = SCALES[scale], PARTS.get(scale, 1)
    streets = sorted({grid.code[:9] for grid in grids})
    done = [Value("q", 0) for _part in range(parts)]
    steps = size["cases"] * 6
    worlds = [
        lives.World(
            crew=crew,
            chance=random.Random(seed + part),
            grids=[grid for grid in grids if streets.index(grid.code[:9]) % parts == part],
            buildings=buildings,
            photos=photos,
            now=at,
            phones=count(1 + part * NUMBERS_APART),
            has_strays=part == 0,
        )
        for part in range(parts)
    ]

    def tell(part: int, made: int) -> None:
        done[part].value = made
        _bar("演绎事项 cases", min(sum(each.value for each in done), steps), steps)

    def live(part: int) -> None:
        with acting(EVERYTHING):
            _bulk_session()
            lives.live(
                world=worlds[part],
                how_many=size["cases"] // parts,
                since=at - timedelta(days=size["days"]),
                progress=lambda made: tell(part, made),
            )
        connection.close()

    connection.close()
    others = [get_context("fork").Process(target=live, args=(part,)) for part in range(1, parts)]
    for other in others:
        other.start()
    live(0)
    for other in others:
        other.join()
        if other.exitcode:
            raise SystemExit("a part of the district could not be made")
    _bar("演绎事项 cases", steps, steps)


def _finish_up(at: datetime) -> None:
    """Leave the search for repeats only where it still helps, and let the planner know the tables."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_jobs WHERE task_name = 'case.find_similar' AND (args->>'case_id')::bigint IN"
            " (SELECT id FROM case_case WHERE closed_at IS NOT NULL OR opened_at < %s)",
            [at - timedelta(days=SIMILAR_KEPT_DAYS)],
        )
        cursor.execute("ANALYZE")


def _write_logins(crew: Staff) -> None:
    path = Path(settings.DATA_DIR) / "demo-logins.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(crew.logins, ensure_ascii=False, indent=1), encoding="utf-8")


_shown = {"at": 0.0}


def _say(words: str) -> None:
    print(f"  {words} …", file=sys.stderr, flush=True)


def _bar(words: str, done: int, total: int) -> None:
    is_last = done >= total
    if not is_last and time.monotonic() - _shown["at"] < 0.5:
        return
    _shown["at"] = time.monotonic()
    width = 30
    filled = round(width * done / max(total, 1))
    ending = "\n" if is_last else "\r"
    print(f"  {words} [{'█' * filled}{'·' * (width - filled)}] {done}/{total}", end=ending, file=sys.stderr, flush=True)
