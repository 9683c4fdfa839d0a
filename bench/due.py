"""Deadlines per second, one by one and in arrays, beside the least any program could do with the same moments.

The floor of one deadline is one `datetime + timedelta`; the floor of an array is one table look-up (`take`) of its days
and one addition, the bare arithmetic without office hours, zones or checks. The peer of working days is
`chinese_calendar.find_workday` one by one, and in arrays `numpy.busday_offset`, which knows holidays but neither
make-up days nor hours. All run in the same process.
"""

import argparse
import json
import sys
import timeit
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial

import chinese_calendar
import numpy as np
from chinese_calendar.constants import holidays

from linli.shared.calendar import BEIJING, Calendar, Limit, due, load
from linli.shared.calendar.vectors import due_many

LIMITS = ("24 urgent hours", "2 working hours", "5 working days", "7 natural days")
AIM = 200_000
ONES = 20_000
MANY = 1_000_000
REPEATS = 5

Array = np.ndarray[tuple[int], np.dtype[np.datetime64]]


@dataclass(frozen=True)
class Figure:
    limit: str
    how: str
    deadlines_per_second: float
    floor_per_second: float
    peer_per_second: float | None = None

    @property
    def ratio(self) -> float:
        return self.deadlines_per_second / self.floor_per_second


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and return 1 if a figure misses the aim."""
    parser = argparse.ArgumentParser(prog="linli bench due", description=__doc__)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(argv)
    figures = measure(load("lhasa"))
    is_met = all(figure.deadlines_per_second >= AIM for figure in figures)
    if asked.json:
        rows = [{**asdict(figure), "ratio": round(figure.ratio, 4)} for figure in figures]
        print(json.dumps({"bench": "due", "aim": AIM, "is_met": is_met, "figures": rows}))
    else:
        show(figures)
    return 0 if is_met else 1


def measure(calendar: Calendar) -> list[Figure]:
    generator = np.random.default_rng(20261123)
    seconds = generator.integers(1_420_070_400, 1_767_225_600, MANY)  # 2015 to 2025
    starts = seconds.astype("datetime64[s]").astype("datetime64[us]")
    moments = [datetime.fromtimestamp(int(each), tz=BEIJING) for each in seconds[:ONES]]
    floor_one, floor_many = _floor_one(moments), _floor_many(starts)
    peers = {"5 working days": (_peer_one(moments), _peer_many(starts))}
    figures: list[Figure] = []
    for words in LIMITS:
        peer_one, peer_many = peers.get(words, (None, None))
        one = _rate(ONES, partial(_one_by_one, calendar, moments, Limit.parse(words)))
        figures.append(Figure(words, "one by one", one, floor_one, peer_one))
        many = _rate(MANY, partial(due_many, calendar, starts, Limit.parse(words)))
        figures.append(Figure(words, "array", many, floor_many, peer_many))
    return figures


def show(figures: list[Figure]) -> None:
    print(f"{'limit':<18}{'how':<12}{'deadlines/s':>14}{'bare floor/s':>14}{'ratio':>8}{'peer/s':>14}")
    for figure in figures:
        peer = "" if figure.peer_per_second is None else f"{figure.peer_per_second:,.0f}"
        print(
            f"{figure.limit:<18}{figure.how:<12}{figure.deadlines_per_second:>14,.0f}"
            f"{figure.floor_per_second:>14,.0f}{figure.ratio:>8.3f}{peer:>14}"
        )


def _one_by_one(calendar: Calendar, moments: list[datetime], limit: Limit) -> list[datetime]:
    return [due(calendar=calendar, start=moment, limit=limit) for moment in moments]


def _peer_one(moments: list[datetime]) -> float:
    return _rate(ONES, lambda: [chinese_calendar.find_workday(5, moment) for moment in moments])


def _peer_many(starts: Array) -> float:
    days, off = starts.astype("datetime64[D]"), np.array(sorted(holidays), dtype="datetime64[D]")
    return _rate(MANY, lambda: np.busday_offset(days, 5, roll="backward", holidays=off))


def _floor_one(moments: list[datetime]) -> float:
    step = timedelta(days=7)
    return _rate(ONES, lambda: [each + step for each in moments])


def _floor_many(starts: Array) -> float:
    since = starts.view(np.int64)
    table = np.arange(40_000, dtype=np.int64) * 86_400_000_000
    return _rate(MANY, lambda: table.take(since // 86_400_000_000) + since)


def _rate(count: int, run: Callable[[], object]) -> float:
    run()
    best: float = min(timeit.repeat(run, number=1, repeat=REPEATS))
    return round(count / best)


if __name__ == "__main__":
    sys.exit(main())
